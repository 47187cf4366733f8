package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// helpFlag ends the parsing with a helpRequest, before anything is demanded.
type helpFlag bool

// BeforeReset is called by kong when the flag was given.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	return &helpRequest{model: ctx.Model, node: ctx.Selected()}
}

// IgnoreDefault makes kong not choose the default command: help is for the whole
// program then.
func (helpFlag) IgnoreDefault() {}

// helpRequest is no error: it says what help is wanted.
type helpRequest struct {
	model *kong.Application
	node  *kong.Node // nil for the whole program
}

func (*helpRequest) Error() string { return "help is wanted" }

func isHelp(err error) (*helpRequest, bool) {
	var h *helpRequest
	return h, errors.As(err, &h)
}

// helpCmd shows help for the program or for one command.
type helpCmd struct {
	Command string `arg:"" optional:"" help:"Command to show help for."`
}

// Run prints the help.
func (c *helpCmd) Run(a *app) error {
	h := &helpRequest{model: a.parser.Model}
	if c.Command == "" {
		return h.print(a.stdout)
	}
	for _, node := range a.parser.Model.Children {
		if node.Name == c.Command {
			h.node = node
			return h.print(a.stdout)
		}
	}
	return &usageError{err: fmt.Errorf("unknown command %s", c.Command), hint: a.commandHint(c.Command)}
}

// print writes the help. Live capture is what the program does without a
// command, so its options are in the program's own help.
func (h *helpRequest) print(to io.Writer) error {
	w := bufio.NewWriter(to)
	node := h.node
	if node == nil {
		fmt.Fprintf(w, "Usage: sockeye [COMMAND] [OPTION]...\n\n%s\n\nCommands:\n", h.model.Help)
		for _, c := range h.model.Children {
			fmt.Fprintf(w, "  %-16s %s\n", c.Name+arguments(c), c.Help)
		}
		node = h.model.DefaultCmd
	} else {
		fmt.Fprintf(w, "Usage: sockeye %s%s [OPTION]...\n\n%s\n", node.Name, arguments(node), node.Help)
		for _, p := range node.Positional {
			fmt.Fprintf(w, "\n  %-16s %s\n", strings.ToUpper(p.Name), p.Help)
		}
	}
	helpFlags(w, node.Flags)
	helpFlags(w, h.model.Flags)
	return writeError(w.Flush())
}

func arguments(n *kong.Node) string {
	var s string
	for _, p := range n.Positional {
		word := strings.ToUpper(p.Name)
		if !p.Required {
			word = "[" + word + "]"
		}
		s += " " + word
	}
	return s
}

// helpFlags writes flags under the titles of their groups, in the order of the
// grammar.
func helpFlags(w io.Writer, flags []*kong.Flag) {
	title := ""
	for i, f := range flags {
		group := "Options:"
		if f.Group != nil {
			group = f.Group.Title
		}
		if group != title || i == 0 {
			title = group
			fmt.Fprintf(w, "\n%s\n", title)
		}
		fmt.Fprintf(w, "  %s\n        %s\n", flagUsage(f), f.Help)
	}
}

// takesValue reports whether a value follows a flag.
func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// flagUsage writes a flag as "-i, --interface=NAME" or "-n, --no-names, --names".
func flagUsage(f *kong.Flag) string {
	s := "    "
	if f.Short != 0 {
		s = "-" + string(f.Short) + ", "
	}
	s += "--" + f.Name
	if takesValue(f) {
		s += "=" + strings.TrimSuffix(f.FormatPlaceHolder(), ",...") // kong's mark for lists
	}
	if not := negation(f); not != "" {
		s += ", --" + not
	}
	return s
}
