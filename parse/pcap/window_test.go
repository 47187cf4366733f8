package pcap

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

// TestBackground checks that a goroutine that reads ahead changes nothing.
func TestBackground(t *testing.T) {
	large := pcapfile.NewPcap(be, pcapfile.Header{Magic: magicNano, Snap: 4 << 20, Link: 1})
	for i := range 50 { // past chunks, headroom and the ring, each several times
		large.Packet(someSec, uint32(i), frame(i%7*50_000)).Packet(someSec, uint32(i), frame(i%3*1_300_000))
	}
	rows := []struct {
		name string
		file []byte
	}{
		{"pcap", plainPcap(4000).Bytes()},
		{"pcapng", plainNg(4000).Bytes()},
		{"large records", large.Bytes()},
		{"gzip", pcapfile.Gzip(plainNg(4000).Bytes())},
		{"zstd", zstdOf(t, plainPcap(4000).Bytes())},
		{"cut short", plainPcap(4000).Bytes()[:500_000]},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, want, wantErr := read(t, row.file)
			synctest.Test(t, func(t *testing.T) {
				r := NewBackgroundReader(bytes.NewReader(row.file))
				defer r.Close()
				got, err := readAll(t, r, 100)
				if d := cmp.Diff(wantErr, err); d != "" {
					t.Errorf("error (-want +got):\n%s", d)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("packets (-want +got):\n%s", d)
				}
			})
		})
	}
}

// TestKept looks at packets as long as they are valid, whatever the source
// delivers at a time.
func TestKept(t *testing.T) {
	large := pcapfile.NewPcap(be, pcapfile.Header{Magic: magicNano, Snap: 4 << 20, Link: 1})
	for i := range 60 { // larger than the headroom, and than a chunk
		large.Packet(someSec, uint32(i), frame(i%7*20_000)).Packet(someSec, uint32(i), frame(i%3*150_000))
	}
	files := map[string][]byte{"pcap": plainPcap(20_000).Bytes(), "pcapng": plainNg(20_000).Bytes(), "large records": large.Bytes()}
	sources := map[string]func(io.Reader) io.Reader{
		"whole":  func(r io.Reader) io.Reader { return r },
		"halves": iotest.HalfReader,
		"pieces": func(r io.Reader) io.Reader { return &pieces{r, 7000} },
	}
	for name, file := range files {
		for source, wrap := range sources {
			t.Run(name+"/"+source, func(t *testing.T) {
				r, err := NewReader(wrap(bytes.NewReader(file)))
				if err != nil {
					t.Fatal(err)
				}
				checkKept(t, r)
				b := NewBackgroundReader(wrap(bytes.NewReader(file)))
				defer b.Close()
				checkKept(t, b)
			})
		}
	}
}

// pieces reads a little at a time.
type pieces struct {
	r    io.Reader
	most int
}

func (p *pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.most)]) }

// checkKept reads to the end and compares each packet with what it was, until it
// is not valid any more.
func checkKept(t *testing.T, r *Reader) {
	t.Helper()
	type kept struct {
		data  []byte
		was   string
		block int
	}
	var all []kept
	ps := make([]parse.Packet, 100)
	for ended := 0; ; {
		for i := range all {
			if string(all[i].data) != all[i].was {
				t.Fatalf("a packet of block %d has changed after block %d", all[i].block, ended-1)
			}
		}
		n, more, err := r.Read(ps)
		if err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		for len(all) > 0 && ended >= all[0].block+1+Kept {
			all = all[1:] // that Read was the one to end it
		}
		for i := range ps[:n] {
			all = append(all, kept{ps[i].Data, string(ps[i].Data), ended})
		}
		if n > 0 && !more {
			ended++
		}
	}
}

// TestBackgroundIdle checks that Read returns in time while nothing comes, and
// hands over what has come.
func TestBackgroundIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := plainPcap(2).Bytes()
		src, dst := io.Pipe()
		r := NewBackgroundReader(src)
		ps := make([]parse.Packet, 8)
		idle := func(when string) {
			t.Helper()
			start := time.Now()
			n, more, err := r.Read(ps)
			if n != 0 || more || err != nil {
				t.Errorf("Read %s: got %d, %v, %v, want nothing", when, n, more, err)
			}
			if d := time.Since(start); d < 100*time.Millisecond || d > 250*time.Millisecond {
				t.Errorf("Read %s took %v, want at most 250ms and no busy loop", when, d)
			}
		}
		write := func(b []byte) {
			if _, err := dst.Write(b); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		idle("before the file header")
		write(file[:10])
		idle("in the file header")
		write(file[10 : 24+20])
		idle("in the first record")
		write(file[24+20 : 24+56+3])
		if n, more, err := r.Read(ps); n != 1 || more || err != nil {
			t.Errorf("Read of one record and a bit: got %d, %v, %v, want 1 packet and no more", n, more, err)
		}
		idle("in the second record")
		write(file[24+56+3:])
		if n, _, err := r.Read(ps); n != 1 || err != nil {
			t.Errorf("Read of the second record: got %d, %v, want 1 packet", n, err)
		}
		_ = dst.Close()
		if n, _, err := r.Read(ps); n != 0 || err != io.EOF {
			t.Errorf("Read at the end: got %d, %v, want io.EOF", n, err)
		}
	})
}

// TestBackgroundClose checks that Close ends a Read that waits, and the
// goroutine once its own read returns: synctest fails where one is left.
func TestBackgroundClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, dst := io.Pipe()
		r := NewBackgroundReader(src)
		ended := make(chan error)
		go func() {
			_, _, err := r.Read(make([]parse.Packet, 8))
			ended <- err
		}()
		synctest.Wait()
		start := time.Now()
		_ = r.Close()
		if err := <-ended; !errors.Is(err, os.ErrClosed) || time.Since(start) != 0 {
			t.Errorf("waiting Read: got %v after %v, want os.ErrClosed at once", err, time.Since(start))
		}
		if _, _, err := r.Read(nil); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Read after Close: got %v, want os.ErrClosed", err)
		}
		_ = r.Close()
		_ = dst.Close()
	})
	synctest.Test(t, func(t *testing.T) { // with a full ring
		r := NewBackgroundReader(io.MultiReader(bytes.NewReader(plainPcap(1).Bytes()), endless{}))
		synctest.Wait()
		_ = r.Close()
	})
}

// endless is zeros without end: records without data.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestMemory checks that a record which claims to be large costs memory only
// as its bytes arrive.
func TestMemory(t *testing.T) {
	f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Snap: maxRecord, Link: 1})
	f.Record(0, 0, maxRecord, maxRecord, nil, frame(1000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, got, err := read(t, f.Bytes())
	runtime.ReadMemStats(&after)
	if len(got) != 0 || !isType[*DamagedError](err) || !strings.Contains(err.Error(), "cut short") {
		t.Fatalf("got %d packets, error %v, want a file that is cut short", len(got), err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("a claim of %d MiB took %d bytes of memory", maxRecord>>20, n)
	}
}
