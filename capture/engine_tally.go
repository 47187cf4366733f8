// Hot path: no allocation.

package capture

import "sync/atomic"

// tally counts the packets of one interface in one queue. One worker writes it;
// anyone may read it.
type tally struct {
	packets, bytes, excluded atomic.Uint64
}

// add adds t to the counters of s.
func (t *tally) add(s *InterfaceStatus) {
	s.Packets += t.packets.Load()
	s.Bytes += t.bytes.Load()
	s.Excluded += t.excluded.Load()
}

// pageLen is how many slots of a tally table are allocated together.
const pageLen = 256

// tallies is one worker's tally of every slot. A page is made at its first
// packet: nearly every worker needs one page only.
type tallies struct {
	pages [1 << 16 / pageLen]atomic.Pointer[[pageLen]tally]
}

// at returns the tally of a slot. Only the worker may call it.
func (t *tallies) at(slot uint16) *tally {
	page := &t.pages[slot/pageLen]
	if page.Load() == nil {
		page.Store(new([pageLen]tally))
	}
	return &page.Load()[slot%pageLen]
}

// addSlot adds what a slot carried to s.
func (t *tallies) addSlot(slot uint16, s *InterfaceStatus) {
	if page := t.pages[slot/pageLen].Load(); page != nil {
		page[slot%pageLen].add(s)
	}
}

// addAll adds what all slots carried to s.
func (t *tallies) addAll(s *InterfaceStatus) {
	for i := range t.pages {
		if page := t.pages[i].Load(); page != nil {
			for j := range page {
				page[j].add(s)
			}
		}
	}
}

// fold adds every tally of t to the same slot of into.
func (t *tallies) fold(into *tallies) {
	for i := range t.pages {
		if page := t.pages[i].Load(); page != nil {
			for j := range page {
				sum := into.at(uint16(i*pageLen + j))
				sum.packets.Add(page[j].packets.Load())
				sum.bytes.Add(page[j].bytes.Load())
				sum.excluded.Add(page[j].excluded.Load())
			}
		}
	}
}
