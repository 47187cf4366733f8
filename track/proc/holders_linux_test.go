package proc

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// wantHolders asks for sockets and compares pids.
func wantHolders(t *testing.T, p *procfs, want map[uint64][]int32, reason Reason, inodes ...uint64) {
	t.Helper()
	found, why := p.holders(inodes)
	got := make(map[uint64][]int32)
	for inode, ids := range found {
		for _, id := range ids {
			got[inode] = append(got[inode], id.PID)
		}
	}
	if !maps.EqualFunc(got, want, slices.Equal) || why != reason {
		t.Errorf("got %v, %q, want %v, %q", got, why, want, reason)
	}
}

func TestHolders(t *testing.T) {
	f := newFakeProcfs(t)
	f.process(10, fakeTask{comm: "parent", start: 90, sockets: map[int]int{3: 100, 4: 101, 7: 100}})
	f.process(9, fakeTask{comm: "child", start: 95, sockets: map[int]int{3: 100}})
	f.process(11, fakeTask{comm: "other", start: 80})
	p := f.open()

	wantHolders(t, p, map[uint64][]int32{100: {10, 9}, 101: {10}}, None, 100, 101, 0, 555)

	// It was closed there, another has its number, and one is new.
	f.process(10, fakeTask{comm: "parent", start: 90, sockets: map[int]int{4: 102}})
	f.process(11, fakeTask{comm: "other", start: 80, sockets: map[int]int{3: 101}})
	wantHolders(t, p, map[uint64][]int32{100: {9}, 101: {11}, 102: {10}}, None, 100, 101, 102)

	// The pid is another process's.
	f.process(9, fakeTask{comm: "new", start: 200, sockets: map[int]int{3: 100}})
	found, _ := p.holders([]uint64{100})
	if want := []ID{{9, 200}}; !slices.Equal(found[100], want) {
		t.Errorf("got %v, want %v", found[100], want)
	}
	if err := os.RemoveAll(filepath.Join(f.root, "9")); err != nil {
		t.Fatal(err)
	}
	wantHolders(t, p, map[uint64][]int32{}, None, 100)
	if n := len(p.sockets.procs); n != 4 {
		t.Errorf("%d processes are remembered, want 4", n)
	}
	if n := len(p.sockets.inodes); n != 2 {
		t.Errorf("%d sockets are remembered, want 2", n)
	}
}

// TestHoldersWithoutFirstThread: /proc/PID/fd is empty where the first thread ended.
func TestHoldersWithoutFirstThread(t *testing.T) {
	f := newFakeProcfs(t)
	f.process(10, fakeTask{comm: "x", start: 90})
	if err := os.Remove(filepath.Join(f.root, "10/fd/200")); err != nil {
		t.Fatal(err)
	}
	f.link("socket:[100]", filepath.Join(f.root, "10/task/12/fd/3"))
	wantHolders(t, f.open(), map[uint64][]int32{100: {10}}, None, 100)
}

func TestHoldersOfPartOfTheMachine(t *testing.T) {
	f := newFakeProcfs(t)
	f.process(2, fakeTask{comm: "not the kernel's"})
	f.process(10, fakeTask{comm: "x", sockets: map[int]int{3: 100}, start: 1})
	p := f.open()
	wantHolders(t, p, map[uint64][]int32{100: {10}}, NoRights, 100, 101)
	wantHolders(t, p, map[uint64][]int32{100: {10}}, None, 100, 0)
}

// TestHoldersOnlyOfThoseWhoRan counts who is looked into.
func TestHoldersOnlyOfThoseWhoRan(t *testing.T) {
	f := newFakeProcfs(t)
	f.process(10, fakeTask{comm: "idle", start: 1, ran: "100 5 7\n", sockets: map[int]int{3: 100}})
	f.process(11, fakeTask{comm: "busy", start: 1, ran: "100 5 7\n"})
	f.process(12, fakeTask{comm: "threads", start: 1, ran: "100 5 7\n"})
	f.file(f.root, "12/task/13/comm", "")
	p := f.open()
	wantHolders(t, p, map[uint64][]int32{}, None, 999)
	if !p.sockets.procs[10].alone {
		testkit.KernelLacks(t, "a count of the directories in a directory, in the file system of TMPDIR")
	}
	for _, h := range p.sockets.procs { // that was a while ago
		h.scanned = h.scanned.Add(-time.Second)
	}
	last := make(map[int32]time.Time)
	for pid, h := range p.sockets.procs {
		last[pid] = h.scanned
	}
	f.file(f.root, "11/schedstat", "101 5 8\n")
	f.link("socket:[101]", filepath.Join(f.root, "11/fd/3"))
	wantHolders(t, p, map[uint64][]int32{100: {10}, 101: {11}}, None, 100, 101)
	for pid, looked := range map[int32]bool{10: false, 11: true, 12: true} {
		if got := !p.sockets.procs[pid].scanned.Equal(last[pid]); got != looked {
			t.Errorf("process %d was looked into: %v, want %v", pid, got, looked)
		}
	}
}

// TestHoldersRestFromMisses: what is never found does not have all processes looked
// into again and again.
// TestHoldersLooksAgainAfterAFailure: what could not be read once, for want of file
// descriptors for one, is not taken for what is there.
func TestHoldersLooksAgainAfterAFailure(t *testing.T) {
	f := newFakeProcfs(t)
	f.process(10, fakeTask{comm: "idle", start: 1, ran: "100 5 7\n", sockets: map[int]int{3: 100}})
	fds := filepath.Join(f.root, "10/fd")
	if err := os.Rename(fds, fds+".kept"); err != nil {
		t.Fatal(err)
	}
	f.file(f.root, "10/fd", "no directory")
	p := f.open()
	wantHolders(t, p, map[uint64][]int32{}, NoRights, 100)
	if err := os.Rename(fds, fds+".broken"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fds+".kept", fds); err != nil {
		t.Fatal(err)
	}
	h := p.sockets.procs[10]
	h.scanned = h.scanned.Add(-time.Second) // that was a while ago
	wantHolders(t, p, map[uint64][]int32{100: {10}}, None, 100)
}

func TestHoldersRestFromMisses(t *testing.T) {
	f := newFakeProcfs(t)
	p := f.open()
	passes := func() uint64 {
		before := p.sockets.pass
		p.holders([]uint64{100})
		return p.sockets.pass - before
	}
	for i, want := range []uint64{1, 1, 0, 0} {
		if got := passes(); got != want {
			t.Errorf("request %d: got %d passes, want %d", i, got, want)
		}
	}
	m := p.sockets.missed[100]
	p.sockets.missed[100] = miss{m.times, time.Now().Add(-time.Millisecond)}
	f.process(10, fakeTask{comm: "x", start: 1, sockets: map[int]int{3: 100}})
	wantHolders(t, p, map[uint64][]int32{100: {10}}, None, 100)
	if len(p.sockets.missed) != 0 {
		t.Errorf("still missed: %v", p.sockets.missed)
	}
}

// BenchmarkHoldersRemembered asks for a socket that is known.
func BenchmarkHoldersRemembered(b *testing.B) {
	f := newFakeProcfs(b)
	f.process(10, fakeTask{comm: "x", start: 1, sockets: map[int]int{3: 100}})
	p := f.open()
	b.ReportAllocs()
	for b.Loop() {
		if found, _ := p.holders([]uint64{100}); len(found) != 1 {
			b.Fatal("not found")
		}
	}
}
