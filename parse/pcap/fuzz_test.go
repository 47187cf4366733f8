package pcap

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

// FuzzReader reads any bytes as a capture file. Whatever they are, reading
// ends; packets lie one after another in the file, as far as it is not
// compressed; and the first part of a file holds the first of its packets.
func FuzzReader(f *testing.F) {
	for _, file := range seeds(f) {
		f.Add(file, uint16(len(file)/2))
	}
	f.Fuzz(func(t *testing.T, file []byte, cut uint16) {
		all, r, err := walk(t, file, 3)
		if r == nil {
			return
		}
		checkPlaces(t, r, file, all, err)
		some, part, _ := walk(t, file[:min(int(cut), len(file))], 5)
		if part != nil && part.Info().Variant != r.Info().Variant || r.Info().Compression == Zstd {
			// Of variants that share a magic number one is guessed from the
			// records, which may be cut off; and a zstd block is decoded whole
			// or not at all.
			return
		}
		if len(some) > len(all) {
			t.Fatalf("%d bytes of the file hold %d packets, all of it %d", cut, len(some), len(all))
		}
		for i := range some {
			if some[i].Time != all[i].Time || some[i].Wire != all[i].Wire || some[i].Data != all[i].Data {
				t.Fatalf("packet %d is %+v in %d bytes of the file, %+v in all of it", i, some[i], cut, all[i])
			}
		}
	})
}

// walk reads a file to its end, in batches. The Reader is nil where the header
// is wrong.
func walk(t *testing.T, file []byte, batch int) ([]packet, *Reader, error) {
	t.Helper()
	src := bytes.NewReader(file)
	r, err := NewReader(src)
	if err != nil {
		return nil, nil, err
	}
	all, err := readAll(t, r, batch)
	if _, _, again := r.Read(make([]parse.Packet, 1)); err != nil && again != err {
		t.Fatalf("after error %v, Read returned %v", err, again)
	}
	return all, r, err
}

// checkPlaces checks what holds of every file that was read to its end or to a
// damage.
func checkPlaces(t *testing.T, r *Reader, file []byte, all []packet, err error) {
	t.Helper()
	i := r.Info()
	if i.Packets != uint64(len(all)) {
		t.Fatalf("Info: got %d packets, want %d", i.Packets, len(all))
	}
	if d, ok := err.(*DamagedError); ok && (d.Packets != i.Packets || d.Offset != i.Offset) {
		t.Fatalf("got %+v, want %d packets and offset %d", d, i.Packets, i.Offset)
	}
	if i.Compression != Plain {
		return
	}
	if i.Offset > int64(len(file)) || err == nil && i.Offset != int64(len(file)) {
		t.Fatalf("used %d bytes of %d, error %v", i.Offset, len(file), err)
	}
	ifaces := r.Interfaces()
	rest := file
	for n, p := range all {
		at := bytes.Index(rest, []byte(p.Data))
		if at < 0 {
			t.Fatalf("packet %d is not in the file behind the one before", n)
		}
		rest = rest[at+len(p.Data):]
		if int(p.Iface) >= len(ifaces) || ifaces[p.Iface].Link != p.Link {
			t.Fatalf("packet %d has interface %d and link type %d, the interfaces are %+v", n, p.Iface, p.Link, ifaces)
		}
	}
}

// seeds are small files of every kind.
func seeds(tb testing.TB) [][]byte {
	ng := pcapfile.NewNg(be).
		Section(be, opt(shbApp, "app")).
		Interface(1, 96, opt(ifName, "eth0"), opt(ifTSResol, uint8(9)), opt(ifTSOffset, int64(1))).
		Enhanced(0, micros, 4, frame(4), opt(epbFlags, uint32(2)), opt(epbDropCount, uint64(3)), opt(optComment, "x")).
		Simple(4, frame(4)).
		Obsolete(0, 1, micros, 5, frame(5)).
		Names(1, []byte("\xc0\x00\x02\x07web\x00")).
		Statistics(0, 5, opt(isbDropped, uint64(1))).
		Section(le).Interface(113, 0, opt(ifFCSLen, uint8(32))).Enhanced(0, micros, 9, frame(9)).
		Bytes()
	darwin := pcapfile.NewNg(be).Section(be).Interface(1, 0).
		Block(blockProcess, processBlock(be, 7, "curl")).
		Enhanced(0, micros, 4, frame(4), opt(epbFlags, uint32(2)), opt(epbProcess, uint32(0)), opt(epbEffective, uint32(0)))
	files := [][]byte{darwin.Bytes(), tapPcap(4).Bytes(), ng, pcapfile.Gzip(ng), zstdOf(tb, ng)}
	for _, magic := range []uint32{magicMicro, magicNano, magicModified, magicIxiaHW} {
		f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magic, Link: 1, Snap: 96})
		files = append(files, f.Packet(1, 2, frame(20)).Record(3, 4, 20, 1500, nil, frame(20)).Bytes())
	}
	return append(files, pcapfile.NewPcap(be, pcapfile.Header{Magic: magicMicro, Major: 2, Minor: 2, Link: 6}).Bytes())
}

// TestBackgroundSeeds runs the fuzz target's seeds through the other feed.
func TestBackgroundSeeds(t *testing.T) {
	for n, file := range seeds(t) {
		want, _, wantErr := walk(t, file, 3)
		r := NewBackgroundReader(iotestChunks{bytes.NewReader(file)})
		got, err := readAll(t, r, 4)
		if !slices.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("file %d: got %d packets, error %v, want %d, %v", n, len(got), err, len(want), wantErr)
		}
	}
}

// iotestChunks reads 13 bytes at a time.
type iotestChunks struct{ r io.Reader }

func (c iotestChunks) Read(b []byte) (int, error) { return c.r.Read(b[:min(13, len(b))]) }
