package filter

import (
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/net/bpf"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/cbpf"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

func TestRun(t *testing.T) {
	data := []byte{0x45, 1, 2, 3, 4, 5, 6, 0xff}
	tests := []struct {
		name string
		body []bpf.RawInstruction // what is in A behind it is returned
		want uint32
	}{
		{"nothing", nil, 0},
		{"word", []bpf.RawInstruction{{Op: codeLoadW, K: 4}}, 0x040506ff},
		{"word cut", []bpf.RawInstruction{{Op: codeLoadImm, K: 1}, {Op: codeLoadW, K: 5}}, 0},
		{"half-word", []bpf.RawInstruction{{Op: codeLoadH, K: 6}}, 0x06ff},
		{"half-word cut", []bpf.RawInstruction{{Op: codeLoadImm, K: 1}, {Op: codeLoadH, K: 7}}, 0},
		{"byte", []bpf.RawInstruction{{Op: codeLoadB, K: 7}}, 0xff},
		{"byte behind", []bpf.RawInstruction{{Op: codeLoadImm, K: 1}, {Op: codeLoadB, K: 8}}, 0},
		{"indexed", []bpf.RawInstruction{{Op: codeIndexImm, K: 3}, {Op: codeLoadXH, K: 1}}, 0x0405},
		{"index behind", []bpf.RawInstruction{{Op: codeIndexImm, K: 3}, {Op: codeLoadXW, K: 2}}, 0},
		{"index does not wrap", []bpf.RawInstruction{{Op: codeIndexImm, K: 0xffffffff}, {Op: codeLoadXB, K: 1}}, 0},
		{"length", []bpf.RawInstruction{{Op: codeLoadLen}}, 100},
		{"length in X", []bpf.RawInstruction{{Op: codeIndexLen}, {Op: codeTXA}}, 100},
		{"header length", []bpf.RawInstruction{{Op: codeIndexMSH}, {Op: codeTXA}}, 20},
		{"header length behind", []bpf.RawInstruction{{Op: codeLoadImm, K: 1}, {Op: codeIndexMSH, K: 8}}, 0},
		{"scratch", []bpf.RawInstruction{{Op: codeLoadB, K: 1}, {Op: codeStoreA, K: 15}, {Op: codeLoadImm},
			{Op: codeIndexMem, K: 15}, {Op: codeStoreX, K: 0}, {Op: codeLoadMem, K: 0}}, 1},
		{"tax", []bpf.RawInstruction{{Op: codeLoadImm, K: 6}, {Op: codeTAX}, {Op: codeMul | codeSrcX}}, 36},
		{"wrap", []bpf.RawInstruction{{Op: codeSub, K: 1}, {Op: codeShr, K: 4}, {Op: codeAdd, K: 2}}, 0x10000001},
		{"division", []bpf.RawInstruction{{Op: codeLoadImm, K: 17}, {Op: codeDiv, K: 3}}, 5},
		{"remainder by X", []bpf.RawInstruction{{Op: codeLoadImm, K: 17}, {Op: codeIndexImm, K: 3}, {Op: codeMod | codeSrcX}}, 2},
		{"division by zero in X", []bpf.RawInstruction{{Op: codeLoadImm, K: 17}, {Op: codeDiv | codeSrcX}}, 0},
		{"long shift by X", []bpf.RawInstruction{{Op: codeLoadImm, K: 17}, {Op: codeIndexImm, K: 32}, {Op: codeShl | codeSrcX}}, 0},
		{"negation", []bpf.RawInstruction{{Op: codeLoadImm, K: 1}, {Op: codeNeg}}, 0xffffffff},
		{"bits", []bpf.RawInstruction{{Op: codeLoadImm, K: 0xc}, {Op: codeXor, K: 0xa}, {Op: codeOr, K: 0x10}}, 0x16},
		{"ancillary load of a file", []bpf.RawInstruction{{Op: codeLoadImm, K: 1}, {Op: codeLoadB, K: ancillary + 48}}, 0},
		{"load relative to a layer", []bpf.RawInstruction{{Op: codeLoadImm, K: 1}, {Op: codeLoadB, K: 0xfff00000}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := newProgram(append(tt.body, bpf.RawInstruction{Op: codeReturnA}))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Run(data, 100); got != tt.want {
				t.Errorf("got %#x want %#x", got, tt.want)
			}
		})
	}
}

func FuzzRun(f *testing.F) {
	f.Add(uint64(1), []byte{0x45, 1, 2, 3})
	f.Fuzz(runOnce)
}

func TestRunRandom(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 5))
		runOnce(t, seed, drawPacket(r))
	}
}

// runOnce compares our interpreter with the plain one, and with that of x/net
// where it knows all instructions.
func runOnce(t *testing.T, seed uint64, data []byte) {
	program := assembled(t, drawGraph(rand.New(rand.NewPCG(seed, 6))))
	p, err := newProgram(program)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	got := p.Run(data, uint32(len(data)))
	pkt := &cbpf.Packet{Data: data, Wire: uint32(len(data))}
	if want := plain(program).Run(pkt).Return; got != want {
		t.Fatalf("seed %d: packet % x: got %d want %d\n%s", seed, data, got, want, text(t, program))
	}
	insns, known := bpf.Disassemble(program)
	if !known || slices.ContainsFunc(program, func(in bpf.RawInstruction) bool { return in.Op == codeIndexLen }) {
		return // x/net takes "ldx #pktlen" for a load of A
	}
	vm, err := bpf.NewVM(insns)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if want, err := vm.Run(data); err == nil && got != uint32(want) {
		t.Fatalf("seed %d: packet % x: got %d, x/net/bpf %d\n%s", seed, data, got, want, text(t, program))
	}
}

// web is a packet of a web server, and typical are expressions that people use.
var (
	web = packet.Build(packet.Ethernet{}, packet.IPv4{Src: packet.IP("10.1.0.1"), Dst: packet.IP("192.168.1.2")},
		packet.TCP{Src: 40000, Dst: 443, Flags: packet.ACK}, packet.Bytes("hello"))
	typical = []string{
		"icmp or arp",
		"tcp port 443 and not host 10.0.0.1",
		"port 53 or port 853",
		"host 1.2.3.4 or host 5.6.7.8",
		"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src and dst net 192.168.0.0/16",
		"vlan 100 and ip6",
	}
)

func TestMatchAllocatesNothing(t *testing.T) {
	for _, expression := range typical {
		p, err := Compile(expression, Options{Link: parse.LinkEthernet})
		if err != nil {
			t.Fatal(err)
		}
		testkit.ZeroAllocs(t, expression, func() { p.Match(web, uint32(len(web))) })
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, expression := range typical {
		b.Run(expression, func(b *testing.B) {
			p, err := Compile(expression, Options{Link: parse.LinkEthernet})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(web)))
			for b.Loop() {
				p.Match(web, uint32(len(web)))
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, expression := range typical {
		b.Run(expression, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(expression, Options{Link: parse.LinkEthernet}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
