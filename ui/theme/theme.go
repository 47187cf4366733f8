package theme

import "sockeye/ui/term"

// Theme is a set of styles. It does not change once it is made.
type Theme struct {
	Name  string // as in the configuration: "neon-sprawl"
	Label string // as people read it: "Neon Sprawl"
	From  string // whose palette it is: "iftoprs", "rustnet", "sockeye", "yours"
	Light bool   // made for light backgrounds

	// What is no colour, and set on a copy: how the screen is drawn where people or the
	// terminal want it so.
	NoLines bool // boxes have no lines round them
	ASCII   bool // lines, bars and curves use no character beyond ASCII

	Background term.Color // term.Default leaves the terminal's own
	styles     [Roles]term.Style
}

// Style returns the style of a role.
func (t *Theme) Style(r Role) term.Style { return t.styles[r] }
