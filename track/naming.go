package track

import (
	"net/netip"
	"slices"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track/names"
)

// naming knows the names of flows' remote ends: what flows say themselves, and what
// their clients were told. It is guarded by Table.snap, but for the stores.
type naming struct {
	// stores learn from shards: one from all of a live capture. The shards of a file
	// have one each, since only within a shard packets come in the same order every
	// time, and what a store forgets when it is full depends on that.
	stores []*names.Store
	kept   map[uint64]named // by the flow's ID: those that have had a row, and a name in it
	round  uint64           // snapshots so far
}

// named is the names of one flow. What its client was told before it began does not
// change any more; what is known of its application may, and so may its ends: a
// client moves, an address turns out to be this machine's.
type named struct {
	app           *dpi.App
	local, remote netip.Addr
	names         []names.Name
	round         uint64 // of the latest snapshot that had it
}

// settledAfter is how long after its first packet a flow may still get names: an
// answer may have been read from another ring, or be counted a little later.
const settledAfter = 2_000_000_000 // ns

func newNaming(c *Config, own func(netip.Addr) bool) naming {
	n := naming{kept: map[uint64]named{}}
	stores := 1
	if c.Split {
		stores = c.Shards
	}
	for range stores {
		n.stores = append(n.stores, names.NewStore(0, own))
	}
	return n
}

// learn keeps a name that a shard was told.
func (n *naming) learn(shard int, told dpi.Naming) { n.stores[shard%len(n.stores)].Learn(told) }

// nameRows gives rows their names.
func (n *naming) nameRows(rows []Row, now int64) {
	n.round++
	for i := range rows {
		r := &rows[i]
		k, ok := n.kept[r.ID]
		if !ok || !k.holds(r) || now-r.First < settledAfter {
			k = named{app: r.App, local: r.Local.Addr, remote: r.Remote.Addr, names: n.of(r)}
		}
		r.Names = k.names
		if k.names != nil {
			k.round = n.round
			n.kept[r.ID] = k
		}
	}
	for id, k := range n.kept {
		if k.round != n.round {
			delete(n.kept, id)
		}
	}
}

// holds reports whether the row is as it was.
func (k *named) holds(r *Row) bool {
	return k.app == r.App && k.local == r.Local.Addr && k.remote == r.Remote.Addr
}

// of returns the names of a row's remote end, the best first; nil for none. What is
// known stays as it is: a snapshot that has it may be in use.
func (n *naming) of(r *Row) []names.Name {
	if !r.Remote.Addr.IsValid() {
		return nil
	}
	var room [2*names.MaxCandidates + 1]names.Name
	all := room[:0]
	for _, s := range n.stores {
		all = s.Candidates(all, r.Local.Addr, r.Remote.Addr, r.First)
	}
	if len(n.stores) > 1 {
		all = names.Order(all)
	}
	if r.Class != Incoming { // there the server that was named is this machine
		if own, ok := names.OfApp(r.App, r.First); ok {
			all = names.Order(append(all, own))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return slices.Clone(all)
}

// asked reports whether a flow is one in which this program itself asks DNS.
func (t *Table) asked(k *parse.Key) bool {
	const domain = 53
	return hasPorts(k) && (k.APort == domain && t.cfg.Own(k.BPort) || k.BPort == domain && t.cfg.Own(k.APort))
}

// Names returns the names of a row that is in no snapshot, as those of events and
// of History.
func (t *Table) Names(r *Row) []names.Name { return t.naming.of(r) }
