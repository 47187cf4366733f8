package filter

import (
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

func TestCheck(t *testing.T) {
	ret := bpf.RawInstruction{Op: codeReturn}
	long := make([]bpf.RawInstruction, maxInstructions+1)
	for i := range long {
		long[i] = ret
	}
	tests := []struct {
		name    string
		program []bpf.RawInstruction
		want    string // part of the error, empty for none
	}{
		{"return", []bpf.RawInstruction{ret}, ""},
		{"return A", []bpf.RawInstruction{{Op: codeReturnA}}, ""},
		{"empty", nil, "0 instructions"},
		{"as long as may be", long[1:], ""},
		{"too long", long, "4097 instructions"},
		{"no return", []bpf.RawInstruction{{Op: codeLoadImm}}, "does not return"},
		{"unknown opcode", []bpf.RawInstruction{{Op: 0x18}, ret}, "opcode 0x18"},
		{"opcode of 16 bits", []bpf.RawInstruction{{Op: 0x106}, ret}, "opcode 0x106"},
		{"return X", []bpf.RawInstruction{{Op: codeReturn | codeSrcX}}, "opcode 0xe"},
		{"jump to the end", []bpf.RawInstruction{{Op: codeJumpEq, Jt: 0, Jf: 1}, ret, ret}, ""},
		{"jump out where it holds", []bpf.RawInstruction{{Op: codeJumpEq, Jt: 2, Jf: 1}, ret, ret}, "jump out"},
		{"jump out where not", []bpf.RawInstruction{{Op: codeJumpSet | codeSrcX, Jf: 2}, ret, ret}, "jump out"},
		{"far jump out", []bpf.RawInstruction{{Op: codeJumpAlways, K: 1}, ret}, "jump out"},
		{"jump back", []bpf.RawInstruction{ret, {Op: codeJumpAlways, K: 0xffffffff}, ret}, "jump out"},
		{"last scratch word", []bpf.RawInstruction{{Op: codeStoreA, K: 15}, {Op: codeLoadMem, K: 15}, ret}, ""},
		{"scratch word too many", []bpf.RawInstruction{{Op: codeStoreX, K: 16}, ret}, "scratch word 16"},
		{"scratch word not written", []bpf.RawInstruction{{Op: codeIndexMem, K: 1}, ret}, "before it is written"},
		{"written on one way", []bpf.RawInstruction{
			{Op: codeJumpEq, Jt: 1}, {Op: codeStoreA}, {Op: codeLoadMem}, ret}, "before it is written"},
		{"written on all ways", []bpf.RawInstruction{
			{Op: codeStoreA}, {Op: codeJumpEq, Jt: 1}, {Op: codeJumpAlways}, {Op: codeLoadMem}, ret}, ""},
		{"division by zero", []bpf.RawInstruction{{Op: codeMod}, ret}, "division by zero"},
		{"division by X", []bpf.RawInstruction{{Op: codeDiv | codeSrcX}, ret}, ""},
		{"long shift", []bpf.RawInstruction{{Op: codeShl, K: 32}, ret}, "shift by 32"},
		{"last ancillary load", []bpf.RawInstruction{{Op: codeLoadB, K: ancillary + 60}, ret}, ""},
		{"ancillary load too many", []bpf.RawInstruction{{Op: codeLoadB, K: ancillary + 64}, ret}, "ancillary load 0x40"},
		{"half an ancillary load", []bpf.RawInstruction{{Op: codeLoadH, K: ancillary + 2}, ret}, "ancillary load 0x2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := check(tt.program)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v want %q", err, tt.want)
			}
			if theirs := plain(tt.program).Check(); tt.want == "" && theirs != nil {
				t.Errorf("the plain check refuses it: %v", theirs)
			}
		})
	}
}
