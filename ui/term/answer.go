package term

import (
	"sync"
	"time"
)

// answerWithin is how long an answer is waited for.
const answerWithin = 100 * time.Millisecond

// answer is what the terminal says of its colours.
type answer struct {
	mu     sync.Mutex
	text   Color
	ground Color // both Default where it has not said
	asked  time.Time
	done   chan struct{} // closed when nothing more will come
	over   bool
}

func newAnswer() *answer {
	return &answer{text: Default, ground: Default, done: make(chan struct{})}
}

// ask puts the question.
func (a *answer) ask(s *screen) {
	a.mu.Lock()
	a.asked = time.Now()
	a.mu.Unlock()
	_ = s.say(askColors)
}

// take takes an event, and reports whether it was an answer.
func (a *answer) take(ev Event) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch ev.Kind {
	case textReport:
		a.text = Color(ev.X)
	case groundReport:
		a.ground = Color(ev.X)
	case attributesReport:
		if !a.over {
			a.over = true
			close(a.done)
		}
	default:
		return false
	}
	return true
}

// wait returns when the answer is complete, or can no longer be expected.
func (a *answer) wait() {
	a.mu.Lock()
	asked := a.asked
	a.mu.Unlock()
	left := answerWithin - time.Since(asked)
	if left <= 0 {
		return
	}
	select {
	case <-a.done:
	case <-time.After(left):
	}
}

// colors returns the terminal's own, Default where they are not known.
func (a *answer) colors() (text, ground Color) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.text, a.ground
}
