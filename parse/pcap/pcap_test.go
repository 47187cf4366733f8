package pcap

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

func TestPcap(t *testing.T) {
	data := string(frame(60))
	// want is the first packet: captured 1 s and 5 µs, or 5000 ns, after someTime.
	want := packet{someTime + 1_000_005_000, 1500, data, parse.LinkEthernet, 0, parse.HintNone}
	with := func(change func(*packet)) packet {
		p := want
		change(&p)
		return p
	}
	late := packet{someTime + 2_000_000_000, 60, data, parse.LinkEthernet, 0, parse.HintNone}
	patch := []byte{2, 0, 0, 0, 8, 0, 4, 0xee}               // interface 2, IPv4, PACKET_OUTGOING
	patchBE := []byte{0, 0, 0, 2, 8, 0, 4, 0xee}             // the same
	longPatch := append(patch[:7:7], 0xee, 0xee, 0xee, 0, 0) // and the processors
	nokia := []byte{0x02, 0xb9, 0xbf, 0x9f}                  // 0x9fbfb902
	sent := func(p *packet) { p.Hint = parse.HintOutgoing }  //
	link := func(l parse.LinkType) func(*packet) { return func(p *packet) { p.Link = l } }

	rows := []struct {
		name    string
		order   pcapfile.Order
		header  pcapfile.Header
		frac    uint32 // of the first record
		swapped bool   // lengths
		tail    []byte // of each record header
		pad     int
		variant Variant
		want    packet
	}{
		{"µs little-endian", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1}, 5, false, nil, 0, Micro, want},
		{"µs big-endian", be, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1}, 5, false, nil, 0, Micro, want},
		{"ns little-endian", le, pcapfile.Header{Magic: 0xa1b23c4d, Link: 1}, 5000, false, nil, 0, Nano, want},
		{"ns big-endian", be, pcapfile.Header{Magic: 0xa1b23c4d, Link: 1}, 5000, false, nil, 0, Nano, want},
		{"version 2.3, order of 2.4", le, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 3, Link: 1}, 5, false, nil, 0, Micro, want},
		{"version 2.3, order of 2.2", le, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 3, Link: 1}, 5, true, nil, 0, Micro, want},
		{"version 2.1", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 1, Link: 1}, 5, true, nil, 0, Micro, want},
		{"DG/UX 543.0", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 543, Link: 1}, 5, true, nil, 0, Micro, want},
		{"Kuznetzov 991029", le, pcapfile.Header{Magic: 0xa1b2cd34, Link: 1, Snap: 2000}, 5, false, patch, 0, Patched029, with(sent)},
		{"Kuznetzov 991029 big-endian", be, pcapfile.Header{Magic: 0xa1b2cd34, Link: 1, Snap: 2000}, 5, false, patchBE, 0, Patched029, with(sent)},
		{"Kuznetzov 990915", le, pcapfile.Header{Magic: 0xa1b2cd34, Link: 1, Snap: 2000}, 5, false, longPatch, 0, Patched915, with(sent)},
		{"Kuznetzov 990417", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1, Snap: 2000}, 5, false, patch, 0, Patched417, with(sent)},
		{"Nokia", be, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1, Snap: 2000}, 5, false, nokia, 0, Nokia, want},
		{"Ixia hardware", le, pcapfile.Header{Magic: 0x1c0001ac, Link: 1, Tail: []byte{0, 1, 2, 3}}, 5000, false, nil, 0, IxiaHW, want},
		{"Ixia hardware big-endian", be, pcapfile.Header{Magic: 0x1c0001ac, Link: 1, Tail: []byte{0, 1, 2, 3}}, 5000, false, nil, 0, IxiaHW, want},
		{"Ixia software", le, pcapfile.Header{Magic: 0x1c0001ab, Link: 1, Tail: []byte{0, 1, 2, 3}}, 5, false, nil, 0, IxiaSW, want},
		{"AIX Ethernet", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 6}, 5000, true, nil, 0, AIX, want},
		{"AIX loopback", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 24}, 5000, true, nil, 0, AIX, with(link(0))},
		{"AIX Token Ring", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 9}, 5000, true, nil, 0, AIX, with(link(6))},
		{"AIX FDDI", be, pcapfile.Header{Magic: 0xa1b2c3d4, Major: 2, Minor: 2, Link: 15}, 5000, true, nil, 3, AIX, with(link(10))},
		{"DLT 12", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 12}, 5, false, nil, 0, Micro, with(link(101))},
		{"DLT 14", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 14}, 5, false, nil, 0, Micro, with(link(101))},
		{"link type 276", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 276}, 5, false, nil, 0, Micro, with(link(276))},
		{"FCS length without its flag", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 0x40000001}, 5, false, nil, 0, Micro, want},
		{"FCS of 4 bytes, cut off by the snap length", le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 0x24000001}, 5, false, nil, 0, Micro, with(func(p *packet) { p.Wire = 1496 })},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := pcapfile.NewPcap(row.order, row.header)
			padded := append(make([]byte, row.pad), frame(60)...)
			lengths := [2]uint32{uint32(60 + row.pad), uint32(1500 + row.pad)}
			if row.swapped {
				lengths[0], lengths[1] = lengths[1], lengths[0]
			}
			f.Record(someSec+1, row.frac, lengths[0], lengths[1], row.tail, padded)
			whole := uint32(len(padded))
			f.Record(someSec+2, 0, whole, whole, row.tail, padded)
			f.Record(someSec+2, 0, whole, whole, row.tail, padded)
			r, got, err := read(t, f.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			later := late
			later.Link, later.Hint = row.want.Link, row.want.Hint
			if row.want.Wire == 1496 {
				later.Wire, later.Data = 56, data[:56]
			}
			if d := cmp.Diff([]packet{row.want, later, later}, got); d != "" {
				t.Errorf("packets (-want +got):\n%s", d)
			}
			if i := r.Info(); i.Format != FormatPcap || i.Variant != row.variant || i.Packets != 3 || i.Offset != int64(f.Len()) {
				t.Errorf("Info: got %+v, want variant %v, 3 packets, %d bytes", i, row.variant, f.Len())
			}
			if n := len(r.Interfaces()); n != 1 || r.Interfaces()[0].Link != row.want.Link {
				t.Errorf("Interfaces: got %+v, want one of link type %d", r.Interfaces(), row.want.Link)
			}
		})
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
