package filter

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit/cbpf"
	"sockeye/parse"
)

func TestOptimize(t *testing.T) {
	before, after := 0, 0
	for seed := range uint64(5000) {
		b, a := optimizeOnce(t, seed)
		before, after = before+b, after+a
	}
	if 2*after > before {
		t.Errorf("got %d instructions of %d want less than half", after, before)
	}
}

func FuzzOptimize(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { optimizeOnce(t, seed) })
}

// optimizeOnce compares a graph with what it is optimised to, on packets of all
// lengths, by an interpreter that shares nothing with ours. It returns the lengths
// of both programs.
func optimizeOnce(t *testing.T, seed uint64) (lengthBefore, lengthAfter int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 4))
	root := drawGraph(r)
	before := assembled(t, root)
	after := assembled(t, optimize(root))
	if again := assembled(t, root); text(t, again) != text(t, before) {
		t.Errorf("seed %d: the graph that was optimised is not as it was", seed)
	}
	ours, err := newProgram(after)
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, text(t, after))
	}
	for range 30 {
		data := drawPacket(r)
		pkt := &cbpf.Packet{Data: data, Wire: uint32(len(data) + r.IntN(3))}
		plain(before).Steer(pkt, r)
		want := plain(before).Run(pkt).Return
		if got, ran := plain(after).Run(pkt).Return, ours.Run(data, pkt.Wire); got != want || ran != want {
			t.Fatalf("seed %d: packet % x of %d bytes: got %d, and %d from Run, want %d\n%s\noptimised\n%s",
				seed, data, pkt.Wire, got, ran, want, text(t, before), text(t, after))
		}
	}
	return len(before), len(after)
}

// TestOptimizeShort is a sample of what the passes are there for.
func TestOptimizeShort(t *testing.T) {
	tests := []struct {
		name, expression string
		link             parse.LinkType
		want             []string
	}{
		{"repeated test", "ip and ip and not arp", parse.LinkEthernet, []string{
			"ldh [12]", "jeq #0x800 jt 2 jf 3", "ret #262144", "ret #0"}},
		{"contradiction", "ip and arp", parse.LinkEthernet, []string{"ret #0"}},
		{"constant condition", "1 + 2 * 3 = 7", parse.LinkEthernet, []string{"ret #262144"}},
		{"mask and zero", "ip[6] & 0x20 = 0", parse.LinkIPv4, []string{
			"ldb [6]", "jset #0x20 jt 2 jf 3", "ret #0", "ret #262144"}},
		{"sum on the left", "len - 14 = 60", parse.LinkEthernet, []string{
			"ld #pktlen", "jeq #0x4a jt 2 jf 3", "ret #262144", "ret #0"}},
		{"index with a constant", "tcp[13] = 2", parse.LinkIPv4, []string{
			"ldb [9]", "jeq #0x6 jt 2 jf 8", "ldh [6]", "jset #0x1fff jt 8 jf 4",
			"ldxb 4*([0]&0xf)", "ldb [x + 13]", "jeq #0x2 jt 7 jf 8", "ret #262144", "ret #0"}},
		{"range from known bits", "ip[0] & 0xf > 15", parse.LinkIPv4, []string{"ret #0"}},
		{"load past what was loaded", "ip[2:2] > 100 and ip[2:2] > 50", parse.LinkIPv4, []string{
			"ldh [2]", "jgt #0x64 jt 2 jf 3", "ret #262144", "ret #0"}},
		// To be shorter it would have to let packets pass that end before the
		// byte 8: the program that was generated rejects them.
		{"load that may reject", "ip[8] = 1 or ip[8] != 1", parse.LinkIPv4, []string{
			"ldb [8]", "ret #262144"}},
		{"tests brought together", "ip[0] = 1 or ip[1] = 1 or ip[0] = 2 or ip[1] = 2", parse.LinkIPv4, []string{
			"ldb [0]", "jeq #0x1 jt 7 jf 2", "ldb [1]", "jeq #0x1 jt 7 jf 4", "jeq #0x2 jt 7 jf 5",
			"ldb [0]", "jeq #0x2 jt 7 jf 8", "ret #262144", "ret #0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Compile(tt.expression, Options{Link: tt.link})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(text(t, p.insns)) {
				got = append(got, strings.Join(strings.Fields(line)[1:], " "))
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("%s: got\n%s\nwant\n%s", tt.expression, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestOptimizeLarge makes sure that the time does not grow with the square of
// the text, and that repetitions go even there.
func TestOptimizeLarge(t *testing.T) {
	for _, tt := range []struct {
		name, operator string
		terms          int
		term           func(i int) string
		longest        int // instructions
	}{
		{"one protocol", " or ", 8000, func(int) string { return "tcp" }, 12},
		{"ports that exclude each other", " and ", 8000, func(i int) string { return fmt.Sprintf("src port %d", i) }, 1},
		{"ports", " or ", 8000, func(i int) string { return fmt.Sprintf("port %d", i) }, 33000},
		{"hosts", " or ", 8000, func(i int) string { return fmt.Sprintf("host 10.0.%d.%d", i>>8, i&255) }, 33000},
		{"fields", " or ", 1300, func(i int) string { return fmt.Sprintf("(ip[%d] = 1 and ip[%d] = 2)", i%40, i%60) }, 5300},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			for i := range tt.terms {
				b.WriteString(tt.term(i) + tt.operator)
			}
			tree, err := parseText(strings.TrimSuffix(b.String(), tt.operator))
			if err != nil {
				t.Fatal(err)
			}
			root, err := generate(tree, Options{Link: parse.LinkEthernet})
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			small := optimize(root)
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("optimising took %v, want less than 5 s", took)
			}
			n := 0
			for _, b := range postorder(small) {
				n += len(b.body) + 1
			}
			if n > tt.longest {
				t.Errorf("got %d instructions want at most %d", n, tt.longest)
			}
		})
	}
}
