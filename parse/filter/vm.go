// Hot path: no allocation.

package filter

import (
	endian "encoding/binary"

	"golang.org/x/net/bpf"
)

// An instruction is one of a program that was checked, with what the interpreter
// need not find out again.
type instruction struct {
	op     operation
	jt, jf uint8 // offsets of a conditional jump
	k      uint32
}

// An operation is what an instruction does. They are numbered without gaps so
// that the interpreter's switch becomes a table of jumps.
type operation uint8

const (
	doReturn operation = iota
	doReturnA
	doLoadW
	doLoadH
	doLoadB
	doLoadXW
	doLoadXH
	doLoadXB
	doLoadImm
	doLoadMem
	doLoadLen
	doIndexImm
	doIndexMem
	doIndexLen
	doIndexMSH
	doStoreA
	doStoreX
	doTAX
	doTXA
	doAdd
	doSub
	doMul
	doDiv
	doMod
	doAnd
	doOr
	doXor
	doShl
	doShr
	doNeg
	doAddX
	doSubX
	doMulX
	doDivX
	doModX
	doAndX
	doOrX
	doXorX
	doShlX
	doShrX
	doJump
	doJumpEq
	doJumpGt
	doJumpGe
	doJumpSet
	doJumpEqX
	doJumpGtX
	doJumpGeX
	doJumpSetX
)

// operations are those of the opcodes.
var operations = [256]operation{
	codeReturn: doReturn, codeReturnA: doReturnA,
	codeLoadW: doLoadW, codeLoadH: doLoadH, codeLoadB: doLoadB,
	codeLoadXW: doLoadXW, codeLoadXH: doLoadXH, codeLoadXB: doLoadXB,
	codeLoadImm: doLoadImm, codeLoadMem: doLoadMem, codeLoadLen: doLoadLen,
	codeIndexImm: doIndexImm, codeIndexMem: doIndexMem, codeIndexLen: doIndexLen, codeIndexMSH: doIndexMSH,
	codeStoreA: doStoreA, codeStoreX: doStoreX, codeTAX: doTAX, codeTXA: doTXA,
	codeAdd: doAdd, codeSub: doSub, codeMul: doMul, codeDiv: doDiv, codeMod: doMod,
	codeAnd: doAnd, codeOr: doOr, codeXor: doXor, codeShl: doShl, codeShr: doShr, codeNeg: doNeg,
	codeAdd | codeSrcX: doAddX, codeSub | codeSrcX: doSubX, codeMul | codeSrcX: doMulX,
	codeDiv | codeSrcX: doDivX, codeMod | codeSrcX: doModX,
	codeAnd | codeSrcX: doAndX, codeOr | codeSrcX: doOrX, codeXor | codeSrcX: doXorX,
	codeShl | codeSrcX: doShlX, codeShr | codeSrcX: doShrX,
	codeJumpAlways: doJump,
	codeJumpEq:     doJumpEq, codeJumpGt: doJumpGt, codeJumpGe: doJumpGe, codeJumpSet: doJumpSet,
	codeJumpEq | codeSrcX: doJumpEqX, codeJumpGt | codeSrcX: doJumpGtX,
	codeJumpGe | codeSrcX: doJumpGeX, codeJumpSet | codeSrcX: doJumpSetX,
}

// newProgram checks the instructions and makes them ready to be run.
func newProgram(insns []bpf.RawInstruction) (*Program, error) {
	if err := check(insns); err != nil {
		return nil, err
	}
	code := make([]instruction, len(insns))
	for i, in := range insns {
		code[i] = instruction{operations[in.Op], in.Jt, in.Jf, in.K}
		switch in.Op {
		case codeLoadW, codeLoadH, codeLoadB:
			if in.K >= ancillary {
				code[i] = instruction{op: doLoadImm}
			}
		}
	}
	return &Program{insns: insns, code: code}, nil
}

// Match reports whether the program lets a packet pass: data is what was
// captured of it, and wire its length on the wire.
func (p *Program) Match(data []byte, wire uint32) bool { return p.Run(data, wire) != 0 }

// Run returns what the program returns for a packet, 0 or the bytes of it to
// keep. As in libpcap, to read behind the captured bytes or to divide by zero is
// to reject the packet, and a shift by more than 31 bits gives 0. The ancillary
// loads of the Linux kernel give 0: no packet of a file has them.
func (p *Program) Run(data []byte, wire uint32) uint32 {
	var a, x uint32
	var mem [scratchWords]uint32
	code := p.code
	n := uint64(len(data))
	for pc := 0; ; pc++ {
		in := code[pc]
		switch in.op {
		case doReturn:
			return in.k
		case doReturnA:
			return a
		case doLoadW:
			if uint64(in.k)+4 > n {
				return 0
			}
			a = endian.BigEndian.Uint32(data[in.k:])
		case doLoadH:
			if uint64(in.k)+2 > n {
				return 0
			}
			a = uint32(endian.BigEndian.Uint16(data[in.k:]))
		case doLoadB:
			if uint64(in.k) >= n {
				return 0
			}
			a = uint32(data[in.k])
		case doLoadXW:
			off := uint64(x) + uint64(in.k)
			if off+4 > n {
				return 0
			}
			a = endian.BigEndian.Uint32(data[off:])
		case doLoadXH:
			off := uint64(x) + uint64(in.k)
			if off+2 > n {
				return 0
			}
			a = uint32(endian.BigEndian.Uint16(data[off:]))
		case doLoadXB:
			off := uint64(x) + uint64(in.k)
			if off >= n {
				return 0
			}
			a = uint32(data[off])
		case doLoadImm:
			a = in.k
		case doLoadMem:
			a = mem[in.k%scratchWords]
		case doLoadLen:
			a = wire
		case doIndexImm:
			x = in.k
		case doIndexMem:
			x = mem[in.k%scratchWords]
		case doIndexLen:
			x = wire
		case doIndexMSH:
			if uint64(in.k) >= n {
				return 0
			}
			x = uint32(data[in.k]&0xf) * 4
		case doStoreA:
			mem[in.k%scratchWords] = a
		case doStoreX:
			mem[in.k%scratchWords] = x
		case doTAX:
			x = a
		case doTXA:
			a = x
		case doAdd:
			a += in.k
		case doSub:
			a -= in.k
		case doMul:
			a *= in.k
		case doDiv:
			a /= in.k
		case doMod:
			a %= in.k
		case doAnd:
			a &= in.k
		case doOr:
			a |= in.k
		case doXor:
			a ^= in.k
		case doShl:
			a <<= in.k
		case doShr:
			a >>= in.k
		case doNeg:
			a = -a
		case doAddX:
			a += x
		case doSubX:
			a -= x
		case doMulX:
			a *= x
		case doDivX:
			if x == 0 {
				return 0
			}
			a /= x
		case doModX:
			if x == 0 {
				return 0
			}
			a %= x
		case doAndX:
			a &= x
		case doOrX:
			a |= x
		case doXorX:
			a ^= x
		case doShlX:
			a <<= x
		case doShrX:
			a >>= x
		case doJump:
			pc += int(in.k)
		case doJumpEq:
			pc += offset(a == in.k, in)
		case doJumpGt:
			pc += offset(a > in.k, in)
		case doJumpGe:
			pc += offset(a >= in.k, in)
		case doJumpSet:
			pc += offset(a&in.k != 0, in)
		case doJumpEqX:
			pc += offset(a == x, in)
		case doJumpGtX:
			pc += offset(a > x, in)
		case doJumpGeX:
			pc += offset(a >= x, in)
		case doJumpSetX:
			pc += offset(a&x != 0, in)
		}
	}
}

// offset returns the offset of a jump.
func offset(holds bool, in instruction) int {
	if holds {
		return int(in.jt)
	}
	return int(in.jf)
}
