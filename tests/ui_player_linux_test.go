package tests

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
	"sockeye/internal/testkit/tmux"
)

// TestDashboardPlayer shows a file, which is read to its end at first. One can go back and
// on in it, play and halt: each time the sums are those of that moment.
func TestDashboardPlayer(t *testing.T) {
	t.Parallel()
	p := sit(t, nil, 120, 30)
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: 0xa1b2c3d4, Snap: 65535, Link: 1})
	const packets = 60 // of 1,000 bytes, a second between two
	frame := packet.Build(packet.Ethernet{}, packet.IPv4{Src: packet.IP("10.77.0.1"), Dst: packet.IP("10.77.0.2")},
		packet.UDP{Src: 40000, Dst: firstPort}, packet.Zeros(payload))
	for i := range packets {
		f.Packet(uint32(1_700_000_000+i), 0, frame)
	}
	if err := os.WriteFile(filepath.Join(p.home, "talk.pcap"), f.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}

	p.opens("read talk.pcap", "talk.pcap", " halted ", "60.0kB")
	x, y := p.Find(p.Screen(), "━━")
	p.Press(tmux.Left, x+20, y)
	p.Await(" halted ", "goes to ")
	back := p.agrees(func(packets int) bool { return packets > 5 && packets < 40 })
	p.Keys(".") // on by a fiftieth
	on := p.agrees(func(packets int) bool { return packets > back })
	p.Keys(",")
	p.agrees(func(packets int) bool { return packets < on })

	p.Keys("w")
	p.Await(" plays ")
	p.Await("60.0kB", " halted ")
	p.Keys("w") // from the beginning
	p.Await(" plays ")
	p.quits()
}

// agrees waits until the total of the only flow is that of all packets until the time that
// the axis shows, and ok accepts how many those are: one a second.
func (p *person) agrees(ok func(packets int) bool) (packets int) {
	p.t.Helper()
	axis := regexp.MustCompile(`(?m)^ (\d\d:\d\d:\d\d\.\d{3}) halted +(\d\d:\d\d:\d\d) `)
	p.Until("sums of the time that the axis shows", func(screen string) bool {
		m := axis.FindStringSubmatch(screen)
		if m == nil {
			return false
		}
		now, err := time.Parse("15:04:05.000", m[1])
		if err != nil {
			p.t.Fatal(err)
		}
		first, err := time.Parse("15:04:05", m[2])
		if err != nil {
			p.t.Fatal(err)
		}
		packets = int(now.Sub(first)/time.Second) + 1
		return ok(packets) && strings.Contains(lineOf(screen, "10.77.0.2"), " "+kilobytes(packets))
	})
	return packets
}

// kilobytes writes so many as the screen does: with three digits.
func kilobytes(n int) string {
	if n < 10 {
		return fmt.Sprintf("%.2fkB", float64(n))
	}
	return fmt.Sprintf("%.1fkB", float64(n))
}
