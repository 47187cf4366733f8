package proc

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/parse"
)

// TestTold holds what packets tell of their processes against what is there.
func TestTold(t *testing.T) {
	const from, to = "10.0.0.1:40000", "9.9.9.9:443"
	tests := []struct {
		name string
		mode Mode
		told parse.Process // nothing without a name
		end  string        // whose it is: from if empty
		is   func(b *bench)

		want   string // name and executable
		source Source
		reason Reason
	}{
		{name: "it is still there", told: parse.Process{PID: 10, Name: "curl"},
			is: func(b *bench) { b.process(10, "curl", "/usr/bin/curl") }, want: "curl /usr/bin/curl", source: FromPKTAP},
		{name: "its name is cut", told: parse.Process{PID: 10, Name: "a name of 16 by"},
			is: func(b *bench) { b.process(10, "a name of 16 byt", "/a") }, want: "a name of 16 byt /a", source: FromPKTAP},
		{name: "it has ended", told: parse.Process{PID: 10, Name: "curl"}, want: "curl ", source: FromPKTAP},
		{name: "its pid is another's now", told: parse.Process{PID: 10, Name: "curl"},
			is: func(b *bench) { b.process(10, "ssh", "/usr/bin/ssh") }, want: "curl ", source: FromPKTAP},
		{name: "its pid is one of the same name now", told: parse.Process{PID: 10, Name: "curl"},
			is: func(b *bench) {
				b.process(10, "curl", "/usr/bin/curl")
				p := b.facts.procs[10]
				p.Started = time.Now().Add(time.Second)
				b.facts.procs[10] = p
			}, want: "curl ", source: FromPKTAP},
		{name: "it is the kernel", told: parse.Process{Name: "kernel_task"}, reason: Kernel},
		{name: "nothing is told", reason: NoSocket},
		{name: "it is told of the other end, which is not here", told: parse.Process{PID: 10, Name: "curl"}, end: to, reason: NoSocket},
		{name: "another way was asked for", mode: OnlyDiag, told: parse.Process{PID: 10, Name: "curl"}, reason: NoSocket},
		{name: "it is before the tables", told: parse.Process{PID: 10, Name: "curl"},
			is: func(b *bench) {
				b.process(10, "curl", "/usr/bin/curl")
				b.have(Socket{Proto: tcp, State: stateEstablished, Local: port(from), Remote: port(to), Inode: 7})
				b.holds(7, b.process(20, "other", "/other"))
			}, want: "curl /usr/bin/curl", source: FromPKTAP},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, tt.mode, func(b *bench) {
				b.w, b.told = nil, new(parse.Processes)
				if tt.is != nil {
					tt.is(b)
				}
			}, func(b *bench) {
				q := question(tcp, from, to, now())
				q.Flow = 1
				q.Process = b.told.Slot(tt.told)
				q.ProcessB = q.Key.B() == port(from)
				if tt.end == to {
					q.ProcessB = !q.ProcessB
				}
				b.a.Ask([]Question{q})
				time.Sleep(300 * time.Millisecond)
				synctest.Wait()

				o := b.last(1, tcp, from, to, from)
				got := ""
				if o.Process != nil {
					got = o.Process.Name + " " + o.Process.Exe
				}
				if got != tt.want || o.Source != tt.source || o.Reason != tt.reason {
					t.Errorf("got %q, source %q, reason %q, want %q, %q, %q", got, o.Source, o.Reason, tt.want, tt.source, tt.reason)
				}
			})
		})
	}
}

// TestToldProcesses checks that two processes of which no more is known than what
// packets told are not taken for one, and that no user is made up for them.
func TestToldProcesses(t *testing.T) {
	p := newPeople(nil, files{}, false)
	refs := []Ref{
		p.told(1, parse.Process{PID: 10, Name: "curl"}, 0),
		p.told(2, parse.Process{PID: 10, Name: "ssh"}, 0),
		p.told(1, parse.Process{PID: 10, Name: "curl"}, 0),
	}
	if refs[0] == refs[1] || refs[0] != refs[2] {
		t.Fatalf("got the refs %v, want the first and the last alike", refs)
	}
	want := &Process{ID: ID{PID: 10}, Ref: refs[1], Name: "ssh", Comm: "ssh", Told: 2, Lacks: goneBefore}
	if d := cmp.Diff(want, p.process(refs[1])); d != "" {
		t.Errorf("process (-want +got):\n%s", d)
	}
	for n := range maxProcesses {
		p.told(uint32(n)+3, parse.Process{PID: 11, Name: "x"}, 0)
	}
	if p.process(refs[0]) != nil {
		t.Error("the first one is still there, want its room taken")
	}
}

func TestRecorded(t *testing.T) {
	var all parse.Processes
	r := NewRecorded(&all)
	curl := all.Slot(parse.Process{PID: 10, Name: "curl", ForPID: 11, ForName: "Mail"})
	kernel := all.Slot(parse.Process{Name: "kernel_task"})
	tests := []struct {
		name  string
		found Found
		want  Owner
	}{
		{"a process", r.Told(curl), Owner{Source: FromPKTAP, Process: &Process{
			ID: ID{PID: 10}, Ref: Ref(curl), Name: "curl", Comm: "curl", Told: curl, For: &Parent{ID: ID{PID: 11}, Name: "Mail"},
		}}},
		{"the kernel", r.Told(kernel), Owner{Reason: Kernel}},
		{"nobody", r.Told(0), Owner{Reason: Off}},
		{"one that is not there", r.Told(99), Owner{Reason: Off}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, r.Owner(tt.found)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
	if a, b := r.Owner(r.Told(curl)), r.Owner(r.Told(curl)); a.Process != b.Process {
		t.Error("got two Processes for one, want the same")
	}
}
