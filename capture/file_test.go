package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
	"sockeye/parse/pcap"
)

var _ Source = (*File)(nil)

// captureOf is a pcap file of n packets of 60 bytes.
func captureOf(n int) []byte {
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 1})
	for i := range n {
		f.Packet(1_700_000_000, uint32(i), make([]byte, 60))
	}
	return f.Bytes()
}

func writeFile(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openFile(t *testing.T, path string) *File {
	t.Helper()
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// drain reads to the end and returns the number of packets.
func drain(f *File) (packets int, err error) {
	ps := make([]parse.Packet, 64)
	for err == nil {
		var n int
		n, _, err = f.Read(ps)
		packets += n
	}
	return packets, err
}

func TestFile(t *testing.T) {
	ng := pcapfile.NewNg(binary.BigEndian)
	ng.Section(binary.BigEndian).Interface(1, 0, pcapfile.Option{Code: 2, Value: "eth0"}).
		Enhanced(0, 1, 60, make([]byte, 60)).
		Statistics(0, 1, pcapfile.Option{Code: 5, Value: uint64(7)})
	whole := captureOf(3000)
	rows := []struct {
		name    string
		content []byte
		packets int
		err     string // after the file's name; "" is the end of the file
		stats   Stats
	}{
		{"pcap", whole, 3000, "", Stats{Received: 3000}},
		{"pcapng with losses", ng.Bytes(), 1, "", Stats{Received: 8, Dropped: 7}},
		{"gzip", pcapfile.Gzip(whole), 3000, "", Stats{Received: 3000}},
		{"no packets", whole[:24], 0, "", Stats{}},
		{"cut short", whole[:24+76*3-1], 2, "damaged at byte 176, after 2 packets: file is cut short: it ends 75 bytes into a record", Stats{Received: 2, Damaged: 1}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			path := writeFile(t, "a", row.content)
			f := openFile(t, path)
			n, err := drain(f)
			want := io.EOF.Error()
			if row.err != "" {
				want = "read " + path + ": " + row.err
			}
			if n != row.packets || err.Error() != want {
				t.Errorf("got %d packets and %v, want %d and %s", n, err, row.packets, want)
			}
			if _, _, again := f.Read(make([]parse.Packet, 1)); again != err {
				t.Errorf("Read after the end: got %v, want %v again", again, err)
			}
			if s, err := f.Stats(); err != nil || s != row.stats {
				t.Errorf("Stats: got %+v, %v, want %+v", s, err, row.stats)
			}
		})
	}
	f := openFile(t, writeFile(t, "a", ng.Bytes()))
	if _, err := drain(f); err != io.EOF {
		t.Fatal(err)
	}
	if all := f.Interfaces(); len(all) != 1 || all[0].Name != "eth0" {
		t.Errorf("Interfaces: got %+v, want eth0", all)
	}
	if i := f.Info(); i.Format != pcap.FormatPcapng || i.Packets != 1 {
		t.Errorf("Info: got %+v, want one packet of pcapng", i)
	}
}

func TestOpenFileErrors(t *testing.T) {
	dir := t.TempDir()
	text := writeFile(t, "text", []byte("no capture at all"))
	empty := writeFile(t, "empty", nil)
	half := writeFile(t, "half", captureOf(0)[:9])
	rows := []struct {
		name, path, want string
		is               error
	}{
		{"missing", dir + "/none", "open " + dir + "/none: no such file or directory", fs.ErrNotExist},
		{"directory", dir, "open " + dir + ": is a directory", syscall.EISDIR},
		{"empty", empty, "read " + empty + ": capture file is empty", pcap.ErrEmpty},
		{"text", text, "read " + text + `: not a capture file: starts with "no captu"`, nil},
		{"half a header", half, "read " + half + ": damaged at byte 0, after 0 packets: file header is cut short", nil},
		{"/dev/null", os.DevNull, "", nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f, err := OpenFile(row.path)
			if row.want == "" { // a device may be slow: its errors come from Read
				if err != nil {
					t.Fatal(err)
				}
				_, _, err = f.Read(make([]parse.Packet, 1))
				row.want, row.is = "read "+row.path+": capture file is empty", pcap.ErrEmpty
			}
			if err == nil || err.Error() != row.want || row.is != nil && !errors.Is(err, row.is) {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

// deadline fails the test when f takes longer than a second, which is four
// times what Read may take.
func deadline(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
		t.Fatalf("%s: still not done after 1s", what)
	}
}

// pipe is a named pipe and a File that reads it.
func pipe(t *testing.T) (path string, f *File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	deadline(t, "OpenFile without a writer", func() { f = openFile(t, path) })
	return path, f
}

func TestFilePipe(t *testing.T) {
	path, f := pipe(t)
	ps := make([]parse.Packet, 64)
	idle := func(when string) {
		t.Helper()
		deadline(t, "Read "+when, func() {
			if n, more, err := f.Read(ps); n != 0 || more || err != nil {
				t.Errorf("Read %s: got %d, %v, %v, want nothing", when, n, more, err)
			}
		})
	}
	idle("without a writer")
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	idle("before the header")
	content := captureOf(3)
	if _, err := w.Write(content[:24+76+30]); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the first packet", func() bool {
		n, more, err := f.Read(ps)
		if err != nil || n > 1 || more {
			t.Fatalf("got %d, %v, %v, want one packet", n, more, err)
		}
		return n == 1
	})
	idle("in the second record")
	if _, err := w.Write(content[24+76+30:]); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if n, err := drain(f); n != 2 || err != io.EOF {
		t.Errorf("got %d packets and %v, want the other 2 and the end", n, err)
	}
}

// waitFor polls, for ten seconds at most.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatalf("waited 10s for %s", what)
		}
	}
}

func TestFilePipeErrors(t *testing.T) {
	for name, row := range map[string]struct{ content, want string }{
		"text":    {"not a capture", `not a capture file: starts with "not a ca"`},
		"nothing": {"", "capture file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			path, f := pipe(t)
			go func() {
				if err := os.WriteFile(path, []byte(row.content), 0o600); err != nil {
					t.Error(err)
				}
			}()
			if n, err := drain(f); n != 0 || err == nil || !strings.HasSuffix(err.Error(), row.want) {
				t.Errorf("got %d packets, error %v, want %s", n, err, row.want)
			}
		})
	}
}

// TestFileClose checks that Close ends a Read that waits, whatever for.
func TestFileClose(t *testing.T) {
	rows := map[string]func(path string) (io.Closer, error){
		"without a writer": func(string) (io.Closer, error) { return io.NopCloser(nil), nil },
		"for a header":     func(path string) (io.Closer, error) { return os.OpenFile(path, os.O_WRONLY, 0) },
		"for a packet": func(path string) (io.Closer, error) {
			w, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				_, err = w.Write(captureOf(0))
			}
			return w, err
		},
	}
	for name, connect := range rows {
		t.Run(name, func(t *testing.T) {
			path, f := pipe(t)
			w, err := connect(path)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			ended := make(chan error)
			go func() {
				_, err := drain(f)
				ended <- err
			}()
			deadline(t, "Close", func() {
				if err := f.Close(); err != nil {
					t.Error(err)
				}
				if err := <-ended; err != ErrClosed {
					t.Errorf("waiting Read: got %v, want ErrClosed", err)
				}
				if _, _, err := f.Read(make([]parse.Packet, 1)); err != ErrClosed {
					t.Errorf("Read after Close: got %v, want ErrClosed", err)
				}
				if err := f.Close(); err != nil {
					t.Errorf("second Close: %v", err)
				}
			})
		})
	}
}

// TestStdinFile checks that a standard input which somebody else has read in
// part is read from there on.
func TestStdinFile(t *testing.T) {
	stdin := os.Stdin
	defer func() { os.Stdin = stdin }()
	file, err := os.Open(writeFile(t, "a", append([]byte("read by the shell\n"), captureOf(5)...)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(18, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	os.Stdin = file
	if n, err := drain(openFile(t, "-")); n != 5 || err != io.EOF {
		t.Errorf("got %d packets and %v, want 5 and the end", n, err)
	}
	if _, err := OpenFile("-"); err == nil || err.Error() != "read standard input: capture file is empty" {
		t.Errorf("at its end: got %v, want that it is empty", err)
	}
}

// TestStdinPipe runs itself with a pipe for its standard input, since that is
// opened anew by its name.
func TestStdinPipe(t *testing.T) {
	const child = "SOCKEYE_TEST_STDIN"
	if os.Getenv(child) != "" {
		f, err := OpenFile("-")
		if err != nil {
			t.Fatal(err)
		}
		ps := make([]parse.Packet, 64)
		packets := 0
		waitFor(t, "3 packets", func() bool {
			n, _, err := f.Read(ps)
			if err != nil {
				t.Fatal(err)
			}
			packets += n
			return packets == 3
		})
		go f.Close()
		if n, err := drain(f); n != 0 || err != ErrClosed {
			t.Fatalf("got %d packets and %v after Close, want ErrClosed", n, err)
		}
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.Write(captureOf(3)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestStdinPipe$", "-test.timeout=30s")
	cmd.Env = append(os.Environ(), child+"=1")
	cmd.Stdin = r
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("reading a pipe that stays open: %v\n%s", err, out)
	}
}

func TestFileAllocs(t *testing.T) {
	f := openFile(t, writeFile(t, "a", captureOf(400_000)))
	ps := make([]parse.Packet, 256)
	read := func() {
		if _, _, err := f.Read(ps); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		read()
	}
	testkit.ZeroAllocs(t, "Read", read)
}

func BenchmarkFile(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a")
	content := captureOf(200_000)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	packets := 0
	for b.Loop() {
		f, err := OpenFile(path)
		if err != nil {
			b.Fatal(err)
		}
		n, err := drain(f)
		if err != io.EOF {
			b.Fatal(err)
		}
		packets += n
		_ = f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
