package pcap

import (
	"bytes"
	"io"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

// rewinder reads the same file again and again: its header once, its records
// without end.
type rewinder struct {
	file   []byte
	header int
	at     int
}

func (r *rewinder) Read(b []byte) (int, error) {
	if r.at == len(r.file) {
		r.at = r.header
	}
	n := copy(b, r.file[r.at:])
	r.at += n
	return n, nil
}

func TestReadAllocs(t *testing.T) {
	ng := pcapfile.NewNg(le).Section(le).Interface(1, 0, opt(ifTSResol, uint8(0x80+20)))
	start := ng.Len()
	for i := range 2000 {
		ng.Enhanced(0, micros, 60, frame(60+i%900), opt(epbFlags, uint32(2)), opt(epbDropCount, uint64(1)))
		ng.Simple(60, frame(60)).Obsolete(0, 1, micros, 60, frame(60)).Statistics(0, 1, opt(isbDropped, uint64(9)))
	}
	darwin := pcapfile.NewNg(le).Section(le).Interface(1, 0).Block(blockProcess, processBlock(le, 7, "curl"))
	darwinStart := darwin.Len()
	for range 2000 {
		darwin.Enhanced(0, micros, 60, frame(60), opt(epbFlags, uint32(2)), opt(epbProcess, uint32(0)))
	}
	rows := []struct {
		name   string
		file   []byte
		header int
	}{
		{"pcap", plainPcap(5000).Bytes(), 24},
		{"pcapng", ng.Bytes(), start},
		{"PKTAP", tapPcap(5000).Bytes(), 24},
		{"processes", darwin.Bytes(), darwinStart},
	}
	feeds := map[string]func(io.Reader) *Reader{
		"inline":     func(r io.Reader) *Reader { return newReader(newInline(r)) },
		"background": NewBackgroundReader,
	}
	for _, row := range rows {
		for name, open := range feeds {
			r := open(&rewinder{file: row.file, header: row.header})
			ps := make([]parse.Packet, 256)
			read := func() {
				for range 20 {
					if _, _, err := r.Read(ps); err != nil {
						t.Fatalf("%s, %s: %v", row.name, name, err)
					}
				}
			}
			for range 50 {
				read()
			}
			testkit.ZeroAllocs(t, row.name+", "+name, read)
			_ = r.Close()
		}
	}
}

func BenchmarkRead(b *testing.B) {
	mixed := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: 1})
	mixedNg := pcapfile.NewNg(le).Section(le).Interface(1, 0)
	for i := range 20000 { // sizes as on a busy link: half small, a third full
		n := 66
		switch i % 6 {
		case 0, 1:
			n = 1514
		case 2:
			n = 400
		}
		mixed.Packet(someSec, uint32(i), frame(n))
		mixedNg.Enhanced(0, micros+uint64(i), uint32(n), frame(n))
	}
	rows := []struct {
		name string
		file []byte
	}{
		{"pcap", mixed.Bytes()},
		{"pcapng", mixedNg.Bytes()},
	}
	for _, row := range rows {
		b.Run(row.name, func(b *testing.B) { benchmark(b, row.file) })
		b.Run(row.name+"-zstd", func(b *testing.B) { benchmark(b, zstdOf(b, row.file)) })
		b.Run(row.name+"-gzip", func(b *testing.B) { benchmark(b, pcapfile.Gzip(row.file)) })
	}
}

func benchmark(b *testing.B, file []byte) {
	ps := make([]parse.Packet, 256)
	var packets uint64
	var size int64
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, _, err = r.Read(ps)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		packets += r.Info().Packets
		size = r.Info().Offset
	}
	b.SetBytes(size)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
