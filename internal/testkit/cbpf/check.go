package cbpf

import "fmt"

// most is the kernel's BPF_MAXINSNS.
const most = 4096

// Check applies the rules of the Linux kernel to a program (bpf_check_classic):
// what passes cannot leave its instructions or its scratch memory, and ends.
func (p Program) Check() error {
	if len(p) == 0 || len(p) > most {
		return fmt.Errorf("check program: got %d instructions want 1 to %d", len(p), most)
	}
	if p[len(p)-1].Op&7 != classRet {
		return fmt.Errorf("check program: it does not end with a return")
	}
	for i, in := range p {
		if err := in.check(len(p) - i - 1); err != nil {
			return fmt.Errorf("check instruction %d (%#x %d %d %#x): %w", i, in.Op, in.Jt, in.Jf, in.K, err)
		}
	}
	return p.checkMemory()
}

// known are the opcodes that the kernel takes.
var known = func() map[uint16]bool {
	all := map[uint16]bool{
		classSt: true, classStx: true, classMisc: true, classMisc | txa: true, classALU | opNeg: true,
		classRet: true, classRet | retA: true, classJmp | opJA: true,
		classLd | modeImm: true, classLd | modeMem: true, classLd | modeLen: true,
		classLdx | modeImm: true, classLdx | modeMem: true, classLdx | modeLen: true,
		classLdx | modeMsh | sizeB: true,
	}
	for _, op := range computeNames {
		all[classALU|op], all[classALU|op|withX] = true, true
	}
	for _, op := range jumpNames {
		all[classJmp|op], all[classJmp|op|withX] = true, true
	}
	for _, size := range []uint16{0, sizeH, sizeB} {
		all[classLd|modeAbs|size], all[classLd|modeInd|size] = true, true
	}
	return all
}()

// check looks at one instruction that has left behind it.
func (in Insn) check(left int) error {
	if !known[in.Op] {
		return fmt.Errorf("no such opcode")
	}
	class, op := in.Op&7, in.Op&0xf0
	scratch := class == classSt || class == classStx || class <= classLdx && in.Op&0xe0 == modeMem
	switch {
	case scratch && in.K >= words:
		return fmt.Errorf("no such scratch word")
	case class == classALU && in.Op&withX == 0 && (op == opDiv || op == opMod) && in.K == 0:
		return fmt.Errorf("division by zero")
	case class == classALU && in.Op&withX == 0 && (op == opLsh || op == opRsh) && in.K >= 32:
		return fmt.Errorf("shift by 32 bits or more")
	case class == classJmp && op == opJA && int64(in.K) >= int64(left):
		return fmt.Errorf("jump out of the program")
	case class == classJmp && op != opJA && max(int(in.Jt), int(in.Jf)) >= left:
		return fmt.Errorf("jump out of the program")
	}
	return nil
}

// checkMemory makes sure that no scratch word is read before it is written,
// whatever way led there (check_load_and_stores).
func (p Program) checkMemory() error {
	valid := make([]uint16, len(p)+1) // words written on every way to an instruction
	for i := range valid {
		valid[i] = 0xffff
	}
	valid[0] = 0
	for i, in := range p {
		now := valid[i]
		class, op := in.Op&7, in.Op&0xf0
		flow := func(to int) { valid[to] &= now }
		switch {
		case class == classSt || class == classStx:
			now |= 1 << in.K
			flow(i + 1)
		case class <= classLdx && in.Op&0xe0 == modeMem && now>>in.K&1 == 0:
			return fmt.Errorf("check instruction %d: scratch word %d is read before it is written", i, in.K)
		case class == classJmp && op == opJA:
			flow(i + 1 + int(in.K))
		case class == classJmp:
			flow(i + 1 + int(in.Jt))
			flow(i + 1 + int(in.Jf))
		case class != classRet:
			flow(i + 1)
		}
	}
	return nil
}
