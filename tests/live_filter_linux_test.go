package tests

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// TestLiveDirection: what runs the other way is not counted, and said to be
// excluded.
func TestLiveDirection(t *testing.T) {
	t.Parallel()
	const sent, received = 40, 30
	for _, tt := range []struct {
		way            string
		sent, received int
	}{
		{"in", 0, received},
		{"out", sent, 0},
		{"inout", sent, received},
	} {
		t.Run(tt.way, func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			w := live(t, a, "-i", ifA, "--direction", tt.way)
			k := vethTalk(t, a, b, false)
			k.send(sent, 100)
			k.reply(received, 200)
			w.await("every frame read", func(r *export.Record) bool {
				k := r.Interfaces[0].Kernel
				return k.Delivered+k.Excluded == sent+received
			})
			r := w.end(uint64(tt.sent + tt.received))
			endA, endB := k.ends()
			checkFlow(t, flowOf(t, r, "udp", endA, endB), times(tt.sent, udp4(100)), times(tt.received, udp4(200)))
			if got, want := r.Interfaces[0].Kernel.Excluded, uint64(sent+received-tt.sent-tt.received); got != want {
				t.Errorf("got %d frames excluded want %d", got, want)
			}
			checkLossless(t, r)
		})
	}
}

// TestLiveDirectionLoopback: on lo every packet runs both ways.
func TestLiveDirectionLoopback(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"in", "out"} {
		ns := testkit.NewNetns(t)
		w := live(t, ns, "-i", "lo", "--direction", way)
		newTalk(t, ns, ns, "127.0.0.1", "127.0.0.1").send(20, 100)
		r := w.end(20)
		if r.Totals.Loopback != times(20, udp4(100)) {
			t.Errorf("%s: got %+v want 20 packets", way, r.Totals.Loopback)
		}
	}
}

// TestLiveBoundary: with -F the end inside is the local one, and flows without
// one are filtered out of the rows, not of the totals.
func TestLiveBoundary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		args     []string
		v4, v6   string // the end that is local, "" where the flow is filtered
		filtered export.Volume
	}{
		{"both families", []string{"-F", "10.77.0.0/31", "-F", "fd00:77::/126"}, "a", "a", export.Volume{}},
		{"the other side", []string{"-F", "10.77.0.2/32,fd00:77::2/128"}, "b", "b", export.Volume{}},
		{"IPv4 only", []string{"-F", "10.77.0.2/255.255.255.255"}, "b", "", times(30, udp6(100))},
		{"IPv6 only", []string{"-F", "fd00:77::1/128"}, "", "a", times(50, udp4(100))},
		{"neither", []string{"-F", "192.0.2.0/24"}, "", "", bothVolumes(times(50, udp4(100)), times(30, udp6(100)))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			w := live(t, a, append([]string{"-i", ifA}, tt.args...)...)
			k4, k6 := vethTalk(t, a, b, false), vethTalk(t, a, b, true)
			k4.send(50, 100)
			k6.send(30, 100)
			r := w.end(80)
			if r.Filtered.Volume != tt.filtered {
				t.Errorf("got %+v filtered want %+v", r.Filtered.Volume, tt.filtered)
			}
			rows := 0
			for _, c := range []struct {
				local string
				talk  *talk
				sum   export.Volume
			}{{tt.v4, k4, times(50, udp4(100))}, {tt.v6, k6, times(30, udp6(100))}} {
				endA, endB := c.talk.ends()
				switch c.local {
				case "a":
					checkFlow(t, flowOf(t, r, "udp", endA, endB), c.sum, export.Volume{})
					rows++
				case "b":
					checkFlow(t, flowOf(t, r, "udp", endB, endA), export.Volume{}, c.sum)
					rows++
				}
			}
			if len(r.Flows) != rows {
				t.Errorf("got %d rows want %d", len(r.Flows), rows)
			}
		})
	}
}

func bothVolumes(a, b export.Volume) export.Volume {
	add(&a, b)
	return a
}

// TestLiveSnaplen: what is cut off is counted all the same, also where not even
// the headers are left whole.
func TestLiveSnaplen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args      []string
		truncated uint64
		payload   uint64 // of each packet
	}{
		{[]string{"-s", "64"}, 0, 1400},
		{[]string{"--no-dpi"}, 0, 1400},
		{[]string{"-s", "38"}, 40, 0}, // into the UDP header, behind the ports: its end was not seen
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			w := live(t, a, append([]string{"-i", ifA}, tt.args...)...)
			k := vethTalk(t, a, b, false)
			k.send(40, 1400)
			r := w.end(40)
			endA, endB := k.ends()
			want := times(40, udp4(1400))
			want.Payload = 40 * tt.payload
			checkFlow(t, flowOf(t, r, "udp", endA, endB), want, export.Volume{})
			if r.Drops.Truncated != tt.truncated || r.Interfaces[0].Truncated != tt.truncated {
				t.Errorf("got %d truncated, %d on the interface want %d", r.Drops.Truncated, r.Interfaces[0].Truncated, tt.truncated)
			}
			checkLossless(t, r)
		})
	}
}

// TestLivePromiscuous: the interface is promiscuous with -p, for as long as the
// capture runs.
func TestLivePromiscuous(t *testing.T) {
	t.Parallel()
	a, b, ifA, ifB := testkit.Veth(t)
	promiscuity := func() int {
		t.Helper()
		var links []struct {
			Promiscuity int `json:"promiscuity"`
		}
		out := testkit.Run(t, a.Command("ip", "-d", "-j", "link", "show", ifA)).Stdout
		if err := json.Unmarshal([]byte(out), &links); err != nil || len(links) != 1 {
			t.Fatalf("ip link show: %v: %s", err, out)
		}
		return links[0].Promiscuity
	}
	for _, p := range []int{0, 1} {
		args := []string{"-i", ifA}
		if p > 0 {
			args = append(args, "-p")
		}
		w := live(t, a, args...)
		if got := promiscuity(); got != p {
			t.Errorf("%v: got promiscuity %d want %d", args, got, p)
		}
		b.Injector(t, ifB).Send(t, frames(5, udpFrame(testkit.MACB, "02:00:00:77:00:09", "192.0.2.1", "192.0.2.2"))...)
		if r := w.end(5); r.Totals.Forwarded.Packets != 5 {
			t.Errorf("%v: got %+v want 5 packets between others", args, r.Totals)
		}
	}
	if got := promiscuity(); got != 0 {
		t.Errorf("after the run: got promiscuity %d want 0", got)
	}
}

// TestLiveCount: -c ends the capture after exactly so many packets, of whichever
// interface and queue.
func TestLiveCount(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 100, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			a, _, ifA, _ := testkit.Veth(t)
			w := live(t, a, "-i", ifA, "-i", "lo", "-c", fmt.Sprint(n), "--queues", "2")
			out := a.Injector(t, ifA)
			lo := newTalk(t, a, a, "127.0.0.1", "127.0.0.1")
			for port := range uint16(60) {
				frame := packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.UDP{Src: 1000 + port, Dst: 53}, packet.Zeros(10))
				out.Send(t, frames(20, frame)...)
				lo.send(20, 10)
			}
			r := w.last()
			if r.Totals.Packets != uint64(n) {
				t.Errorf("got %d packets want %d", r.Totals.Packets, n)
			}
		})
	}
}
