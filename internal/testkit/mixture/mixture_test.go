package mixture

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"sockeye/parse"
	"sockeye/parse/pcap"
)

func TestWriteHoldsWhatWasAskedFor(t *testing.T) {
	want := Options{Packets: 20_000, Flows: 3_000, Seed: 1}
	var file bytes.Buffer
	n, err := Write(&file, want)
	if err != nil {
		t.Fatal(err)
	}
	if n.File != uint64(file.Len()) {
		t.Errorf("says %d bytes, wrote %d", n.File, file.Len())
	}
	r, err := pcap.NewReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	keys := map[parse.Key]int{}
	var packets int
	var wire uint64
	ps := make([]parse.Packet, 64)
	for {
		n, _, err := r.Read(ps)
		for i := range ps[:n] {
			p := &ps[i]
			p.Decode()
			if p.Status != 0 {
				t.Fatalf("packet %d has status %b", packets, p.Status)
			}
			keys[p.Key]++
			wire += uint64(p.WireLen)
			packets++
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if packets != want.Packets || len(keys) != want.Flows || wire != n.Wire {
		t.Errorf("got %d packets, %d flows, %d bytes; want %d, %d, %d",
			packets, len(keys), wire, want.Packets, want.Flows, n.Wire)
	}
}

func TestWriteIsDeterministic(t *testing.T) {
	var files [3]bytes.Buffer
	for i, seed := range []uint64{1, 1, 2} {
		if _, err := Write(&files[i], Options{Packets: 1000, Flows: 100, Seed: seed}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
		t.Error("the same seed gave two files")
	}
	if bytes.Equal(files[0].Bytes(), files[2].Bytes()) {
		t.Error("two seeds gave the same file")
	}
}
