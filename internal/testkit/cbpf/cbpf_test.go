package cbpf

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// everything uses each kind of instruction once at least.
var everything = strings.Split(strings.TrimSpace(`
(000) ldh [12]
(001) jeq #0x800 jt 2 jf 21
(002) ldxb 4*([14]&0xf)
(003) ldb [x + 14]
(004) st M[1]
(005) txa
(006) add #0x2
(007) tax
(008) stx M[2]
(009) ld M[1]
(010) ldx M[2]
(011) sub x
(012) neg
(013) and #0xff
(014) jset #0x1 jt 15 jf 21
(015) ld #pktlen
(016) div #0x2
(017) ldx #30
(018) jge x jt 19 jf 21
(019) ja 20
(020) ret #262144
(021) ret #0`), "\n")

const everythingDecimal = "22 40 0 0 12 21 0 19 2048 177 0 0 14 80 0 0 14 2 0 0 1 135 0 0 0 4 0 0 2 7 0 0 0 3 0 0 2 " +
	"96 0 0 1 97 0 0 2 28 0 0 0 132 0 0 0 84 0 0 255 69 0 6 1 128 0 0 0 52 0 0 2 1 0 0 30 61 0 2 0 5 0 0 0 6 0 0 262144 6 0 0 0"

func TestForms(t *testing.T) {
	text, err := Text(everything)
	if err != nil {
		t.Fatal(err)
	}
	decimal, err := Decimal(everythingDecimal)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(text, decimal) {
		t.Errorf("the forms differ:\n%v\n%v", text, decimal)
	}
	if err := text.Check(); err != nil {
		t.Error(err)
	}
}

func TestRun(t *testing.T) {
	p, err := Text(everything)
	if err != nil {
		t.Fatal(err)
	}
	// The byte at 34, less 22, is odd.
	good := make([]byte, 60)
	copy(good[12:], "\x08\x00\x45")
	good[34] = 23
	for name, tt := range map[string]struct {
		data []byte
		wire uint32
		want Outcome
	}{
		"matches":       {good, 60, Outcome{Return: 262144}},
		"too small":     {good, 59, Outcome{}},
		"not the type":  {make([]byte, 60), 60, Outcome{}},
		"cut":           {good[:34], 60, Outcome{Aborted: true}},
		"cut in a word": {good[:13], 60, Outcome{Aborted: true}},
	} {
		if got := p.Run(&Packet{Data: tt.data, Wire: tt.wire}); got != tt.want {
			t.Errorf("%s: got %+v want %+v", name, got, tt.want)
		}
	}
}

func TestRunAncillary(t *testing.T) {
	pkt := &Packet{Protocol: 0x86dd, Type: 4, Ifindex: 7, Tagged: true, TCI: 0x2064}
	for load, want := range map[string]uint32{
		"ldh [proto]": 0x86dd, "ldh [type]": 4, "ld [ifidx]": 7, "ldb [vlanp]": 1, "ldh [vlan_tci]": 0x2064,
	} {
		p, err := Text([]string{"(000) " + load, "(001) ret #0"})
		if err != nil {
			t.Fatal(err)
		}
		p[1].Op |= retA
		if got := p.Run(pkt).Return; got != want {
			t.Errorf("%s: got %d want %d", load, got, want)
		}
	}
}

func TestRunUnwritten(t *testing.T) {
	p, err := Text([]string{"(000) ldx M[1]", "(001) ld #0x1", "(002) st M[1]", "(003) ret #1"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Run(&Packet{}), (Outcome{Return: 1, Unwritten: true}); got != want {
		t.Errorf("read first: got %+v want %+v", got, want)
	}
	if got, want := p[1:].Run(&Packet{}), (Outcome{Return: 1}); got != want {
		t.Errorf("not read: got %+v want %+v", got, want)
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, lines := range map[string][]string{
		"no return":        {"(000) ld [0]"},
		"jump out":         {"(000) jeq #0 jt 1 jf 2", "(001) ret #0"},
		"far jump out":     {"(000) ja 2", "(001) ret #0"},
		"no such word":     {"(000) st M[16]", "(001) ret #0"},
		"division by zero": {"(000) div #0", "(001) ret #0"},
		"shift too far":    {"(000) lsh #32", "(001) ret #0"},
		"word not written": {"(000) jeq #0 jt 1 jf 2", "(001) st M[3]", "(002) ld M[3]", "(003) ret #0"},
		"nothing":          {},
	} {
		p, err := Text(lines)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if p.Check() == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if err := (Program{{Op: 0xff}, {Op: classRet}}).Check(); err == nil {
		t.Error("unknown opcode: got no error")
	}
}

// TestSteer: random packets hardly ever get through the program, and steered
// ones do so often.
func TestSteer(t *testing.T) {
	p, err := Text(everything)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	matched := 0
	for range 1000 {
		pkt := &Packet{Data: make([]byte, 80), Wire: 80}
		for i := range pkt.Data {
			pkt.Data[i] = byte(r.Uint32())
		}
		p.Steer(pkt, r)
		if p.Run(pkt).Matches() {
			matched++
		}
	}
	if matched < 100 {
		t.Errorf("got %d of 1000 packets through, want 100 at least", matched)
	}
}
