// Package cbpf runs classic BPF programs as plainly as can be, for tests that
// compare compilers and interpreters of it. It shares no code with what it
// checks, and takes its rules from linux/filter.h, bpf_filter(3) of the BSDs and
// the text that tcpdump prints.
package cbpf

// An Insn is one instruction, as in struct sock_filter.
type Insn struct {
	Op     uint16
	Jt, Jf uint8
	K      uint32
}

// A Program is a list of instructions that starts at the first.
type Program []Insn

// A Packet is what a program looks at. The fields behind Wire are for the
// ancillary loads of linux/filter.h.
type Packet struct {
	Data []byte // captured bytes
	Wire uint32 // bytes on the wire

	Protocol uint16 // EtherType
	Type     uint8  // PACKET_HOST and so on
	Ifindex  uint32
	Tagged   bool // the kernel took a VLAN tag off
	TCI      uint16
}

// An Outcome says how a program ended.
type Outcome struct {
	Return uint32 // 0 rejects the packet
	// Aborted says that it ended before a return, which rejects the packet: it
	// read behind the captured bytes, divided by zero, or went on for ever.
	Aborted bool
	// Unwritten says that it read a scratch word which it had not written, as
	// some of libpcap's do: what it returned means nothing.
	Unwritten bool
}

// Matches reports whether the packet passes.
func (o Outcome) Matches() bool { return o.Return != 0 }

// Classes, sizes, modes and operations of linux/bpf_common.h.
const (
	classLd   = 0x00
	classLdx  = 0x01
	classSt   = 0x02
	classStx  = 0x03
	classALU  = 0x04
	classJmp  = 0x05
	classRet  = 0x06
	classMisc = 0x07

	sizeH = 0x08
	sizeB = 0x10

	modeImm = 0x00
	modeAbs = 0x20
	modeInd = 0x40
	modeMem = 0x60
	modeLen = 0x80
	modeMsh = 0xa0

	opAdd = 0x00
	opSub = 0x10
	opMul = 0x20
	opDiv = 0x30
	opOr  = 0x40
	opAnd = 0x50
	opLsh = 0x60
	opRsh = 0x70
	opNeg = 0x80
	opMod = 0x90
	opXor = 0xa0

	opJA   = 0x00
	opJEQ  = 0x10
	opJGT  = 0x20
	opJGE  = 0x30
	opJSET = 0x40

	withX = 0x08 // BPF_X
	retA  = 0x10 // BPF_A
	txa   = 0x80

	words = 16 // BPF_MEMWORDS
)

// Ancillary loads of linux/filter.h.
const (
	ancillary     = 0xfffff000 // SKF_AD_OFF
	ancProtocol   = ancillary + 0
	ancPacketType = ancillary + 4
	ancIfindex    = ancillary + 8
	ancTCI        = ancillary + 44
	ancTagged     = ancillary + 48
)

// steps ends programs that jump back for ever, which tcpdump's can.
const steps = 1 << 16

// Run runs the program on a packet.
func (p Program) Run(pkt *Packet) Outcome {
	m := machine{pkt: pkt}
	o := m.run(p)
	o.Unwritten = m.wild
	return o
}

// A machine is the state of a run.
type machine struct {
	pkt    *Packet
	a, x   uint32
	mem    [words]uint32
	valid  uint16 // words that were written, a bit each
	wild   bool   // a word was read that was not
	src    origin // where a came from
	memSrc [words]origin
	steer  func(in Insn, m *machine) // asked before each conditional jump; may be nil
}

func (m *machine) run(p Program) Outcome {
	pc := 0
	for range steps {
		in := p[pc]
		pc++
		switch in.Op & 7 {
		case classLd, classLdx:
			if !m.load(in) {
				return Outcome{Aborted: true}
			}
		case classSt:
			m.store(in.K, m.a, m.src)
		case classStx:
			m.store(in.K, m.x, origin{})
		case classALU:
			if !m.compute(in) {
				return Outcome{Aborted: true}
			}
		case classJmp:
			switch {
			case in.Op&0xf0 == opJA:
				pc += int(int32(in.K))
			case m.holds(in):
				pc += int(in.Jt)
			default:
				pc += int(in.Jf)
			}
		case classRet:
			if in.Op&0x18 == retA {
				return Outcome{Return: m.a}
			}
			return Outcome{Return: in.K}
		case classMisc:
			if in.Op&0xf8 == txa {
				m.a, m.src = m.x, origin{}
			} else {
				m.x = m.a
			}
		}
	}
	return Outcome{Aborted: true}
}

func (m *machine) store(k, v uint32, src origin) {
	m.mem[k], m.memSrc[k] = v, src
	m.valid |= 1 << k
}

// load runs a BPF_LD or BPF_LDX, and reports whether the bytes are there.
func (m *machine) load(in Insn) bool {
	v, src := uint32(0), origin{}
	switch in.Op & 0xe0 {
	case modeImm:
		v = in.K
	case modeMem:
		v, src = m.mem[in.K], m.memSrc[in.K]
		m.wild = m.wild || m.valid>>in.K&1 == 0
	case modeLen:
		v = m.pkt.Wire
	case modeMsh:
		b, ok := m.fetch(uint64(in.K), 1)
		if !ok {
			return false
		}
		v = b & 0xf * 4
	case modeAbs, modeInd:
		if in.Op&0xe0 == modeAbs && in.K >= ancillary {
			v = m.ancillary(in.K)
			break
		}
		off, size := uint64(in.K), 4
		if in.Op&0xe0 == modeInd {
			off += uint64(m.x)
		}
		switch in.Op & 0x18 {
		case sizeH:
			size = 2
		case sizeB:
			size = 1
		}
		var ok bool
		if v, ok = m.fetch(off, size); !ok {
			return false
		}
		src = origin{off: int(off), size: size, mask: 0xffffffff}
	}
	if in.Op&7 == classLdx {
		m.x = v
	} else {
		m.a, m.src = v, src
	}
	return true
}

func (m *machine) fetch(off uint64, size int) (v uint32, ok bool) {
	if off+uint64(size) > uint64(len(m.pkt.Data)) {
		return 0, false
	}
	for _, b := range m.pkt.Data[off : off+uint64(size)] {
		v = v<<8 | uint32(b)
	}
	return v, true
}

func (m *machine) ancillary(k uint32) uint32 {
	switch k {
	case ancProtocol:
		return uint32(m.pkt.Protocol)
	case ancPacketType:
		return uint32(m.pkt.Type)
	case ancIfindex:
		return m.pkt.Ifindex
	case ancTCI:
		return uint32(m.pkt.TCI)
	case ancTagged:
		if m.pkt.Tagged {
			return 1
		}
	}
	return 0
}

// compute runs a BPF_ALU, and reports whether it can be done: a division by
// zero rejects the packet.
func (m *machine) compute(in Insn) bool {
	by := in.K
	if in.Op&withX != 0 {
		by = m.x
	}
	op := in.Op & 0xf0
	if op == opAnd && in.Op&withX == 0 {
		m.src.mask &= by
	} else {
		m.src = origin{}
	}
	switch op {
	case opAdd:
		m.a += by
	case opSub:
		m.a -= by
	case opMul:
		m.a *= by
	case opDiv, opMod:
		if by == 0 {
			return false
		}
		if op == opDiv {
			m.a /= by
		} else {
			m.a %= by
		}
	case opOr:
		m.a |= by
	case opAnd:
		m.a &= by
	case opLsh:
		m.a <<= by
	case opRsh:
		m.a >>= by
	case opNeg:
		m.a = -m.a
	case opXor:
		m.a ^= by
	}
	return true
}

// holds decides a conditional jump.
func (m *machine) holds(in Insn) bool {
	if m.steer != nil {
		m.steer(in, m)
	}
	by := in.K
	if in.Op&withX != 0 {
		by = m.x
	}
	switch in.Op & 0xf0 {
	case opJEQ:
		return m.a == by
	case opJGT:
		return m.a > by
	case opJGE:
		return m.a >= by
	default:
		return m.a&by != 0
	}
}
