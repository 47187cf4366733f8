package filter

import "sockeye/parse"

// A quantity is a node of arithmetic with its constants worked out.
type quantity struct {
	kind  quantityKind
	k     uint32    // quantityConst, quantityAccess: the constant offset; quantityALU without y: the constant operand
	op    uint16    // quantityALU: opcode with a constant operand
	x, y  *quantity // quantityALU: the operands, y nil for none or a constant; quantityAccess: x is the offset, nil for a constant
	from  layer     // quantityAccess
	size  int
	need  int  // scratch words that are needed on the way
	keeps bool // working it out leaves X alone
	is    frag // tests of protocols that must hold first; no entry for none
}

type quantityKind uint8

const (
	quantityConst quantityKind = iota
	quantityLen
	quantityAccess
	quantityALU
)

// arithOps are the opcodes of the operators.
var arithOps = [...]uint16{
	opAdd: codeAdd, opSub: codeSub, opMul: codeMul, opDiv: codeDiv, opMod: codeMod,
	opAnd: codeAnd, opOr: codeOr, opXor: codeXor, opShl: codeShl, opShr: codeShr,
}

// quantity works out the constants of a node, and the tests that it implies.
func (g *gen) quantity(a arith) (*quantity, error) {
	switch a := a.(type) {
	case *number:
		return constant(a.n), nil
	case *length:
		return &quantity{kind: quantityLen, keeps: true}, nil
	case *negate:
		x, err := g.quantity(a.x)
		if err != nil {
			return nil, err
		}
		if x.kind == quantityConst {
			return constant(-x.k), nil
		}
		return &quantity{kind: quantityALU, op: codeNeg, x: x, need: x.need, keeps: x.keeps, is: x.is}, nil
	case *access:
		return g.access(a)
	case *binary:
		return g.binary(a)
	}
	return nil, fault(a, "unknown kind of arithmetic")
}

func constant(k uint32) *quantity { return &quantity{kind: quantityConst, k: k, keeps: true} }

// binary works out "x op y". As in libpcap, the tests that y implies are not
// made: "1 + tcp[0] = 2" looks at every packet.
func (g *gen) binary(a *binary) (*quantity, error) {
	x, err := g.quantity(a.x)
	if err != nil {
		return nil, err
	}
	y, err := g.quantity(a.y)
	if err != nil {
		return nil, err
	}
	is := x.is
	if y.kind == quantityConst {
		if err := constantRight(a, y.k); err != nil {
			return nil, err
		}
	}
	switch a.op {
	case opAdd, opMul, opAnd, opOr, opXor:
		if y.kind != quantityConst && (x.kind == quantityConst || y.keeps && !x.keeps) {
			x, y = y, x
		}
	}
	op := arithOps[a.op]
	switch {
	case x.kind == quantityConst && y.kind == quantityConst:
		return constant(calculate(a.op, x.k, y.k)), nil
	case y.kind == quantityConst:
		return &quantity{kind: quantityALU, op: op, k: y.k, x: x, need: x.need, keeps: x.keeps, is: is}, nil
	}
	return &quantity{kind: quantityALU, op: op, x: x, y: y, need: pairNeed(x, y), is: is}, nil
}

// constantRight refuses constants that have no meaning on the right of an
// operator.
func constantRight(a *binary, k uint32) error {
	switch {
	case (a.op == opDiv || a.op == opMod) && k == 0:
		return fault(a.y, "division by zero")
	case (a.op == opShl || a.op == opShr) && k > 31:
		return fault(a.y, "shift by more than 31 bits")
	}
	return nil
}

// calculate applies an operator to constants that constantRight let pass.
func calculate(op arithOp, x, y uint32) uint32 {
	switch op {
	case opAdd:
		return x + y
	case opSub:
		return x - y
	case opMul:
		return x * y
	case opDiv:
		return x / y
	case opMod:
		return x % y
	case opAnd:
		return x & y
	case opOr:
		return x | y
	case opXor:
		return x ^ y
	case opShl:
		return x << y
	}
	return x >> y
}

// access works out "proto [ off : size ]".
func (g *gen) access(a *access) (*quantity, error) {
	from, is, err := g.accessLayer(a)
	if err != nil {
		return nil, err
	}
	off, err := g.quantity(a.off)
	if err != nil {
		return nil, err
	}
	v := &quantity{kind: quantityAccess, from: from, size: a.size, is: andThen(off.is, is)}
	_, index := g.index(from)
	if off.kind == quantityConst {
		v.k, v.keeps = off.k, len(index) == 0
		return v, nil
	}
	v.x, v.need = off, off.need
	if len(index) > 1 {
		v.need = max(v.need, 1)
	}
	return v, nil
}

// accessLayer is the layer that an access counts from, and the test for its
// protocol.
func (g *gen) accessLayer(a *access) (layer, frag, error) {
	if ip, ok := ipProtocols[a.proto]; ok && a.proto != protoAH && a.proto != protoESP {
		if !ip.over4 {
			return layerTransport6, both(g.etherType(parse.EtherTypeIPv6), g.cmp(layerNet, ip6Next, 1, ip.number)), nil
		}
		return layerTransport4, both(g.ip4Proto(ip.number), g.firstFragment()), nil
	}
	switch a.proto {
	case protoLink:
		return layerLink, frag{}, nil
	case protoRadio:
		switch g.link {
		case parse.LinkRadiotap, parse.LinkAVS, parse.LinkPrism:
			return layerPacket, frag{}, nil
		}
		return 0, frag{}, fault(a, "%s has no radio header", g.link)
	case protoIP, protoIPv6, protoARP, protoRARP, protoATalk, protoDECnet, protoSCA, protoLAT, protoMOPRC, protoMOPDL:
		return layerNet, g.etherType(linkProtos[a.proto]), nil
	}
	return 0, frag{}, fault(a, "bytes of %s cannot be accessed", a.proto)
}

// emit appends the instructions that leave a value in A.
func (g *gen) emit(s []insn, v *quantity) []insn {
	switch v.kind {
	case quantityConst:
		return append(s, insn{codeLoadImm, v.k})
	case quantityLen:
		return append(s, insn{op: codeLoadLen})
	case quantityAccess:
		if v.x == nil {
			return append(s, g.load(v.from, v.k, v.size)...)
		}
		return append(g.emit(s, v.x), g.loadIndexed(v.from, 0, v.size)...)
	}
	if v.y == nil {
		return append(g.emit(s, v.x), insn{v.op, v.k})
	}
	return append(g.pairOf(s, v.x, v.y), insn{op: v.op | codeSrcX})
}

// pairOf appends the instructions that leave x in A and y in X. What needs more
// scratch memory is worked out first.
func (g *gen) pairOf(s []insn, x, y *quantity) []insn {
	switch {
	case x.keeps:
		s = append(g.emit(s, y), insn{op: codeTAX})
		return g.emit(s, x)
	case x.need > y.need:
		s = g.emit(s, x)
		slot := g.allocMem()
		s = g.emit(append(s, insn{codeStoreA, slot}), y)
		g.freeMem(slot)
		return append(s, insn{op: codeTAX}, insn{codeLoadMem, slot})
	}
	s = g.emit(s, y)
	slot := g.allocMem()
	s = g.emit(append(s, insn{codeStoreA, slot}), x)
	g.freeMem(slot)
	return append(s, insn{codeIndexMem, slot})
}

// pairNeed is how many scratch words pairOf needs.
func pairNeed(x, y *quantity) int {
	switch {
	case x.keeps:
		return max(x.need, y.need)
	case x.need == y.need:
		return x.need + 1
	}
	return max(x.need, y.need)
}
