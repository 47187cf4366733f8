package main

import (
	"fmt"
	"os"
	"strings"
)

// screen is what is known of the terminal.
type screen struct {
	is            bool // the standard output is a terminal
	columns, rows int
	term, color   string // TERM, COLORTERM
	noColor       bool   // NO_COLOR is set: no-color.org
	locale        string // of characters: what counts of LC_ALL, LC_CTYPE and LANG
}

// The least that a table needs to be of use, and what is usual.
const (
	leastColumns, usualColumns = 40, 80
	leastRows, usualRows       = 10, 24
)

// newScreen asks the terminal and the environment.
func newScreen(out *os.File, env func(string) string) screen {
	s := screen{term: env("TERM"), color: env("COLORTERM"), noColor: env("NO_COLOR") != ""}
	s.columns, s.rows, s.is = terminalSize(out)
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // locale(7): the first that is set
		if s.locale = env(name); s.locale != "" {
			break
		}
	}
	return s
}

// findings judges it.
func (s screen) findings() []finding {
	return []finding{s.size(), s.control(), s.colors(), s.letters()}
}

func (s screen) size() finding {
	f := finding{Group: groupScreen, Name: "terminal", State: works, Means: fmt.Sprintf("%d columns, %d rows", s.columns, s.rows)}
	switch {
	case !s.is:
		f.State, f.Means, f.Why = limited, "tables are written one after the other", "the standard output is no terminal"
		f.Fix = "run it in a terminal; of docker and podman run: -it"
	case s.columns < leastColumns || s.rows < leastRows:
		f.State, f.Why = fails, fmt.Sprintf("%d columns and %d rows are the least that is of use", leastColumns, leastRows)
		f.Fix = "make the window larger, or sockeye --text"
	case s.columns < usualColumns || s.rows < usualRows:
		f.State, f.Why = limited, fmt.Sprintf("below %d columns and %d rows parts are left out", usualColumns, usualRows)
		f.Fix = "make the window larger"
	}
	return f
}

func (s screen) control() finding {
	f := finding{Group: groupScreen, Name: "TERM", State: works, Means: s.term}
	if s.term == "" || s.term == "dumb" {
		f.State, f.Means = limited, "a table cannot be shown in place"
		f.Why, f.Fix = "TERM is not set", "export TERM=xterm-256color, or sockeye --text"
		if s.term != "" {
			f.Why = "TERM is " + s.term
		}
	}
	return f
}

func (s screen) colors() finding {
	f := finding{Group: groupScreen, Name: "colors", State: works}
	switch {
	case s.noColor:
		f.State, f.Means, f.Why, f.Fix = limited, "no colors", "NO_COLOR is set", "unset NO_COLOR"
	case s.color == "truecolor" || s.color == "24bit":
		f.Means = "16 million"
	case strings.Contains(s.term, "256color"):
		f.Means = "256"
	case s.term == "" || s.term == "dumb":
		f.State, f.Means, f.Why, f.Fix = limited, "no colors", "TERM names no terminal that has any", "export TERM=xterm-256color"
	default:
		f.State, f.Means, f.Why, f.Fix = limited, "8 or 16", "TERM is "+s.term, "export TERM=xterm-256color"
	}
	return f
}

func (s screen) letters() finding {
	f := finding{Group: groupScreen, Name: "letters", State: works, Means: "UTF-8"}
	codeset := strings.ToLower(strings.ReplaceAll(s.locale, "-", ""))
	if !strings.Contains(codeset, "utf8") {
		f.State, f.Means = limited, "lines and bars may come out as other characters"
		f.Why, f.Fix = "the locale is "+s.locale, "export LC_ALL=C.UTF-8"
		if s.locale == "" {
			f.Why = "no locale is set"
		}
	}
	return f
}
