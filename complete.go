package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completers write the completions of a grammar for one shell each.
var completers = []struct {
	shell string
	write func(w io.Writer, g *completion)
}{
	{"bash", completeBash},
	{"zsh", completeZsh},
	{"fish", completeFish},
	{"elvish", completeElvish},
	{"powershell", completePowerShell},
}

func shells() []string {
	var names []string
	for _, c := range completers {
		names = append(names, c.shell)
	}
	return names
}

// complete prints the completions for a shell.
func (a *app) complete(shell string) error {
	var script strings.Builder
	for _, c := range completers {
		if c.shell == shell {
			c.write(&script, newCompletion(a.parser.Model))
		}
	}
	_, err := io.WriteString(a.stdout, script.String())
	return writeError(err)
}

// completion is what can be completed: commands and their flags.
type completion struct {
	commands []completedCommand // the first has no name: the program itself
}

type completedCommand struct {
	name, help string
	flags      []completedFlag
	argument   argument
}

type completedFlag struct {
	short, long string // with their dashes; short is "" where there is none
	help        string
	repeated    bool
	takes       argument
}

// argument says what follows a flag or a command.
type argument struct {
	kind   argumentKind
	label  string   // for the user; "" with noArgument
	values []string // with aValue, where they are known
}

type argumentKind uint8

const (
	noArgument argumentKind = iota
	aValue
	aFile
	anInterface
)

// newCompletion reads the grammar. The program itself has its own flags and
// those of its default command; every command has the program's flags.
func newCompletion(model *kong.Application) *completion {
	own := completedFlags(model.Flags)
	g := &completion{}
	var names []string
	root := completedCommand{help: model.Help, flags: append(completedFlags(model.DefaultCmd.Flags), own...)}
	g.commands = append(g.commands, root)
	for _, node := range model.Children {
		names = append(names, node.Name)
		c := completedCommand{name: node.Name, help: node.Help, flags: append(completedFlags(node.Flags), own...)}
		for _, p := range node.Positional {
			c.argument = argumentOf(p)
		}
		g.commands = append(g.commands, c)
	}
	for i := range g.commands {
		if g.commands[i].name == "help" {
			g.commands[i].argument.values = names
		}
	}
	return g
}

func completedFlags(flags []*kong.Flag) []completedFlag {
	var all []completedFlag
	for _, f := range flags {
		c := completedFlag{long: "--" + f.Name, help: f.Help, repeated: f.IsSlice()}
		if f.Short != 0 {
			c.short = "-" + string(f.Short)
		}
		if takesValue(f) {
			c.takes = argumentOf(f.Value)
			c.takes.label = strings.TrimSuffix(f.FormatPlaceHolder(), ",...") // kong's mark for lists
		}
		all = append(all, c)
		if not := negation(f); not != "" {
			all = append(all, completedFlag{long: "--" + not, help: "The opposite of --" + f.Name + "."})
		}
	}
	return all
}

// argumentOf tells from a value's name what may stand there.
func argumentOf(v *kong.Value) argument {
	a := argument{kind: aValue, label: v.Name}
	switch v.Name {
	case "file", "config", "read":
		a.kind = aFile
	case "interface":
		a.kind = anInterface
	case "direction":
		a.values = []string{"in", "out", "inout"}
	case "linktype":
		a.values = []string{"EN10MB", "RAW", "LINUX_SLL", "LINUX_SLL2", "NULL", "PPP", "IEEE802_11", "IEEE802_11_RADIO"}
	}
	for _, e := range v.EnumSlice() {
		if e != "" {
			a.values = append(a.values, e)
		}
	}
	return a
}

// names returns the names of the commands.
func (g *completion) names() []string {
	var all []string
	for _, c := range g.commands[1:] {
		all = append(all, c.name)
	}
	return all
}

// spellings returns the ways to write a flag, the short one first.
func (f *completedFlag) spellings() []string {
	if f.short == "" {
		return []string{f.long}
	}
	return []string{f.short, f.long}
}

// unique calls do for every flag of every command, each spelling once: flags of
// the same name take the same argument in all commands.
func (g *completion) unique(do func(f *completedFlag)) {
	seen := map[string]bool{}
	for i := range g.commands {
		for j := range g.commands[i].flags {
			if f := &g.commands[i].flags[j]; !seen[f.long] {
				seen[f.long] = true
				do(f)
			}
		}
	}
}

// singleQuoted quotes s for shells of the Bourne kind.
func singleQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// doubledQuotes quotes s for shells that double a quote within quotes.
func doubledQuotes(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func line(w io.Writer, format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
