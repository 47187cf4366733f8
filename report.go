package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/parse/pcap"
)

// Exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
	exitDamaged // everything before the damage was shown
)

// usageError is a mistake in the command line or the configuration.
type usageError struct {
	err  error
	hint string // "" for none
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// report says what went wrong: a line that begins with "error:", and one with
// "hint:" where there is a way out. It returns the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(a.stderr, "error: %s\n", oneLine(err.Error()))
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", oneLine(hint))
	}
	var (
		usage   *usageError
		damaged *pcap.DamagedError
	)
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &damaged):
		return exitDamaged
	default:
		return exitFailure
	}
}

// oneLine joins the lines of a message, and keeps names that were given from
// moving the cursor.
func oneLine(s string) string {
	clean := func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}
	return strings.Map(clean, strings.ReplaceAll(s, "\n", "; "))
}

// hintFor says what to do about an error, "" when there is nothing to say.
func hintFor(err error) string {
	var (
		usage    *usageError
		rights   *capture.PermissionError
		missing  *capture.NoSuchInterfaceError
		down     *capture.InterfaceDownError
		format   *pcap.FormatError
		version  *pcap.VersionError
		filePath *fs.PathError
	)
	switch {
	case errors.As(err, &usage):
		return usage.hint
	case errors.As(err, &rights):
		return rights.Remedy
	case errors.As(err, &missing):
		if len(missing.Near) > 0 {
			return "sockeye interfaces lists all of them"
		}
		return "the interfaces are " + strings.Join(missing.All, ", ")
	case errors.As(err, &down):
		return "sudo ip link set " + down.Name + " up"
	case errors.Is(err, capture.ErrNoInterface):
		return "sudo ip link set NAME up; sockeye interfaces lists the names"
	case errors.Is(err, errStalled):
		return "the last record may be cut short"
	case errors.As(err, &format), errors.As(err, &version), errors.Is(err, pcap.ErrEmpty):
		return "sockeye reads pcap and pcapng, plain or compressed by gzip or zstd"
	case errors.As(err, &filePath) && errors.Is(err, fs.ErrPermission):
		return "the file must be readable: ls -l " + filePath.Path
	}
	return ""
}

// What kong says of a word that it does not know.
var (
	unknownFlag = regexp.MustCompile(`^unknown flag (-\S+?)(?:, did you mean .*)?$`)
	unknownWord = regexp.MustCompile(`^unexpected argument (.+?)(?:, did you mean .*)?$`)
	wrongEnum   = regexp.MustCompile(`^(--\S+) must be one of (.*) but got (.*)$`)
)

// usage words an error of the command line, with the nearest right word.
func (a *app) usage(err error) error {
	text := err.Error()
	e := &usageError{err: errors.New(text), hint: "sockeye --help lists the options"}
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		e.err = fmt.Errorf("unknown option %s", m[1])
		e.hint = a.flagHint(m[1])
	}
	if m := unknownWord.FindStringSubmatch(text); m != nil {
		e.err = fmt.Errorf("unknown command %s", m[1])
		if near := suggest(m[1], a.commands(), ""); near != "" {
			e.hint = near
		} else {
			e.hint = "the commands are " + strings.Join(a.commands(), ", ")
		}
	}
	if m := wrongEnum.FindStringSubmatch(text); m != nil {
		values := strings.TrimPrefix(strings.ReplaceAll(m[2], `"`, ""), ",")
		e.err = fmt.Errorf("%s: no such value %s", m[1], m[3])
		e.hint = "the values are " + strings.ReplaceAll(values, ",", ", ")
	}
	return e
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
				if strings.HasPrefix(name, "--") && !slices.Contains(long, name) {
					long = append(long, name)
				}
			}
		}
	}
	if strings.HasPrefix(given, "--") {
		if near := suggest(given, long, ""); near != "" {
			return near
		}
	}
	return "sockeye --help lists the options"
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

// suggest words the names that are near to what was given, or returns
// otherwise.
func suggest(given string, names []string, otherwise string) string {
	near := link.Near(given, names)
	if len(near) == 0 {
		return otherwise
	}
	return "did you mean " + strings.Join(near, " or ") + "?"
}
