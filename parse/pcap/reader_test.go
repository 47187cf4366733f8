package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// packet is what a test sees of a packet.
type packet struct {
	Time  int64
	Wire  uint32
	Data  string
	Link  parse.LinkType
	Iface uint16
	Hint  parse.Hint
}

// readAll reads to the end, in batches of the given size. The fields that a
// source must clear are dirty before.
func readAll(tb testing.TB, r *Reader, batch int) (all []packet, err error) {
	tb.Helper()
	ps := make([]parse.Packet, batch)
	for err == nil {
		for i := range ps {
			ps[i] = parse.Packet{Segs: 9, TagTCI: 9, TagTPID: 9, Proto2: 9, Hint: 9, Process: 9, Decap: true, L3: 9}
		}
		var n int
		var more bool
		n, more, err = r.Read(ps)
		if n > batch || more && n == 0 {
			tb.Fatalf("Read of %d packets returned n = %d, more = %v", batch, n, more)
		}
		for i := range ps[:n] {
			p := &ps[i]
			if p.Segs|p.TagTCI|p.TagTPID|p.Proto2 != 0 || !p.Decap || p.L3 != 9 {
				tb.Errorf("packet %d: got %+v, want source fields cleared and all others left alone", len(all), p)
			}
			if _, ok := r.Processes().At(p.Process); !ok && p.Process != 0 {
				tb.Errorf("packet %d has the process %d, which is none", len(all)+1, p.Process)
			}
			if p.Number != uint64(len(all))+1 {
				tb.Errorf("packet %d has the number %d", len(all)+1, p.Number)
			}
			all = append(all, packet{p.Time, p.WireLen, string(p.Data), p.Link, p.Iface, p.Hint})
		}
	}
	if err == io.EOF {
		err = nil
	}
	return all, err
}

// read opens and reads a file of which no header may be wrong.
func read(tb testing.TB, file []byte) (*Reader, []packet, error) {
	tb.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		tb.Fatalf("NewReader: %v", err)
	}
	all, err := readAll(tb, r, 3)
	return r, all, err
}

// frame is n bytes that tell their places.
func frame(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

const (
	someTime = 1_700_000_000_000_000_000
	someSec  = someTime / 1e9
)

func TestReadInPieces(t *testing.T) {
	large := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Snap: 1 << 20, Link: 1})
	for i := range 40 {
		large.Packet(someSec, uint32(i), frame(i*i*400))
	}
	files := map[string][]byte{
		"pcap":   plainPcap(300).Bytes(),
		"pcapng": plainNg(300).Bytes(),
		"large":  large.Bytes(),
		"gzip":   pcapfile.Gzip(plainNg(300).Bytes()),
	}
	pieces := map[string]func(io.Reader) io.Reader{
		"one byte":   iotest.OneByteReader,
		"half":       iotest.HalfReader,
		"with error": iotest.DataErrReader,
	}
	for name, file := range files {
		_, want, err := read(t, file)
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: got %d packets, error %v", name, len(want), err)
		}
		for piece, wrap := range pieces {
			if name == "large" && piece == "one byte" {
				continue // moves the start of each record for each of its bytes
			}
			t.Run(name+"/"+piece, func(t *testing.T) {
				r, err := NewReader(wrap(bytes.NewReader(file)))
				if err != nil {
					t.Fatal(err)
				}
				got, err := readAll(t, r, 7)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("packets differ from those of the whole file (-want +got):\n%s", d)
				}
				if n := r.Info().Packets; n != uint64(len(want)) {
					t.Errorf("Info: got %d packets, want %d", n, len(want))
				}
			})
		}
	}
}

// plainPcap is an ordinary pcap file of n packets.
func plainPcap(n int) *pcapfile.Pcap {
	f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Snap: 65535, Link: 1})
	for i := range n {
		f.Packet(someSec, uint32(i), frame(40+i*7%1460))
	}
	return f
}

// plainNg is an ordinary pcapng file of n packets.
func plainNg(n int) *pcapfile.Ng {
	f := pcapfile.NewNg(le).Section(le).Interface(1, 65535)
	for i := range n {
		data := frame(40 + i*7%1460)
		f.Enhanced(0, someTime/1000+uint64(i), uint32(len(data)), data)
	}
	return f
}

func TestHeaderErrors(t *testing.T) {
	header := func(major, minor uint16) []byte {
		return pcapfile.NewPcap(be, pcapfile.Header{Magic: magicMicro, Major: major, Minor: minor, Link: 1}).Bytes()
	}
	rows := []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "capture file is empty"},
		{"nothing in gzip", pcapfile.Gzip(nil), "capture file is empty"},
		{"two bytes", []byte("hi"), `not a capture file: starts with "hi"`},
		{"text", []byte("GET / HTTP/1.1\r\n"), `not a capture file: starts with "GET / HT"`},
		{"zip", []byte("PK\x03\x04aaaaaaaa"), `not a capture file: starts with "PK\x03\x04aaaa" (a zip archive)`},
		{"xz", []byte("\xfd7zXZ\x00\x00\x04\xe6\xd6"), `not a capture file: starts with "\xfd7zXZ\x00\x00\x04" (xz: unpack it first)`},
		{"gzip of text", pcapfile.Gzip([]byte("hello, world")), `not a capture file: starts with "hello, w"`},
		{"half a header", header(2, 4)[:20], "damaged at byte 0, after 0 packets: file header is cut short"},
		{"half a gzip header", pcapfile.Gzip([]byte("hello"))[:5], "damaged at byte 0, after 0 packets: gzip data is cut short"},
		{"half a zstd header", []byte("\x28\xb5\x2f\xfd"), "damaged at byte 0, after 0 packets: zstd data is cut short"},
		{"zstd with a window of 256 MiB", []byte("\x28\xb5\x2f\xfd\x00\x90\x01\x00\x00"), "damaged at byte 0, after 0 packets: zstd data: window size exceeded"},
		{"pcap 2.5", header(2, 5), "pcap version 2.5 is not supported"},
		{"pcap 1.0", header(1, 0), "pcap version 1.0 is not supported"},
		{"pcap 543.1", header(543, 1), "pcap version 543.1 is not supported"},
		{"pcapng 2.0", pcapfile.NewNg(le).SectionVersion(le, 2, 0).Bytes(), "pcapng version 2.0 is not supported"},
		{"pcapng 1.1", pcapfile.NewNg(be).SectionVersion(be, 1, 1).Bytes(), "pcapng version 1.1 is not supported"},
		{"half a section header", pcapfile.NewNg(le).Section(le).Bytes()[:16], "damaged at byte 0, after 0 packets: file header is cut short"},
		{"section header without order", []byte("\n\r\r\n\x1c\x00\x00\x00abcdefgh"), "damaged at byte 0, after 0 packets: section header without byte order"},
		{"reserved bits of the link type", pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: 0x02240001}).Bytes(), "damaged at byte 0, after 0 packets: link type 0x2240001 has reserved bits set"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := NewReader(bytes.NewReader(row.file))
			if err == nil || err.Error() != row.want {
				t.Errorf("got error %v, want %s", err, row.want)
			}
		})
	}
}

func TestErrorTypes(t *testing.T) {
	_, err := NewReader(strings.NewReader(""))
	if !errors.Is(err, ErrEmpty) {
		t.Errorf("empty file: got %v, want ErrEmpty", err)
	}
	if _, err = NewReader(strings.NewReader("text, not a capture")); !isType[*FormatError](err) {
		t.Errorf("text: got %T, want *FormatError", err)
	}
	later := plainNg(2).SectionVersion(le, 3, 0).Bytes()
	_, all, err := read(t, later)
	v, ok := errors.AsType[*VersionError](err)
	if !ok || !isType[*DamagedError](err) || v.Major != 3 || len(all) != 2 {
		t.Errorf("later section of version 3.0: got %d packets, error %v; want 2 and a *DamagedError round a *VersionError", len(all), err)
	}
	failed := errors.New("disk on fire")
	r, err := NewReader(io.MultiReader(bytes.NewReader(plainPcap(2).Bytes()), iotest.ErrReader(failed)))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := readAll(t, r, 8); len(all) != 2 || !errors.Is(err, failed) || isType[*DamagedError](err) {
		t.Errorf("failing disk: got %d packets, error %v; want 2 and the disk's error alone", len(all), err)
	}
	if _, _, again := r.Read(make([]parse.Packet, 1)); !errors.Is(again, failed) {
		t.Errorf("read after an error: got %v, want the same again", again)
	}
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestDamage(t *testing.T) {
	three := plainPcap(3).Bytes()
	ng := plainNg(3).Bytes()
	noIfaces := pcapfile.NewNg(le).Section(le)
	body := func(n int) []byte { return make([]byte, n) }
	rows := []struct {
		name    string
		file    []byte
		packets uint64
		offset  int64
		reason  string
	}{
		{"record cut in its data", three[:len(three)-1], 2, 24 + 56 + 63, "file is cut short: it ends 69 bytes into a record"},
		{"record cut in its header", three[:24+56+1], 1, 24 + 56, "file is cut short: it ends 1 bytes into a record"},
		{"record of 4 GB", plainPcap(1).Record(0, 0, 0xfffffff0, 60, nil, frame(60)).Bytes(), 1, 24 + 56, "record of 4294967280 bytes"},
		{"record above the usual limit", plainPcap(0).Record(0, 0, 256<<10+1, 60, nil, frame(60)).Bytes(), 0, 24, "record of 262145 bytes"},
		{"block cut short", ng[:len(ng)-4], 2, 28 + 20 + 72 + 80, "file is cut short: it ends 84 bytes into a record"},
		{"block of 8 bytes", append(plainNg(1).Bytes(), 6, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0), 1, 28 + 20 + 72, "block of 8 bytes"},
		{"block of 13 bytes", append(plainNg(1).Bytes(), 6, 0, 0, 0, 13, 0, 0, 0, 8, 0, 0, 0), 1, 28 + 20 + 72, "block of 13 bytes"},
		{"block of 1 GB", append(plainNg(1).Bytes(), 6, 0, 0, 0, 0, 0, 0, 64, 8, 0, 0, 0), 1, 28 + 20 + 72, "block of 1073741824 bytes"},
		{"lengths of a block differ", append(plainNg(0).Bytes(), 5, 0, 0, 0, 12, 0, 0, 0, 16, 0, 0, 0), 0, 48, "block has length 12 at its start and 16 at its end"},
		{"packet of no interface", noIfaces.Enhanced(0, 0, 4, frame(4)).Bytes(), 0, 28, noIface},
		{"packet of a later interface", plainNg(1).Enhanced(1, 0, 4, frame(4)).Bytes(), 1, 120, noIface},
		{"obsolete packet of a later interface", plainNg(0).Obsolete(1, 0, 0, 4, frame(4)).Bytes(), 0, 48, noIface},
		{"simple packet of no interface", pcapfile.NewNg(be).Section(be).Simple(4, frame(4)).Bytes(), 0, 28, noIface},
		{"interface of the section before", plainNg(1).Section(le).Enhanced(0, 0, 4, frame(4)).Bytes(), 1, 148, noIface},
		{"packet longer than its block", plainNg(0).Block(blockEnhanced, append(body(12), 9, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4)).Bytes(), 0, 48, longPacket},
		{"simple packet longer than its block", plainNg(0).Block(blockSimple, []byte{9, 0, 0, 0, 1, 2, 3, 4}).Bytes(), 0, 48, longPacket},
		{"short enhanced packet", plainNg(0).Block(blockEnhanced, body(16)).Bytes(), 0, 48, shortBlock},
		{"short obsolete packet", plainNg(0).Block(blockPacket, body(16)).Bytes(), 0, 48, shortBlock},
		{"short simple packet", plainNg(0).Block(blockSimple, nil).Bytes(), 0, 48, shortBlock},
		{"short interface", plainNg(0).Block(blockInterface, body(4)).Bytes(), 0, 48, shortBlock},
		{"short statistics", plainNg(0).Block(blockStatistics, body(8)).Bytes(), 0, 48, shortBlock},
		{"statistics of no interface", plainNg(0).Statistics(1, 0).Bytes(), 0, 48, "statistics of an interface that was not described"},
		{"option of an interface cut short", plainNg(0).Block(blockInterface, append(body(8), 2, 0, 9, 0)).Bytes(), 0, 48, "options of the interface are cut short"},
		{"half an option", pcapfile.NewNg(le).Section(le).Block(blockInterface, append(body(8), 2, 0)).Interface(1, 0, opt(ifTSResol, uint8(20))).Bytes(), 0, 52, "interface with time resolution 0x14"},
		{"time resolution without a value", plainNg(0).Interface(1, 0, opt(ifTSResol, "")).Bytes(), 0, 48, "interface with time resolution 0x"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, all, err := read(t, row.file)
			d, ok := errors.AsType[*DamagedError](err)
			if !ok {
				t.Fatalf("got %d packets, error %v, want a *DamagedError", len(all), err)
			}
			if uint64(len(all)) != row.packets || d.Packets != row.packets || d.Offset != row.offset || d.Reason != row.reason {
				t.Errorf("got %d packets, %+v, want %d packets and %q at %d", len(all), *d, row.packets, row.reason, row.offset)
			}
		})
	}
}
