package proc

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sockeye/parse"
)

const (
	// reachAgain is how long there is at least between two listings of the network
	// namespaces. Listing them may take 1/reachShare of a processor in the long run; of
	// that as much may be used at once as has been saved up in reachSaved.
	reachAgain = 50 * time.Millisecond
	reachShare = 200
	reachSaved = 10 * time.Second
	// listLong is when they are listed anew in any case.
	listLong = 30 * time.Second
	// maxReach bounds the namespaces whose socket tables are open, maxLearned the
	// addresses of namespaces that only events told of.
	maxReach   = 256
	maxLearned = 1 << 16
	// unsureFlows is how many flows between addresses that nobody here is known to
	// have are looked at all the same, for each listing: a container may be new.
	unsureFlows = 64
)

// socketTables are the sockets of one network namespace: a *diag or a *tables.
type socketTables interface {
	find(proto uint8, local, remote netip.AddrPort) (Socket, match, error)
	findAll(proto uint8, local, remote netip.AddrPort, dst []Socket) ([]Socket, match, error)
	dump(each func(*Socket)) error
	close() error
}

// otherSpace is a network namespace that is not this program's.
type otherSpace struct {
	id    uint64
	addrs []netip.Addr
	open  func() (socketTables, error)
}

// addressBook says which of the other namespaces have an address. It is not changed
// once it has been put up.
type addressBook map[address][]uint64

// reach knows the network namespaces of the machine besides the own one.
type reach struct {
	own  uint64
	list func() ([]otherSpace, error) // nil where there is no way to

	book   atomic.Pointer[addressBook]
	unsure atomic.Int64 // flows that may be wanted without being known

	mu      sync.Mutex
	spaces  map[uint64]*spaceState
	learned addressBook // from events
	lacking error       // why namespaces are missing in the list
	listed  time.Time
	paid    time.Time // when what listing them took will be made up for
}

// spaceState is what is known of one namespace.
type spaceState struct {
	otherSpace
	tables socketTables // nil until it is asked
	err    error        // why it cannot be
}

func newReach(own uint64, list func() ([]otherSpace, error)) *reach {
	r := &reach{own: own, list: list, spaces: make(map[uint64]*spaceState), learned: make(addressBook)}
	r.book.Store(&addressBook{})
	return r
}

// wants reports whether an end of a flow may be in another namespace.
func (r *reach) wants(k *parse.Key) bool {
	if k.Family != parse.FamilyIPv4 && k.Family != parse.FamilyIPv6 {
		return false
	}
	if book := *r.book.Load(); len(book) > 0 {
		a, b := keyEnds(k)
		if len(book[a]) > 0 || len(book[b]) > 0 {
			return true
		}
	}
	return r.list != nil && r.unsure.Load() > 0 && r.unsure.Add(-1) >= 0
}

// keyEnds are the addresses of a key of IP.
func keyEnds(k *parse.Key) (a, b address) {
	if k.Family == parse.FamilyIPv4 {
		return address{0, mapped4 | k.ALo}, address{0, mapped4 | k.BLo}
	}
	return address{k.AHi, k.ALo}, address{k.BHi, k.BLo}
}

// at returns the other namespaces that have an address. It is not to be written to.
func (r *reach) at(a address) []uint64 { return (*r.book.Load())[a] }

// learn notes from an event that a namespace has an address.
func (r *reach) learn(e *Event) {
	a := e.Local.Addr()
	if e.NetNS == r.own || e.NetNS == 0 || !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() {
		return
	}
	v := addressOf(a)
	if slices.Contains(r.at(v), e.NetNS) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.learned) >= maxLearned || slices.Contains(r.learned[v], e.NetNS) {
		return
	}
	r.learned[v] = append(slices.Clone(r.learned[v]), e.NetNS)
	r.publish()
}

// refresh lists the namespaces anew, unless that was done lately, and lets more flows
// be wanted that it cannot know.
func (r *reach) refresh(now time.Time) {
	if r.list == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.listed) < reachAgain || r.paid.Sub(now) > reachSaved {
		return
	}
	found, err := r.list()
	r.lacking = err
	r.listed = now
	if r.paid.Before(now) {
		r.paid = now
	}
	r.paid = r.paid.Add(reachShare * time.Since(now))
	seen := make(map[uint64]bool, len(found))
	for _, s := range found {
		seen[s.id] = true
		if old := r.spaces[s.id]; old != nil {
			old.otherSpace, old.err = s, nil
		} else {
			r.spaces[s.id] = &spaceState{otherSpace: s}
		}
	}
	for id, s := range r.spaces {
		if !seen[id] {
			s.close()
			delete(r.spaces, id)
		}
	}
	r.publish()
	r.unsure.Store(unsureFlows)
}

// publish puts up a new address book. The caller holds mu.
func (r *reach) publish() {
	book := make(addressBook, len(r.learned))
	for a, ids := range r.learned {
		book[a] = slices.Clone(ids)
	}
	for id, s := range r.spaces {
		for _, a := range s.addrs {
			if v := addressOf(a); !a.IsLoopback() && !slices.Contains(book[v], id) {
				book[v] = append(book[v], id)
			}
		}
	}
	r.book.Store(&book)
}

// tables returns the socket tables of a namespace, opened if need be; nil where they
// cannot be.
func (r *reach) tables(id uint64) (socketTables, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.spaces[id]
	if s == nil {
		return nil, errNoSpace
	}
	if s.tables == nil && s.err == nil {
		r.makeRoom()
		if s.tables, s.err = s.open(); s.err != nil {
			s.tables = nil
		}
	}
	return s.tables, s.err
}

// makeRoom closes the tables of some namespace where too many are open.
func (r *reach) makeRoom() {
	open := 0
	for _, s := range r.spaces {
		if s.tables == nil {
			continue
		}
		if open++; open >= maxReach {
			s.close()
		}
	}
}

// drop closes the tables of a namespace.
func (r *reach) drop(id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.spaces[id]; s != nil {
		s.close()
	}
}

// stale reports whether the namespaces shall be listed anew without anybody waiting:
// flows were wanted on suspicion, or it was long ago.
func (r *reach) stale(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unsure.Load() < unsureFlows || now.Sub(r.listed) >= listLong
}

// ids lists the other namespaces.
func (r *reach) ids() []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.spaces))
}

func (r *reach) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spaces {
		s.close()
	}
}

func (s *spaceState) close() {
	if s.tables != nil {
		s.tables.close()
		s.tables = nil
	}
}
