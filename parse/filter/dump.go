package filter

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/bpf"
)

// A DumpForm is a way to print a program, one for each that tcpdump has.
type DumpForm uint8

// The forms, by tcpdump's options.
const (
	DumpText    DumpForm = iota // -d: assembler, byte for byte as libpcap 1.10 writes it
	DumpC                       // -dd: initialisers of a C array of struct bpf_insn
	DumpDecimal                 // -ddd: the number of instructions, then four numbers for each
)

// Dump prints the program.
func (p *Program) Dump(w io.Writer, form DumpForm) error {
	out := bufio.NewWriter(w)
	if form == DumpDecimal {
		fmt.Fprintln(out, len(p.insns))
	}
	for i, in := range p.insns {
		switch form {
		case DumpText:
			dumpText(out, i, in)
		case DumpC:
			fmt.Fprintf(out, "{ 0x%x, %d, %d, 0x%08x },\n", in.Op, in.Jt, in.Jf, in.K)
		case DumpDecimal:
			fmt.Fprintln(out, in.Op, in.Jt, in.Jf, in.K)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print program: %w", err)
	}
	return nil
}

// mnemonics are the names of the opcodes, and how their operands are written.
// Those of arithmetic and jumps are for the constant; with X it is "x".
var mnemonics = map[uint16]struct{ name, operand string }{
	codeReturn: {"ret", "#%d"}, codeReturnA: {"ret", ""},
	codeLoadW: {"ld", "[%d]"}, codeLoadH: {"ldh", "[%d]"}, codeLoadB: {"ldb", "[%d]"},
	codeLoadXW: {"ld", "[x + %d]"}, codeLoadXH: {"ldh", "[x + %d]"}, codeLoadXB: {"ldb", "[x + %d]"},
	codeLoadLen: {"ld", "#pktlen"}, codeIndexLen: {"ldx", "#pktlen"},
	codeLoadImm: {"ld", "#0x%x"}, codeIndexImm: {"ldx", "#0x%x"},
	codeIndexMSH: {"ldxb", "4*([%d]&0xf)"},
	codeLoadMem:  {"ld", "M[%d]"}, codeIndexMem: {"ldx", "M[%d]"},
	codeStoreA: {"st", "M[%d]"}, codeStoreX: {"stx", "M[%d]"},
	codeTAX: {"tax", ""}, codeTXA: {"txa", ""}, codeNeg: {"neg", ""},
	codeAdd: {"add", "#%d"}, codeSub: {"sub", "#%d"}, codeMul: {"mul", "#%d"},
	codeDiv: {"div", "#%d"}, codeMod: {"mod", "#%d"},
	codeAnd: {"and", "#0x%x"}, codeOr: {"or", "#0x%x"}, codeXor: {"xor", "#0x%x"},
	codeShl: {"lsh", "#%d"}, codeShr: {"rsh", "#%d"},
	codeJumpEq: {"jeq", "#0x%x"}, codeJumpGt: {"jgt", "#0x%x"},
	codeJumpGe: {"jge", "#0x%x"}, codeJumpSet: {"jset", "#0x%x"},
}

// ancillaryNames are those of libpcap, in the order of SKF_AD_ in linux/filter.h.
var ancillaryNames = [ancillaryCount]string{
	"proto", "type", "ifidx", "nla", "nlan", "mark", "queue", "hatype",
	"rxhash", "cpu", "xor_x", "vlan_tci", "vlanp", "poff", "random", "vlan_tpid",
}

func dumpText(w io.Writer, i int, in bpf.RawInstruction) {
	name, operand := mnemonic(in)
	switch {
	case in.Op == codeJumpAlways:
		fmt.Fprintf(w, "(%03d) %-8s %d\n", i, "ja", i+1+int(int32(in.K)))
	case isJump(in.Op):
		fmt.Fprintf(w, "(%03d) %-8s %-16s jt %d\tjf %d\n", i, name, operand, i+1+int(in.Jt), i+1+int(in.Jf))
	default:
		fmt.Fprintf(w, "(%03d) %-8s %s\n", i, name, operand)
	}
}

// mnemonic returns the name and the operand of an instruction.
func mnemonic(in bpf.RawInstruction) (name, operand string) {
	class := in.Op & 7
	if (class == codeAdd || class == codeJumpAlways) && in.Op&codeSrcX != 0 {
		return mnemonics[in.Op&^codeSrcX].name, "x"
	}
	m := mnemonics[in.Op]
	switch {
	case !strings.Contains(m.operand, "%"):
		return m.name, m.operand
	case m.operand == "[%d]" && in.K >= ancillary:
		return m.name, "[" + ancillaryNames[(in.K-ancillary)/4] + "]"
	case m.operand == "#0x%x":
		return m.name, fmt.Sprintf(m.operand, in.K)
	}
	return m.name, fmt.Sprintf(m.operand, int32(in.K)) // signed, as in libpcap
}
