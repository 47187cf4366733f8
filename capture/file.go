package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"

	"sockeye/parse"
	"sockeye/parse/pcap"
)

// A File is a capture file as a Source; a block is what is read of it at a time.
// Where that may take long, of a pipe or through decompression, a goroutine reads
// ahead.
type File struct {
	name    string
	r       *pcap.Reader
	f       io.Closer // nil for a standard input that is not ours to close
	err     error     // what every further Read returns
	damaged atomic.Uint64
	closed  atomic.Bool
}

// OpenFile opens a pcap or pcapng file, plain or compressed with gzip or zstd;
// "-" is the standard input. A file must be a capture file to be opened
// (*pcap.FormatError, pcap.ErrEmpty, *pcap.VersionError, *pcap.DamagedError
// otherwise); of a pipe, whose first bytes may be long in coming, Read tells
// that. errors.Is(err, fs.ErrNotExist) and the like hold.
func OpenFile(path string) (*File, error) {
	f := &File{name: path}
	var (
		src  io.Reader
		wait bool
		err  error
	)
	if path == "-" {
		f.name = "standard input"
		src, wait, err = f.openStdin()
	} else {
		src, wait, err = f.openPath(path)
	}
	if err != nil {
		return nil, err
	}
	if file, ok := src.(*os.File); ok && wait && isPlain(file) {
		if f.r, err = pcap.NewReader(file); err != nil {
			if f.f != nil {
				_ = f.f.Close()
			}
			return nil, f.describe(err)
		}
		return f, nil
	}
	f.r = pcap.NewBackgroundReader(src)
	for wait {
		ok, err := f.r.Header()
		if err != nil {
			_ = f.Close()
			return nil, f.describe(err)
		}
		wait = !ok
	}
	return f, nil
}

// openPath opens a file by its name. wait says that its content is there and
// its header may be waited for.
func (f *File) openPath(path string) (src io.Reader, wait bool, err error) {
	st, err := os.Stat(path) // before it is opened, which a pipe would wait in
	if bad := (*fs.PathError)(nil); errors.As(err, &bad) {
		bad.Op = "open" // what was asked for
	}
	if err != nil {
		return nil, false, err
	}
	switch mode := st.Mode(); {
	case mode.IsDir():
		return nil, false, &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	case mode&fs.ModeNamedPipe != 0:
		p := &fifo{path: path}
		f.f = p
		return p, false, nil
	default:
		file, err := os.Open(path)
		f.f = file
		return file, mode.IsRegular(), err
	}
}

// isPlain reports whether a regular file has content that needs no decompression,
// from where it stands.
func isPlain(f *os.File) bool {
	var start [4]byte
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return false
	}
	n, err := f.ReadAt(start[:], at)
	return (err == nil || err == io.EOF) && pcap.CompressionOf(start[:n]) == pcap.Plain
}

func (f *File) openStdin() (src io.Reader, wait bool, err error) {
	st, err := os.Stdin.Stat()
	if err != nil {
		return nil, false, err
	}
	if st.Mode()&fs.ModeNamedPipe != 0 {
		if p := reopenPipe("/dev/stdin"); p != nil {
			f.f = p
			return p, false, nil
		}
	}
	return os.Stdin, st.Mode().IsRegular(), nil
}

// Read implements Source.
func (f *File) Read(ps []parse.Packet) (n int, more bool, err error) {
	if f.closed.Load() {
		return 0, false, ErrClosed
	}
	if f.err != nil {
		return 0, false, f.err
	}
	n, more, err = f.r.Read(ps)
	if err != nil {
		err = f.ended(err)
	}
	return n, more, err
}

// ended translates the error that the reader ended with and keeps it.
func (f *File) ended(err error) error {
	if f.closed.Load() {
		return ErrClosed
	}
	if _, ok := errors.AsType[*pcap.DamagedError](err); ok {
		f.damaged.Store(1)
	}
	f.err = err
	if err != io.EOF {
		f.err = f.describe(err)
	}
	return f.err
}

// describe names the file in an error, unless the system did.
func (f *File) describe(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	return fmt.Errorf("read %s: %w", f.name, err)
}

// Kept returns for how many more blocks a packet's Data stays valid.
func (f *File) Kept() int { return pcap.Kept }

// Stats implements Source. Dropped is what the file itself says was lost when
// it was captured; Damaged is 1 once the place is reached where it stops to
// make sense.
func (f *File) Stats() (Stats, error) {
	lost := f.r.Dropped()
	return Stats{
		Received: f.r.Info().Packets + lost,
		Dropped:  lost,
		Damaged:  f.damaged.Load(),
	}, nil
}

// Interfaces returns the interfaces met so far, by parse.Packet's Iface.
func (f *File) Interfaces() []pcap.Interface { return f.r.Interfaces() }

// Processes returns the processes met so far, by parse.Packet's Process.
func (f *File) Processes() *parse.Processes { return f.r.Processes() }

// swapped reports whether the numbers in the file's headers, where an interface
// is from, have another byte order than those of this machine.
func (f *File) swapped(iface uint16) bool {
	native := binary.NativeEndian.Uint16([]byte{0, 1}) == 1
	return f.r.BigEndian(iface) != native
}

// Info returns what is known of the file so far.
func (f *File) Info() pcap.Info { return f.r.Info() }

// Close implements Source. Where the system does not let go of a read under way
// (of a terminal, of a pipe on macOS), the goroutine in it ends when it returns.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	err := f.r.Close()
	if f.f != nil {
		err = errors.Join(err, f.f.Close())
	}
	return err
}
