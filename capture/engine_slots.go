package capture

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"sockeye/capture/link"
)

// maxSlots is how many interfaces can have a slot. Those beyond share the last
// one.
const maxSlots = 1 << 16

// slotInfo is what stays known of an interface after it is gone.
type slotInfo struct {
	link.Interface
	state   State  // of an interface that is captured through "any"
	through string // see InterfaceStatus.Through
}

// slotTable gives every interface name a slot for good.
type slotTable struct {
	mu     sync.Mutex
	all    []slotInfo
	byName map[string]uint16

	// byIndex is replaced, never changed: the packet path of "any" reads it
	// without a lock.
	byIndex atomic.Pointer[map[int]uint16]

	// loops has the bit of every slot that is a loopback interface set, for
	// the packet path.
	loops [maxSlots / 64]atomic.Uint64
}

func newSlotTable() *slotTable {
	t := &slotTable{byName: make(map[string]uint16)}
	t.byIndex.Store(new(map[int]uint16))
	return t
}

// assign returns the slot of an interface, a new one if its name is new, and
// takes over its description.
func (t *slotTable) assign(i link.Interface, through string) uint16 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.assignLocked(i, through)
}

func (t *slotTable) assignLocked(i link.Interface, through string) uint16 {
	info := slotInfo{Interface: i, state: stateOf(&i), through: through}
	slot, ok := t.byName[i.Name]
	switch {
	case ok:
		t.all[slot] = info
		return slot
	case len(t.all) == maxSlots:
		return maxSlots - 1
	case len(t.all) == maxSlots-1:
		info = slotInfo{Interface: link.Interface{Name: "(others)", Kind: "others"}, state: StateCapturing, through: through}
	}
	slot = uint16(len(t.all))
	t.all = append(t.all, info)
	if info.Loopback {
		t.loops[slot/64].Or(1 << (slot % 64))
	}
	t.byName[info.Name] = slot
	return slot
}

// stateOf returns the state of an interface that exists and is captured as soon
// as it is up.
func stateOf(i *link.Interface) State {
	if i.Up {
		return StateCapturing
	}
	return StateDown
}

// byKernelIndex returns the slot of a packet of "any". An index that is not
// known yet belongs to an interface so new that its event is still on the way:
// then links is asked, once an index. One that is gone again already is named
// by its index.
func (t *slotTable) byKernelIndex(links Links, index int) uint16 {
	if slot, ok := (*t.byIndex.Load())[index]; ok {
		return slot
	}
	i, ok := links.ByIndex(index)
	if !ok {
		i = link.Interface{Name: fmt.Sprintf("if%d", index), Index: index, Kind: "other"}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := t.assignLocked(i, AnyName)
	next := maps.Clone(*t.byIndex.Load())
	if next == nil {
		next = make(map[int]uint16)
	}
	next[index] = slot
	t.byIndex.Store(&next)
	return slot
}

// follow takes over the view of all interfaces for those that are captured
// through "any". An index that has another name now is looked up again at its
// next packet; that of an interface that is gone stays, since the ring may hold
// packets of it.
func (t *slotTable) follow(view []link.Interface) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := maps.Clone(*t.byIndex.Load())
	present := make(map[string]*link.Interface, len(view))
	for i := range view {
		now := &view[i]
		present[now.Name] = now
		if slot, ok := next[now.Index]; ok && t.all[slot].Name != now.Name && slot != maxSlots-1 {
			delete(next, now.Index)
		}
	}
	t.byIndex.Store(&next)
	for slot := range t.all {
		info := &t.all[slot]
		if info.through == "" {
			continue
		}
		if now, ok := present[info.Name]; ok {
			info.Interface, info.state = *now, stateOf(now)
		} else if slot != maxSlots-1 {
			info.state = StateGone
		}
	}
}

// merge marks every interface as captured through "any" from now on.
func (t *slotTable) merge() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.all {
		t.all[i].through = AnyName
	}
}

// loopback reports whether the slot's interface is a loopback interface.
func (t *slotTable) loopback(slot uint16) bool {
	return t.loops[slot/64].Load()&(1<<(slot%64)) != 0
}

// statuses returns a status for every slot, in order, with what the table
// knows.
func (t *slotTable) statuses() []InterfaceStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]InterfaceStatus, len(t.all))
	for i, info := range t.all {
		out[i] = InterfaceStatus{
			Slot: uint16(i), Name: info.Name, Index: info.Index, Kind: info.Kind, Link: info.Link,
			State: info.state, Through: info.through,
		}
	}
	return out
}
