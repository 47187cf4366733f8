package main

import (
	"log/slog"
	"os"
	"strings"
	"sync/atomic"

	"github.com/alecthomas/kong"

	"sockeye/config"
	"sockeye/ui/term"
)

const about = "Shows every connection that this machine makes. Without a command it captures live."

// app is what every command has at hand.
type app struct {
	stdout, stderr *os.File

	cli      cli
	parser   *kong.Kong
	config   string         // path of the configuration file
	settings *config.Config // what it says

	misconfigured error // what is wrong with it

	screen atomic.Pointer[term.Terminal] // the dashboard's; nil before there is one
}

// cli is the grammar of the command line.
type cli struct {
	Help        helpFlag `short:"h" help:"Show help and exit."`
	Version     bool     `short:"V" help:"Show the version and exit."`
	Completions string   `placeholder:"SHELL" enum:",${shells}" default:"" help:"Print completions for ${shelllist}, and exit."`
	Man         bool     `help:"Print the page of the manual, for man -l -, and exit."`
	ListColors  bool     `help:"Show the themes in their colors, and exit."`
	Config      string   `placeholder:"FILE" type:"path" help:"Read this configuration file instead of $XDG_CONFIG_HOME/sockeye/config.yaml."`
	LogLevel    string   `placeholder:"LEVEL" enum:"${loglevels}" default:"off" help:"Log to a file under $XDG_STATE_HOME/sockeye/logs: ${loglevellist}."`

	Live        liveCmd       `cmd:"" default:"withargs" help:"Capture live: what sockeye does without a command."`
	Read        readCmd       `cmd:"" help:"Read a capture file."`
	Processes   processesCmd  `cmd:"" help:"Show what each process sends and receives, live."`
	Sockets     socketsCmd    `cmd:"" help:"List the sockets of this machine with their owners."`
	Filter      filterCmd     `cmd:"" help:"Show what a filter compiles to, or count what matches."`
	Neighbors   neighborsCmd  `cmd:"" aliases:"neighbours" help:"List the hosts on this machine's links."`
	Interfaces  interfacesCmd `cmd:"" aliases:"list-interfaces" help:"List the interfaces."`
	Themes      themesCmd     `cmd:"" help:"Show the themes of the dashboard, or the colors of one."`
	ShowConfig  configCmd     `cmd:"" name:"config" help:"Print a configuration file with every key and its default."`
	Doctor      doctorCmd     `cmd:"" help:"Say what works on this machine, what does not, and what helps."`
	ShowVersion versionCmd    `cmd:"" name:"version" help:"Show the version."`
	ShowHelp    helpCmd       `cmd:"" name:"help" help:"Show help for a command."`
}

// run is the whole program. It returns the exit code.
func (a *app) run(args []string) int {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	err := a.command(args)
	if err != nil {
		slog.Error("ended", "error", err)
	}
	return a.report(err)
}

// command reads the command line and the configuration and does what they say.
func (a *app) command(args []string) error {
	if err := a.grammar(); err != nil {
		return err
	}
	ctx, err := a.parser.Parse(args)
	if help, ok := isHelp(err); ok {
		return help.print(a.stdout)
	}
	if err != nil {
		return a.usage(err)
	}
	switch {
	case a.cli.Version:
		return a.cli.ShowVersion.Run(a)
	case a.cli.Completions != "":
		return a.complete(a.cli.Completions)
	case a.cli.Man:
		return a.man()
	case a.cli.Live.List:
		return (&interfacesCmd{JSON: a.cli.Live.JSON}).Run(a)
	}
	user := config.Invoker()
	a.misconfigured = a.configure(ctx, user)
	switch {
	case a.cli.ListColors:
		return a.cli.Themes.Run(a)
	case a.misconfigured != nil && !a.goesOn(ctx.Command()):
		return a.misconfigured
	}
	logged, err := a.openLog(user)
	if err != nil {
		return err
	}
	defer logged()
	return ctx.Run(a)
}

// goesOn reports whether a command runs though the configuration is wrong: the doctor
// tells of that as of anything else, the dashboard on its status line, and those that
// show themes and defaults take little or nothing from it.
func (a *app) goesOn(command string) bool {
	switch command {
	case "doctor", "config", "themes", "themes <name>":
		return true
	case "live":
		return a.wantsDashboard(&a.cli.Live.outputFlags)
	case "read <file>":
		return a.wantsDashboard(&a.cli.Read.outputFlags)
	}
	return false
}

// grammar makes the parser. It fails only on a mistake in cli.
func (a *app) grammar() (err error) {
	a.parser, err = kong.New(&a.cli,
		kong.Name("sockeye"), kong.Description(about),
		kong.Writers(a.stdout, a.stderr), kong.NoDefaultHelp(),
		vars(map[string][]string{
			"attribution": config.Attributions, "group": config.Groups, "loglevel": config.LogLevels, "order": config.Orders, "shell": shells(),
		}),
	)
	return err
}

// vars gives the grammar each list twice: as "NAMEs" for a check of values, and
// as "NAMElist" for people.
func vars(lists map[string][]string) kong.Vars {
	v := kong.Vars{}
	for name, values := range lists {
		v[name+"s"] = strings.Join(values, ",")
		v[name+"list"] = strings.Join(values, ", ")
	}
	return v
}
