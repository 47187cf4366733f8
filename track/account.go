// Hot path: no allocation.

package track

import "sockeye/parse"

// account adds up all flows of one kind: a protocol, a class, shown or
// filtered. The sums of a snapshot come from here, so that it need not go
// through the flows. Counts stay when flows leave the table.
type account struct {
	count   [2]Count // sent, received
	metered [2]Count // of count, what the meters have
	gone    Count    // of count, what flows that have left the table carried
	live    uint64   // flows in the table
	left    uint64   // flows that have left it
	used    bool
}

// Accounts are numbered by kind: IPv4 and IPv6 by protocol number, other
// EtherTypes in the order of their appearance; then filtered and class.
const (
	kindBits       = 3 // filtered and class, as in flowFlags
	etherKinds     = 64
	ipKinds        = 2 * 256
	kinds          = ipKinds + etherKinds + 1
	kindOther      = kinds - 1 // EtherTypes beyond the first etherKinds: nobody has so many but who makes them up
	otherEtherType = 0xffff    // what stands for them in ProtocolTotal
)

// accounts is one shard's books.
type accounts struct {
	all    [kinds << kindBits]account
	used   []uint16       // numbers of those that have ever been used
	ethers map[uint16]int // kind by EtherType
	types  []uint16       // EtherType by kind, less ipKinds
}

func newAccounts() *accounts { return &accounts{ethers: make(map[uint16]int)} }

// kind returns the kind of a key.
func (b *accounts) kind(k *parse.Key) int {
	switch k.Family {
	case parse.FamilyIPv4:
		return int(k.Proto & 0xff)
	case parse.FamilyIPv6:
		return 256 + int(k.Proto&0xff)
	}
	n, ok := b.ethers[k.Proto]
	if !ok {
		n = kindOther
		if len(b.types) < etherKinds {
			n = ipKinds + len(b.types)
			b.types = append(b.types, k.Proto)
			b.ethers[k.Proto] = n
		}
	}
	return n
}

// of returns the account of a flow.
func (b *accounts) of(f *flow) *account {
	return &b.all[b.kind(&f.key)<<kindBits|int(f.flags&(classMask|filtered))]
}

// open enters a flow into its account.
func (b *accounts) open(f *flow) *account {
	n := b.kind(&f.key)<<kindBits | int(f.flags&(classMask|filtered))
	a := &b.all[n]
	if !a.used {
		a.used = true
		b.used = append(b.used, uint16(n))
	}
	a.live++
	return a
}

// close takes a flow that leaves the table out of the live ones.
func (b *accounts) close(f *flow) {
	a := b.of(f)
	a.live--
	a.left++
	a.gone.Add(f.count[0])
	a.gone.Add(f.count[1])
}

// move enters a flow that is judged anew, with all that it has carried, into
// the account that its new flags name. The meters keep what they have: a rate
// is not changed after the fact.
func (b *accounts) move(f *flow, judge func()) {
	take := func(a *account, add func(c *Count, d Count)) {
		for w := range f.count {
			add(&a.count[f.way(w == 1)], f.count[w])
			add(&a.metered[f.way(w == 1)], f.count[w])
		}
	}
	a := b.of(f)
	a.live--
	take(a, (*Count).Sub)
	judge()
	take(b.open(f), (*Count).Add)
}

// class and filtered of an account's number.
func classOf(n uint16) Class   { return Class(flowFlags(n) & classMask) }
func isFiltered(n uint16) bool { return flowFlags(n)&filtered != 0 }
func (b *accounts) protocol(n uint16) (parse.Family, uint16) {
	switch kind := int(n >> kindBits); {
	case kind < 256:
		return parse.FamilyIPv4, uint16(kind)
	case kind < ipKinds:
		return parse.FamilyIPv6, uint16(kind - 256)
	case kind == kindOther:
		return parse.FamilyLink, otherEtherType
	default:
		return parse.FamilyLink, b.types[kind-ipKinds]
	}
}

// meter gives the meters what has been counted in bucket b since the last call.
func (sh *Shard) meter(b uint32) {
	var all, own, hidden tally
	for _, n := range sh.books.used {
		a := &sh.books.all[n]
		if a.count == a.metered {
			continue
		}
		fresh := a.count
		for w := range fresh {
			fresh[w].Sub(a.metered[w])
		}
		a.metered = a.count
		all.add([2]Count{both(fresh)})
		if c := classOf(n); c == Outgoing || c == Incoming {
			own.add(fresh)
		}
		if isFiltered(n) {
			hidden.add(fresh)
		}
	}
	all.flush(&sh.t.all, b)
	own.flush(&sh.t.own, b)
	hidden.flush(&sh.t.hidden, b)
}

func both(c [2]Count) Count {
	c[0].Add(c[1])
	return c[0]
}
