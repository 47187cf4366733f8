package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// themesCmd shows the themes of the dashboard, or one.
type themesCmd struct {
	Name string `arg:"" optional:"" help:"Show the colors of this theme, role by role."`
}

// Run shows them in their colors on a terminal, and as a table anywhere else.
func (c *themesCmd) Run(a *app) error {
	themes := theme.All()
	for _, p := range a.settings.Themes {
		themes = append(themes, theme.Custom(p))
	}
	colors := term.DetectColors()
	_, _, isTerminal := terminalSize(a.stdout)
	if c.Name == "" {
		if isTerminal && colors != term.NoColors {
			return writeError(listedThemes(themes).Print(a.stdout, colors))
		}
		return writeError(printThemes(a.stdout, themes))
	}
	t, err := chosenTheme(c.Name, themes)
	if err != nil {
		return err
	}
	if isTerminal && colors != term.NoColors {
		return writeError(rolesOf(t).Print(a.stdout, colors))
	}
	return writeError(printRoles(a.stdout, t))
}

// chosenTheme finds a theme by its name; those of the user's own come first.
func chosenTheme(name string, themes []*theme.Theme) (*theme.Theme, error) {
	if i := slices.IndexFunc(themes, func(t *theme.Theme) bool { return t.Name == name }); i >= 0 {
		return themes[i], nil
	}
	if t, ok := theme.Find(name); ok {
		return t, nil
	}
	names := make([]string, len(themes))
	for i, t := range themes {
		names[i] = t.Name
	}
	return nil, &usageError{
		err:  fmt.Errorf("no theme is called %q", name),
		hint: suggest("", name, names, "the themes are "+strings.Join(names, ", ")),
	}
}

// themeSample is what each theme shows of itself: as the row of a flow, in its roles.
var themeSample = []struct {
	role theme.Role
	text string
}{
	{theme.Process, "firefox "}, {theme.Local, "10.0.0.7 "}, {theme.Both, "<=> "}, {theme.Remote, "example.org "},
	{theme.Service, "https "}, {theme.Sent, "1.2 MB "}, {theme.Received, "34 MB"},
	{theme.Text, " "}, {theme.BarSent, " up "}, {theme.BarReceived, " down "}, {theme.Selected, " sel "},
}

const nameColumns = 20 // that names of themes have

// listedThemes draws a line for each theme.
func listedThemes(themes []*theme.Theme) *term.Canvas {
	width := nameColumns + 1
	for _, part := range themeSample {
		width += len(part.text)
	}
	c := term.NewCanvas(width+1, len(themes))
	for y, t := range themes {
		p := c.Pane().Sub(term.Rect{Y: y, W: c.W, H: 1})
		p.Text(0, 0, term.Cut(t.Name, nameColumns-2), term.Plain)
		p = p.Sub(term.Rect{X: nameColumns, W: c.W, H: 1})
		p.Fill(p.Local(), ' ', t.Style(theme.Text))
		x := 1
		for _, part := range themeSample {
			x += p.Text(x, 0, part.text, t.Style(part.role))
		}
	}
	return c
}

// printThemes writes a table of the themes.
func printThemes(w io.Writer, themes []*theme.Theme) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tLABEL\tBACKGROUND\tFROM")
	for _, th := range themes {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", term.Printable(th.Name), term.Printable(th.Label), groundOf(th), th.From)
	}
	return t.Flush()
}

func groundOf(t *theme.Theme) string {
	switch {
	case t.Background == term.Default:
		return "the terminal's"
	case t.Light:
		return "light"
	}
	return "dark"
}

// rolesOf draws every role of a theme, in two columns.
func rolesOf(t *theme.Theme) *term.Canvas {
	const columns, width = 2, 34
	rows := (int(theme.Roles) + columns - 1) / columns
	c := term.NewCanvas(columns*width, rows)
	p := c.Pane()
	p.Fill(p.Local(), ' ', t.Style(theme.Text))
	for r := range theme.Roles {
		x, y := int(r)/rows*width+1, int(r)%rows
		p.Text(x, y, fmt.Sprintf(" %-14s", r), t.Style(r))
		p.Text(x+16, y, wordStyle(t.Style(r)), t.Style(theme.Muted))
	}
	return c
}

// printRoles writes a table of the roles of a theme.
func printRoles(w io.Writer, t *theme.Theme) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "ROLE\tSTYLE")
	for r := range theme.Roles {
		fmt.Fprintf(tab, "%s\t%s\n", r, wordStyle(t.Style(r)))
	}
	return tab.Flush()
}

// wordStyle says a style in words: "#d8d8d8 on #14171c bold".
func wordStyle(s term.Style) string {
	var words []string
	if s.FG != term.Default || s.BG != term.Default {
		words = append(words, wordColor(s.FG)+" on "+wordColor(s.BG))
	}
	for i, name := range []string{"bold", "dim", "underline", "reverse", "italic"} { // in the order of the attributes
		if s.Attr&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	return cmp.Or(strings.Join(words, " "), "plain")
}

func wordColor(c term.Color) string {
	if n, ok := c.Index(); ok {
		return fmt.Sprint(n)
	}
	r, g, b, ok := c.RGB()
	if !ok {
		return "default"
	}
	return fmt.Sprintf("#%02x%02x%02x", r, g, b)
}
