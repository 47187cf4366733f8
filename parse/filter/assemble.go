package filter

import (
	"fmt"
	"slices"

	"golang.org/x/net/bpf"
)

// maxInstructions is what kernels take at most, BPF_MAXINSNS of
// linux/bpf_common.h.
const maxInstructions = 4096

// maxOffset is the longest way of a conditional jump; its offsets have 8 bits.
const maxOffset = 255

// An assembler places blocks from the end of the program to its start, because jumps
// only go forward: where a jump goes is known when it is placed. Places count
// from the end, 1 is the last instruction.
type assembler struct {
	reversed []bpf.RawInstruction
	start    []int // by block: where it starts
	near     []int // by block: where the nearest way to it starts
}

// assemble lays the graph out as a program. Blocks are placed as tcpdump places
// them: each before the blocks that it leads to, and where the condition holds
// before where it does not. A program that is too long is an error.
func assemble(root *block) ([]bpf.RawInstruction, error) {
	order := postorder(root)
	l := &assembler{
		reversed: make([]bpf.RawInstruction, 0, 4*len(order)),
		start:    make([]int, len(order)),
		near:     make([]int, len(order)),
	}
	for i, b := range order {
		l.place(i, b)
	}
	forget(order)
	if n := len(l.reversed); n > maxInstructions {
		return nil, &Error{
			Reason: fmt.Sprintf("expression makes a program of %d instructions, more than the %d that kernels take", n, maxInstructions),
			Hint:   "write hosts that lie together as one net and ports as one portrange, or leave some out",
		}
	}
	slices.Reverse(l.reversed)
	return l.reversed, nil
}

// place puts b, which is number i, before what is placed.
func (l *assembler) place(i int, b *block) {
	switch {
	case b.isLeaf():
		l.add(bpf.RawInstruction{Op: codeReturn, K: b.ret.k})
	case b.jt == b.jf:
		if to := b.jt.index(); l.start[to] != len(l.reversed) {
			l.way(to)
		}
	default:
		l.branch(b)
	}
	for _, in := range slices.Backward(b.body) {
		l.add(in.raw())
	}
	l.start[i], l.near[i] = len(l.reversed), len(l.reversed)
}

// branch places the conditional jump of b. What is too far for it to reach is
// reached through a way that is put behind it; each way serves all the jumps
// before it that reach it.
func (l *assembler) branch(b *block) {
	jt, jf := b.jt.index(), b.jf.index()
	for {
		if l.distance(jt) > maxOffset {
			l.way(jt)
		} else if l.distance(jf) > maxOffset {
			l.way(jf)
		} else {
			break
		}
	}
	l.add(bpf.RawInstruction{Op: b.op, Jt: uint8(l.distance(jt)), Jf: uint8(l.distance(jf)), K: b.k})
}

// way places a jump to a block: its offset has 32 bits. A copy of a return would
// do for some, but what comes behind a return in the middle of a program, the
// Linux kernel takes for reachable from it when it checks scratch memory.
func (l *assembler) way(to int) {
	l.add(bpf.RawInstruction{Op: codeJumpAlways, K: uint32(len(l.reversed) - l.start[to])})
	l.near[to] = len(l.reversed)
}

// distance is the offset from a jump that is placed next to the nearest way to
// a block.
func (l *assembler) distance(to int) int { return len(l.reversed) - l.near[to] }

func (l *assembler) add(in bpf.RawInstruction) { l.reversed = append(l.reversed, in) }

// postorder lists the blocks that can be reached, each behind those that it
// leads to. It numbers them by their place in the list, until forget.
func postorder(root *block) []*block {
	var order []*block
	stack := []*block{root}
	for len(stack) > 0 {
		b := stack[len(stack)-1]
		if b.number == unseen {
			b.number = seen
			if !b.isLeaf() {
				stack = appendUnseen(stack, b.jt)
				stack = appendUnseen(stack, b.jf)
			}
			continue
		}
		stack = stack[:len(stack)-1]
		if b.number == seen {
			order = append(order, b)
			b.number = len(order) + seen
		}
	}
	return order
}

// Numbers of blocks: what is above seen is the place in a list, counted from 1.
const (
	unseen = iota
	seen
)

// index is the place of b in the list of postorder.
func (b *block) index() int { return b.number - seen - 1 }

// forget takes the numbers away.
func forget(order []*block) {
	for _, b := range order {
		b.number = unseen
	}
}

func appendUnseen(stack []*block, b *block) []*block {
	if b.number == unseen {
		return append(stack, b)
	}
	return stack
}
