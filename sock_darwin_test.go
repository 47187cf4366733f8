package main

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"sockeye/bpfdev"
	"sockeye/capture"
	"sockeye/internal/testkit"
	"sockeye/parse"
)

// threeRecords are what one read of an Ethernet interface with extended headers
// returns: a packet sent, one received, and one whose length is damaged.
func threeRecords(t *testing.T) []byte {
	t.Helper()
	head := func(caplen, flags string) string {
		return "2c3b4c68 00000000" + caplen + "ea050000 3e00 00" + flags +
			"f5010000 6375726c" + strings.Repeat("00", 34) // pid 501, "curl"
	}
	const frame = "020000000002 020000000001 0800"
	b, err := hex.DecodeString(strings.ReplaceAll(
		head("0e000000", "01")+frame+
			head("0e000000", "00")+"020000000001 020000000002 0800"+
			head("ffffff00", "00")+frame, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBPFSourceRead(t *testing.T) {
	buf := threeRecords(t)
	s := &bpfSource{link: parse.LinkEthernet, slot: 7, mac: []byte{2, 0, 0, 0, 0, 1}, decap: true}
	s.told.In = new(parse.Processes)
	ps := make([]parse.Packet, 2)
	for i := range ps {
		ps[i] = parse.Packet{Segs: 9, TagTCI: 9, TagTPID: 9, Proto2: 9, Process: 9} // of another source
	}

	s.walk = bpfdev.Walk(buf, true)
	n, more, err := s.Read(ps)
	if n != 2 || !more || err != nil {
		t.Fatalf("first read: got %d, %v, %v, want 2, true, <nil>", n, more, err)
	}
	for i, hint := range []parse.Hint{parse.HintOutgoing, parse.HintHost} {
		p := &ps[i]
		if p.Hint != hint {
			t.Errorf("packet %d: hint %d, want %d", i, p.Hint, hint)
		}
		if len(p.Data) != 14 || p.WireLen != 1514 || p.Link != parse.LinkEthernet || p.Iface != 7 || !p.Decap {
			t.Errorf("packet %d: %d of %d bytes, link %v, slot %d, decap %v", i, len(p.Data), p.WireLen, p.Link, p.Iface, p.Decap)
		}
		if p.Segs != 0 || p.TagTCI != 0 || p.TagTPID != 0 || p.Proto2 != 0 {
			t.Errorf("packet %d keeps fields of another: %+v", i, p)
		}
	}
	if of, ok := s.told.In.At(ps[0].Process); !ok || of != (parse.Process{PID: 501, Name: "curl"}) {
		t.Errorf("what is sent: got process %+v, want curl, 501", of)
	}
	if ps[1].Process != 0 {
		t.Errorf("what is received: got process %d, want none", ps[1].Process)
	}
	if n, more, err = s.Read(ps); n != 0 || more || err != nil {
		t.Errorf("read of the damaged record: got %d, %v, %v, want 0, false, <nil>", n, more, err)
	}
	if got := s.damaged.Load(); got != 1 {
		t.Errorf("damaged: got %d, want 1", got)
	}
	if got := s.delivered.Load(); got != 2 {
		t.Errorf("delivered: got %d, want 2", got)
	}
	testkit.ZeroAllocs(t, "read", func() {
		s.walk = bpfdev.Walk(buf, true)
		s.Read(ps)
	})
}

func TestOpenLive(t *testing.T) {
	slot := func(int) (uint16, bool) { return 3, true }
	if _, err := openLive(capture.Target{Any: true, Slot: slot}, capture.Options{}); !errors.Is(err, capture.ErrNotSupported) {
		t.Errorf("all interfaces: got %v, want %v", err, capture.ErrNotSupported)
	}

	loopback := capture.Target{Name: "lo0", Index: 1, Link: parse.LinkNull, Loopback: true, Queues: 1, RingBytes: 1 << 20, Slot: slot}
	sources, err := openLive(loopback, capture.Options{})
	if errors.Is(err, fs.ErrPermission) {
		testkit.Root(t)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) != 1 {
		t.Fatalf("got %d sources, want 1", len(sources))
	}
	if _, err := sources[0].Stats(); err != nil {
		t.Errorf("statistics: %v", err)
	}
	if err := sources[0].Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, _, err := sources[0].Read(make([]parse.Packet, 1)); !errors.Is(err, capture.ErrClosed) {
		t.Errorf("read after close: got %v, want %v", err, capture.ErrClosed)
	}
}
