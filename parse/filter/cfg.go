package filter

import "golang.org/x/net/bpf"

// A block is a node of the program's graph: instructions without a jump, then a
// condition on the accumulator and two ways on, or a result. The graph has no
// cycles; blocks may be shared.
type block struct {
	body []insn

	// Of a block that ends in a condition: a conditional jump's opcode
	// (BPF_JMP|BPF_JEQ|BPF_K and so on, also with BPF_X) and its constant.
	op uint16
	k  uint32
	jt *block // where the condition holds
	jf *block

	// Of a block that ends the program: nil otherwise.
	ret *result

	number int // while the graph is walked: of postorder
}

// result is what the program returns: 0 rejects the packet, else bytes to keep.
type result struct{ k uint32 }

// insn is an instruction that is no jump and no return, in classic BPF's opcodes
// (linux/bpf_common.h). Scratch memory (ld M[], st M[], stx M[]) is addressed by
// k, below 16.
type insn struct {
	op uint16
	k  uint32
}

// isLeaf reports whether b ends the program.
func (b *block) isLeaf() bool { return b.ret != nil }

// raw is the instruction without jumps.
func (i insn) raw() bpf.RawInstruction { return bpf.RawInstruction{Op: i.op, K: i.k} }
