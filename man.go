package main

import (
	"cmp"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sockeye/config"
	"sockeye/track"
	"sockeye/ui"
)

// man prints the page of the manual.
func (a *app) man() error {
	info, _ := debug.ReadBuildInfo()
	_, err := io.WriteString(a.stdout, manPage(a.parser.Model, info))
	return writeError(err)
}

// manPage writes the page from the grammar, the keys of the dashboard and of the
// configuration, and the fields of queries, so that it says what this binary does. info
// may be nil.
func manPage(model *kong.Application, info *debug.BuildInfo) string {
	r := &roff{}
	r.title("sockeye", dateOf(info), "sockeye "+versionOf(info))
	r.section("Name")
	r.b.WriteString("sockeye \\- show every connection that this machine makes\n")
	manSynopsis(r, model)
	r.section("Description")
	r.text(manDescription...)
	manCommands(r, model)
	manKeys(r)
	manQueries(r)
	manConfiguration(r)
	for _, s := range manSections {
		r.section(s.title)
		r.text(s.text...)
		for _, item := range s.items {
			r.item(item[0], item[1])
		}
	}
	r.section("Examples")
	for _, e := range manExamples {
		r.text(e[0])
		r.example(e[1])
	}
	r.section("See also")
	r.text("`pcap-filter`(7), `ss`(8), `tcpdump`(8), `capabilities`(7), `setcap`(8)")
	return r.b.String()
}

// dateOf returns the day of the commit that a binary was built from, "" if nobody knows.
func dateOf(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			day, _, _ := strings.Cut(s.Value, "T")
			return day
		}
	}
	return ""
}

func manSynopsis(r *roff, model *kong.Application) {
	r.section("Synopsis")
	lines := []string{"sockeye [OPTION]..."}
	for _, c := range model.Children {
		if c != model.DefaultCmd {
			lines = append(lines, "sockeye "+c.Name+arguments(c)+" [OPTION]...")
		}
	}
	r.example(lines...)
}

// manCommands writes the commands, and their options: in full those of the default
// command, of the others what they have besides.
func manCommands(r *roff, model *kong.Application) {
	r.section("Commands")
	for _, c := range model.Children {
		r.item("`"+c.Name+"`"+arguments(c), c.Help)
	}
	r.section("Options")
	manFlags(r, model.DefaultCmd.Flags)
	manFlags(r, model.Flags)
	r.section("Options of commands")
	for _, c := range model.Children {
		if c == model.DefaultCmd || len(c.Flags) == 0 {
			continue
		}
		r.subsection("sockeye " + c.Name + arguments(c))
		var shared []string
		for _, f := range c.Flags {
			if slices.ContainsFunc(model.DefaultCmd.Flags, func(d *kong.Flag) bool { return d.Name == f.Name && d.Help == f.Help }) {
				shared = append(shared, "`--"+f.Name+"`")
			} else {
				r.item(manFlag(f), f.Help)
			}
		}
		if len(shared) > 0 {
			r.text("As above: " + strings.Join(shared, ", ") + ".")
		}
	}
}

// manFlags writes flags under the titles of their groups.
func manFlags(r *roff, flags []*kong.Flag) {
	title := ""
	for _, f := range flags {
		group := "General"
		if f.Group != nil {
			group = strings.TrimSuffix(f.Group.Title, ":")
		}
		if group != title {
			title = group
			r.subsection(title)
		}
		r.item(manFlag(f), f.Help)
	}
}

// manFlag writes a flag with what has to be typed between backquotes.
func manFlag(f *kong.Flag) string {
	var all []string
	value := ""
	if takesValue(f) {
		value = "=" + strings.TrimSuffix(f.FormatPlaceHolder(), ",...") // kong's mark for lists
	}
	if f.Short != 0 {
		all = append(all, "`-"+string(f.Short)+"`")
	}
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		all = append(all, "`--"+name+"`"+value)
	}
	if not := negation(f); not != "" {
		all = append(all, "`--"+not+"`")
	}
	return strings.Join(all, ", ")
}

func manKeys(r *roff) {
	r.section("Keys of the dashboard")
	r.text("The key `h` shows them on the screen. Each has one meaning on all tabs. In the configuration, `keys` gives actions other keys, by the names in parentheses.")
	for _, chapter := range ui.KeyChapters() {
		r.subsection(chapter.Title)
		for _, k := range chapter.Keys {
			r.item("`"+cmp.Or(strings.Join(k.Keys, "`, `"), "no key")+"` ("+k.Name+")", k.Does)
		}
	}
}

func manQueries(r *roff) {
	r.section("Queries")
	r.text(manQueryText...)
	for _, f := range track.QueryFields(track.QueryNames{}).List() {
		r.item("`"+strings.Join(append([]string{f.Name}, f.Aliases...), "`, `")+"`", f.Help)
	}
}

func manConfiguration(r *roff) {
	r.section("Configuration")
	r.text("YAML, one `key: value` a line; `sockeye config` prints a file with all keys and their defaults. What is changed in the dashboard is written there.")
	for _, d := range config.Describe() {
		r.item("`"+d.Name+"`", d.What+" Value: "+d.Value+". Default: "+d.Default+".")
	}
}
