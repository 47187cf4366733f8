package proc

import (
	"sync"
	"sync/atomic"
)

// maxProcesses is how many processes an Attributor remembers.
const maxProcesses = 1 << 16

// slotMask takes the slot out of a Ref: the bits above are how often the slot was
// given out.
const slotMask = maxProcesses - 1

// identity is what a process is found by. Of the processes of a user that could not
// be looked into the ID is zero.
type identity struct {
	ID
	mark uint32 // where PID is 0 the user; where packets alone tell of it Process.Told
}

// registry remembers processes. What reads it by Ref waits for nobody.
type registry struct {
	slots [maxProcesses]atomic.Pointer[Process]

	mu    sync.Mutex
	first [maxProcesses]*Process // as it was added
	read  [maxProcesses]int64    // when it was last read, ns since the Unix epoch; 0 for not yet
	byID  map[identity]Ref       // the newest of each
	needs [maxProcesses]bool     // somebody was told of it: what is known of its executable is to be looked up
	asked [maxProcesses]bool     // that was done
	turns [maxProcesses]uint16
	over  [maxProcesses]bool // it has ended, and waits in ended
	used  int                // slots that were given out at least once
	ended []Ref              // the first that ended first
	head  int                // of ended
	hand  uint32             // where reap looks next
}

func newRegistry() *registry { return &registry{byID: make(map[identity]Ref)} }

// process returns what is known of a process, nil where it was forgotten.
func (r *registry) process(ref Ref) *Process {
	p := r.slots[ref&slotMask].Load()
	if p == nil || p.Ref != ref {
		return nil
	}
	return p
}

// find returns the Ref of a process, 0 where it is not known.
func (r *registry) find(who identity) Ref {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[who]
}

// add remembers a process, of which it takes a copy. Made is false where it was known
// already: the Ref is the known one's then. Ref is 0 where there is no room, since
// every process that is remembered still runs.
func (r *registry) add(p Process) (ref Ref, made bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := identityOf(&p)
	if ref := r.byID[who]; ref != 0 {
		return ref, false
	}
	return r.place(who, &p), true
}

// succeed gives a process that became another program at a time a new Ref: flows that
// began before keep the old one. What was read under that since then is of the new
// program, and taken back. It returns 0 where the process is not known.
func (r *registry) succeed(p Process, at int64) Ref {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := identityOf(&p)
	old := r.byID[who]
	if old == 0 {
		return 0
	}
	if slot := old & slotMask; r.read[slot] >= at {
		r.slots[slot].Store(r.first[slot])
	}
	r.retire(old)
	return r.place(who, &p)
}

// learn puts what was read of a process at a time in the place of what was known. It
// does nothing, and returns false, where it was forgotten or has become another
// program meanwhile.
func (r *registry) learn(p *Process, at int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	slot := p.Ref & slotMask
	if r.byID[identityOf(p)] != p.Ref {
		return false
	}
	r.slots[slot].Store(p)
	r.read[slot] = at
	return true
}

// age returns when a process was last read.
func (r *registry) age(ref Ref) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read[ref&slotMask]
}

// amend puts a Process in the place of the one that it was made from. It returns false
// where that is no longer what is known.
func (r *registry) amend(from, p *Process) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.slots[p.Ref&slotMask].CompareAndSwap(from, p)
}

// end notes that a process has ended. It is remembered until its room is needed.
func (r *registry) end(id ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ref := r.byID[identity{ID: id}]; ref != 0 {
		r.retire(ref)
	}
}

// addEnded remembers a process that is there no more. Ref is 0 where there is no room.
func (r *registry) addEnded(p Process) Ref {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := identityOf(&p)
	if ref := r.byID[who]; ref != 0 {
		return ref
	}
	ref := r.place(who, &p)
	if ref != 0 {
		r.retire(ref)
	}
	return ref
}

// full reports whether the next process takes the room of another.
func (r *registry) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used == maxProcesses && r.head == len(r.ended)
}

// reap looks at some processes, whether they still run, where nobody tells when they
// end.
func (r *registry) reap(some int, runs func(ID) bool) {
	for range some {
		slot := r.hand & slotMask
		r.hand++
		if p := r.slots[slot].Load(); p != nil && p.PID != 0 && !runs(p.ID) {
			r.end(p.ID)
		}
	}
}

func identityOf(p *Process) identity {
	if p.PID == 0 {
		return identity{mark: p.UID}
	}
	return identity{p.ID, p.Told}
}

// place puts a process into a slot. The first use of a slot has turn 1, so no Ref is 0.
func (r *registry) place(who identity, p *Process) Ref {
	var slot Ref
	switch {
	case r.used < maxProcesses:
		slot = Ref(r.used)
		r.used++
	case r.head < len(r.ended):
		slot = r.ended[r.head] & slotMask
		r.head++
		r.tidy()
		r.forget(slot)
	default:
		return 0
	}
	r.turns[slot]++
	if r.turns[slot] == 0 {
		r.turns[slot] = 1
	}
	p.Ref = Ref(r.turns[slot])<<16 | slot
	r.slots[slot].Store(p)
	r.first[slot], r.read[slot], r.needs[slot], r.asked[slot] = p, 0, false, false
	r.byID[who] = p.Ref
	return p.Ref
}

// forget drops the process in a slot.
func (r *registry) forget(slot Ref) {
	p := r.slots[slot].Load()
	if who := identityOf(p); r.byID[who] == p.Ref {
		delete(r.byID, who)
	}
	r.over[slot] = false
}

// retire puts a process among those that may be forgotten.
func (r *registry) retire(ref Ref) {
	if slot := ref & slotMask; !r.over[slot] {
		r.over[slot] = true
		r.ended = append(r.ended, ref)
	}
}

// tidy takes what was read off the front of ended once that is half of it.
func (r *registry) tidy() {
	if r.head*2 >= len(r.ended) {
		r.ended = r.ended[:copy(r.ended, r.ended[r.head:])]
		r.head = 0
	}
}

// need notes that somebody was told of a process, and reports whether nobody was before.
func (r *registry) need(ref Ref) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	slot := ref & slotMask
	first := !r.needs[slot]
	r.needs[slot] = true
	return first
}

// needed reports whether somebody was told of a process.
func (r *registry) needed(ref Ref) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.needs[ref&slotMask]
}

// askOnce reports whether it is called for the first time for a process.
func (r *registry) askOnce(ref Ref) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	slot := ref & slotMask
	first := !r.asked[slot]
	r.asked[slot] = true
	return first
}

// touch notes that a process was found unchanged at a time.
func (r *registry) touch(ref Ref, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read[ref&slotMask] = at
}
