// Hot path: no allocation.

package parse

import (
	"bytes"
	"strings"
	"sync"
)

// A Process is what a capture itself tells of a process that sent or received a
// packet: macOS tells it beside its packets.
type Process struct {
	PID  int32  // 0 is the kernel
	Name string // as the kernel has it; never empty

	// The process on whose behalf that one does it: a daemon loads for others, and has
	// the socket. Without a name it is for itself.
	ForPID  int32
	ForName string
}

const (
	// maxProcesses and maxProcessName bound the memory of a Processes.
	maxProcesses   = 1 << 16
	maxProcessName = 255

	// commLen is the longest name that the kernel of macOS has of a process: MAXCOMLEN
	// of sys/param.h.
	commLen = 16
)

// Processes are the processes that sources tell of, by the slots that Packet.Process
// refers to. The zero value is empty and ready. It may be used by several goroutines.
type Processes struct {
	mu    sync.Mutex
	all   []Process
	slots map[Process]uint32
}

// Slot returns the slot of a process: 0 for one without a name, and where there is no
// room for another. Names are valid UTF-8 afterwards, and of 255 bytes at most.
func (t *Processes) Slot(p Process) uint32 {
	if p.Name == "" || p.PID < 0 {
		return 0
	}
	p.Name, p.ForName = processName(p.Name), processName(p.ForName)
	if p.ForName == "" || p.ForPID <= 0 || p.ForPID == p.PID {
		p.ForPID, p.ForName = 0, ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if slot := t.slots[p]; slot != 0 {
		return slot
	}
	if len(t.all) == maxProcesses {
		return 0
	}
	if t.slots == nil {
		t.slots = make(map[Process]uint32)
	}
	t.all = append(t.all, p)
	slot := uint32(len(t.all))
	t.slots[p] = slot
	return slot
}

// At returns the process in a slot. ok is false where there is none.
func (t *Processes) At(slot uint32) (p Process, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slot == 0 || uint64(slot) > uint64(len(t.all)) {
		return Process{}, false
	}
	return t.all[slot-1], true
}

func processName(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxProcessName)], "\uFFFD")
}

// A ProcessMemo finds slots in a Processes. Of the processes that it met lately that
// takes neither its lock nor memory. One goroutine uses it.
type ProcessMemo struct {
	In    *Processes
	known [64]knownProcess
}

// knownProcess is a process by what the kernel told, and its slot; 0 for none yet.
type knownProcess struct {
	pid, forPID   int32
	name, forName [commLen]byte
	slot          uint32
}

// Slot is Processes.Slot for names as the kernel has them: what is beyond 16 bytes, or
// a zero byte, is not theirs. They are borrowed.
func (m *ProcessMemo) Slot(pid int32, name []byte, forPID int32, forName []byte) uint32 {
	if pid < 0 || len(name) == 0 || name[0] == 0 {
		return 0
	}
	k := knownProcess{pid: pid, forPID: forPID}
	n, forN := copy(k.name[:], text(name)), copy(k.forName[:], text(forName))
	at := &m.known[(uint32(pid)^uint32(forPID)<<3)%uint32(len(m.known))]
	if k.slot = at.slot; k.slot != 0 && k == *at {
		return k.slot
	}
	k.slot = m.In.Slot(Process{
		PID: pid, Name: string(k.name[:n]), ForPID: forPID, ForName: string(k.forName[:forN]),
	})
	*at = k
	return k.slot
}

// text is what stands before the first zero byte.
func text(b []byte) []byte {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		return b[:n]
	}
	return b
}
