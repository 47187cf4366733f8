package main

import (
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
		for rest := []rune(export.Printable(oneLine("note: " + noteText(notice)))); len(rest) > 0; {
			if most--; most < 0 {
				return b
			}
			var line []rune
			line, rest = cutLine(rest, width)
			b = append(append(b, string(line)...), '\n')
		}
	}
	return b
}

// texts returns each as a line.
func (n *noteLines) texts() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]string, len(n.notice))
	for i, notice := range n.notice {
		all[i] = noteText(notice)
	}
	return all
}

// noteText is a notice as one line.
func noteText(n proc.Notice) string {
	if n.Hint == "" {
		return n.Text
	}
	return n.Text + ": " + n.Hint
}

// cutLine cuts a line of a width off a text: between words, unless one is longer.
func cutLine(text []rune, width int) (line, rest []rune) {
	if len(text) <= width {
		return text, nil
	}
	for end := width; end > 0; end-- {
		if text[end] == ' ' {
			return text[:end], text[end+1:]
		}
	}
	return text[:width], text[width:]
}
