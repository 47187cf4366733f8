package main

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/track"
)

// playDemo has the first seconds of the demonstration played from a file, and returns
// how many packets it has.
func playDemo(t *testing.T, d time.Duration) (*filePlayer, int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "demo.pcap")
	packets := writeDemo(t, path, d)
	table, err := newCounting(track.Config{MaxFlows: 1 << 12, ShowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	p := &filePlayer{
		open: func() (*capture.File, error) { return capture.OpenFile(path) }, table: table, sink: table.Sink(0),
		changed: make(chan struct{}),
	}
	file, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.run(ctx, file)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		table.Close()
	})
	return p, packets
}

// writeDemo writes the first seconds of the demonstration into a pcap file.
func writeDemo(t *testing.T, path string, d time.Duration) (packets int) {
	t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d) // times in nanoseconds
	b = append(b, 2, 0, 4, 0)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 262144)
	b = binary.LittleEndian.AppendUint32(b, 1) // Ethernet
	_, src := openDemo(t, "")
	readDemo(t, src, d, func(ps []parse.Packet) {
		for i := range ps {
			p := &ps[i]
			packets++
			for _, n := range []uint32{uint32(p.Time / 1e9), uint32(p.Time % 1e9), uint32(len(p.Data)), p.WireLen} {
				b = binary.LittleEndian.AppendUint32(b, n)
			}
			b = append(b, p.Data...)
		}
	})
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return packets
}

// seen returns how many packets the table has by now.
func (p *filePlayer) seen() int {
	s := new(track.Snapshot)
	_, _, now := p.Span()
	p.table.Snapshot(s, track.Request{Now: now})
	return int(s.Totals.All.Packets)
}

// await polls until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 10 s", what)
		}
	}
}

// To the end as fast as can be, back to the middle, from there on in its own time and
// faster: each time the table has the packets up to that time, and no other.
func TestPlayer(t *testing.T) {
	const length = 20 * time.Second
	p, packets := playDemo(t, length)
	if n := p.seen(); n > packets/100 {
		t.Errorf("got %d packets of a file that is halted, want those of its first moment", n)
	}
	p.Play(true, 0)
	await(t, "read to the end", func() bool { on, _ := p.Playing(); return !on && p.seen() == packets })
	first, last, now := p.Span()
	if now != last || first < demoStart.UnixNano() || last > demoStart.Add(length).UnixNano() || last-first < int64(length)*9/10 {
		t.Errorf("got a span from %d to %d at %d", first, last, now)
	}

	middle := first + (last-first)/2
	p.GoTo(middle)
	await(t, "back", func() bool { _, _, now := p.Span(); return now == middle && p.seen() > 0 && p.seen() < packets })
	half := 0
	await(t, "halted", func() bool {
		n := p.seen()
		same := n == half
		half = n
		return same
	})
	s := new(track.Snapshot)
	p.table.Snapshot(s, track.Request{Now: middle})
	for i := range s.Flows {
		if s.Flows[i].Last > middle {
			t.Errorf("flow %d has a packet of %v after the time", s.Flows[i].ID, time.Duration(s.Flows[i].Last-middle))
		}
	}

	p.Play(true, 1)
	await(t, "in its own time", func() bool { return p.seen() > half })
	if _, _, now := p.Span(); now < middle || now > middle+int64(15*time.Second) {
		t.Errorf("got to %v after the middle", time.Duration(now-middle))
	}
	p.Play(true, 1000)
	await(t, "a thousand times as fast", func() bool { on, _ := p.Playing(); return !on && p.seen() == packets })

	p.Play(true, 0) // from the beginning again
	await(t, "again", func() bool { on, _ := p.Playing(); return !on && p.seen() == packets })
	p.GoTo(first)
	p.GoTo(last)
	await(t, "to and fro", func() bool { return p.seen() == packets })
}

// A file that is gone when it is to be read again is an error, and what was counted
// stays.
func TestPlayerLosesItsFile(t *testing.T) {
	p, packets := playDemo(t, 5*time.Second)
	p.Play(true, 0)
	await(t, "read to the end", func() bool { return p.seen() == packets })
	p.mu.Lock()
	p.open = func() (*capture.File, error) { return nil, os.ErrNotExist }
	p.mu.Unlock()
	p.GoTo(0)
	await(t, "told", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.err != nil })
	if n := p.seen(); n != packets {
		t.Errorf("got %d packets, want %d", n, packets)
	}
}
