package capture

import "golang.org/x/net/bpf"

// Return opcodes of classic BPF: BPF_RET|BPF_K and BPF_RET|BPF_A
// (linux/filter.h, bpf(4)).
const (
	opRetK = 0x06
	opRetA = 0x16
)

// What HeadersOnly keeps of a packet.
const (
	// headerSnap holds Ethernet (14), two VLAN tags (8), IPv6 (40) and the
	// longest TCP header (60).
	headerSnap = 128
	// decapSnap also holds what a tunnel adds: for VXLAN over IPv6 another IP
	// header (40), UDP (8), VXLAN (8) and the inner Ethernet header (14), and
	// room for extension headers.
	decapSnap = 256
)

// Snap returns how many bytes of a packet the kernel shall hand over at most.
func (o *Options) Snap() uint32 {
	snap := o.Snaplen
	if snap <= 0 {
		snap = DefaultSnaplen
	}
	switch {
	case o.HeadersOnly && o.Decap:
		snap = min(snap, decapSnap)
	case o.HeadersOnly:
		snap = min(snap, headerSnap)
	}
	return uint32(snap)
}

// CutFilter returns prog changed so that the kernel hands over at most snap
// bytes of every packet that prog accepts; which packets it accepts stays the
// same, as long as snap is not 0. An empty prog accepts everything. prog itself
// is not changed.
//
// A constant result is lowered in place. A computed one (ret a) becomes a jump
// to a minimum at the end of the program, because inserting instructions would
// move the targets of conditional jumps, which reach only 255 instructions far.
func CutFilter(prog []bpf.RawInstruction, snap uint32) []bpf.RawInstruction {
	if len(prog) == 0 {
		return []bpf.RawInstruction{{Op: opRetK, K: snap}}
	}
	const tail = 3 // instructions of the minimum
	out := make([]bpf.RawInstruction, len(prog), len(prog)+tail)
	copy(out, prog)
	computed := false
	for i := range out {
		switch in := &out[i]; in.Op {
		case opRetK:
			in.K = min(in.K, snap)
		case opRetA:
			computed = true
			// BPF_JMP|BPF_JA counts from the next instruction.
			*in = bpf.RawInstruction{Op: 0x05, K: uint32(len(prog) - i - 1)}
		}
	}
	if computed {
		out = append(out,
			bpf.RawInstruction{Op: 0x25, Jf: 1, K: snap}, // BPF_JMP|BPF_JGT|BPF_K: A > snap?
			bpf.RawInstruction{Op: opRetK, K: snap},
			bpf.RawInstruction{Op: opRetA},
		)
	}
	return out
}
