package main

import (
	"bytes"
	"os"
	"slices"

	"sockeye/export"
	"sockeye/track"
)

// form is how records leave the program.
type form interface {
	// render returns a record as bytes that are written at once. They are valid
	// until the next call.
	render(r *export.Record) ([]byte, error)
	// top is how many flows a record needs, those that rank highest; 0 for all.
	top() int
	// groups is what a record needs the flows added up by.
	groups() []*track.Grouping
}

// jsonForm writes JSON lines.
type jsonForm struct {
	*export.Encoder
	grouped
	flows int
}

func (f jsonForm) render(r *export.Record) ([]byte, error) { return f.Line(r) }
func (f jsonForm) top() int                                { return f.flows }

// processForm writes JSON lines about processes.
type processForm struct{ jsonForm }

func (f processForm) render(r *export.Record) ([]byte, error) { return f.ProcessLine(r) }

// grouped is the part of a form that says what flows are added up by.
type grouped []*track.Grouping

func (g grouped) groups() []*track.Grouping { return g }

// textForm writes tables one after the other, as into a log.
type textForm struct {
	*export.Text
	grouped
	ranked bool // the table's ranks are the order that is asked for
}

func (f textForm) render(r *export.Record) ([]byte, error) {
	return append(f.Block(r), '\n'), nil // an empty line between two tables
}

func (f textForm) top() int {
	if !f.ranked {
		return 0
	}
	return f.Lines
}

// Control sequences of xterm and all that follow it (ctlseqs).
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // alternate screen, no cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	cursorHome  = "\x1b[H"
	clearLine   = "\x1b[K" // to its end
	clearBelow  = "\x1b[J"
)

// screenForm shows tables in place, on the whole terminal.
type screenForm struct {
	textForm
	tty   *os.File
	lines int // -L; 0 for as many as fit
	frame bytes.Buffer
	shown bool       // the alternate screen is on
	notes *noteLines // shown below the table; nil for none
}

// top asks for as many flows as the terminal has room for, two lines each.
func (f *screenForm) top() int {
	_, rows, _ := terminalSize(f.tty)
	if !f.ranked {
		return 0
	}
	return max(1, rows/2)
}

// render returns a frame. The last record leaves the alternate screen, so that
// it stays to be seen.
func (f *screenForm) render(r *export.Record) ([]byte, error) {
	columns, rows, ok := terminalSize(f.tty)
	if !ok {
		columns, rows = 80, 24
	}
	f.Width = columns
	block := f.fitNotes(r, columns, rows)
	f.frame.Reset()
	if r.Final {
		if f.shown {
			f.frame.WriteString(leaveScreen)
			f.shown = false
		}
		f.frame.Write(block)
		return f.frame.Bytes(), nil
	}
	if !f.shown {
		f.frame.WriteString(enterScreen)
		f.shown = true
	}
	f.frame.WriteString(cursorHome)
	n := 0
	for line := range bytes.Lines(block) {
		if n == rows {
			break
		}
		if n > 0 {
			f.frame.WriteString("\r\n")
		}
		f.frame.Write(bytes.TrimSuffix(line, []byte("\n")))
		f.frame.WriteString(clearLine)
		n++
	}
	f.frame.WriteString(clearBelow)
	return f.frame.Bytes(), nil
}

// fitNotes returns the tables and below them the notes, of which there may be a quarter
// of the rows.
func (f *screenForm) fitNotes(r *export.Record, columns, rows int) []byte {
	if f.notes == nil {
		return f.fit(r, rows)
	}
	notes := f.notes.lines(columns, rows/4)
	return append(f.fit(r, rows-bytes.Count(notes, []byte("\n"))), notes...)
}

// fit returns the tables with as many flows or entries as rows have room for.
// On a low terminal a few of them come first: what follows falls off the end.
func (f *screenForm) fit(r *export.Record, rows int) []byte {
	const few, head = 3, 3
	f.Lines = max(1, rows/2)
	if f.lines > 0 {
		f.Lines = min(f.Lines, f.lines)
	}
	lengths := tableLengths(r)
	f.Lines = max(1, min(f.Lines, slices.Max(lengths)))
	least := max(1, min(f.Lines, few, (rows-head)/2))
	block := f.Block(r)
	over := bytes.Count(block, []byte("\n")) - rows
	for over > 0 && f.Lines > least {
		for ; over > 0 && f.Lines > least; f.Lines-- {
			for _, n := range lengths {
				if n >= f.Lines {
					over -= 2 // the lines of its last row
				}
			}
		}
		block = f.Block(r) // it may have got a line that says what is not shown
		over = bytes.Count(block, []byte("\n")) - rows
	}
	return block
}

// tableLengths returns how many rows the tables of a record have, uncut.
func tableLengths(r *export.Record) []int {
	if len(r.Groups) == 0 {
		return []int{len(r.Flows)}
	}
	var all []int
	for i := range r.Groups {
		all = append(all, len(r.Groups[i].Entries))
	}
	return all
}

// newForm chooses the form of live output: what the flags say, or the screen on
// a terminal that has one, or text.
func (a *app) newForm(o *outputFlags) form {
	if o.JSON || o.JSONEvents {
		lines := jsonForm{export.NewEncoder(), o.groupings(), int(o.Top)}
		if o.processes {
			return processForm{lines}
		}
		return lines
	}
	_, ranked := o.rank()
	text := textForm{&export.Text{TextOptions: o.text()}, o.groupings(), ranked}
	columns, _, isTerminal := terminalSize(a.stdout)
	switch {
	case isTerminal && !o.Text && os.Getenv("TERM") != "dumb":
		screen := &screenForm{textForm: text, tty: a.stdout}
		if o.Lines != nil {
			screen.lines = int(*o.Lines)
		}
		return screen
	case isTerminal:
		text.Width = columns
	}
	return text
}
