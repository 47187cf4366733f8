package track

import (
	"net/netip"
	"slices"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track/names"
)

// naming knows the names of flows' remote ends: what flows say themselves, and what
// their clients were told. It is guarded by Table.snap, but for the store.
type naming struct {
	store *names.Store
	kept  map[uint64]named // by the flow's ID: those that have had a row
}

// named is the names of one flow. What its client was told before it began does not
// change any more; what is known of its application may.
type named struct {
	app   *dpi.App
	names []names.Name
	seen  bool // in the latest snapshot
}

// settledAfter is how long after its first packet a flow may still get names: an
// answer may have been read from another ring, or be counted a little later.
const settledAfter = 2_000_000_000 // ns

func newNaming(own func(netip.Addr) bool) naming {
	return naming{store: names.NewStore(0, own), kept: map[uint64]named{}}
}

// nameRows gives rows their names.
func (n *naming) nameRows(rows []Row, now int64) {
	for i := range rows {
		r := &rows[i]
		k, ok := n.kept[r.ID]
		if !ok || k.app != r.App || now-r.First < settledAfter || len(k.names) == 0 {
			k = named{app: r.App, names: n.of(r)}
		}
		r.Names = k.names
		k.seen = true
		n.kept[r.ID] = k
	}
	for id, k := range n.kept {
		if !k.seen {
			delete(n.kept, id)
			continue
		}
		k.seen = false
		n.kept[id] = k
	}
}

// of returns the names of a row's remote end, the best first; nil for none. What is
// known stays as it is: a snapshot that has it may be in use.
func (n *naming) of(r *Row) []names.Name {
	if !r.Remote.Addr.IsValid() {
		return nil
	}
	var room [names.MaxCandidates + 1]names.Name
	all := n.store.Candidates(room[:0], r.Local.Addr, r.Remote.Addr, r.First)
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
