package filter

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sockeye/parse"
)

// TestAssembleFar lays out chains whose jumps to the end are longer than 8 bits.
func TestAssembleFar(t *testing.T) {
	for _, blocks := range []int{1, 126, 127, 128, 129, 200, 300, 1000, 1900} {
		t.Run(fmt.Sprint(blocks), func(t *testing.T) {
			accept, reject := &block{ret: &result{1}}, &block{ret: &result{0}}
			root := reject
			for i := range blocks {
				root = &block{body: []insn{{codeLoadH, 0}}, op: codeJumpEq, k: uint32(i), jt: accept, jf: root}
			}
			p, err := newProgram(assembled(t, root))
			if err != nil {
				t.Fatal(err)
			}
			if most := 2*blocks + 2 + 2*blocks/200; len(p.insns) > most {
				t.Errorf("got %d instructions want at most %d", len(p.insns), most)
			}
			for i := range blocks + 1 {
				data := []byte{byte(i >> 8), byte(i)}
				if got, want := p.Match(data, 2), i < blocks; got != want {
					t.Errorf("value %d: got %v want %v", i, got, want)
				}
			}
		})
	}
}

// TestAssembleUnconditional places a block whose jump is none, before, behind and
// far from where it leads.
func TestAssembleUnconditional(t *testing.T) {
	for _, between := range []int{0, 1, 300} {
		end := &block{ret: &result{7}}
		other := end
		for range between {
			other = &block{body: []insn{{codeLoadB, 1}}, op: codeJumpEq, k: 9, jt: end, jf: other}
		}
		straight := &block{body: []insn{{codeLoadB, 3}}, jt: end, jf: end}
		root := &block{body: []insn{{codeLoadB, 0}}, op: codeJumpEq, k: 5, jt: straight, jf: other}
		p, err := newProgram(assembled(t, root))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Run([]byte{5, 0, 0}, 3); got != 0 {
			t.Errorf("%d blocks between, short packet: got %d want 0", between, got)
		}
		if got := p.Run([]byte{5, 0, 0, 0}, 4); got != 7 {
			t.Errorf("%d blocks between: got %d want 7", between, got)
		}
		if got := p.Run([]byte{0, 0, 0}, 3); got != 7 {
			t.Errorf("%d blocks between, other way: got %d want 7", between, got)
		}
	}
}

func TestAssembleTooLong(t *testing.T) {
	var terms []string
	for i := range 3000 {
		terms = append(terms, fmt.Sprintf("ip[%d] = 1", i))
	}
	_, err := Compile(strings.Join(terms, " or "), Options{Link: parse.LinkIPv4})
	fault, ok := errors.AsType[*Error](err)
	if !ok || !strings.Contains(fault.Reason, "more than the 4096") || fault.Hint == "" {
		t.Errorf("got %v, want an *Error that says it is too long, with a hint", err)
	}
}
