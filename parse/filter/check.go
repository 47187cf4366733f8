package filter

import (
	"errors"
	"fmt"

	"golang.org/x/net/bpf"
)

// Loads from k at ancillary and above ask the Linux kernel for what it knows of
// the packet (SKF_AD_OFF of linux/filter.h); there are ancillaryCount of them, a
// word apart (SKF_AD_MAX). Between them and negative there are loads relative to
// the network and the link layer, which files have not.
const (
	ancillary      = 0xfffff000
	ancillaryCount = 16
	negative       = 0x80000000
)

// known says which opcodes there are.
var known = func() (ops [256]bool) {
	for _, op := range []uint16{
		codeLoadW, codeLoadH, codeLoadB, codeLoadXW, codeLoadXH, codeLoadXB, codeLoadImm, codeLoadMem, codeLoadLen,
		codeIndexImm, codeIndexMem, codeIndexLen, codeIndexMSH, codeStoreA, codeStoreX, codeTAX, codeTXA,
		codeReturn, codeReturnA, codeNeg, codeJumpAlways,
	} {
		ops[op] = true
	}
	for _, op := range []uint16{
		codeAdd, codeSub, codeMul, codeDiv, codeOr, codeAnd, codeShl, codeShr, codeMod, codeXor,
		codeJumpEq, codeJumpGt, codeJumpGe, codeJumpSet,
	} {
		ops[op], ops[op|codeSrcX] = true, true
	}
	return ops
}()

// check refuses what the Linux kernel would refuse (bpf_check_classic of
// net/core/filter.c). A program that passes ends, stays inside itself and its
// scratch memory, and reads no scratch word before it writes it.
func check(program []bpf.RawInstruction) error {
	n := len(program)
	if n == 0 || n > maxInstructions {
		return fmt.Errorf("check program: %d instructions, want 1 to %d", n, maxInstructions)
	}
	for i, in := range program {
		if err := checkInstruction(in, n-i-1); err != nil {
			return fmt.Errorf("check program: instruction %d: %w", i, err)
		}
	}
	if op := program[n-1].Op; op != codeReturn && op != codeReturnA {
		return errors.New("check program: the last instruction does not return")
	}
	return checkMemory(program)
}

// checkInstruction looks at one instruction that has some more behind it.
func checkInstruction(in bpf.RawInstruction, behind int) error {
	if in.Op >= 256 || !known[in.Op] {
		return fmt.Errorf("unknown opcode %#x", in.Op)
	}
	switch in.Op {
	case codeLoadMem, codeIndexMem, codeStoreA, codeStoreX:
		if in.K >= scratchWords {
			return fmt.Errorf("scratch word %d of %d", in.K, scratchWords)
		}
	case codeDiv, codeMod:
		if in.K == 0 {
			return errors.New("division by zero")
		}
	case codeShl, codeShr:
		if in.K >= 32 {
			return fmt.Errorf("shift by %d bits", in.K)
		}
	case codeLoadW, codeLoadH, codeLoadB:
		if in.K >= ancillary && (in.K%4 != 0 || in.K >= ancillary+4*ancillaryCount) {
			return fmt.Errorf("unknown ancillary load %#x", in.K-ancillary)
		}
	case codeJumpAlways:
		if in.K >= uint32(behind) {
			return errors.New("jump out of the program")
		}
	default:
		if isJump(in.Op) && max(int(in.Jt), int(in.Jf)) >= behind {
			return errors.New("jump out of the program")
		}
	}
	return nil
}

// checkMemory makes sure that scratch words are written before they are read, on
// every way through the program.
func checkMemory(program []bpf.RawInstruction) error {
	// The words written on all ways by jumps to an instruction, as bits.
	var written [maxInstructions]uint16
	for i := range program {
		written[i] = 1<<scratchWords - 1
	}
	now := uint16(0)
	for i, in := range program {
		now &= written[i]
		switch in.Op {
		case codeStoreA, codeStoreX:
			now |= 1 << in.K
		case codeLoadMem, codeIndexMem:
			if now>>in.K&1 == 0 {
				return fmt.Errorf("check program: instruction %d: scratch word %d is read before it is written", i, in.K)
			}
		case codeJumpAlways:
			written[i+1+int(in.K)] &= now
			now = 1<<scratchWords - 1
		default:
			if isJump(in.Op) {
				written[i+1+int(in.Jt)] &= now
				written[i+1+int(in.Jf)] &= now
				now = 1<<scratchWords - 1
			}
		}
	}
	return nil
}

// isJump reports whether an opcode is a jump, on a condition or not.
func isJump(op uint16) bool { return op&7 == codeJumpAlways }
