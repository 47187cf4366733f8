package pcap

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"sockeye/internal/testkit/pcapfile"
)

// zstdOf compresses data as one zstd frame.
func zstdOf(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestCompression(t *testing.T) {
	file := plainPcap(2000).Bytes()
	_, want, err := read(t, file)
	if err != nil {
		t.Fatal(err)
	}
	half := len(file) / 2
	rows := []struct {
		name string
		file []byte
		comp Compression
	}{
		{"none", file, Plain},
		{"gzip", pcapfile.Gzip(file), Gzip},
		{"gzip in two members", append(pcapfile.Gzip(file[:half]), pcapfile.Gzip(file[half:])...), Gzip},
		{"zstd", zstdOf(t, file), Zstd},
		{"zstd in two frames", append(zstdOf(t, file[:half]), zstdOf(t, file[half:])...), Zstd},
		{"zstd after a skippable frame", append([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zstdOf(t, file)...), Zstd},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, got, err := read(t, row.file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("packets (-want +got):\n%s", d)
			}
			if i := r.Info(); i.Compression != row.comp || i.Offset != int64(len(file)) {
				t.Errorf("Info: got %v and %d bytes, want %v and %d", i.Compression, i.Offset, row.comp, len(file))
			}
		})
	}
}

func TestCompressionDamage(t *testing.T) {
	const packets = 2000
	file := plainPcap(packets).Bytes()
	_, want, _ := read(t, file)
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0xff
		return b
	}
	z, s := pcapfile.Gzip(file), zstdOf(t, file)
	rows := []struct {
		name   string
		file   []byte
		least  int // packets
		reason string
		is     error
	}{
		{"gzip cut short", z[:len(z)/2], 1, "gzip data is cut short", io.ErrUnexpectedEOF},
		{"gzip without its checksum", z[:len(z)-8], packets, "gzip data is cut short", io.ErrUnexpectedEOF},
		{"gzip with a wrong checksum", flip(z, len(z)-5), packets, "gzip data: gzip: invalid checksum", nil},
		{"gzip with something behind", append(bytes.Clone(z), "rubbish behind"...), packets, "gzip data: gzip: invalid header", nil},
		{"zstd cut short", s[:len(s)/2], 0, "zstd data is cut short", io.ErrUnexpectedEOF},
		{"zstd with a wrong checksum", flip(s, len(s)-1), 1, "zstd data: ", zstd.ErrCRCMismatch},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, err := NewReader(bytes.NewReader(row.file))
			var got []packet
			if err == nil {
				got, err = readAll(t, r, 64)
			}
			d, ok := errors.AsType[*DamagedError](err)
			if !ok || !strings.HasPrefix(d.Reason, row.reason) || row.is != nil && !errors.Is(err, row.is) {
				t.Fatalf("got error %v, want a damage: %s", err, row.reason)
			}
			if len(got) < row.least || d.Packets != uint64(len(got)) || d.Offset > int64(len(file)) {
				t.Errorf("got %d packets, %+v, want at least %d", len(got), d, row.least)
			}
			if diff := cmp.Diff(want[:len(got)], got); diff != "" {
				t.Errorf("packets before the damage (-want +got):\n%s", diff)
			}
		})
	}
}
