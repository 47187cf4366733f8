package filter

import "math/bits"

// A value is what an instruction computes, by its number. Equal numbers are equal
// values for every packet: loads are numbered by what they load, arithmetic by
// its operands.
type value = int32

// A term says how a value comes about. Its opcode is that of the instruction;
// constants are loads of an immediate.
type term struct {
	op   uint16
	k    uint32
	a, b value // operands: A and X of arithmetic, X as a of an indexed load
}

// opUnknown is the opcode of values of which nothing is known but that they are
// themselves: what scratch memory holds at the start, and what is computed
// differently on different ways. k is a serial number.
const opUnknown = 0xffff

// values numbers terms.
type values struct {
	terms   []term
	may     []uint32 // the bits that a value can have
	table   []value  // hash table of numbers, 0 for a free place
	unknown uint32
}

// zero is the number of the constant 0, which A and X hold at the start. The
// table does not hold it.
const zero value = 0

func (v *values) reset() {
	v.terms = append(v.terms[:0], term{op: codeLoadImm})
	v.may = append(v.may[:0], 0)
	if len(v.table) != minTable {
		v.table = make([]value, minTable)
	}
	clear(v.table)
	v.unknown = 0
}

const minTable = 512

// number returns the number of a term.
func (v *values) number(t term) value {
	if t == (term{op: codeLoadImm}) {
		return zero
	}
	if 2*len(v.terms) > len(v.table) {
		v.table = make([]value, 2*len(v.table))
		for i := 1; i < len(v.terms); i++ {
			v.table[v.place(v.terms[i])] = value(i)
		}
	}
	at := v.place(t)
	if n := v.table[at]; n != 0 {
		return n
	}
	n := value(len(v.terms))
	v.table[at] = n
	v.terms = append(v.terms, t)
	v.may = append(v.may, v.bits(t))
	return n
}

// place finds where a term is in the table, or would be.
func (v *values) place(t term) int {
	h := uint64(t.op)<<32 | uint64(t.k)
	h = (h ^ uint64(t.a)<<20 ^ uint64(t.b)<<41) * 0x9e3779b97f4a7c15
	for i := int(h >> 40); ; i++ {
		i &= len(v.table) - 1
		if n := v.table[i]; n == 0 || v.terms[n] == t {
			return i
		}
	}
}

// fresh returns a value that equals no other.
func (v *values) fresh() value {
	v.unknown++
	return v.number(term{op: opUnknown, k: v.unknown})
}

func (v *values) constant(k uint32) value { return v.number(term{op: codeLoadImm, k: k}) }

// constantOf returns what a value is where it is the same for every packet.
func (v *values) constantOf(n value) (k uint32, ok bool) {
	t := &v.terms[n]
	return t.k, t.op == codeLoadImm
}

// bits returns the bits that a term can have.
func (v *values) bits(t term) uint32 {
	const all = 0xffffffff
	upTo := func(most uint64) uint32 { // all numbers up to most
		if most > all {
			return all
		}
		return 1<<bits.Len64(most) - 1
	}
	a, k := uint64(v.may[t.a]), uint64(t.k)
	switch t.op {
	case codeLoadImm:
		return t.k
	case codeLoadB, codeLoadXB:
		if t.k >= ancillary { // a byte in name only
			return all
		}
		return 0xff
	case codeLoadH, codeLoadXH:
		if t.k >= ancillary {
			return all
		}
		return 0xffff
	case codeIndexMSH:
		return 0xf * 4
	case codeAnd:
		return uint32(a & k)
	case codeAnd | codeSrcX:
		return v.may[t.a] & v.may[t.b]
	case codeOr, codeXor:
		return uint32(a | k)
	case codeOr | codeSrcX, codeXor | codeSrcX:
		return v.may[t.a] | v.may[t.b]
	case codeShl:
		return uint32(a << k)
	case codeShr:
		return uint32(a >> k)
	case codeAdd:
		return upTo(a + k)
	case codeAdd | codeSrcX:
		return upTo(a + uint64(v.may[t.b]))
	case codeMul:
		return upTo(a * k)
	case codeMul | codeSrcX:
		return upTo(a * uint64(v.may[t.b]))
	case codeDiv:
		return upTo(a / k)
	case codeMod:
		return upTo(min(a, k-1))
	}
	return all
}

// origin returns what a value is computed from by arithmetic with constants.
func (v *values) origin(n value) value {
	for v.terms[n].op&7 == codeAdd && v.terms[n].op&codeSrcX == 0 { // BPF_ALU
		n = v.terms[n].a
	}
	return n
}

// arithmetic returns the value of "a op b", op without a source.
func (v *values) arithmetic(op uint16, a, b value) value {
	ka, constA := v.constantOf(a)
	kb, constB := v.constantOf(b)
	switch {
	case op == codeNeg:
		if constA {
			return v.constant(-ka)
		}
		return v.number(term{op: op, a: a})
	case constA && constB:
		if k, ok := compute(op, ka, kb); ok {
			return v.constant(k)
		}
	case constB:
		return v.withConstant(op, a, kb)
	case constA && commutes(op):
		return v.withConstant(op, b, ka)
	case a == b && (op == codeSub || op == codeXor):
		return zero
	case a == b && (op == codeAnd || op == codeOr):
		return a
	}
	if commutes(op) && a > b {
		a, b = b, a
	}
	return v.number(term{op: op | codeSrcX, a: a, b: b})
}

// withConstant is arithmetic with a constant on the right.
func (v *values) withConstant(op uint16, a value, k uint32) value {
	if op == codeSub {
		op, k = codeAdd, -k
	}
	switch op {
	case codeAdd, codeAnd, codeOr, codeXor: // (x op m) op k is x op (m op k)
		if t := v.terms[a]; t.op == op {
			k, _ = compute(op, t.k, k)
			a = t.a
		}
	}
	switch {
	case k == 0 && (op == codeAdd || op == codeOr || op == codeXor || op == codeShl || op == codeShr),
		k == 1 && (op == codeMul || op == codeDiv),
		op == codeAnd && v.may[a]&^k == 0:
		return a
	case k == 0 && (op == codeMul || op == codeAnd),
		k == 1 && op == codeMod,
		k >= 32 && (op == codeShl || op == codeShr),
		op == codeShr && v.may[a]>>k == 0,
		op == codeAnd && v.may[a]&k == 0:
		return zero
	case k == 0 && (op == codeDiv || op == codeMod): // rejects the packet
		return v.fresh()
	}
	return v.number(term{op: op, k: k, a: a})
}

func commutes(op uint16) bool {
	switch op {
	case codeAdd, codeMul, codeAnd, codeOr, codeXor:
		return true
	}
	return false
}
