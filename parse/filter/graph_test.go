package filter

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"sockeye/internal/testkit/cbpf"
)

// drawGraph draws a graph of some blocks. There are few offsets, constants and
// scratch words in it, so that blocks have much to do with each other.
func drawGraph(r *rand.Rand) *block {
	written := r.Uint32() & r.Uint32() & 0xf // scratch words that the first block writes
	blocks := []*block{{ret: &result{}}, {ret: &result{k: 1 + uint32(r.IntN(2))}}}
	n := 1 + r.IntN(14)
	plain := r.IntN(2) == 0 // blocks mostly test what they load, as those of expressions do
	for i := range n {
		b := &block{op: draw(r, jumps), k: draw(r, []uint32{0, 1, 2, 3, 4, 6, 0x80, 0xff})}
		if i == n-1 {
			for w := range uint32(4) {
				if written>>w&1 != 0 {
					b.body = append(b.body, insn{codeLoadImm, w * 3}, insn{draw(r, []uint16{codeStoreA, codeStoreX}), w})
				}
			}
		}
		if plain && r.IntN(4) > 0 {
			b.op &^= codeSrcX
			b.body = append(b.body, insn{draw(r, []uint16{codeLoadB, codeLoadB, codeLoadH}), uint32(r.IntN(4))})
		} else {
			for range r.IntN(6) {
				b.body = append(b.body, drawInsn(r, written))
			}
		}
		near := max(0, len(blocks)-5)
		b.jt, b.jf = blocks[near+r.IntN(len(blocks)-near)], draw(r, blocks)
		if plain && r.IntN(2) == 0 {
			b.jt, b.jf = blocks[len(blocks)-1], blocks[r.IntN(2)]
		}
		if r.IntN(2) == 0 {
			b.jt, b.jf = b.jf, b.jt
		}
		blocks = append(blocks, b)
	}
	return blocks[len(blocks)-1]
}

var (
	jumps = []uint16{codeJumpEq, codeJumpEq, codeJumpEq, codeJumpGt, codeJumpGe, codeJumpSet, codeJumpSet,
		codeJumpEq | codeSrcX, codeJumpGt | codeSrcX, codeJumpGe | codeSrcX, codeJumpSet | codeSrcX}
	computations = []uint16{codeAdd, codeSub, codeMul, codeDiv, codeMod, codeAnd, codeAnd, codeOr, codeXor, codeShl, codeShr}
)

// drawInsn draws an instruction that reads no scratch word but those written.
func drawInsn(r *rand.Rand, written uint32) insn {
	off := uint32(r.IntN(6))
	switch r.IntN(11) {
	case 0, 1, 2:
		return insn{draw(r, []uint16{codeLoadB, codeLoadB, codeLoadH, codeLoadW}), off}
	case 3:
		return insn{draw(r, []uint16{codeLoadXB, codeLoadXB, codeLoadXH, codeLoadXW}), off}
	case 4:
		return insn{codeIndexMSH, off}
	case 5:
		return insn{draw(r, []uint16{codeLoadImm, codeIndexImm}), draw(r, []uint32{0, 1, 2, 5, 0xffffffff})}
	case 6:
		return insn{op: draw(r, []uint16{codeTAX, codeTXA, codeLoadLen, codeIndexLen, codeNeg})}
	case 7:
		if w := uint32(r.IntN(4)); written>>w&1 != 0 {
			return insn{draw(r, []uint16{codeLoadMem, codeIndexMem, codeStoreA, codeStoreX}), w}
		}
		return insn{draw(r, []uint16{codeStoreA, codeStoreX}), uint32(r.IntN(4))}
	case 8:
		return insn{codeAnd, draw(r, []uint32{1, 2, 3, 0xf, 0xf0, 0xff, 0x80})}
	}
	op := draw(r, computations)
	if r.IntN(3) == 0 {
		return insn{op: op | codeSrcX}
	}
	return insn{op, draw(r, []uint32{1, 2, 3, 4, 8})}
}

// drawPacket draws a few bytes with values that the graphs test.
func drawPacket(r *rand.Rand) []byte {
	data := make([]byte, r.IntN(14))
	for i := range data {
		data[i] = draw(r, []byte{0, 1, 2, 3, 4, 6, 0x45, 0x80, 0xff})
	}
	return data
}

func draw[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// assembled lays a graph out, which must not fail.
func assembled(tb testing.TB, root *block) []bpf.RawInstruction {
	tb.Helper()
	p, err := assemble(root)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// plain is a program for the plain interpreter.
func plain(program []bpf.RawInstruction) (p cbpf.Program) {
	for _, in := range program {
		p = append(p, cbpf.Insn{Op: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K})
	}
	return p
}

// text is a program as tcpdump -d prints it.
func text(tb testing.TB, program []bpf.RawInstruction) string {
	tb.Helper()
	var b strings.Builder
	if err := (&Program{insns: program}).Dump(&b, DumpText); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}
