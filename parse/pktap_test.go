package parse

import (
	"bytes"
	"fmt"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// pktap1 and pktap2 are headers of both forms around an Ethernet frame that curl sends
// for itself, and that a daemon receives for another program.
const (
	pktap1 = `
		9c000000 01000000 01000000                           # length, a packet follows, DLT_EN10MB
		656e3000 0000000000000000 000000000000000000000000   # "en0"
		02000000 02000000 0e000000 00000000                  # outgoing, PF_INET, 14 bytes before IP, none behind
		d7120000 6375726c 00000000000000000000000000 00 0000 # pid 4823 "curl"
		00000000 0600 0000                                   # service class, IFT_ETHER, unit
		ffffffff 0000000000000000000000000000000000 00 0000  # no effective pid
		00000000 06000000 0000000000000000                   # flow id, TCP, time
		00000000000000000000000000000000 00000000000000000000000000000000 `
	pktap2Head = `
		49 00 00 28 2c 3a 0100               # length 73, no uuids, names at 40, 44 and 58, DLT_EN10MB
		0e00 0000 0600 1100                  # 14 bytes before IP, none behind, IFT_ETHER, UDP
		02000000 00000000 00000000           # PF_INET, service class, flow id
		64000000 65000000 05000800           # pid 100 for 101, delegated, incoming, second form
	`
	pktap2 = pktap2Head + `
		656e3100 6e7375726c73657373696f6e6400  # "en1", "nsurlsessiond"
		537061726b2e6d61696c2e617070 00        # "Spark.mail.app", whole
	`
)

func TestDecodePKTAP(t *testing.T) {
	const tcp = " frag=0/1234 tcp=1/2/10/512"
	frame := macs + "0800" + ip4(6, 40) + tcpAck
	testDecode(t, []decodeRow{
		{name: "first form", link: LinkPKTAP, frame: pktap1 + frame,
			want: wantTCP4 + "at=170/190/210 len=40/0" + tcp},
		{name: "first form, by its old number", link: LinkUser2, frame: pktap1 + frame,
			want: wantTCP4 + "at=170/190/210 len=40/0" + tcp},
		{name: "second form", link: LinkPKTAP, frame: pktap2 + frame,
			want: wantTCP4 + "at=87/107/127 len=40/0" + tcp},
		{name: "private use of another kind", link: LinkUser2, frame: pktap2 + frame,
			want: "none type=0000 at=0/0/0"},
		{name: "cut before its form can be told", link: LinkPKTAP, frame: "9c000000 01000000 01000000", wire: 210,
			want: "none type=0000 at=0/0/0 truncated"},
		{name: "cut behind that", link: LinkPKTAP, frame: pktap2Head, wire: 127,
			want: "none type=0000 at=0/0/0 truncated"},
		{name: "PKTAP in PKTAP", link: LinkPKTAP,
			frame: "28 00 00 00 00 00 0201 000000000000000000000000000000000000000000000000 00000000 00000800" + frame,
			want:  "none type=0000 at=0/0/0"},
	})
}

func TestPKTAP(t *testing.T) {
	const eth = "ffffffffffff 020000000001 0800"
	rows := []struct {
		name  string
		link  LinkType
		frame string
		want  string // empty where it is none
	}{
		{"first form", LinkPKTAP, pktap1 + macs + "0800", "156 ETHERNET en0 4823 curl for -1 out"},
		{"first form, by its old number", LinkUser2, pktap1 + macs + "0800", "156 ETHERNET en0 4823 curl for -1 out"},
		{"second form", LinkPKTAP, pktap2 + macs + "0800", "73 ETHERNET en1 100 nsurlsessiond for 101 Spark.mail.app in"},
		{"to all", LinkPKTAP, pktap2 + eth, "73 ETHERNET en1 100 nsurlsessiond for 101 Spark.mail.app broadcast"},
		{"to a group", LinkPKTAP, pktap2 + "01005e0000fb", "73 ETHERNET en1 100 nsurlsessiond for 101 Spark.mail.app multicast"},
		{"no packet behind it", LinkPKTAP, pktap2, "73 ETHERNET en1 100 nsurlsessiond for 101 Spark.mail.app in"},
		{"second form under the old number", LinkUser2, pktap2 + eth, ""},
		{"another link type", LinkEthernet, pktap1 + eth, ""},
		{"no bytes", LinkPKTAP, "", ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b := unhex(t, r.frame)
			var h PKTAP
			got := ""
			if h.Decode(r.link, b) {
				got = describePKTAP(&h, b)
			}
			if got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
			testkit.ZeroAllocs(t, "Decode", func() { h.Decode(r.link, b) })
		})
	}
	for n := range unhex(t, pktap1) {
		var h PKTAP
		if h.Decode(LinkPKTAP, unhex(t, pktap1)[:n]) {
			t.Errorf("%d bytes of a header of 156 pass for it", n)
		}
	}
}

// describePKTAP writes what a header says of its packet.
func describePKTAP(h *PKTAP, frame []byte) string {
	way := [...]string{"?", "in", "broadcast", "multicast", "other", "out"}[h.Hint(frame)]
	effective := fmt.Sprint(h.EffectivePID)
	if len(h.EffectiveComm) > 0 {
		effective += " " + string(h.EffectiveComm)
	}
	return fmt.Sprintf("%d %v %s %d %s for %s %s", h.Length, h.Link, h.Iface, h.PID, h.Comm, effective, way)
}

// FuzzPKTAP: what a header says lies within it, and whoever wrote it, the packet that
// Decode finds is behind it.
func FuzzPKTAP(f *testing.F) {
	inner := packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.TCP{Src: 1, Dst: 2})
	f.Add(append(unhex(f, pktap1), inner...), false)
	f.Add(append(unhex(f, pktap2), inner...), false)
	f.Add(packet.Build(packet.PKTAP{PID: 7, Comm: "ssh", Flags: 1}, packet.Bytes(inner)), true)
	f.Fuzz(func(t *testing.T, b []byte, old bool) {
		link := LinkPKTAP
		if old {
			link = LinkUser2
		}
		var h PKTAP
		if !h.Decode(link, b) {
			return
		}
		if h.Length < pktap2Least || h.Length > len(b) {
			t.Fatalf("a header of %d bytes in %d", h.Length, len(b))
		}
		for _, s := range [][]byte{h.Iface, h.Comm, h.EffectiveComm} {
			if bytes.IndexByte(s, 0) >= 0 || len(s) > pktap1IfaceLen || !bytes.Contains(b[:h.Length], s) {
				t.Fatalf("the text %q is not in the header % x", s, b[:h.Length])
			}
		}
		_ = h.Hint(b)
		p := Packet{Data: b, Link: link}
		p.Decode()
		inner := Packet{Data: b[h.Length:], Link: h.Link}
		inner.Decode()
		if h.Length <= maxL3/2 && p.Key != inner.Key {
			t.Fatalf("key %+v behind the header, %+v without", p.Key, inner.Key)
		}
	})
}

// TestPKTAPBuilder checks that the headers of other tests are what is read here.
func TestPKTAPBuilder(t *testing.T) {
	for _, v2 := range []bool{false, true} {
		b := packet.Build(packet.PKTAP{
			V2: v2, Link: 12, Iface: "utun3", Flags: PKTAPIn, PID: 100, Comm: "a name of 16 byt", EPID: 101, EComm: "b",
		}, packet.IPv4{}, packet.UDP{})
		var h PKTAP
		if !h.Decode(LinkPKTAP, b) {
			t.Fatalf("second form %v: not decoded: % x", v2, b)
		}
		want := fmt.Sprintf("%d RAW utun3 100 a name of 16 byt for 101 b in", h.Length)
		if got := describePKTAP(&h, b); got != want {
			t.Errorf("second form %v: got %s, want %s", v2, got, want)
		}
	}
}

func BenchmarkPKTAP(b *testing.B) {
	for _, form := range []struct {
		name string
		v2   bool
	}{{"first", false}, {"second", true}} {
		frame := packet.Build(packet.PKTAP{V2: form.v2, PID: 100, Comm: "curl", Flags: PKTAPOut},
			packet.Ethernet{}, packet.IPv4{}, packet.TCP{Src: 40000, Dst: 443})
		b.Run(form.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			memo := ProcessMemo{In: new(Processes)}
			var h PKTAP
			for b.Loop() {
				if !h.Decode(LinkPKTAP, frame) || memo.Slot(h.PID, h.Comm, h.EffectivePID, h.EffectiveComm) != 1 {
					b.Fatal("no process")
				}
			}
		})
	}
}
