package proc

import (
	"errors"
	"slices"
	"sync"
)

// notes keeps which sources can be used, and tells each thing once.
type notes struct {
	notify func(Notice)

	mu     sync.Mutex
	states []SourceState
	told   map[string]bool
}

func (n *notes) begin(notify func(Notice), states []SourceState) {
	n.notify, n.states, n.told = notify, states, make(map[string]bool)
	for _, s := range states {
		if s.Why != "" {
			n.tell(Notice{Text: s.Why, Hint: s.Hint})
		}
	}
}

// lost notes that a source can no longer be used.
func (n *notes) lost(source Source, text, hint string) {
	n.mu.Lock()
	for i := range n.states {
		if s := &n.states[i]; s.Source == source {
			s.Usable, s.Why, s.Hint = false, text, hint
		}
	}
	n.mu.Unlock()
	n.tell(Notice{Text: text, Hint: hint})
}

// tell tells something that was not told yet.
func (n *notes) tell(note Notice) {
	n.mu.Lock()
	old := n.told[note.Text]
	n.told[note.Text] = true
	n.mu.Unlock()
	if !old && n.notify != nil {
		n.notify(note)
	}
}

func (n *notes) sources() []SourceState {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.states)
}

// hinter is an error that knows what helps.
type hinter interface {
	error
	Hint() string
}

// hintOf returns what helps against an error, empty where it does not say.
func hintOf(err error) string {
	if h, ok := errors.AsType[hinter](err); ok {
		return h.Hint()
	}
	return ""
}

// sourceError says why a source that was asked for by name cannot be used.
type sourceError struct {
	mode Mode
	err  error
	hint string
}

func (e *sourceError) Error() string {
	return "find owners by " + e.mode.String() + ": " + e.err.Error()
}
func (e *sourceError) Unwrap() error { return e.err }

// Hint is the command that mends it.
func (e *sourceError) Hint() string { return e.hint }
