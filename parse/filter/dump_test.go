package filter

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/cbpf"
)

// TestDump prints an instruction of each kind; the lines are those of tcpdump
// 4.99.3 with libpcap 1.10.3.
func TestDump(t *testing.T) {
	tests := []struct {
		in   bpf.RawInstruction
		want string
	}{
		{bpf.RawInstruction{Op: codeLoadW, K: 26}, "ld       [26]"},
		{bpf.RawInstruction{Op: codeLoadH, K: 12}, "ldh      [12]"},
		{bpf.RawInstruction{Op: codeLoadB, K: 23}, "ldb      [23]"},
		{bpf.RawInstruction{Op: codeLoadB, K: ancillary + 48}, "ldb      [vlanp]"},
		{bpf.RawInstruction{Op: codeLoadH, K: ancillary + 44}, "ldh      [vlan_tci]"},
		{bpf.RawInstruction{Op: codeLoadH, K: ancillary}, "ldh      [proto]"},
		{bpf.RawInstruction{Op: codeLoadW, K: ancillary + 8}, "ld       [ifidx]"},
		{bpf.RawInstruction{Op: codeLoadXH, K: 14}, "ldh      [x + 14]"},
		{bpf.RawInstruction{Op: codeLoadXB, K: 0xffffffff}, "ldb      [x + -1]"},
		{bpf.RawInstruction{Op: codeLoadImm, K: 0xffffffff}, "ld       #0xffffffff"},
		{bpf.RawInstruction{Op: codeIndexImm, K: 0x28}, "ldx      #0x28"},
		{bpf.RawInstruction{Op: codeLoadLen}, "ld       #pktlen"},
		{bpf.RawInstruction{Op: codeIndexMSH, K: 14}, "ldxb     4*([14]&0xf)"},
		{bpf.RawInstruction{Op: codeLoadMem, K: 1}, "ld       M[1]"},
		{bpf.RawInstruction{Op: codeIndexMem, K: 1}, "ldx      M[1]"},
		{bpf.RawInstruction{Op: codeStoreA, K: 2}, "st       M[2]"},
		{bpf.RawInstruction{Op: codeStoreX, K: 2}, "stx      M[2]"},
		{bpf.RawInstruction{Op: codeTAX}, "tax      "},
		{bpf.RawInstruction{Op: codeTXA}, "txa      "},
		{bpf.RawInstruction{Op: codeNeg}, "neg      "},
		{bpf.RawInstruction{Op: codeAdd, K: 4294967295}, "add      #-1"},
		{bpf.RawInstruction{Op: codeAdd | codeSrcX}, "add      x"},
		{bpf.RawInstruction{Op: codeAnd, K: 0xfffffffc}, "and      #0xfffffffc"},
		{bpf.RawInstruction{Op: codeShl, K: 2}, "lsh      #2"},
		{bpf.RawInstruction{Op: codeShr | codeSrcX}, "rsh      x"},
		{bpf.RawInstruction{Op: codeJumpEq, Jt: 0, Jf: 3, K: 0x800}, "jeq      #0x800           jt 1\tjf 4"},
		{bpf.RawInstruction{Op: codeJumpSet, Jt: 9, K: 0xffffffff}, "jset     #0xffffffff      jt 10\tjf 1"},
		{bpf.RawInstruction{Op: codeJumpGe | codeSrcX}, "jge      x                jt 1\tjf 1"},
		{bpf.RawInstruction{Op: codeJumpAlways, K: 16}, "ja       17"},
		{bpf.RawInstruction{Op: codeReturn, K: 262144}, "ret      #262144"},
	}
	for _, tt := range tests {
		if got := text(t, []bpf.RawInstruction{tt.in}); got != "(000) "+tt.want+"\n" {
			t.Errorf("got %q want %q", got, "(000) "+tt.want+"\n")
		}
	}
}

func TestDumpForms(t *testing.T) {
	p, err := newProgram([]bpf.RawInstruction{{Op: codeLoadH, K: 12}, {Op: codeJumpEq, Jf: 1, K: 0xffffffff}, {Op: codeReturn, K: 1}, {Op: codeReturn}})
	if err != nil {
		t.Fatal(err)
	}
	for form, want := range map[DumpForm]string{
		DumpC:       "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0xffffffff },\n{ 0x6, 0, 0, 0x00000001 },\n{ 0x6, 0, 0, 0x00000000 },\n",
		DumpDecimal: "4\n40 0 0 12\n21 0 1 4294967295\n6 0 0 1\n6 0 0 0\n",
	} {
		var b bytes.Buffer
		if err := p.Dump(&b, form); err != nil || b.String() != want {
			t.Errorf("form %d: got %v, %q want %q", form, err, b.String(), want)
		}
	}
}

// TestDumpAsTcpdump prints tcpdump's own programs.
func TestDumpAsTcpdump(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		testkit.Skip(t, "tcpdump is not installed")
	}
	for _, expression := range []string{
		"ip", "port 53", "net 10.0.0.0/8 and not icmp", "ip[2:2] - 1 * len ^ 3 / ip[4] << 2 > -1",
		"tcp[12] >> 4 | 7 != 3 and -ip[1] = 3", "greater 100 and less 2000",
	} {
		for _, options := range [][]string{{"-y", "EN10MB"}, {"-O", "-y", "EN10MB"}, {"-y", "IEEE802_11_RADIO"}} {
			print := func(form string) string {
				out, err := exec.Command("tcpdump", append(options, form, "--", expression)...).Output()
				if err != nil {
					t.Fatalf("tcpdump %q %s %q: %v", options, form, expression, err)
				}
				return string(out)
			}
			program := decimal(t, print("-ddd"))
			if got, want := text(t, program), print("-d"); got != want {
				t.Errorf("%q %q: got\n%swant\n%s", expression, options, got, want)
			}
		}
	}
}

// decimal reads what tcpdump -ddd prints.
func decimal(tb testing.TB, printed string) (program []bpf.RawInstruction) {
	tb.Helper()
	read, err := cbpf.Decimal(strings.TrimSpace(printed))
	if err != nil {
		tb.Fatal(err)
	}
	for _, in := range read {
		program = append(program, bpf.RawInstruction{Op: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K})
	}
	return program
}
