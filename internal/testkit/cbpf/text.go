package cbpf

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Decimal reads the form of tcpdump -ddd: the number of instructions, then four
// numbers each. Line ends and blanks are the same to it.
func Decimal(text string) (Program, error) {
	words := strings.Fields(text)
	numbers := make([]uint32, len(words))
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read program: %w", err)
		}
		numbers[i] = uint32(n)
	}
	if len(numbers) == 0 || len(numbers) != 1+4*int(numbers[0]) {
		return nil, fmt.Errorf("read program: got %d numbers for its length", len(numbers))
	}
	p := make(Program, 0, numbers[0])
	for n := numbers[1:]; len(n) > 0; n = n[4:] {
		p = append(p, Insn{uint16(n[0]), uint8(n[1]), uint8(n[2]), n[3]})
	}
	return p, nil
}

// Text reads the form of tcpdump -d, a line each instruction.
func Text(lines []string) (Program, error) {
	p := make(Program, len(lines))
	for i, line := range lines {
		_, text, ok := strings.Cut(line, ")")
		words := strings.Fields(text)
		if !ok || len(words) == 0 {
			return nil, fmt.Errorf("read instruction %q: no opcode", line)
		}
		in, err := instruction(i, words[0], strings.Join(words[1:], " "))
		if err != nil {
			return nil, fmt.Errorf("read instruction %q: %w", line, err)
		}
		p[i] = in
	}
	return p, nil
}

// A syntax is a way to write an operand.
type syntax struct {
	pattern *regexp.Regexp // its first group is K
	op      uint16         // mode of loads, BPF_X
}

func operand(pattern string, op uint16) syntax {
	return syntax{regexp.MustCompile(`^` + pattern + `$`), op}
}

const numeral = `(0x[0-9a-f]+|\d+)`

var loads = []syntax{
	operand(`\[`+numeral+`\]`, modeAbs),
	operand(`\[x \+ `+numeral+`\]`, modeInd),
	operand(`#`+numeral, modeImm),
	operand(`#pktlen()`, modeLen),
	operand(`M\[`+numeral+`\]`, modeMem),
	operand(`4\*\(\[`+numeral+`\]&0xf\)`, modeMsh),
}

var values = []syntax{operand(`#`+numeral, 0), operand(`x()`, withX)}

var jump = regexp.MustCompile(`^(.*) jt (\d+) jf (\d+)$`)

// named are the ancillary loads that have names.
var named = map[string]uint32{
	"[type]": ancPacketType, "[ifidx]": ancIfindex, "[vlanp]": ancTagged, "[vlan_tci]": ancTCI, "[proto]": ancProtocol,
}

var loadNames = map[string]uint16{
	"ld": classLd, "ldh": classLd | sizeH, "ldb": classLd | sizeB, "ldx": classLdx, "ldxb": classLdx | sizeB,
}

var computeNames = map[string]uint16{
	"add": opAdd, "sub": opSub, "mul": opMul, "div": opDiv, "or": opOr, "and": opAnd,
	"lsh": opLsh, "rsh": opRsh, "mod": opMod, "xor": opXor,
}

var jumpNames = map[string]uint16{"jeq": opJEQ, "jgt": opJGT, "jge": opJGE, "jset": opJSET}

func instruction(at int, name, rest string) (Insn, error) {
	if k, ok := named[rest]; ok {
		return Insn{Op: loadNames[name] | modeAbs, K: k}, nil
	}
	if op, ok := loadNames[name]; ok {
		return parsed(op, rest, loads)
	}
	if op, ok := computeNames[name]; ok {
		return parsed(classALU|op, rest, values)
	}
	if op, ok := jumpNames[name]; ok {
		m := jump.FindStringSubmatch(rest)
		if m == nil {
			return Insn{}, fmt.Errorf("no targets")
		}
		in, err := parsed(classJmp|op, m[1], values)
		jt, _ := strconv.Atoi(m[2])
		jf, _ := strconv.Atoi(m[3])
		in.Jt, in.Jf = uint8(jt-at-1), uint8(jf-at-1)
		return in, err
	}
	switch name {
	case "st":
		return parsed(classSt, rest, loads[4:5])
	case "stx":
		return parsed(classStx, rest, loads[4:5])
	case "ja":
		to, err := strconv.Atoi(rest)
		return Insn{Op: classJmp | opJA, K: uint32(to - at - 1)}, err
	case "neg":
		return Insn{Op: classALU | opNeg}, nil
	case "tax":
		return Insn{Op: classMisc}, nil
	case "txa":
		return Insn{Op: classMisc | txa}, nil
	case "ret":
		return parsed(classRet, rest, values)
	}
	return Insn{}, fmt.Errorf("no such opcode")
}

// parsed reads the operand. In st and stx, whose only operand is M[], the mode's
// bits are none.
func parsed(op uint16, text string, ways []syntax) (Insn, error) {
	for _, w := range ways {
		m := w.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		in := Insn{Op: op | w.op}
		if class := op & 7; class == classSt || class == classStx {
			in.Op = op
		}
		if m[1] == "" {
			return in, nil
		}
		k, err := strconv.ParseUint(m[1], 0, 32)
		in.K = uint32(k)
		return in, err
	}
	return Insn{}, fmt.Errorf("no such operand")
}
