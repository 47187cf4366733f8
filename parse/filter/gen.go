package filter

import (
	"math/bits"

	"sockeye/parse"
)

// defaultSnaplen is tcpdump's, the longest packet that it keeps.
const defaultSnaplen = 262144

// gen turns a tree into a graph. It walks the tree from left to right, because
// vlan, mpls, pppoes, geneve and vxlan move the offsets for all that follows.
type gen struct {
	o            Options
	link         parse.LinkType // of the packet or of the tunnel we are in
	prevLinkType parse.LinkType // of the packet outside the tunnel
	off          offsets
	in           encap
	here         node   // what is being generated
	mem          uint16 // scratch words in use, a bit each
	was          uint16 // scratch words that have been in use
	err          error  // the first fault of a function that returns none
}

// offsets say where the layers of a packet are.
type offsets struct {
	link      origin // link-layer header (MAC header)
	prevLink  origin // the one before it, inside a tunnel
	linkType  origin // field that names the network layer
	payload   origin // what the link layer carries
	net       uint32 // of the network header from payload
	netNoSNAP uint32 // the same behind an 802.2 header without SNAP
}

// An origin is where a layer starts in the packet: a constant, plus what a
// scratch word holds where headers before it vary in length.
type origin struct {
	base uint32
	vary *word // nil for a constant
}

// A word is a scratch word that the start of the program fills. Origins that
// move together share one. It is taken when it is first loaded.
type word struct {
	slot uint32
	used bool
}

// node is what a fault can point at.
type node interface{ pos() int }

// A layer is what offsets count from.
type layer uint8

const (
	layerPacket     layer = iota // the captured bytes
	layerLink                    // link-layer header
	layerPrevLink                // link-layer header outside the tunnel
	layerLinkType                // field that names the network layer
	layerPayload                 // what the link layer carries: an 802.2 header where there is one
	layerNet                     // network header
	layerNetNoSNAP               // network header behind 802.2 without SNAP
	layerTransport4              // behind the IPv4 header with its options
	layerTransport6              // behind the fixed IPv6 header
)

// generate turns a tree into the graph of a program, not yet optimised.
func generate(tree expr, o Options) (*block, error) {
	if o.Snaplen == 0 {
		o.Snaplen = defaultSnaplen
	}
	accept := &block{ret: &result{o.Snaplen}}
	g := &gen{o: o, link: o.Link}
	g.begin()
	if _, ok := tree.(*every); ok {
		return accept, nil
	}
	f, err := g.expr(tree)
	if err != nil {
		return nil, err
	}
	if g.err != nil {
		return nil, g.err
	}
	join(f.t, accept)
	join(f.f, &block{ret: &result{0}})
	return g.prologue(f.entry), g.err
}

// expr generates one node.
func (g *gen) expr(e expr) (frag, error) {
	g.here = e
	switch e := e.(type) {
	case *not:
		x, err := g.expr(e.x)
		if err != nil {
			return frag{}, err
		}
		return inverse(x), nil
	case *and:
		return g.pair(e.x, e.y, both)
	case *or:
		return g.pair(e.x, e.y, either)
	case *primitive:
		return g.primitive(e)
	case *comparison:
		return g.comparison(e)
	case *special:
		return g.special(e)
	}
	return frag{}, fault(e, "unknown kind of expression")
}

// pair generates x, then y, and combines them.
func (g *gen) pair(x, y expr, combine func(x, y frag) frag) (frag, error) {
	fx, err := g.expr(x)
	if err != nil {
		return frag{}, err
	}
	fy, err := g.expr(y)
	if err != nil {
		return frag{}, err
	}
	return combine(fx, fy), nil
}

// allocMem takes a scratch word. Where there is none left the first fault is
// kept for generate to return.
func (g *gen) allocMem() uint32 {
	n := bits.TrailingZeros16(^g.mem)
	if n == scratchWords {
		g.failMem()
		return 0
	}
	g.mem |= 1 << n
	g.was |= 1 << n
	return uint32(n)
}

// freeMem gives a scratch word back.
func (g *gen) freeMem(slot uint32) { g.mem &^= 1 << slot }

// failMem says that scratch memory is used up.
func (g *gen) failMem() {
	g.fail(g.here, "expression needs more than the %d words of memory that a filter has", scratchWords)
}

// fail keeps the first fault of a function that returns no error.
func (g *gen) fail(n node, format string, args ...any) {
	if g.err == nil {
		g.err = fault(n, format, args...)
	}
}

// slot returns where w is in scratch memory. The start of the program fills it,
// so it must be a word that no code before uses for something else: the last of
// those that nobody ever took.
func (g *gen) slot(w *word) uint32 {
	if w.used {
		return w.slot
	}
	n := bits.Len16(^g.was)
	if n == 0 {
		g.failMem()
		return 0
	}
	w.slot, w.used = uint32(n-1), true
	g.mem |= 1 << w.slot
	g.was |= 1 << w.slot
	return w.slot
}
