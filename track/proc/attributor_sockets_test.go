package proc

import (
	"testing"
)

// idle is an Attributor over fakes that nobody runs.
func idle(t *testing.T, mode Mode) *bench {
	b := &bench{
		t: t, w: newFakeWatcher(), tables: &fakeTables{},
		facts: &fakeFacts{procs: make(map[int32]Process), held: make(map[uint64][]ID)},
	}
	from := sources{facts: b.facts, ownSpace: ownNS}
	if mode != OnlyEBPF {
		from.own, from.source = b.tables, FromDiag
	}
	b.a = assemble(Config{Mode: mode, Local: isOurs, Watcher: b.w}, from)
	return b
}

// listener puts up a socket of root's that listens.
func (b *bench) listener(inode uint64) {
	b.tables.sockets = append(b.tables.sockets, Socket{
		Family: 2, Proto: 6, State: stateListen, Local: port("10.0.0.1:80"), Inode: inode,
	})
}

// wantOne lists the sockets, and compares the owner of the only one.
func (b *bench) wantOne(pid int32, exe, user string, reason Reason) {
	b.t.Helper()
	all, err := b.a.Sockets()
	if err != nil || len(all) != 1 {
		b.t.Fatalf("got %d sockets (%v), want one", len(all), err)
	}
	o := all[0].Owner
	var got Process
	if o.Process != nil {
		got = *o.Process
	}
	if got.PID != pid || got.Exe != exe || got.User != user || o.Reason != reason {
		b.t.Errorf("got pid %d %q, user %q, %q, want pid %d %q, user %q, %q",
			got.PID, got.Exe, got.User, o.Reason, pid, exe, user, reason)
	}
}

// TestSocketsReadsProcesses: without Run, too, all that can be read of the processes is
// told, and not what the Watcher says alone.
func TestSocketsReadsProcesses(t *testing.T) {
	for _, mode := range []Mode{Auto, OnlyEBPF} {
		t.Run(mode.String(), func(t *testing.T) {
			b := idle(t, mode)
			b.listener(7)
			id := b.process(10, "nginx", "/usr/sbin/nginx")
			b.w.holdings = []Holding{{Event: Event{Process: id, Comm: "nginx", Kind: SocketListens, Proto: 6}, Inode: 7}}
			b.wantOne(10, "/usr/sbin/nginx", "", None)
		})
	}
}

// TestSocketsReadsManyProcesses: also where there are more than wait to be read.
func TestSocketsReadsManyProcesses(t *testing.T) {
	b := idle(t, Auto)
	for i := range int32(5000) {
		id := b.process(10+i, "nginx", "/usr/sbin/nginx")
		b.listener(uint64(1 + i))
		b.w.holdings = append(b.w.holdings, Holding{Event: Event{Process: id, Comm: "nginx"}, Inode: uint64(1 + i)})
	}
	all, err := b.a.Sockets()
	if err != nil || len(all) != 5000 {
		t.Fatalf("got %d sockets (%v), want 5000", len(all), err)
	}
	for i := range all {
		if p := all[i].Owner.Process; p == nil || p.Exe == "" {
			t.Fatalf("socket %d: got %+v, want a process with its executable", i, p)
		}
	}
}

// TestSocketsOfNobody: root's sockets are the kernel's where nobody has them, and
// everybody could be looked into, and they are still there after that.
func TestSocketsOfNobody(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(b *bench)
		user    string
		reason  Reason
	}{
		{"the kernel's", func(*bench) {}, "", Kernel},
		{"of somebody who is not shown", func(b *bench) { b.facts.lacks = NoRights }, "root", NoRights},
		{"closed meanwhile", func(b *bench) { b.tables.closing = true }, "root", Exited},
		{"closed meanwhile, and somebody is not shown", func(b *bench) { b.tables.closing, b.facts.lacks = true, NoRights }, "root", Exited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := idle(t, Auto)
			b.listener(7)
			tt.prepare(b)
			b.wantOne(0, "", tt.user, tt.reason)
		})
	}
}
