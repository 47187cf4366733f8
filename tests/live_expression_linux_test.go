package tests

import (
	"fmt"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// taggedTalk adds the VLAN 100 to both ends of testkit.Veth, and returns a talk
// over it.
func taggedTalk(t *testing.T, a, b *testkit.Netns) *talk {
	t.Helper()
	const addrA, addrB, dev = "10.90.0.1", "10.90.0.2", "sk-vlan"
	for _, end := range []struct {
		ns                          *testkit.Netns
		under, own, peer, macOfPeer string
	}{{a, testkit.IfA, addrA, addrB, testkit.MACB}, {b, testkit.IfB, addrB, addrA, testkit.MACA}} {
		end.ns.Link(t, dev, "link", end.under, "type", "vlan", "id", "100")
		end.ns.IP(t, "addr", "add", end.own+"/24", "dev", dev)
		end.ns.IP(t, "neigh", "replace", end.peer, "lladdr", end.macOfPeer, "dev", dev, "nud", "permanent")
	}
	return newTalk(t, a, b, addrA, addrB)
}

// TestLiveExpression: with -f exactly what matches is counted, and on the
// interface nothing else was received.
func TestLiveExpression(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		counts [3]int // packets of each talk: IPv4, IPv6 and IPv4 with a tag
	}{
		{"udp", [3]int{30, 20, 10}}, // the kernel has taken the tag off
		{"ip6", [3]int{0, 20, 0}},
		{"not vlan", [3]int{30, 20, 0}},
		{"vlan 100", [3]int{0, 0, 10}},
		{"vlan 100 and udp and src host 10.90.0.1", [3]int{0, 0, 6}},
		{"vlan 101 or tcp", [3]int{0, 0, 0}},
		{"udp port {v4} or udp port {v6}", [3]int{30, 20, 0}},
		{"vlan 100 and udp port {vlan}", [3]int{0, 0, 10}},
		{"src net 10.77.0.1/32 or ip6 dst host fd00:77::1", [3]int{20, 10, 0}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			tagged := taggedTalk(t, a, b)
			v4, v6 := vethTalk(t, a, b, false), vethTalk(t, a, b, true)
			text := tt.text
			for name, k := range map[string]*talk{"{v4}": v4, "{v6}": v6, "{vlan}": tagged} {
				end, _ := k.ends()
				text = strings.ReplaceAll(text, name, end[strings.LastIndexByte(end, ':')+1:])
			}
			w := live(t, a, "-i", ifA, "-f", text, "--queues", "2")
			v4.send(20, 100)
			v4.reply(10, 100)
			v6.send(10, 100)
			v6.reply(10, 100)
			tagged.send(6, 100)
			tagged.reply(4, 100)
			sum := tt.counts[0] + tt.counts[1] + tt.counts[2]
			r := w.end(uint64(sum))
			checkLossless(t, r)
			got := [3]int{}
			for i, k := range []*talk{v4, v6, tagged} {
				endA, endB := k.ends()
				for _, f := range r.Flows {
					if f.Source == endA && f.Dest == endB {
						got[i] = int(f.Packets)
					}
				}
			}
			if got != tt.counts {
				t.Errorf("got %d packets want %d", got, tt.counts)
			}
			if r.Source.Filter != text {
				t.Errorf("got the filter %q in the record want %q", r.Source.Filter, text)
			}
			if k := r.Interfaces[0].Kernel; k.Received != uint64(sum) || k.Excluded != 0 {
				t.Errorf("got %d frames received, %d excluded want %d, 0", k.Received, k.Excluded, sum)
			}
		})
	}
}

// TestLiveExpressionOfAll: what captures several interfaces leaves those out to
// which the filter cannot apply.
func TestLiveExpressionOfAll(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-i", "any"}, nil} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			tun := a.Tun(t, "sk-tun", false)
			receive := func() {
				t.Helper()
				if _, err := tun.Write(packet.Build(packet.IPv4{}, packet.UDP{Src: 1, Dst: 53})); err != nil {
					t.Fatal(err)
				}
			}
			receive() // so that it is in the default set
			k := vethTalk(t, a, b, false)
			k.send(1, 100)
			w := begin(t, a.Command(testkit.Binary(t), append([]string{"--json", "-r", "100", "-f", "ether host " + testkit.MACA}, args...)...))
			w.await("a capture", func(r *export.Record) bool {
				for i := range r.Interfaces {
					if r.Interfaces[i].State == "capturing" {
						return true
					}
				}
				return false
			})
			k.send(30, 100)
			for range 10 {
				receive()
			}
			r := w.end(30)
			if args == nil {
				if in := interfaceOf(t, r, "sk-tun"); in.State != "failed" || !strings.Contains(in.Error, "filter, column 1: ") {
					t.Errorf("sk-tun: got state %s, error %q", in.State, in.Error)
				}
				if in := interfaceOf(t, r, ifA); in.Packets != 30 {
					t.Errorf("%s: got %d packets want 30", ifA, in.Packets)
				}
				if !strings.Contains(w.errors(), "note: interface sk-tun is left out: filter, column 1: ") {
					t.Errorf("got on stderr: %s", w.errors())
				}
			}
		})
	}
	// By name it is an error.
	a, _, _, _ := testkit.Veth(t)
	a.Tun(t, "sk-tun", false)
	r := testkit.Run(t, a.Command(testkit.Binary(t), "--json", "-i", "sk-tun", "-f", "ether host "+testkit.MACA))
	if r.Code != 2 || r.Stdout != "" || !strings.HasPrefix(r.Stderr, "error: open sk-tun: filter, column 1: ") {
		t.Errorf("by name: got exit code %d, stdout %q, stderr %q", r.Code, r.Stdout, r.Stderr)
	}
}
