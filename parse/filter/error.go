package filter

import (
	"errors"
	"fmt"
	"strings"
)

// An Error says what is wrong with an expression, and where.
type Error struct {
	Text   string // the expression
	Offset int    // where the fault is, in bytes from the start
	Reason string // what is wrong
	Hint   string // what to do about it, without a period; empty where nothing comes to mind
}

// Error returns the reason with the place, counted from 1.
func (e *Error) Error() string {
	return fmt.Sprintf("filter, column %d: %s", e.Offset+1, e.Reason)
}

// Place returns the bytes of the text that are at fault: where they begin, and where the
// word that does ends.
func (e *Error) Place() (from, to int) {
	from = min(e.Offset, len(e.Text))
	to = len(e.Text)
	if n := strings.IndexAny(e.Text[from:], " \t\n()"); n > 0 {
		to = from + n
	}
	return from, to
}

// fault makes an Error for which place will fill in the text.
func fault(n node, format string, args ...any) *Error {
	return &Error{Offset: n.pos(), Reason: fmt.Sprintf(format, args...)}
}

// with adds a hint.
func (e *Error) with(hint string) *Error {
	e.Hint = hint
	return e
}

// place gives an Error the text that it is about.
func place(err error, text string) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Text = text
	}
	return err
}
