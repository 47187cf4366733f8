package track

import (
	"sync"
	"testing"

	"sockeye/parse"
	"sockeye/track/proc"
)

// registry is an Owners that tests fill.
type registry struct {
	mu        sync.Mutex
	asked     []proc.Question
	named     int  // calls of Owner
	wants     bool // what Wants says
	processes map[proc.Ref]*proc.Process
}

func (r *registry) Ask(qs []proc.Question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, qs...)
}

func (r *registry) Wants(*parse.Key) bool { return r.wants }

func (r *registry) Owner(f proc.Found) proc.Owner {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.named++
	return proc.Owner{Process: r.processes[f.Ref], Source: f.Source, Reason: f.Reason}
}

// take returns what was asked since the last call.
func (r *registry) take() []proc.Question {
	r.mu.Lock()
	defer r.mu.Unlock()
	qs := r.asked
	r.asked = nil
	return qs
}

// add makes a process known.
func (r *registry) add(p proc.Process) proc.Found {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.processes == nil {
		r.processes = make(map[proc.Ref]*proc.Process)
	}
	p.Ref = proc.Ref(len(r.processes) + 1)
	r.processes[p.Ref] = &p
	return proc.Found{Ref: p.Ref, Source: proc.FromEBPF}
}

// process makes a process known by its pid and name.
func (r *registry) process(pid int32, name string) proc.Found {
	return r.add(proc.Process{ID: proc.ID{PID: pid, Start: uint64(pid)}, Name: name})
}

// one returns the only question since the last call.
func (r *registry) one(tb testing.TB) proc.Question {
	tb.Helper()
	qs := r.take()
	if len(qs) != 1 {
		tb.Fatalf("got %d questions, want 1: %+v", len(qs), qs)
	}
	return qs[0]
}

// answerTo answers a question: the owners of A and B, as far as they are asked for.
func answerTo(t *Table, q proc.Question, a, b proc.Found) {
	if q.Ends == 1 {
		b = proc.Found{}
	}
	if q.Ends == 2 {
		a = proc.Found{}
	}
	t.Answer([]proc.Answer{{Flow: q.Flow, Place: q.Place, Ends: [2]proc.Found{a, b}}})
}

// ownedTable is a table whose Owners is a registry.
func ownedTable(tb testing.TB, c Config) (*Table, *registry) {
	tb.Helper()
	r := new(registry)
	c.Owners = r
	return newTable(tb, c), r
}

// unknown is an answer that names nobody.
func unknown(why proc.Reason) proc.Found { return proc.Found{Reason: why} }

// owners writes a row's owners: a name or the reason why there is none.
func owners(r *Row) string {
	return ownerName(&r.Owner) + " " + ownerName(&r.Peer)
}

func ownerName(o *proc.Owner) string {
	switch {
	case o.Process != nil:
		return o.Process.Name
	case o.Reason != proc.None:
		return "(" + o.Reason.String() + ")"
	}
	return "-"
}
