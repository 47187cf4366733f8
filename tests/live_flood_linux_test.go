package tests

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// TestLiveFlood: a flood of flows with one packet each, of which some come once
// more. Every packet is in the totals, and memory stays within bounds.
func TestLiveFlood(t *testing.T) {
	const again = 100_000
	for _, tt := range []struct {
		name     string
		args     []string
		flows    uint32
		kept     int
		megabyte int // at most
	}{
		{"a million flows", nil, 1 << 20, 1 << 20, 400},
		{"more than the table holds", []string{"--max-flows", "10000", "--queues", "1"}, 200_000, 10_000, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, _, ifA, _ := testkit.Veth(t)
			w := live(t, a, append([]string{"-i", ifA}, tt.args...)...)
			inject := a.Injector(t, ifA)
			flood(w, inject, tt.flows, 0)
			flood(w, inject, again, uint64(tt.flows))
			sent := uint64(tt.flows + again)
			peak := w.memoryPeak()
			r := w.end(sent)
			checkLossless(t, r)
			if want := times(int(sent), udp4(0)); r.Totals.Volume != want {
				t.Errorf("got %+v want %+v", r.Totals.Volume, want)
			}
			if made := uint64(r.Live) + r.Drops.Table; r.Live != tt.kept || made < uint64(tt.flows) || made > sent {
				t.Errorf("got %d live flows, %d evicted want %d of %d at least", r.Live, r.Drops.Table, tt.kept, tt.flows)
			}
			if r.Other.Flows != uint64(r.Live-len(r.Flows))+r.Drops.Table {
				t.Errorf("got %d flows in other, want those without a row and those evicted: %s", r.Other.Flows, outline(r))
			}
			t.Logf("%d MB of memory at most", peak>>20)
			if peak > tt.megabyte<<20 {
				t.Errorf("took %d MB of memory, want at most %d", peak>>20, tt.megabyte)
			}
		})
	}
}

// flood sends one datagram without payload of each of n flows, which differ in
// the source address. It never sends more than a ring surely holds before the
// run has counted that, and all that was counted before.
func flood(w *watch, inject *testkit.Injector, n uint32, before uint64) {
	w.t.Helper()
	const holds = 1 << 16
	frame := packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.UDP{Src: 4000, Dst: 5000})
	const source = etherHeader + 12 // offset
	for i := range n {
		binary.BigEndian.PutUint32(frame[source:], 10<<24|i)
		inject.Send(w.t, frame)
		if sent := i + 1; sent%holds == 0 || sent == n {
			w.awaitPackets(before + uint64(sent))
		}
	}
}

// memoryPeak returns the most memory that the run had resident, in bytes.
func (w *watch) memoryPeak() int {
	w.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kib, err := strconv.Atoi(f[1])
			if err != nil {
				w.t.Fatal(err)
			}
			return kib << 10
		}
	}
	w.t.Fatalf("no VmHWM in %s", b)
	return 0
}
