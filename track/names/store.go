package names

import (
	"bytes"
	"cmp"
	"container/heap"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"sockeye/parse/dpi"
)

const (
	// Grace is how long after the end of an answer's lifetime a flow may begin and
	// still be named by it: programs and stub resolvers keep answers of short lives
	// for a minute or so, whatever the answers say.
	Grace = 2 * time.Minute

	// maxLife bounds an answer's lifetime, as resolvers do (RFC 8767 §4).
	maxLife = 7 * 24 * time.Hour

	// DefaultEntries is how many pairs of client and address a Store knows.
	DefaultEntries = 1 << 15
	// MaxCandidates is how many names of a pair hold for one flow.
	MaxCandidates = 4

	// maxTold is how many names it knows for a pair, each for as long as it held:
	// a file is often asked at its end for what was true at its beginning.
	maxTold = 16
)

// A Store remembers which names stand for an address, and to whom that was said.
// It may be used from any goroutine: it is asked and told rarely (a flow's answer
// should be kept with the flow), so one lock suffices.
//
// What it forgets when it is full is what was said the longest ago, by capture
// time: so it does not depend on the order in which several queues tell it.
type Store struct {
	mu    sync.Mutex
	max   int
	local func(netip.Addr) bool
	pairs map[pair]*entry
	old   byAge
}

// pair is an address and who was told its name; client is zero where that was
// everybody, and self where it was this machine.
type pair struct {
	client, addr [16]byte
}

// self stands for all addresses of this machine. As an address it is of a prefix
// for documentation.
var self = [16]byte{0x20, 1, 0x0d, 0xb8, 15: 1}

// entry is what is known of a pair.
type entry struct {
	pair  pair
	last  int64 // when something was last said
	place int   // in the heap
	names []told
}

// told is a name, and the time through which it was said again before it ran out. The
// same name may be told anew later.
type told struct {
	name        string
	source      Source
	first, last int64
	expires     int64
}

// NewStore returns a Store of at most max pairs; 0 is DefaultEntries. local says
// which addresses are this machine's: it asks over one of them, often the loopback
// one of a stub resolver, and connects from another. nil is for none.
func NewStore(max int, local func(netip.Addr) bool) *Store {
	if max <= 0 {
		max = DefaultEntries
	}
	return &Store{max: max, local: local, pairs: map[pair]*entry{}}
}

// Learn adds what a message said. Names for addresses that stand for no single
// host are passed over.
func (s *Store) Learn(n dpi.Naming) {
	addr := n.Addr.Unmap().WithZone("")
	if n.Name == "" || !addr.IsValid() || addr.IsUnspecified() || addr.IsMulticast() || addr.IsLoopback() {
		return
	}
	t := told{
		name: canonical(n.Name), source: DNS + Source(n.Source), first: n.Time, last: n.Time,
		expires: n.Time + int64(min(max(n.TTL, 0), maxLife)),
	}
	if t.source != DNS {
		t.name = strings.TrimSuffix(n.Name, ".") // as its owner writes it
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := pair{addr: addr.As16()}
	if n.Client.IsValid() && t.source == DNS {
		k.client = s.clientOf(n.Client)
	}
	e := s.pairs[k]
	if e == nil {
		e = &entry{pair: k, last: n.Time}
		s.pairs[k] = e
		heap.Push(&s.old, e)
	} else if n.Time > e.last {
		e.last = n.Time
		heap.Fix(&s.old, e.place)
	}
	e.add(t)
	if len(s.pairs) > s.max {
		delete(s.pairs, heap.Pop(&s.old).(*entry).pair)
	}
}

// clientOf returns how a client is known. The lock is held, or not needed.
func (s *Store) clientOf(client netip.Addr) [16]byte {
	client = client.Unmap().WithZone("")
	if client.IsLoopback() || s.local != nil && s.local(client) {
		return self
	}
	return client.As16()
}

// add adds a name. What is known becomes one with it, where the one had not run out
// when the other began: so the order in which they come makes no difference.
func (e *entry) add(t told) {
	for i := 0; i < len(e.names); {
		if k := &e.names[i]; k.touches(&t) {
			t.join(k)
			e.names = slices.Delete(e.names, i, i+1)
		} else {
			i++
		}
	}
	if e.names = append(e.names, t); len(e.names) > maxTold {
		oldest := 0
		for i := range e.names {
			if cmp.Or(cmp.Compare(e.names[i].last, e.names[oldest].last), strings.Compare(e.names[i].name, e.names[oldest].name)) < 0 {
				oldest = i
			}
		}
		e.names = slices.Delete(e.names, oldest, oldest+1)
	}
}

// touches reports whether two are the same name, told for one time.
func (t *told) touches(k *told) bool {
	return k.source == t.source && strings.EqualFold(k.name, t.name) &&
		(t.source != DNS || t.first <= k.expires+int64(Grace) && k.first <= t.expires+int64(Grace))
}

// join makes t what both were. An answer of DNS may be kept as long as it says,
// whatever later ones say; of what a host says of itself the latest is true (a
// lifetime of 0 is how mDNS takes a name back).
func (t *told) join(k *told) {
	t.first = min(t.first, k.first)
	switch {
	case k.last > t.last:
		t.name, t.last = k.name, k.last
		if t.source != DNS {
			t.expires = k.expires
		}
	case k.last == t.last:
		t.name = min(t.name, k.name)
		t.expires = max(t.expires, k.expires)
	}
	if t.source == DNS {
		t.expires = max(t.expires, k.expires)
	}
}

// Candidates appends the names of addr for a flow of client that began at a time
// (ns since the Unix epoch), in their Order: what client was told by then and had
// not run out (see Grace), and what everybody was told.
func (s *Store) Candidates(to []Name, client, addr netip.Addr, at int64) []Name {
	start := len(to)
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return to
	}
	s.mu.Lock()
	if client.IsValid() {
		to = s.pairs[pair{s.clientOf(client), addr.As16()}].at(to, at)
	}
	to = s.pairs[pair{addr: addr.As16()}].at(to, at)
	s.mu.Unlock()
	return to[:start+len(Order(to[start:]))]
}

// at appends the names that hold for a flow that began at a time. What hosts say
// of themselves holds for earlier flows, too: it says who has the address, not
// what somebody wanted of it.
func (e *entry) at(to []Name, at int64) []Name {
	if e == nil {
		return to
	}
	start := len(to)
	for i := range e.names {
		t := &e.names[i]
		if at > t.expires+int64(Grace) || at < t.first && t.source == DNS {
			continue
		}
		said := t.last
		if said > at && t.source == DNS {
			said = t.first
		}
		to = append(to, Name{Name: t.name, Source: t.source, At: said, Expires: t.expires})
	}
	return to[:start+min(len(Order(to[start:])), MaxCandidates)]
}

// Len returns how many pairs of client and address are known.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pairs)
}

// Clear forgets everything.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pairs, s.old = map[pair]*entry{}, nil
}

// byAge is a heap of entries, that which was told the longest ago first.
type byAge []*entry

func (h byAge) Len() int { return len(h) }

func (h byAge) Less(i, j int) bool {
	a, b := h[i], h[j]
	if a.last != b.last {
		return a.last < b.last
	}
	return cmp.Or(bytes.Compare(a.pair.addr[:], b.pair.addr[:]), bytes.Compare(a.pair.client[:], b.pair.client[:])) < 0
}

func (h byAge) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *byAge) Push(x any) {
	e := x.(*entry)
	e.place = len(*h)
	*h = append(*h, e)
}

func (h *byAge) Pop() any {
	all := *h
	e := all[len(all)-1]
	all[len(all)-1] = nil
	*h = all[:len(all)-1]
	return e
}
