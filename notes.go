package main

import (
	"slices"
	"sync"

	"sockeye/export"
	"sockeye/track/proc"
)

// noteLines are notes about what works less well than it might. They wait until the
// main thing works: who may not capture at all need not hear of them. Several
// goroutines may add to them.
type noteLines struct {
	mu     sync.Mutex
	tell   func(proc.Notice) // set by begin
	notice []proc.Notice     // that were added
}

// add tells of a notice, once begin was called.
func (n *noteLines) add(notice proc.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notice = append(n.notice, notice)
	if n.tell != nil {
		n.tell(notice)
	}
}

// begin tells of the notices so far, and of each that is added from now on. Called
// again it does nothing.
func (n *noteLines) begin(tell func(proc.Notice)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.tell != nil {
		return
	}
	n.tell = tell
	for _, notice := range n.notice {
		tell(notice)
	}
}

// lines returns them in lines of a width, as many as may be.
func (n *noteLines) lines(width, most int) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	var b []byte
	for _, notice := range n.notice {
		text := "note: " + notice.Text
		if notice.Hint != "" {
			text += ": " + notice.Hint
		}
		for part := range slices.Chunk([]rune(export.Printable(oneLine(text))), width) {
			if most--; most < 0 {
				return b
			}
			b = append(append(b, string(part)...), '\n')
		}
	}
	return b
}
