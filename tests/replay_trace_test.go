package tests

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
)

// traceStart is when the captures of this package's own making begin, a time
// of no special meaning.
var traceStart = time.Unix(1_700_000_000, 123_456_789)

// since returns how long after traceStart a time is.
func since(at export.Time) time.Duration { return time.Duration(int64(at) - traceStart.UnixNano()) }

// timed is a packet of a trace.
type timed struct {
	at    time.Duration // after traceStart
	frame []byte
	wire  int // length on the wire; that of frame if zero
}

func (p timed) length() int {
	if p.wire != 0 {
		return p.wire
	}
	return len(p.frame)
}

// Link types of traces.
const (
	linkEthernet = 1
	linkSLL2     = 276
)

// writeTrace writes a pcap file with times in nanoseconds and returns its path.
func writeTrace(t *testing.T, link uint32, ps []timed) string {
	t.Helper()
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: 0xa1b23c4d, Snap: 262144, Link: link})
	for _, p := range ps {
		at := traceStart.Add(p.at)
		f.Record(uint32(at.Unix()), uint32(at.Nanosecond()), uint32(len(p.frame)), uint32(p.length()), nil, p.frame)
	}
	path := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(path, f.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readTrace has the program read a trace, which must go well, and returns its
// records.
func readTrace(t *testing.T, link uint32, ps []timed, args ...string) []export.Record {
	t.Helper()
	args = append([]string{writeTrace(t, link, ps), "--json", "--top", "0"}, args...)
	got := runRead(t, testkit.Binary(t), nil, args...)
	if got.Code != 0 || got.Stderr != "" {
		t.Fatalf("got exit code %d, stderr %q, want 0 and nothing", got.Code, got.Stderr)
	}
	records := decodeRecords(t, got.Stdout)
	if len(records) == 0 {
		t.Fatal("got no records")
	}
	return records
}

// lastOf returns the last record, which must be final.
func lastOf(t *testing.T, records []export.Record) *export.Record {
	t.Helper()
	last := &records[len(records)-1]
	if !last.Final {
		t.Errorf("got a last record that is not final: %+v", last)
	}
	return last
}

// onlyFlow returns the one flow that the record must have.
func onlyFlow(t *testing.T, r *export.Record) *export.Flow {
	t.Helper()
	if len(r.Flows) != 1 {
		t.Fatalf("got %d flows, want 1: %+v", len(r.Flows), r.Flows)
	}
	return &r.Flows[0]
}

// The ends of most traces.
var (
	traceLocal  = packet.IP("192.168.1.5")
	traceRemote = packet.IP("8.8.8.8")
)

// traceUDP is a packet of n bytes on the wire, 42 of which are captured, in UDP
// between port 40000 here and 9000 there.
func traceUDP(at time.Duration, n int, received bool) timed {
	ip, udp := packet.IPv4{Src: traceLocal, Dst: traceRemote}, packet.UDP{Src: 40000, Dst: 9000}
	if received {
		ip.Src, ip.Dst, udp.Src, udp.Dst = ip.Dst, ip.Src, udp.Dst, udp.Src
	}
	const headers = 14 + 20 + 8
	ip.Length, udp.Length = min(n-14, 65535), min(n-34, 65515)
	return timed{at: at, frame: packet.Build(packet.Ethernet{}, ip, udp)[:headers], wire: n}
}
