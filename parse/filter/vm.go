// Hot path: no allocation.

package filter

// An instruction is one of a program that was checked, in the form that takes
// the fewest steps to run: it knows those behind it, and a load knows the jump
// that looks at what it loaded.
type instruction struct {
	op     operation
	opcode uint8  // of arithmetic
	off    uint32 // of a load with a jump
	k      uint32
	next   *instruction // the one behind it; of a jump where the condition holds
	other  *instruction // of a jump where it does not
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
	doAnd
	doAdd
	doCompute  // with k
	doComputeX // with X
	doJumpEq
	doJumpGt
	doJumpGe
	doJumpSet
	doJumpEqX
	doJumpGtX
	doJumpGeX
	doJumpSetX

	// Loads with the jump behind them.
	doLoadWJumpEq
	doLoadHJumpEq
	doLoadBJumpEq
	doLoadXWJumpEq
	doLoadXHJumpEq
	doLoadXBJumpEq
)

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
	var ok bool
	for in := p.start; ; {
		switch in.op {
		case doReturn:
			return in.k
		case doReturnA:
			return a
		case doLoadW:
			if a, ok = fetch4(data, uint64(in.k)); !ok {
				return 0
			}
		case doLoadH:
			if a, ok = fetch2(data, uint64(in.k)); !ok {
				return 0
			}
		case doLoadB:
			if a, ok = fetch1(data, uint64(in.k)); !ok {
				return 0
			}
		case doLoadXW:
			if a, ok = fetch4(data, uint64(in.k)+uint64(x)); !ok {
				return 0
			}
		case doLoadXH:
			if a, ok = fetch2(data, uint64(in.k)+uint64(x)); !ok {
				return 0
			}
		case doLoadXB:
			if a, ok = fetch1(data, uint64(in.k)+uint64(x)); !ok {
				return 0
			}
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
			if x, ok = fetch1(data, uint64(in.k)); !ok {
				return 0
			}
			x = x & 0xf * 4
		case doStoreA:
			mem[in.k%scratchWords] = a
		case doStoreX:
			mem[in.k%scratchWords] = x
		case doTAX:
			x = a
		case doTXA:
			a = x
		case doAnd:
			a &= in.k
		case doAdd:
			a += in.k
		case doCompute:
			a, _ = compute(uint16(in.opcode), a, in.k) // check saw to it that it does not divide by zero
		case doComputeX:
			if a, ok = compute(uint16(in.opcode), a, x); !ok {
				return 0
			}
		case doJumpEq:
			for in.op == doJumpEq {
				in = in.jump(a == in.k)
			}
			continue
		case doJumpGt:
			in = in.jump(a > in.k)
			continue
		case doJumpGe:
			in = in.jump(a >= in.k)
			continue
		case doJumpSet:
			in = in.jump(a&in.k != 0)
			continue
		case doJumpEqX:
			in = in.jump(a == x)
			continue
		case doJumpGtX:
			in = in.jump(a > x)
			continue
		case doJumpGeX:
			in = in.jump(a >= x)
			continue
		case doJumpSetX:
			in = in.jump(a&x != 0)
			continue
		case doLoadWJumpEq:
			if a, ok = fetch4(data, uint64(in.off)); !ok {
				return 0
			}
			in = in.jump(a == in.k)
			continue
		case doLoadHJumpEq:
			if a, ok = fetch2(data, uint64(in.off)); !ok {
				return 0
			}
			in = in.jump(a == in.k)
			continue
		case doLoadBJumpEq:
			if a, ok = fetch1(data, uint64(in.off)); !ok {
				return 0
			}
			in = in.jump(a == in.k)
			continue
		case doLoadXWJumpEq:
			if a, ok = fetch4(data, uint64(in.off)+uint64(x)); !ok {
				return 0
			}
			in = in.jump(a == in.k)
			continue
		case doLoadXHJumpEq:
			if a, ok = fetch2(data, uint64(in.off)+uint64(x)); !ok {
				return 0
			}
			in = in.jump(a == in.k)
			continue
		case doLoadXBJumpEq:
			if a, ok = fetch1(data, uint64(in.off)+uint64(x)); !ok {
				return 0
			}
			in = in.jump(a == in.k)
			continue
		}
		in = in.next
	}
}

// jump returns the instruction behind a jump.
func (in *instruction) jump(holds bool) *instruction {
	if holds {
		return in.next
	}
	return in.other
}

// fetch1 returns the byte at an offset, where it is there.
func fetch1(data []byte, off uint64) (uint32, bool) {
	if off >= uint64(len(data)) {
		return 0, false
	}
	return uint32(data[off]), true
}

// fetch4 and fetch2 return the bytes at an offset as a number, where they are there.
func fetch4(data []byte, off uint64) (uint32, bool) {
	if off+3 >= uint64(len(data)) {
		return 0, false
	}
	return uint32(data[off])<<24 | uint32(data[off+1])<<16 | uint32(data[off+2])<<8 | uint32(data[off+3]), true
}

func fetch2(data []byte, off uint64) (uint32, bool) {
	if off+1 >= uint64(len(data)) {
		return 0, false
	}
	return uint32(data[off])<<8 | uint32(data[off+1]), true
}

// compute is arithmetic. It is not ok to divide by zero.
func compute(op uint16, a, b uint32) (result uint32, ok bool) {
	switch op {
	case codeAdd:
		return a + b, true
	case codeSub:
		return a - b, true
	case codeMul:
		return a * b, true
	case codeAnd:
		return a & b, true
	case codeOr:
		return a | b, true
	case codeXor:
		return a ^ b, true
	case codeShl:
		return a << b, true
	case codeShr:
		return a >> b, true
	case codeNeg:
		return -a, true
	}
	if b == 0 {
		return 0, false
	}
	if op == codeDiv {
		return a / b, true
	}
	return a % b, true
}
