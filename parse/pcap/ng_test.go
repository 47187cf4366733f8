package pcap

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

func opt(code uint16, value any) pcapfile.Option {
	return pcapfile.Option{Code: code, Value: value}
}

const micros = someTime / 1000 // in the usual unit

func TestNgPackets(t *testing.T) {
	for _, order := range []pcapfile.Order{le, be} {
		t.Run(order.String(), func(t *testing.T) {
			f := pcapfile.NewNg(order).Section(order).
				Interface(1, 96).
				Interface(101, 0, opt(ifTSResol, uint8(9)), opt(ifTSOffset, int64(-3))).
				Simple(200, frame(96)).
				Enhanced(0, micros+7, 60, frame(59)).
				Enhanced(1, someTime+7, 1500, frame(40)).
				Obsolete(1, 4, someTime+8, 40, frame(40)).
				Simple(58, frame(58))
			want := []packet{
				{0, 200, string(frame(96)), 1, 0, 0},
				{someTime + 7000, 60, string(frame(59)), 1, 0, 0},
				{someTime + 7 - 3e9, 1500, string(frame(40)), 101, 1, 0},
				{someTime + 8 - 3e9, 40, string(frame(40)), 101, 1, 0},
				{someTime + 8 - 3e9, 58, string(frame(58)), 1, 0, 0},
			}
			r, got, err := read(t, f.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("packets (-want +got):\n%s", d)
			}
			blocks := Blocks{Section: 1, Interface: 2, Enhanced: 2, Simple: 2, Packet: 1}
			wantInfo := Info{Format: FormatPcapng, Packets: 5, Offset: int64(f.Len()), Blocks: blocks}
			if d := cmp.Diff(wantInfo, r.Info()); d != "" {
				t.Errorf("Info (-want +got):\n%s", d)
			}
			if n := r.Dropped(); n != 4 {
				t.Errorf("Dropped: got %d, want the 4 of the obsolete block", n)
			}
		})
	}
}

// TestNgSections checks that interface numbers start anew in each section, in
// its byte order, and that slots do not.
func TestNgSections(t *testing.T) {
	f := pcapfile.NewNg(le).
		Section(le).Interface(1, 0, opt(ifName, "eth0")).Enhanced(0, micros, 4, frame(4)).
		Section(be).Interface(101, 0, opt(ifName, "tun0")).Interface(0, 0).Enhanced(1, micros+1, 4, frame(4)).Enhanced(0, micros+2, 4, frame(4)).
		SectionVersion(le, 1, 2).Interface(113, 0).Enhanced(0, micros+3, 4, frame(4))
	r, got, err := read(t, f.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := []packet{
		{someTime, 4, string(frame(4)), 1, 0, 0},
		{someTime + 1000, 4, string(frame(4)), 0, 2, 0},
		{someTime + 2000, 4, string(frame(4)), 101, 1, 0},
		{someTime + 3000, 4, string(frame(4)), 113, 3, parse.HintBroadcast},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("packets (-want +got):\n%s", d)
	}
	var sections []int
	for _, i := range r.Interfaces() {
		sections = append(sections, i.Section)
	}
	if d := cmp.Diff([]int{0, 1, 1, 2}, sections); d != "" {
		t.Errorf("sections of the interfaces (-want +got):\n%s", d)
	}
	wantSections := []Section{{Major: 1}, {BigEndian: true, Major: 1}, {Major: 1, Minor: 2}}
	if d := cmp.Diff(wantSections, r.Sections()); d != "" {
		t.Errorf("Sections (-want +got):\n%s", d)
	}
}

func TestNgFlags(t *testing.T) {
	rows := []struct {
		name  string
		flags uint32
		hint  parse.Hint
		wire  uint32
	}{
		{"none", 0, parse.HintHost, 96}, // as the cooked header says
		{"inbound", 1, parse.HintHost, 96},
		{"inbound unicast", 1 | 1<<2, parse.HintHost, 96},
		{"inbound multicast", 1 | 2<<2, parse.HintMulticast, 96},
		{"inbound broadcast", 1 | 3<<2, parse.HintBroadcast, 96},
		{"inbound promiscuous", 1 | 4<<2, parse.HintOther, 96},
		{"outbound", 2, parse.HintOutgoing, 96},
		{"outbound multicast", 2 | 2<<2, parse.HintOutgoing, 96},
		{"outbound with an FCS of 2 bytes", 2 | 2<<5, parse.HintOutgoing, 98},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := pcapfile.NewNg(be).Section(be).Interface(113, 0, opt(ifFCSLen, uint8(32)))
			f.Enhanced(0, micros, 100, make([]byte, 100), opt(epbFlags, row.flags))
			f.Obsolete(0, 0xffff, micros, 100, make([]byte, 100), opt(pbFlags, row.flags))
			r, got, err := read(t, f.Bytes())
			if err != nil || len(got) != 2 || r.Dropped() != 0 {
				t.Fatalf("got %d packets, %d dropped, error %v, want 2, none, none", len(got), r.Dropped(), err)
			}
			for _, p := range got {
				if p.Hint != row.hint || p.Wire != row.wire || len(p.Data) != int(row.wire) {
					t.Errorf("got hint %d, wire length %d, %d bytes, want %d, %d, %[5]d", p.Hint, p.Wire, len(p.Data), row.hint, row.wire)
				}
			}
		})
	}
}

// TestNgBadPacketOptions checks that a packet survives its options.
func TestNgBadPacketOptions(t *testing.T) {
	body := func(opts ...byte) []byte {
		b := make([]byte, 24) // interface 0, time 0, lengths 4, data
		b[12], b[16] = 4, 4
		return append(b, opts...)
	}
	rows := []struct {
		name string
		opts []byte
	}{
		{"longer than the block", []byte{2, 0, 200, 0, 1, 0, 0, 0}},
		{"flags of 2 bytes", []byte{2, 0, 2, 0, 2, 0, 0, 0}},
		{"drop count of 4 bytes", []byte{4, 0, 4, 0, 9, 0, 0, 0}},
		{"flags after the end", []byte{0, 0, 0, 0, 2, 0, 4, 0, 2, 0, 0, 0}},
		{"unknown", []byte{0xcc, 0x0b, 4, 0, 1, 2, 3, 4}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := pcapfile.NewNg(le).Section(le).Interface(1, 0).Block(blockEnhanced, body(row.opts...))
			r, got, err := read(t, f.Bytes())
			if err != nil || len(got) != 1 || got[0].Hint != parse.HintNone || got[0].Wire != 4 || r.Dropped() != 0 {
				t.Errorf("got %+v, %d dropped, error %v, want one plain packet", got, r.Dropped(), err)
			}
		})
	}
}

func TestNgDescriptions(t *testing.T) {
	for _, order := range []pcapfile.Order{le, be} {
		t.Run(order.String(), func(t *testing.T) {
			f := pcapfile.NewNg(order).Section(order,
				opt(shbHardware, "x86"), opt(shbOS, "Linux 6.18\x00"), opt(shbApp, "dumpcap"),
				opt(optComment, "first"), opt(optComment, "bad \xff UTF-8"))
			f.Interface(1, 262144, opt(ifName, "eth0"), opt(ifDescription, "the wire"),
				opt(ifIPv4, []byte{192, 0, 2, 1, 255, 255, 255, 0}), opt(ifIPv4, []byte{1, 2, 3}),
				opt(ifIPv6, append(netip.MustParseAddr("2001:db8::1").AsSlice(), 64)),
				opt(ifMAC, []byte{2, 0, 0, 0, 0, 9}), opt(ifSpeed, uint64(1e9)), opt(ifTSResol, uint8(9)),
				opt(ifFilter, "\x00tcp port 443"), opt(ifFilter, "\x01code"), opt(ifOS, "Linux"), opt(ifFCSLen, uint8(4)),
				opt(ifTSOffset, int64(-7)), opt(ifHardware, "e1000"), opt(optComment, "uplink"))
			f.Names(1, []byte("\xc0\x00\x02\x07web\x00web.example\x00"))
			f.Names(2, append(netip.MustParseAddr("2001:db8::7").AsSlice(), "six\x00"...))
			f.Names(3, []byte("\x02\x00\x00\x00\x00\x07mac\x00"))
			f.Statistics(0, 5, opt(isbReceived, uint64(90)), opt(isbDropped, uint64(1)))
			f.Enhanced(0, someTime, 4, frame(4), opt(optComment, "look here"), opt(epbDropCount, uint64(5)))
			f.Enhanced(0, someTime, 4, frame(4), opt(epbDropCount, uint64(0)))
			ts := uint64(someTime)
			halves := order.AppendUint32(order.AppendUint32(nil, uint32(ts>>32)), uint32(ts))
			f.Statistics(0, 5, opt(isbStart, halves), opt(isbEnd, halves), opt(isbReceived, uint64(100)),
				opt(isbDropped, uint64(2)), opt(isbAccepted, uint64(50)), opt(isbOSDropped, uint64(1)), opt(isbDelivered, uint64(47)))
			f.Block(blockSecrets, []byte("TLSK secrets")).Block(blockCustom, []byte("abcd")).Block(blockCustomFixed, []byte("abcd")).Block(0x80000001, nil)

			r, _, err := read(t, f.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, want, got any) {
				t.Helper()
				if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); d != "" {
					t.Errorf("%s (-want +got):\n%s", what, d)
				}
			}
			check("Sections", []Section{{BigEndian: order == pcapfile.Order(be), Major: 1, Hardware: "x86", OS: "Linux 6.18", Application: "dumpcap",
				Comments: []string{"first", "bad \uFFFD UTF-8"}}}, r.Sections())
			check("Interfaces", []Interface{{
				Link: 1, SnapLen: 262144, Name: "eth0", Description: "the wire", Hardware: "e1000", OS: "Linux", Filter: "tcp port 443",
				Addrs: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("2001:db8::1/64")},
				MAC:   [6]byte{2, 0, 0, 0, 0, 9}, Speed: 1e9, Resolution: Nanoseconds, Offset: -7, FCSLen: 4, Comments: []string{"uplink"},
				Statistics: Statistics{Blocks: 2, Received: 100, InterfaceDropped: 2, SystemDropped: 1, FilterAccepted: 50, Delivered: 47,
					BetweenPackets: 5, Start: someTime - 7e9, End: someTime - 7e9},
			}}, r.Interfaces())
			check("Names", []Name{
				{netip.MustParseAddr("192.0.2.7"), []string{"web", "web.example"}},
				{netip.MustParseAddr("2001:db8::7"), []string{"six"}},
			}, r.Names())
			check("Comments", []Comment{{1, "look here"}}, r.Comments())
			check("Dropped", uint64(5), r.Dropped())
			check("Blocks", Blocks{Section: 1, Interface: 1, Enhanced: 2, Names: 3, Statistics: 2, Secrets: 1, Custom: 1, CustomFixed: 1, Unknown: 1}, r.Info().Blocks)
		})
	}
}

// TestBounds checks that what a file says beside its packets cannot grow
// without end, and that it is told what was left out.
func TestBounds(t *testing.T) {
	text := strings.Repeat("x", 60000)
	f := pcapfile.NewNg(le).Section(le).Interface(1, 0)
	const comments = 100
	for range comments {
		f.Enhanced(0, micros, 4, frame(4), opt(optComment, text))
	}
	r, got, err := read(t, f.Bytes())
	if err != nil || len(got) != comments {
		t.Fatalf("got %d packets, error %v, want %d", len(got), err, comments)
	}
	kept := len(r.Comments())
	if most := keepMax / len(text); kept == 0 || kept > most {
		t.Errorf("kept %d comments, want 1 to %d", kept, most)
	}
	if left := int(r.Info().Left); left < (comments-kept)*len(text) {
		t.Errorf("Info: got %d bytes left out, want %d comments' worth", left, comments-kept)
	}

	many := pcapfile.NewNg(le)
	for range sectionMax + 9 {
		many.Section(le)
	}
	r, _, err = read(t, many.Bytes())
	if err != nil || len(r.Sections()) != sectionMax || r.Info().Blocks.Section != sectionMax+9 {
		t.Errorf("got %d sections kept of %d, error %v, want %d of %d", len(r.Sections()), r.Info().Blocks.Section, err, sectionMax, sectionMax+9)
	}

	ifaces := pcapfile.NewNg(le).Section(le)
	for range ifaceMax + 1 {
		ifaces.Interface(1, 0)
	}
	r, _, err = read(t, ifaces.Bytes())
	if d, ok := err.(*DamagedError); !ok || d.Reason != "more than 65536 interfaces" || len(r.Interfaces()) != ifaceMax {
		t.Errorf("got %d interfaces, error %v, want %d and a damage", len(r.Interfaces()), err, ifaceMax)
	}
}
