package parse

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"sockeye/internal/testkit"
)

func TestProcesses(t *testing.T) {
	var all Processes
	rows := []struct {
		name string
		in   Process
		slot uint32
		want Process
	}{
		{"the first", Process{PID: 7, Name: "ssh"}, 1, Process{PID: 7, Name: "ssh"}},
		{"the same again", Process{PID: 7, Name: "ssh"}, 1, Process{PID: 7, Name: "ssh"}},
		{"its pid under another name", Process{PID: 7, Name: "curl"}, 2, Process{PID: 7, Name: "curl"}},
		{"for another", Process{PID: 7, Name: "curl", ForPID: 8, ForName: "Mail"}, 3, Process{PID: 7, Name: "curl", ForPID: 8, ForName: "Mail"}},
		{"for itself", Process{PID: 7, Name: "curl", ForPID: 7, ForName: "curl"}, 2, Process{PID: 7, Name: "curl"}},
		{"for nobody", Process{PID: 7, Name: "curl", ForPID: -1, ForName: "x"}, 2, Process{PID: 7, Name: "curl"}},
		{"for one without a name", Process{PID: 7, Name: "curl", ForPID: 8}, 2, Process{PID: 7, Name: "curl"}},
		{"the kernel", Process{Name: "kernel_task"}, 4, Process{Name: "kernel_task"}},
		{"without a name", Process{PID: 9}, 0, Process{}},
		{"without a process", Process{PID: -1, Name: "x"}, 0, Process{}},
		{"no text", Process{PID: 9, Name: "a\xff"}, 5, Process{PID: 9, Name: "a\uFFFD"}},
		{"longer than any", Process{PID: 9, Name: strings.Repeat("n", 300)}, 6, Process{PID: 9, Name: strings.Repeat("n", 255)}},
	}
	for _, r := range rows {
		slot := all.Slot(r.in)
		got, ok := all.At(slot)
		if slot != r.slot || got != r.want || ok != (slot != 0) {
			t.Errorf("%s: got slot %d, %+v, %v, want %d, %+v", r.name, slot, got, ok, r.slot, r.want)
		}
	}
	if p, ok := all.At(7); ok {
		t.Errorf("slot 7 of 6: got %+v", p)
	}
}

func TestProcessesAreBounded(t *testing.T) {
	var all Processes
	for n := range maxProcesses {
		if all.Slot(Process{PID: int32(n), Name: "x"}) == 0 {
			t.Fatalf("no room for process %d", n)
		}
	}
	if slot := all.Slot(Process{PID: 1 << 20, Name: "x"}); slot != 0 {
		t.Errorf("one more: got slot %d, want 0", slot)
	}
	if slot := all.Slot(Process{PID: 4, Name: "x"}); slot != 5 {
		t.Errorf("one that is known: got slot %d, want 5", slot)
	}
}

// TestProcessMemo checks that what is remembered is what the table says, also of
// processes that take one another's place.
func TestProcessMemo(t *testing.T) {
	var all Processes
	m := ProcessMemo{In: &all}
	for round := range 3 {
		for n := range int32(200) {
			name := fmt.Sprint("p", n%3)
			slot := m.Slot(n, []byte(name+"\x00rest"), 0, nil)
			if want := all.Slot(Process{PID: n, Name: name}); slot != want {
				t.Fatalf("round %d, process %d: got slot %d, want %d", round, n, slot, want)
			}
		}
	}
	if slot := m.Slot(3, []byte("a name of 16 bytes, and more"), 0, nil); slot == 0 {
		t.Error("a long name: got no slot")
	} else if p, _ := all.At(slot); p.Name != "a name of 16 byt" {
		t.Errorf("a long name: got %q", p.Name)
	}
	for _, none := range []struct {
		pid  int32
		name string
	}{{-1, "x"}, {3, ""}, {3, "\x00x"}} {
		if slot := m.Slot(none.pid, []byte(none.name), 0, nil); slot != 0 {
			t.Errorf("process %d %q: got slot %d, want none", none.pid, none.name, slot)
		}
	}
	name := []byte("curl")
	m.Slot(1, name, 2, name)
	testkit.ZeroAllocs(t, "Slot", func() { m.Slot(1, name, 2, name) })
}

// TestPacketSize checks that the process lies in what was padding before: batches of
// packets are copied and walked through.
func TestPacketSize(t *testing.T) {
	if n := unsafe.Sizeof(Packet{}); n != 144 {
		t.Errorf("got %d bytes, want 144", n)
	}
}
