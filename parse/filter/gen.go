package filter

import "golang.org/x/net/bpf"

// gen turns a tree into a graph. It walks the tree from left to right, because
// vlan, mpls, pppoes, geneve and vxlan move the offsets for all that follows.
type gen struct {
	o   Options
	off offsets
	mem uint16 // scratch words in use, a bit each
	pre []insn // what works out variable offsets, at the start of the program
}

// offsets say where the layers of a packet are.
type offsets struct {
	link     place2 // link-layer header (MAC header)
	prevLink place2 // the one before it, inside a tunnel
	linkType place2 // field that names the network layer
	payload  place2 // what the link layer carries
	net      uint32 // of the network header from payload
	netSNAP  uint32 // the same behind an 802.2 header without SNAP
}

// place2 is an offset in the packet: a constant, plus a scratch word where the
// headers before it vary in length.
type place2 struct {
	base     uint32
	variable bool
	slot     int // scratch word, valid with variable
}

// A frag is a piece of the graph with loose ends: where to go on when its
// condition holds, and when it does not.
type frag struct {
	entry *block
	t, f  []**block
}

// both is "x and y".
func both(x, y frag) frag {
	join(x.t, y.entry)
	return frag{x.entry, y.t, append(x.f, y.f...)}
}

// either is "x or y".
func either(x, y frag) frag {
	join(x.f, y.entry)
	return frag{x.entry, append(x.t, y.t...), y.f}
}

// inverse is "not x".
func inverse(x frag) frag { return frag{x.entry, x.f, x.t} }

func join(ends []**block, to *block) {
	for _, e := range ends {
		*e = to
	}
}

// test makes a fragment of one block: body, then a conditional jump.
func test(body []insn, op uint16, k uint32) frag {
	b := &block{body: body, op: op, k: k}
	return frag{b, []**block{&b.jt}, []**block{&b.jf}}
}

// always and never are conditions that are known.
func (g *gen) always() frag { return test([]insn{{op: opLoadImm}}, opJumpEqual, 0) }
func (g *gen) never() frag  { return inverse(g.always()) }

// Opcodes of linux/bpf_common.h that the generator uses often.
const (
	opLoadImm   = 0x00 // BPF_LD|BPF_IMM
	opJumpEqual = 0x15 // BPF_JMP|BPF_JEQ|BPF_K
)

var _ = bpf.RawInstruction{}
