package capture

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
)

func assemble(t testing.TB, prog []bpf.Instruction) []bpf.RawInstruction {
	t.Helper()
	raw, err := bpf.Assemble(prog)
	if err != nil {
		t.Fatalf("assemble program: %v", err)
	}
	return raw
}

// run executes raw as the kernel would and returns how many bytes it keeps.
func run(t testing.TB, raw []bpf.RawInstruction, packet []byte) int {
	t.Helper()
	prog, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatalf("disassemble %v: unknown instruction", raw)
	}
	vm, err := bpf.NewVM(prog)
	if err != nil {
		t.Fatalf("load %v: %v", prog, err)
	}
	n, err := vm.Run(packet)
	if err != nil {
		t.Fatalf("run %v: %v", prog, err)
	}
	return n
}

// longJumps refuses a packet whose first byte is 1, over the longest
// conditional jump that there is and many computed results, and takes the
// second word of any other packet for the length to keep.
func longJumps() []bpf.Instruction {
	prog := []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 1, SkipTrue: 255},
		bpf.LoadAbsolute{Off: 4, Size: 4},
	}
	for range 254 {
		prog = append(prog, bpf.RetA{})
	}
	return append(prog, bpf.RetConstant{Val: 0})
}

func TestCutFilter(t *testing.T) {
	packet := func(first byte, word uint32, size int) []byte {
		b := make([]byte, size)
		b[0] = first
		binary.BigEndian.PutUint32(b[4:], word)
		return b
	}
	onOne := []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 1, SkipFalse: 1},
		bpf.RetConstant{Val: 262144},
		bpf.RetConstant{Val: 0},
	}
	wordLong := []bpf.Instruction{bpf.LoadAbsolute{Off: 4, Size: 4}, bpf.RetA{}}
	tests := []struct {
		name   string
		prog   []bpf.Instruction
		packet []byte
		snap   uint32
		want   int
	}{
		{"no program keeps the head of everything", nil, packet(9, 0, 1500), 128, 128},
		{"no program keeps a short packet whole", nil, packet(9, 0, 60), 128, 60},
		{"an accepted packet is cut", onOne, packet(1, 0, 1500), 128, 128},
		{"a refused packet stays refused", onOne, packet(2, 0, 1500), 128, 0},
		{"a shorter constant stays", []bpf.Instruction{bpf.RetConstant{Val: 40}}, packet(1, 0, 1500), 128, 40},
		{"the same constant stays", []bpf.Instruction{bpf.RetConstant{Val: 128}}, packet(1, 0, 1500), 128, 128},
		{"a computed length above is cut", wordLong, packet(1, 1000, 1500), 128, 128},
		{"a computed length below stays", wordLong, packet(1, 100, 1500), 128, 100},
		{"a computed refusal stays", wordLong, packet(1, 0, 1500), 128, 0},
		{"a computed length with the top bit is cut", wordLong, packet(1, 1<<31, 1500), 128, 128},
		{"the longest jump still lands, taken", longJumps(), packet(1, 1000, 1500), 128, 0},
		{"the longest jump still lands, not taken", longJumps(), packet(2, 1000, 1500), 128, 128},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := assemble(t, tt.prog)
			before := append([]bpf.RawInstruction(nil), raw...)
			got := min(run(t, CutFilter(raw, tt.snap), tt.packet), len(tt.packet))
			if got != tt.want {
				t.Errorf("kept %d bytes, want %d", got, tt.want)
			}
			for i := range raw {
				if raw[i] != before[i] {
					t.Errorf("instruction %d of the argument changed: got %v, want %v", i, raw[i], before[i])
				}
			}
		})
	}
}

func TestSnap(t *testing.T) {
	tests := []struct {
		name    string
		options Options
		want    uint32
	}{
		{"everything by default", Options{}, 262144},
		{"what the user says", Options{Snaplen: 1000}, 1000},
		{"headers only", Options{HeadersOnly: true}, 128},
		{"headers only, with those in a tunnel", Options{HeadersOnly: true, Decap: true}, 256},
		{"headers only, and the user wants less", Options{HeadersOnly: true, Snaplen: 64}, 64},
		{"a tunnel alone cuts nothing", Options{Decap: true}, 262144},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.options.Snap(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// FuzzCutFilter compares the program before and after on packets of any
// content: the same packets pass, and none with more than snap bytes.
func FuzzCutFilter(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 0, 0, 3, 232}, uint8(0), uint8(1), uint32(128), uint32(96))
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 50}, uint8(1), uint8(0), uint32(0), uint32(128))
	f.Add([]byte{0, 0, 0, 0, 0xff, 0, 0, 50}, uint8(2), uint8(2), uint32(4096), uint32(1))
	f.Fuzz(func(t *testing.T, packet []byte, skipTrue, skipFalse uint8, keep, snap uint32) {
		if len(packet) < 8 || snap == 0 {
			return
		}
		raw := assemble(t, []bpf.Instruction{
			bpf.LoadAbsolute{Off: 4, Size: 4},
			bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x10, SkipTrue: skipTrue % 4, SkipFalse: skipFalse % 4},
			bpf.RetConstant{Val: keep},
			bpf.RetA{},
			bpf.ALUOpConstant{Op: bpf.ALUOpMul, Val: keep},
			bpf.RetA{},
			bpf.RetConstant{Val: 0},
		})
		// The lengths are compared as the kernel does, without a sign; the VM
		// returns an int of 64 bits here.
		want := min(uint64(uint32(run(t, raw, packet))), uint64(snap))
		if got := uint64(uint32(run(t, CutFilter(raw, snap), packet))); got != want {
			t.Errorf("CutFilter(%d) keeps %d bytes, want %d", snap, got, want)
		}
	})
}
