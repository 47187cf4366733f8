package proc

import (
	"testing"
	"time"
)

func TestLookPace(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	l := lookPace{share: 0.01, left: lookSaved, at: start}
	for _, tt := range []struct {
		name       string
		at         time.Duration // since the start
		took, rest time.Duration
	}{
		{"what was saved", 0, lookSaved, 0},
		{"more", 0, 50 * time.Millisecond, 5 * time.Second},
		{"after that rest", 5 * time.Second, 0, 0},
		{"as much again", 5 * time.Second, 50 * time.Millisecond, 5 * time.Second},
		{"a long pause later", time.Hour, lookSaved, 0},
		{"which saved no more than that", time.Hour, time.Millisecond, 100 * time.Millisecond},
	} {
		if got := l.after(tt.took, start.Add(tt.at)); (got - tt.rest).Abs() > time.Microsecond {
			t.Errorf("%s: got a rest of %v want %v", tt.name, got, tt.rest)
		}
	}
}

// Packages and hashes are for the owners of flows: a machine has many processes that
// nobody is told of. It makes no difference whether one is read before it is shown.
func TestFilesOfShownProcessesAlone(t *testing.T) {
	var asked []string
	facts := &fakeFacts{procs: map[int32]Process{}}
	p := newPeople(facts, files{packageOf: func(_, exe string) (*Package, error) {
		asked = append(asked, exe)
		return &Package{Manager: "dpkg", Name: exe[len("/usr/bin/"):]}, nil
	}}, true)
	met := func(pid int32, name string) Ref {
		id := ID{PID: pid, Start: 1}
		facts.procs[pid] = Process{ID: id, Name: name, Comm: name, Exe: "/usr/bin/" + name}
		return p.meet(&Event{Process: id, Comm: name})
	}
	p.lookUpWished() // nobody asked for anything
	readFirst, shownFirst, neither := met(1, "curl"), met(2, "nginx"), met(3, "make")
	p.show(shownFirst)
	p.readQueued()
	p.show(readFirst)
	p.show(readFirst)
	p.lookUpWished()
	for _, c := range []struct {
		ref  Ref
		want string
	}{{readFirst, "curl"}, {shownFirst, "nginx"}, {neither, ""}} {
		got := ""
		if of := p.process(c.ref); of.Package != nil {
			got = of.Package.Name
		}
		if got != c.want {
			t.Errorf("%s: got package %q want %q", p.process(c.ref).Name, got, c.want)
		}
	}
	if len(asked) != 2 {
		t.Errorf("looked up %q want one each of two", asked)
	}
}

// lookUpWished does what lookUpAll does, as far as there is something to do.
func (p *people) lookUpWished() {
	for {
		select {
		case of := <-p.wishes:
			p.lookUp(of)
		default:
			return
		}
	}
}
