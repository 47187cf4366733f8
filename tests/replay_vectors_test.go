package tests

import (
	"bufio"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// What other monitors get wrong, as captures: one flow, its ends, and what went
// each way. The numbers are those of the list of acceptance vectors.
func TestReplayVectors(t *testing.T) {
	type flow struct {
		Proto, Source, Dest string
		Sent, Received      uint64 // bytes
		VLAN                uint16
	}
	var (
		to4   = packet.IPv4{Src: traceLocal, Dst: traceRemote}
		from4 = packet.IPv4{Src: traceRemote, Dst: traceLocal}
		own6  = packet.IP("2a02::5")
		peer6 = packet.IP("2001:db8::1")
		to6   = packet.IPv6{Src: own6, Dst: peer6}
		from6 = packet.IPv6{Src: peer6, Dst: own6}
		up    = packet.TCP{Src: 50000, Dst: 443, Flags: packet.SYN}
		down  = packet.TCP{Src: 443, Dst: 50000, Flags: packet.SYN | packet.ACK}
		udp   = packet.UDP{Src: 40000, Dst: 9000}
	)
	ethernet := func(layers ...packet.Layer) []byte {
		return packet.Build(append([]packet.Layer{packet.Ethernet{}}, layers...)...)
	}
	toServer := func(sent uint64, vlan uint16) flow {
		return flow{Proto: "tcp", Source: "192.168.1.5:50000", Dest: "8.8.8.8:443", Sent: sent, VLAN: vlan}
	}
	tests := []struct {
		name   string
		link   uint32 // Ethernet if zero
		frames [][]byte
		args   []string
		want   flow
	}{
		{name: "V2 own address sends",
			frames: [][]byte{ethernet(to4, udp, packet.Zeros(1000-42))},
			want:   flow{Proto: "udp", Source: "192.168.1.5:40000", Dest: "8.8.8.8:9000", Sent: 1000}},
		{name: "V2 after the other end",
			frames: [][]byte{ethernet(from4, down, packet.Zeros(200-54)), ethernet(to4, packet.TCP{Src: 50000, Dst: 443}, packet.Zeros(1000-54))},
			want:   flow{Proto: "tcp", Source: "192.168.1.5:50000", Dest: "8.8.8.8:443", Sent: 1000, Received: 200}},
		{name: "V3 boundary in IPv6",
			frames: [][]byte{
				ethernet(from6, packet.UDP{Src: 9000, Dst: 40000}, packet.Zeros(500-62)),
				ethernet(to6, udp, packet.Zeros(1000-62)),
			},
			args: []string{"-F", "2a02::5/128"},
			want: flow{Proto: "udp", Source: "[2a02::5]:40000", Dest: "[2001:db8::1]:9000", Sent: 1000, Received: 500}},
		{name: "V4 destination MAC that begins like an IPv4 header",
			frames: [][]byte{
				packet.Build(packet.Ethernet{Dst: packet.MAC{0x44, 0x07, 0x0b, 1, 2, 3}}, from4, down, packet.Zeros(400-54)),
			},
			args: []string{"-F", "192.168.0.0/16"},
			want: flow{Proto: "tcp", Source: "192.168.1.5:50000", Dest: "8.8.8.8:443", Received: 400}},
		{name: "V5 fragments",
			frames: fragments4(to4, 1480, udp, packet.Zeros(4000)),
			want:   flow{Proto: "udp", Source: "192.168.1.5:40000", Dest: "8.8.8.8:9000", Sent: 4008 + 3*34}},
		{name: "V5 fragments, last one first",
			frames: lastFirst(fragments4(to4, 1480, udp, packet.Zeros(4000))),
			want:   flow{Proto: "udp", Source: "192.168.1.5:40000", Dest: "8.8.8.8:9000", Sent: 4008 + 3*34}},
		{name: "V5 fragments of IPv6",
			frames: packet.Fragments6([]packet.Layer{packet.Ethernet{}}, to6, 7, 1448, udp, packet.Zeros(4000)),
			want:   flow{Proto: "udp", Source: "[2a02::5]:40000", Dest: "[2001:db8::1]:9000", Sent: 4008 + 3*62}},
		{name: "V6 hop-by-hop options before TCP",
			frames: [][]byte{ethernet(to6, packet.HopByHop{}, up, packet.Zeros(26))},
			want:   flow{Proto: "tcp", Source: "[2a02::5]:50000", Dest: "[2001:db8::1]:443", Sent: 14 + 40 + 8 + 20 + 26}},
		{name: "V7 802.1ad around 802.1Q",
			frames: [][]byte{ethernet(packet.VLAN{ID: 100, TPID: 0x88a8}, packet.VLAN{ID: 200}, to4, up)},
			want:   toServer(14+8+40, 100)},
		{name: "V7 two 802.1Q tags",
			frames: [][]byte{ethernet(packet.VLAN{ID: 300}, packet.VLAN{ID: 200}, to4, up)},
			want:   toServer(14+8+40, 300)},
		{name: "V7 Linux cooked, version 2", link: linkSLL2,
			frames: [][]byte{packet.Build(packet.SLL2{PacketType: 4, Interface: 3}, to4, up)},
			want:   toServer(20+40, 0)},
		{name: "V7 PPPoE",
			frames: [][]byte{ethernet(packet.PPPoE{Session: 1}, to4, up)},
			want:   toServer(14+8+40, 0)},
		{name: "V8 upload without an answer",
			frames: [][]byte{ethernet(to4, up), ethernet(to4, packet.TCP{Src: 50000, Dst: 443, Flags: packet.ACK}, packet.Zeros(1446))},
			want:   toServer(54+1500, 0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			link := tt.link
			if link == 0 {
				link = linkEthernet
			}
			var ps []timed
			for i, frame := range tt.frames {
				ps = append(ps, timed{at: time.Duration(i) * time.Millisecond, frame: frame})
			}
			r := lastOf(t, readTrace(t, link, ps, tt.args...))
			f := onlyFlow(t, r)
			got := flow{f.Proto, f.Source, f.Dest, f.BytesSent, f.BytesReceived, f.VLAN}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("flow (-want +got):\n%s", diff)
			}
			if f.Packets != uint64(len(ps)) || r.Totals.Packets != uint64(len(ps)) {
				t.Errorf("got %d packets of the flow, %d in all, want %d", f.Packets, r.Totals.Packets, len(ps))
			}
			if r.Totals.BytesSent != tt.want.Sent || r.Totals.BytesReceived != tt.want.Received {
				t.Errorf("got %d bytes sent, %d received in all, want %d, %d", r.Totals.BytesSent, r.Totals.BytesReceived, tt.want.Sent, tt.want.Received)
			}
		})
	}
}

// V10: what passed in a burst is the total ever after, and its rate fades as
// the window moves on.
func TestReplayBurst(t *testing.T) {
	var ps []timed
	for i := range 1000 {
		ps = append(ps, traceUDP(time.Second+time.Duration(i)*900*time.Microsecond, 1000, false))
	}
	ps = append([]timed{traceUDP(0, 60, false)}, ps...)
	for s := range 50 {
		ps = append(ps, traceUDP(time.Duration(3+s)*time.Second+time.Millisecond, 60, true))
	}
	records := readTrace(t, linkEthernet, ps)
	for i := range records {
		r := &records[i]
		if i == 0 {
			continue // before the burst
		}
		if f := onlyFlow(t, r); f.BytesSent != 1_000_060 || r.Totals.BytesSent != 1_000_060 {
			t.Errorf("%v: got %d bytes sent of the flow, %d in all, want 1,000,060", since(r.Time), f.BytesSent, r.Totals.BytesSent)
		}
		if r.Totals.PeakSent != 1e6 {
			t.Errorf("%v: got peak %g, want 1000000", since(r.Time), r.Totals.PeakSent)
		}
	}
	if last := lastOf(t, records).Totals; last.Sent2 != 0 || last.Sent10 != 0 || last.Sent40 != 0 {
		t.Errorf("got %+v at the end, want nothing sent in any window", last.WayRates)
	}
}

// V11: 14.7 Gbit/s, in the frames of 64 KiB that the kernel hands over.
func TestReplayFast(t *testing.T) {
	const (
		frame = 65_536
		rate  = 14.7e9 / 8
		gap   = frame / rate * 1e9 // ns
	)
	var ps []timed
	for at := 0.0; at < 6e9; at += gap {
		ps = append(ps, traceUDP(time.Duration(at), frame, false))
	}
	records := readTrace(t, linkEthernet, ps)
	if len(records) != 6 {
		t.Errorf("got %d records, want 6", len(records))
	}
	for i := range records {
		steady(t, &records[i], rate, 0.02)
	}
	last := lastOf(t, records)
	for what, peak := range map[string]float64{"totals": last.Totals.Peak, "flow": onlyFlow(t, last).Peak} {
		if math.Abs(peak-rate) > 0.02*rate {
			t.Errorf("%s: got peak %g, want %g", what, peak, rate)
		}
	}
}

// V13: a reader that takes one record and goes away ends the program in peace.
func TestReplayHead(t *testing.T) {
	var ps []timed
	for i := range 500 {
		ps = append(ps, traceUDP(time.Duration(i)*time.Second, 100, false))
	}
	cmd := exec.Command(testkit.Binary(t), "read", writeTrace(t, linkEthernet, ps), "--json")
	cmd.Env = []string{"HOME=/nonexistent"}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Start(t, cmd)
	line, err := bufio.NewReaderSize(out, 16).ReadString('\n')
	if err != nil || len(decodeRecords(t, line)) != 1 {
		t.Errorf("got %v, %q, want a record", err, line)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || stderr.String() != "" {
		t.Errorf("got %v, stderr %q, want exit code 0 and nothing", err, stderr.String())
	}
}

// fragments4 cuts a packet into fragments in Ethernet frames.
func fragments4(ip packet.IPv4, size int, inner ...packet.Layer) [][]byte {
	ip.ID = 7
	return packet.Fragments([]packet.Layer{packet.Ethernet{}}, ip, size, inner...)
}

func lastFirst(frames [][]byte) [][]byte {
	slices.Reverse(frames)
	return frames
}
