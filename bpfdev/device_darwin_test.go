package bpfdev

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

func openLoopback(t *testing.T, filter []bpf.RawInstruction) *Device {
	t.Helper()
	d, err := Open(Config{Interface: "lo0", Timeout: 50 * time.Millisecond, Filter: always(filter)})
	if errors.Is(err, fs.ErrPermission) {
		testkit.Root(t)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// always returns prog whatever frames start with; nil for none.
func always(prog []bpf.RawInstruction) func(uint16) ([]bpf.RawInstruction, error) {
	if prog == nil {
		return nil
	}
	return func(uint16) ([]bpf.RawInstruction, error) { return prog, nil }
}

// talk sends a datagram of n bytes that begin with marker over loopback.
func talk(t *testing.T, marker string, n int) {
	t.Helper()
	to, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	payload := append([]byte(marker), make([]byte, n-len(marker))...)
	if _, err := to.WriteTo(payload, to.LocalAddr()); err != nil {
		t.Fatal(err)
	}
}

// find reads d until a record holds marker. Loopback shows each frame once:
// a second one fails the test.
func find(t *testing.T, d *Device, marker string) (found Record) {
	t.Helper()
	seen := 0
	// A second copy would be in the same buffer or the next.
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		buf, err := d.Read()
		if err != nil {
			t.Fatal(err)
		}
		var r Record
		w := Walk(buf, d.Extended())
		for w.Next(&r) {
			if bytes.Contains(r.Data, []byte(marker)) {
				found, seen = r, seen+1
				found.Data = bytes.Clone(r.Data)
			}
		}
		if w.Damaged() {
			t.Fatalf("a buffer of the kernel is damaged: % x", buf)
		}
		if seen > 0 && len(buf) == 0 {
			break
		}
	}
	if seen != 1 {
		t.Fatalf("got the datagram %d times, want once", seen)
	}
	return found
}

func TestDevice(t *testing.T) {
	const marker, size, snap = "sockeye looks at lo0", 500, 96
	d := openLoopback(t, []bpf.RawInstruction{{Op: 0x06, K: snap}}) // ret #96
	if d.LinkType() != 0 {
		t.Errorf("link type: got %d, want 0 (NULL)", d.LinkType())
	}
	talk(t, marker, size)
	r := find(t, d, marker)
	if len(r.Data) != snap {
		t.Errorf("captured length: got %d, want %d", len(r.Data), snap)
	}
	if want := uint32(4 + 20 + 8 + size); r.WireLen != want {
		t.Errorf("wire length: got %d, want %d", r.WireLen, want)
	}
	if age := time.Since(time.Unix(0, r.Time)); age < -time.Second || age > time.Minute {
		t.Errorf("captured %v ago", age)
	}
	if r.Extended && !r.Out {
		t.Error("loopback shows frames as sent, got received")
	}
	s, err := d.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if s.Seen == 0 {
		t.Error("the kernel has counted no packet")
	}
}

func TestFilterIsInForceAtOnce(t *testing.T) {
	d := openLoopback(t, []bpf.RawInstruction{{Op: 0x06}}) // ret #0
	talk(t, "nobody sees this", 100)
	for range 3 {
		if buf, err := d.Read(); err != nil || len(buf) > 0 {
			t.Fatalf("got %d bytes and %v, want nothing", len(buf), err)
		}
	}
}

func TestSetFilter(t *testing.T) {
	const marker = "sockeye sees lo0 again"
	d := openLoopback(t, []bpf.RawInstruction{{Op: 0x06}})
	talk(t, "nobody sees this", 100)
	if err := d.SetFilter([]bpf.RawInstruction{{Op: 0x06, K: 100}}); err != nil {
		t.Fatal(err)
	}
	talk(t, marker, 50)
	find(t, d, marker)
	if err := d.SetFilter([]bpf.RawInstruction{{Op: 0x05, K: 9}}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a filter that jumps out of itself: got %v, want %v", err, unix.EINVAL)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.SetFilter([]bpf.RawInstruction{{Op: 0x06}}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after close: got %v, want %v", err, fs.ErrClosed)
	}
}

func TestCloseEndsRead(t *testing.T) {
	d := openLoopback(t, []bpf.RawInstruction{{Op: 0x06}})
	ended := make(chan error, 1)
	go func() {
		for {
			if _, err := d.Read(); err != nil {
				ended <- err
				return
			}
		}
	}()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("read after close: got %v, want %v", err, fs.ErrClosed)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("read did not return after close")
	}
	if _, err := d.Stats(); err != nil {
		t.Errorf("statistics after close: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	openLoopback(t, nil) // the rights are there
	tests := []struct {
		name   string
		config Config
		want   error
	}{
		{"no such interface", Config{Interface: "nope0", Timeout: time.Second}, unix.ENXIO},
		{"a filter that jumps out of itself",
			Config{Interface: "lo0", Timeout: time.Second, Filter: always([]bpf.RawInstruction{{Op: 0x05, K: 9}})}, unix.EINVAL},
		{"a filter that cannot be made",
			Config{Interface: "lo0", Timeout: time.Second, Filter: func(uint16) ([]bpf.RawInstruction, error) { return nil, fs.ErrInvalid }}, fs.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Open(tt.config)
			if err == nil {
				d.Close()
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
