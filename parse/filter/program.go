package filter

import "golang.org/x/net/bpf"

// operations are those of the opcodes.
var operations = [256]operation{
	codeReturn: doReturn, codeReturnA: doReturnA,
	codeLoadW: doLoadW, codeLoadH: doLoadH, codeLoadB: doLoadB,
	codeLoadXW: doLoadXW, codeLoadXH: doLoadXH, codeLoadXB: doLoadXB,
	codeLoadImm: doLoadImm, codeLoadMem: doLoadMem, codeLoadLen: doLoadLen,
	codeIndexImm: doIndexImm, codeIndexMem: doIndexMem, codeIndexLen: doIndexLen, codeIndexMSH: doIndexMSH,
	codeStoreA: doStoreA, codeStoreX: doStoreX, codeTAX: doTAX, codeTXA: doTXA,
	codeAnd: doAnd, codeAdd: doAdd,
	codeSub: doCompute, codeMul: doCompute, codeDiv: doCompute, codeMod: doCompute, codeOr: doCompute,
	codeXor: doCompute, codeShl: doCompute, codeShr: doCompute, codeNeg: doCompute,
	codeAdd | codeSrcX: doComputeX, codeSub | codeSrcX: doComputeX, codeMul | codeSrcX: doComputeX,
	codeDiv | codeSrcX: doComputeX, codeMod | codeSrcX: doComputeX, codeAnd | codeSrcX: doComputeX,
	codeOr | codeSrcX: doComputeX, codeXor | codeSrcX: doComputeX,
	codeShl | codeSrcX: doComputeX, codeShr | codeSrcX: doComputeX,
	codeJumpEq: doJumpEq, codeJumpGt: doJumpGt, codeJumpGe: doJumpGe, codeJumpSet: doJumpSet,
	codeJumpEq | codeSrcX: doJumpEqX, codeJumpGt | codeSrcX: doJumpGtX,
	codeJumpGe | codeSrcX: doJumpGeX, codeJumpSet | codeSrcX: doJumpSetX,
}

// beforeJumpEq are the operations of loads with a jump behind them.
var beforeJumpEq = map[uint16]operation{
	codeLoadW: doLoadWJumpEq, codeLoadH: doLoadHJumpEq, codeLoadB: doLoadBJumpEq,
	codeLoadXW: doLoadXWJumpEq, codeLoadXH: doLoadXHJumpEq, codeLoadXB: doLoadXBJumpEq,
}

// newProgram checks the instructions and makes them ready to be run.
func newProgram(insns []bpf.RawInstruction) (*Program, error) {
	if err := check(insns); err != nil {
		return nil, err
	}
	code := make([]instruction, len(insns))
	for i := len(insns) - 1; i >= 0; i-- {
		code[i] = decode(code, i, insns[i])
	}
	return &Program{insns: insns, start: &code[0]}, nil
}

// decode makes the instruction i of a program whose others behind it are made.
func decode(code []instruction, i int, in bpf.RawInstruction) instruction {
	to := instruction{op: operations[in.Op], k: in.K}
	switch {
	case in.Op == codeReturn, in.Op == codeReturnA:
		return to
	case in.Op == codeJumpAlways:
		return code[i+1+int(in.K)]
	case isJump(in.Op):
		to.next, to.other = &code[i+1+int(in.Jt)], &code[i+1+int(in.Jf)]
		return to
	}
	to.next = &code[i+1]
	switch {
	case to.op == doCompute, to.op == doComputeX:
		to.opcode = uint8(in.Op &^ codeSrcX)
	case in.Op&^0x18 == codeLoadW && in.K >= ancillary: // of any size
		to.op, to.k = doLoadImm, 0
	case to.next.op == doJumpEq:
		if both, ok := beforeJumpEq[in.Op]; ok {
			to = *to.next
			to.op, to.off = both, in.K
		}
	}
	return to
}
