package pcap

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

// A pcapRow is a file of three records in some variant: 60 bytes captured of a
// packet of 1,500, 1 s and 5 µs after someTime, and two of packets that were
// captured whole.
type pcapRow struct {
	name    string
	order   pcapfile.Order
	header  pcapfile.Header
	swapped bool   // lengths
	tail    []byte // of each record header
	pad     int    // bytes before each frame
	variant Variant
	link    parse.LinkType
	hint    parse.Hint
}

func TestPcap(t *testing.T) {
	patch := []byte{2, 0, 0, 0, 8, 0, 4, 0xee}            // interface 2, EtherType, PACKET_OUTGOING, padding
	patchBE := []byte{0, 0, 0, 2, 8, 0, 4, 0xee}          // the same
	longPatch := append(patch[:7:7], 0xee, 0xee, 0, 0, 0) // with the processors
	nokia := []byte{0x02, 0xb9, 0xbf, 0x9f}               // 0x9fbfb902
	ixia := []byte{0, 1, 2, 3}                            // length of all records
	const sent, none = parse.HintOutgoing, parse.HintNone

	rows := []pcapRow{
		{"µs little-endian", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1}, false, nil, 0, Micro, 1, none},
		{"µs big-endian", be, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1}, false, nil, 0, Micro, 1, none},
		{"ns little-endian", le, pcapfile.Header{Magic: 0xa1b23c4d, Link: 1}, false, nil, 0, Nano, 1, none},
		{"ns big-endian", be, pcapfile.Header{Magic: 0xa1b23c4d, Link: 1}, false, nil, 0, Nano, 1, none},
		{"version 2.3, order of 2.4", le, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 3, Link: 1}, false, nil, 0, Micro, 1, none},
		{"version 2.3, order of 2.2", le, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 3, Link: 1}, true, nil, 0, Micro, 1, none},
		{"version 2.1", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 1, Link: 1}, true, nil, 0, Micro, 1, none},
		{"DG/UX 543.0", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 543, Link: 1}, true, nil, 0, Micro, 1, none},
		{"patch 991029", le, pcapfile.Header{Magic: 0xa1b2cd34, Link: 1, Snap: 2000}, false, patch, 0, Patched029, 1, sent},
		{"patch 991029 big-endian", be, pcapfile.Header{Magic: 0xa1b2cd34, Link: 1, Snap: 2000}, false, patchBE, 0, Patched029, 1, sent},
		{"patch 990915", le, pcapfile.Header{Magic: 0xa1b2cd34, Link: 1, Snap: 2000}, false, longPatch, 0, Patched915, 1, sent},
		{"patch 990417", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1, Snap: 2000}, false, patch, 0, Patched417, 1, sent},
		{"Nokia", be, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1, Snap: 2000}, false, nokia, 0, Nokia, 1, none},
		{"Ixia hardware", le, pcapfile.Header{Magic: 0x1c0001ac, Link: 1, Tail: ixia}, false, nil, 0, IxiaHW, 1, none},
		{"Ixia hardware big-endian", be, pcapfile.Header{Magic: 0x1c0001ac, Link: 1, Tail: ixia}, false, nil, 0, IxiaHW, 1, none},
		{"Ixia software", le, pcapfile.Header{Magic: 0x1c0001ab, Link: 1, Tail: ixia}, false, nil, 0, IxiaSW, 1, none},
		{"AIX Ethernet", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 6}, true, nil, 0, AIX, 1, none},
		{"AIX Token Ring", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 9}, true, nil, 0, AIX, 6, none},
		{"AIX FDDI", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 15}, true, nil, 3, AIX, 10, none},
		{"AIX loopback", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 24}, true, nil, 0, AIX, 0, none},
		{"DLT 12", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 12}, false, nil, 0, Micro, 101, none},
		{"DLT 14", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 14}, false, nil, 0, Micro, 101, none},
		{"link type 276", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 276}, false, nil, 0, Micro, 276, none},
		{"FCS length without its flag", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 0x40000001}, false, nil, 0, Micro, 1, none},
	}
	for _, row := range rows {
		t.Run(row.name, row.check)
	}
}

func (row *pcapRow) check(t *testing.T) {
	f := pcapfile.NewPcap(row.order, row.header)
	data := append(make([]byte, row.pad), frame(60)...)
	whole, first, second := uint32(len(data)), uint32(len(data)), uint32(1500+row.pad)
	if row.swapped {
		first, second = second, first
	}
	fraction := uint32(5)
	if variants[row.variant].unit == 1 {
		fraction = 5000
	}
	f.Record(someSec+1, fraction, first, second, row.tail, data)
	f.Record(someSec+2, 0, whole, whole, row.tail, data)
	f.Record(someSec+2, 0, whole, whole, row.tail, data)
	r, got, err := read(t, f.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	later := packet{someTime + 2e9, 60, string(frame(60)), row.link, 0, row.hint}
	want := []packet{{someTime + 1e9 + 5000, 1500, string(frame(60)), row.link, 0, row.hint}, later, later}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("packets (-want +got):\n%s", d)
	}
	if i := r.Info(); i.Format != FormatPcap || i.Variant != row.variant || i.Packets != 3 || i.Offset != int64(f.Len()) {
		t.Errorf("Info: got %+v, want variant %v, 3 packets, %d bytes", i, row.variant, f.Len())
	}
	if all := r.Interfaces(); len(all) != 1 || all[0].Link != row.link {
		t.Errorf("Interfaces: got %+v, want one of link type %d", all, row.link)
	}
}

// TestPcapFCS checks that a frame check sequence which the file header declares
// is not counted, whether or not it was captured.
func TestPcapFCS(t *testing.T) {
	f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: 0x24000001}) // two words
	f.Packet(0, 0, frame(64))
	f.Record(0, 0, 62, 64, nil, frame(62))
	f.Record(0, 0, 40, 64, nil, frame(40))
	f.Packet(0, 0, frame(3))
	_, got, err := read(t, f.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var want []packet
	for _, n := range [][2]int{{60, 60}, {60, 60}, {60, 40}, {3, 3}} {
		want = append(want, packet{Wire: uint32(n[0]), Data: string(frame(n[1])), Link: 1})
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("packets (-want +got):\n%s", d)
	}
}

// TestVariantNeedsProof checks that odd records of an ordinary file do not make
// it a variant.
func TestVariantNeedsProof(t *testing.T) {
	odd := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: 1})
	odd.Record(someSec, 2_000_000, 60, 40, nil, frame(60)) // two seconds of µs, more captured than sent
	odd.Packet(someSec, 0, frame(60))
	r, got, err := read(t, odd.Bytes())
	if err != nil || len(got) != 2 || r.Info().Variant != Micro {
		t.Fatalf("got %d packets as %v, error %v, want 2 as %v", len(got), r.Info().Variant, err, Micro)
	}
	if got[0].Time != someTime+2e9 || got[0].Wire != 40 || len(got[0].Data) != 60 {
		t.Errorf("got %+v, want the record as it is", got[0])
	}
}

func TestPcapTimes(t *testing.T) {
	f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicNano, Link: 1})
	f.Packet(0, 0, nil)
	f.Packet(0xffffffff, 999_999_999, nil)
	f.Packet(0xffffffff, 0xffffffff, nil)
	_, got, err := read(t, f.Bytes())
	if err != nil || len(got) != 3 {
		t.Fatalf("got %d packets, error %v, want 3", len(got), err)
	}
	for i, want := range []int64{0, 4294967295_999999999, 4294967295_000000000 + 0xffffffff} {
		if got[i].Time != want {
			t.Errorf("packet %d: got time %d, want %d", i, got[i].Time, want)
		}
	}
}

func TestCookedHints(t *testing.T) {
	sll := func(typ byte) []byte { return append([]byte{0, typ}, frame(14)...) }
	sll2 := func(typ byte) []byte { return append(append(frame(10), typ), frame(9)...) }
	rows := []struct {
		name string
		link uint16
		data []byte
		want parse.Hint
	}{
		{"SLL to us", 113, sll(0), parse.HintHost},
		{"SLL broadcast", 113, sll(1), parse.HintBroadcast},
		{"SLL multicast", 113, sll(2), parse.HintMulticast},
		{"SLL to another", 113, sll(3), parse.HintOther},
		{"SLL outgoing", 113, sll(4), parse.HintOutgoing},
		{"SLL loopback mark", 113, sll(5), parse.HintNone},
		{"SLL cut to one byte", 113, sll(4)[:1], parse.HintNone},
		{"SLL2 outgoing", 276, sll2(4), parse.HintOutgoing},
		{"SLL2 cut before the type", 276, sll2(4)[:10], parse.HintNone},
		{"Ethernet", 1, sll(4), parse.HintNone},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: uint32(row.link)})
			ng := pcapfile.NewNg(be).Section(be).Interface(row.link, 0).Simple(uint32(len(row.data)), row.data)
			for _, file := range [][]byte{f.Packet(0, 0, row.data).Bytes(), ng.Bytes()} {
				_, got, err := read(t, file)
				if err != nil || len(got) != 1 || got[0].Hint != row.want {
					t.Errorf("got %+v, error %v, want hint %d", got, err, row.want)
				}
			}
		})
	}
}

func TestRecordLimits(t *testing.T) {
	rows := []struct {
		name string
		link parse.LinkType
		snap uint32
		want uint32
	}{
		{"usual", 1, 65535, 256 << 10},
		{"no snap length", 1, 0, 256 << 10},
		{"snap length without end", 1, 0x7fffffff, 256 << 10},
		{"large snap length", 1, 1 << 20, 1 << 20},
		{"USB", 220, 65535, 128 << 20},
	}
	for _, row := range rows {
		if got := recordLimit(row.link, row.snap); got != row.want {
			t.Errorf("%s: got limit %d, want %d", row.name, got, row.want)
		}
	}
	// A record of the largest size is read, once all of it is there.
	f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Snap: 3 << 20, Link: 1})
	f.Packet(1, 0, frame(3<<20)).Packet(2, 0, frame(9))
	_, got, err := read(t, f.Bytes())
	if err != nil || len(got) != 2 || !bytes.Equal([]byte(got[0].Data), frame(3<<20)) {
		t.Errorf("got %d packets, error %v, want a large and a small one", len(got), err)
	}
}
