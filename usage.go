package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sockeye/capture/link"
)

// usageError is a mistake in the command line or the configuration.
type usageError struct {
	err  error
	hint string // "" for none
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// rewordings turn what kong says of a wrong command line into what this program
// says. The first that matches counts; its function returns the error and the
// hint, from the groups of the pattern.
var rewordings = []struct {
	pattern *regexp.Regexp
	say     func(a *app, m []string) (text, hint string)
}{
	{regexp.MustCompile(`^unknown flag (-\S+?)(?:, did you mean .*)?$`), func(a *app, m []string) (string, string) {
		return "unknown option " + m[1], a.flagHint(m[1])
	}},
	{regexp.MustCompile(`^unexpected argument (.+?)(?:, did you mean .*)?$`), func(a *app, m []string) (string, string) {
		return "unexpected argument " + m[1], a.commandHint(m[1])
	}},
	{regexp.MustCompile(`^(--\S+) must be one of (.*) but got (.*)$`), func(_ *app, m []string) (string, string) {
		values := strings.TrimPrefix(strings.ReplaceAll(m[2], `"`, ""), ",")
		return m[1] + ": no such value " + m[3], "the values are " + strings.ReplaceAll(values, ",", ", ")
	}},
	{regexp.MustCompile(`^flag (--\S+) applies to the default command "\S+", not "(\S+)"$`), func(_ *app, m []string) (string, string) {
		return m[1] + " stands before the command " + m[2], fmt.Sprintf("options of a command follow it: sockeye %s … %s", m[2], m[1])
	}},
	{regexp.MustCompile(`^--once and --json-events can't be used together$`), func(*app, []string) (string, string) {
		return "--json-events and --once can't be used together", "--seconds and --count end it after a while"
	}},
	{regexp.MustCompile(`^expected "<(\S+)>"$`), func(_ *app, m []string) (string, string) {
		return "want a " + strings.ToUpper(m[1]), "sockeye --help shows what each command wants"
	}},
	{regexp.MustCompile(`^(--interface: .* is empty in .*)$`), func(_ *app, m []string) (string, string) {
		return m[1], "sockeye interfaces lists the names; without -i it captures those that carry traffic"
	}},
	{regexp.MustCompile(`^(--linktype: no such link type .*)$`), func(_ *app, m []string) (string, string) {
		return m[1], "EN10MB, RAW, LINUX_SLL, …: the names of www.tcpdump.org/linktypes.html and of libpcap, or a number"
	}},
	{regexp.MustCompile(`^(--\S+): (?:missing value|expected \S+ value but got "EOL" \()`), func(_ *app, m []string) (string, string) {
		return m[1] + " wants a value", "sockeye --help shows what each option wants"
	}},
	{regexp.MustCompile(`^(--\S+): expected \S+ value but got ("[^"]*") \(`), func(_ *app, m []string) (string, string) {
		return m[1] + " wants a value, and " + m[2] + " is an option", "a value that begins with - is joined to its option: " + m[1] + "=" + strings.Trim(m[2], `"`)
	}},
}

// usage words an error of the command line, with the nearest right word.
func (a *app) usage(err error) error {
	if limit := unknownLimit(""); errors.As(err, &limit) {
		return &usageError{err: err, hint: limit.hint()}
	}
	for _, r := range rewordings {
		if m := r.pattern.FindStringSubmatch(err.Error()); m != nil {
			text, hint := r.say(a, m)
			return &usageError{err: errors.New(text), hint: hint}
		}
	}
	return &usageError{err: errors.New(err.Error()), hint: "sockeye --help lists the options"}
}

// commandHint finds the command that may have been meant.
func (a *app) commandHint(given string) string {
	return suggest("", given, a.commands(), "the commands are "+strings.Join(a.commands(), ", "))
}

// flagHint finds the option that may have been meant, or the command that has
// the one that was given.
func (a *app) flagHint(given string) string {
	var long []string
	for _, node := range append([]*kong.Node{a.parser.Model.Node}, a.parser.Model.Children...) {
		for _, f := range node.Flags {
			names := spellings(f)
			if slices.Contains(names, given) {
				return fmt.Sprintf("%s is an option of sockeye %s", given, node.Name)
			}
			for _, name := range names {
				if name, ok := strings.CutPrefix(name, "--"); ok && !slices.Contains(long, name) {
					long = append(long, name)
				}
			}
		}
	}
	otherwise := "sockeye --help lists the options"
	word, isLong := strings.CutPrefix(given, "--")
	if !isLong {
		return otherwise
	}
	return suggest("--", word, long, otherwise)
}

// spellings returns every way to write a flag.
func spellings(f *kong.Flag) []string {
	all := []string{"--" + f.Name}
	for _, alias := range f.Aliases {
		all = append(all, "--"+alias)
	}
	if f.Short != 0 {
		all = append(all, "-"+string(f.Short))
	}
	if not := negation(f); not != "" {
		all = append(all, "--"+not)
	}
	return all
}

// negation returns the name that switches a flag off, "" when there is none.
func negation(f *kong.Flag) string {
	switch f.Tag.Negatable {
	case "":
		return ""
	case "_": // kong's mark for negatable:""
		return "no-" + f.Name
	default:
		return f.Tag.Negatable
	}
}

func (a *app) commands() []string {
	var names []string
	for _, c := range a.parser.Model.Children {
		names = append(names, c.Name)
	}
	return names
}

// suggest words the names that are near to what was given, each with prefix
// before it, or returns otherwise.
func suggest(prefix, given string, names []string, otherwise string) string {
	near := link.Near(given, names)
	if len(near) == 0 {
		return otherwise
	}
	return "did you mean " + prefix + strings.Join(near, " or "+prefix) + "?"
}
