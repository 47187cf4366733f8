package tests

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// An exception names places at which another program is not followed, and why.
// A place may be a pattern of path.Match.
type exception struct {
	reason string
	at     []string
}

// exceptions compares with another program's answers: what differs must be
// listed, and what is listed must differ.
type exceptions struct {
	t        *testing.T
	patterns []string
	reasons  map[string]string
	met      map[string]int
	right    int
	byReason map[string]int
}

func newExceptions(t *testing.T, all []exception) *exceptions {
	e := &exceptions{t: t, reasons: map[string]string{}, met: map[string]int{}, byReason: map[string]int{}}
	for _, x := range all {
		for _, at := range x.at {
			if e.reasons[at] != "" {
				t.Errorf("%s: listed twice", at)
			}
			e.reasons[at] = x.reason
			e.patterns = append(e.patterns, at)
		}
	}
	return e
}

// check counts one answer. A difference that is not listed fails the test.
func (e *exceptions) check(at string, same bool, format string, args ...any) {
	e.t.Helper()
	if same {
		e.right++
		return
	}
	i := slices.IndexFunc(e.patterns, func(p string) bool {
		ok, err := path.Match(p, at)
		return ok && err == nil || p == at
	})
	if i < 0 {
		e.t.Errorf("%s: %s", at, fmt.Sprintf(format, args...))
		return
	}
	e.met[e.patterns[i]]++
	e.byReason[e.reasons[e.patterns[i]]]++
}

// finish fails the test for what is listed and does not differ, and tells how
// many answers there were.
func (e *exceptions) finish(what string) {
	e.t.Helper()
	for _, p := range e.patterns {
		if e.met[p] == 0 {
			e.t.Errorf("%s: listed as different (%s), and is not", p, e.reasons[p])
		}
	}
	var reasons []string
	different := 0
	for reason, n := range e.byReason {
		reasons = append(reasons, fmt.Sprintf("%4d %s", n, reason))
		different += n
	}
	slices.Sort(reasons)
	e.t.Logf("%s: %d the same, %d differ for a listed reason\n%s", what, e.right, different, strings.Join(reasons, "\n"))
}
