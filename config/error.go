package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Error is a complaint about one line of a configuration file.
type Error struct {
	Path    string
	Line    int    // 1 is the first; 0 when the whole file is meant
	Key     string // "" when the line has none
	Reason  string
	Unknown bool // there is no such Key; Keys lists what there is
}

// Error returns "path:line: key NAME: reason".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Key != "" {
		fmt.Fprintf(&b, "key %s: ", e.Key)
	}
	b.WriteString(e.Reason)
	return b.String()
}

// yamlLine matches how yaml.v3 words its errors; it has no type for them.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// syntaxError turns an error of the YAML scanner into an *Error.
func syntaxError(path string, err error) *Error {
	text := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  ")
	e := &Error{Path: path, Reason: text}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		e.Line, _ = strconv.Atoi(m[1]) // "" leaves 0: the whole file
		e.Reason = m[2]
	}
	return e
}
