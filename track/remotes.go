package track

import (
	"math/bits"

	"sockeye/parse"
	"sockeye/track/proc"
)

// maxRemotes is how many pairs of an owner and a remote address a shard remembers of
// flows that have left the table.
const maxRemotes = 1 << 16

// remotes are those pairs. A pair takes one of four places, which its hash names; when
// there are as many as may be, each in turn.
type remotes struct {
	places []remoteOf // a power of two, and half of them free while they can grow
	used   int
	turn   uint32
}

// remoteOf is an address to which an owner talked.
type remoteOf struct {
	addr uint64   // hash; two addresses of one are met in none of 2^40 pairs
	ref  proc.Ref // 0 for a free place
}

const (
	remoteWays   = 4
	leastRemotes = 1 << 8
)

// note remembers a pair. Nobody's is not remembered.
func (r *remotes) note(ref proc.Ref, addr uint64) {
	if ref == 0 {
		return
	}
	if 2*r.used >= len(r.places) && len(r.places) < maxRemotes {
		r.grow()
	}
	at := mixRemote(addr, uint64(ref)) % uint64(len(r.places)/remoteWays) * remoteWays
	set := r.places[at : at+remoteWays : at+remoteWays]
	pair := remoteOf{addr, ref}
	for i := range set {
		if set[i] == pair {
			return
		}
		if set[i].ref == 0 {
			set[i] = pair
			r.used++
			return
		}
	}
	if len(r.places) < maxRemotes {
		r.grow()
		r.note(ref, addr)
		return
	}
	r.turn++
	set[r.turn%remoteWays] = pair
}

func (r *remotes) grow() {
	old := r.places
	*r = remotes{places: make([]remoteOf, max(leastRemotes, 2*len(old))), turn: r.turn}
	for _, p := range old {
		r.note(p.ref, p.addr)
	}
}

// addrHash returns the hash of an end's address.
func (t *Table) addrHash(e end) uint64 {
	k := parse.Key{AHi: e.hi, ALo: e.lo, Family: e.family}
	return k.Hash(t.seed)
}

// mixRemote makes one hash of an address's and of whose remote address it is.
func mixRemote(addr, owner uint64) uint64 {
	hi, lo := bits.Mul64(addr^owner*0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9)
	return hi ^ lo
}

// distinct counts different hashes.
type distinct struct {
	places []uint64 // 0 is free
	n      int
}

// reset forgets the hashes. It keeps no more than a few times the memory that they
// took.
func (d *distinct) reset() {
	if len(d.places) > 16*(d.n+leastDistinct) {
		d.places = nil
	}
	clear(d.places)
	d.n = 0
}

const leastDistinct = 1 << 10 // places; a power of two, as all sizes are

// add reports whether a hash is a new one.
func (d *distinct) add(h uint64) bool {
	if 4*d.n >= 3*len(d.places) {
		d.grow()
	}
	h = max(h, 1)
	mask := uint64(len(d.places) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch d.places[i] {
		case h:
			return false
		case 0:
			d.places[i] = h
			d.n++
			return true
		}
	}
}

func (d *distinct) grow() {
	old := d.places
	d.places = make([]uint64, max(leastDistinct, 2*len(old)))
	d.n = 0
	for _, h := range old {
		if h != 0 {
			d.add(h)
		}
	}
}
