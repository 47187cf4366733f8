package proc

import (
	"testing"

	"sockeye/internal/testkit"
)

func TestRegistry(t *testing.T) {
	r := newRegistry()
	one, made := r.add(Process{ID: ID{PID: 1, Start: 1}, Name: "one"})
	again, madeAgain := r.add(Process{ID: ID{PID: 1, Start: 1}, Name: "other"})
	next, _ := r.add(Process{ID: ID{PID: 1, Start: 2}, Name: "next"})
	user, _ := r.add(Process{UID: 7})
	root, _ := r.add(Process{UID: 0})
	if !made || madeAgain || one == 0 || again != one || next == one || user == root {
		t.Errorf("got %d made %v, %d made %v, %d, users %d and %d", one, made, again, madeAgain, next, user, root)
	}
	if got := r.process(one).Name; got != "one" {
		t.Errorf("got %s, want the one that was there first", got)
	}
	if r.process(0) != nil || r.process(one+1<<16) != nil {
		t.Errorf("got a process under a Ref that was never given out")
	}
}

// TestRegistryForgets: when it is full the first that ended goes first, and its Ref
// names nobody any more.
func TestRegistryForgets(t *testing.T) {
	r := newRegistry()
	refs := make([]Ref, maxProcesses)
	for i := range refs {
		refs[i], _ = r.add(Process{ID: ID{PID: int32(i + 1)}})
	}
	if ref, _ := r.add(Process{ID: ID{PID: -1}}); ref != 0 || !r.full() {
		t.Errorf("got %d, want no room: all of them run", ref)
	}
	r.end(ID{PID: 3})
	r.end(ID{PID: 2})
	r.end(ID{PID: 2})
	first, _ := r.add(Process{ID: ID{PID: -1}})
	if first&slotMask != refs[2]&slotMask || r.process(refs[2]) != nil || r.process(refs[1]) == nil || r.find(identity{ID: ID{PID: 3}}) != 0 {
		t.Errorf("got other than the first that ended forgotten")
	}
	second, _ := r.add(Process{ID: ID{PID: -2}})
	if second&slotMask != refs[1]&slotMask {
		t.Errorf("got other than the second that ended forgotten")
	}
	if third, _ := r.add(Process{ID: ID{PID: -3}}); third != 0 {
		t.Errorf("got room, want none: who ended twice has one place")
	}
	r.reap(maxProcesses, func(id ID) bool { return id.PID != 9 })
	if fourth, _ := r.add(Process{ID: ID{PID: -4}}); fourth&slotMask != refs[8]&slotMask {
		t.Errorf("got other than the one that was found ended forgotten")
	}
	if len(r.byID) != maxProcesses {
		t.Errorf("got %d by identity, want %d", len(r.byID), maxProcesses)
	}
}

// TestRegistryAmends: what is known grows, but not by what was made of older knowledge.
func TestRegistryAmends(t *testing.T) {
	r := newRegistry()
	ref, _ := r.add(Process{ID: ID{PID: 1}})
	bare := r.process(ref)
	read := &Process{ID: ID{PID: 1}, Ref: ref, Exe: "/a"}
	if !r.learn(read, 100) || r.process(ref) != read {
		t.Errorf("got what was read dropped")
	}
	if r.amend(bare, &Process{ID: ID{PID: 1}, Ref: ref, SHA256: "x"}) || r.process(ref) != read {
		t.Errorf("got what was made of older knowledge kept")
	}
	next := r.succeed(Process{ID: ID{PID: 1}, Name: "next"}, 50)
	if r.process(ref) != bare {
		t.Errorf("got what was read of the next program told of the first")
	}
	if r.learn(&Process{ID: ID{PID: 1}, Ref: ref}, 200) {
		t.Errorf("got the first program's facts changed after it was gone")
	}
	if r.find(identity{ID: ID{PID: 1}}) != next {
		t.Errorf("got the first program found under its identity, want the next")
	}
}

func TestProcessAllocates(t *testing.T) {
	r := newRegistry()
	ref, _ := r.add(Process{ID: ID{PID: 1}})
	testkit.ZeroAllocs(t, "process", func() { r.process(ref) })
}

func TestChoose(t *testing.T) {
	id := func(pid int32) ID { return ID{PID: pid, Start: uint64(pid)} }
	process := func(pid int32, comm, exe string, parents ...int32) *Process {
		p := &Process{ID: id(pid), Ref: Ref(pid), Comm: comm, Exe: exe}
		for _, n := range parents {
			p.Parents = append(p.Parents, Parent{ID: id(n)})
		}
		return p
	}
	tests := []struct {
		name   string
		ps     []*Process
		more   bool
		want   Ref
		reason Reason
	}{
		{"nobody", nil, false, 0, Exited},
		{"one", []*Process{process(5, "a", "/a")}, false, 5, None},
		{"one and others unknown", []*Process{process(5, "a", "/a")}, true, 0, Several},
		{"two programs", []*Process{process(5, "a", "/a"), process(6, "b", "/b")}, false, 0, Several},
		{"a service and systemd", []*Process{process(1, "systemd", "/systemd"), process(6, "b", "/b")}, false, 6, None},
		{"systemd alone", []*Process{process(1, "systemd", "/systemd")}, false, 1, None},
		{"workers: the oldest", []*Process{process(7, "a", "/a"), process(6, "a", "/a")}, false, 6, None},
		{"workers: the parent, be it the younger", []*Process{process(6, "a", "/a", 9), process(9, "a", "/a")}, false, 9, None},
		{"programs that may not be seen", []*Process{process(6, "a", ""), process(7, "a", "")}, false, 6, None},
		{"one that may not be seen", []*Process{process(6, "a", "/a"), process(7, "a", "")}, false, 0, Several},
		{"only a user", []*Process{{Ref: 3, UID: 1000}}, false, 3, NoRights},
	}
	for _, tt := range tests {
		if got, reason := chooseOf(tt.ps, tt.more); got != tt.want || reason != tt.reason {
			t.Errorf("%s: got %d, %q, want %d, %q", tt.name, got, reason, tt.want, tt.reason)
		}
	}
}
