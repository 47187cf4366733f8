package bpfdev

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// minBuffer holds the largest frame that an interface may hand over, a TSO
// frame of 64 KiB, with room for its headers.
const minBuffer = 128 << 10

// Config says what Open shall open.
type Config struct {
	Interface string        // its name
	Buffer    int           // bytes of each of the kernel's two buffers and of the reader's one; the kernel may give less
	Timeout   time.Duration // how long Read waits for the buffer to fill, in steps of 10 ms; must be positive
	LinkType  uint16        // LINKTYPE_ value that is wanted of an interface that offers several
	Promisc   bool          // take frames that are for other machines too, where the link has such a mode

	// Filter returns the first filter, for frames that start as that LINKTYPE_
	// value says; nil takes everything.
	Filter func(link uint16) ([]bpf.RawInstruction, error)
}

// A Device is one open BPF device, attached to one interface. One goroutine
// reads it; the other methods may be called from any.
type Device struct {
	buf      []byte
	extended bool
	link     uint16 // LINKTYPE_ value

	// fd is used with a read lock held and closed with the write lock: a number
	// of a closed descriptor may belong to another file by then.
	mu     sync.RWMutex
	fd     int
	closed bool

	statMu      sync.Mutex
	seen, drops counter
}

// Open opens a free BPF device and attaches it to an interface. A filter that
// rejects everything is set first and is in force when the device is attached
// (bpf_setif does not touch it), so that no packet that Config.Filter rejects is
// ever delivered.
//
// errors.Is(err, fs.ErrPermission) holds when the user may not open BPF
// devices. An interface that does not exist gives ENXIO, a filter that the
// kernel does not take EINVAL; the error of Config.Filter is returned as it is.
func Open(c Config) (*Device, error) {
	fd, err := openFree()
	if err != nil {
		return nil, err
	}
	d := &Device{fd: fd}
	if err := d.configure(c); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return d, nil
}

// openFree opens a BPF device that nobody uses: /dev/bpf where there is such a
// node, which gives a free one at once, or the first free one of those with a
// number. The kernel makes the next whenever the last is opened (bpfopen), up
// to 256.
func openFree() (int, error) {
	if fd, err := open("/dev/bpf"); err == nil {
		return fd, nil
	}
	for i := 0; ; i++ {
		fd, err := open("/dev/bpf" + strconv.Itoa(i))
		switch {
		case err == nil:
			return fd, nil
		case errors.Is(err, unix.EBUSY):
			continue
		case i > 0 && errors.Is(err, unix.ENOENT):
			return -1, fmt.Errorf("open /dev/bpf: all %d devices: %w", i, unix.EBUSY)
		}
		return -1, err
	}
}

func open(path string) (int, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return fd, nil
		case errors.Is(err, unix.EINTR):
			continue
		}
		return -1, &fs.PathError{Op: "open", Path: path, Err: err}
	}
}

// configure sets what must be set before the device is attached, attaches it,
// and sets the rest.
func (d *Device) configure(c Config) error {
	// A kernel without this private ioctl answers EINVAL: then the records have
	// plain headers and no direction.
	d.extended = setUint(d.fd, biocSExtHdr, "BIOCSEXTHDR", 1) == nil

	if err := setUint(d.fd, unix.BIOCIMMEDIATE, "BIOCIMMEDIATE", 0); err != nil {
		return err
	}
	if err := setTimeout(d.fd, c.Timeout); err != nil {
		return err
	}
	// Loopback shows every frame once, as sent (if_loop.c): without this it
	// would show none.
	if err := setUint(d.fd, unix.BIOCSSEESENT, "BIOCSSEESENT", 1); err != nil {
		return err
	}
	if err := setFilter(d.fd, unix.BIOCSETF, "BIOCSETF", rejectAll); err != nil {
		return err
	}
	if err := d.attach(c.Interface, max(c.Buffer, minBuffer)); err != nil {
		return err
	}
	if err := d.selectLink(c.LinkType); err != nil {
		return err
	}
	if err := d.firstFilter(c.Filter); err != nil {
		return err
	}
	if !c.Promisc {
		return nil
	}
	err := ioctl(d.fd, unix.BIOCPROMISC, "BIOCPROMISC", nil)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil // a link without such a mode has nothing to hide either
	}
	return err
}

// rejectAll and acceptAll are the filters that take nothing, and everything.
var (
	rejectAll = []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K}}
	acceptAll = []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K, K: ^uint32(0)}}
)

// firstFilter lets packets in. The counters begin here, without what rejectAll
// rejected.
func (d *Device) firstFilter(of func(link uint16) ([]bpf.RawInstruction, error)) error {
	prog := acceptAll
	if of != nil {
		var err error
		if prog, err = of(d.link); err != nil {
			return err
		}
	}
	return setFilter(d.fd, unix.BIOCSETF, "BIOCSETF", prog)
}

// SetFilter puts another filter in place of the one that there is. The kernel
// runs the one or the other on each packet; what the old one took stays in the
// buffers, and the counters go on (BIOCSETFNR). After Close it returns
// fs.ErrClosed.
func (d *Device) SetFilter(prog []bpf.RawInstruction) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return fs.ErrClosed
	}
	return setFilter(d.fd, unix.BIOCSETFNR, "BIOCSETFNR", prog)
}

// attach binds the device to an interface. The kernel allocates the buffers
// then, and may have no memory for large ones.
func (d *Device) attach(name string, size int) error {
	for {
		got, err := setBufferLen(d.fd, size)
		if err != nil {
			return err
		}
		err = setInterface(d.fd, name)
		if err == nil {
			// bpfread takes no other length than that of its own buffers.
			d.buf = make([]byte, got)
			return nil
		}
		size = got / 2
		if !errors.Is(err, unix.ENOMEM) && !errors.Is(err, unix.ENOBUFS) || size < minBuffer {
			return err
		}
	}
}

// selectLink takes want if the interface offers it. The filter stays, and what
// it accepted of the other link type is thrown away (bpf_setdlt).
func (d *Device) selectLink(want uint16) error {
	dlt, err := getUint(d.fd, unix.BIOCGDLT, "BIOCGDLT")
	if err != nil {
		return err
	}
	d.link = linkTypeOf(dlt)
	if d.link != want && setUint(d.fd, unix.BIOCSDLT, "BIOCSDLT", dltOf(want)) == nil {
		d.link = want
	}
	return nil
}

// Read waits until a buffer is full or the timeout is over, and returns the
// records for Walk. They are valid until the next Read. No bytes and no error
// mean that nothing came. After Close it returns fs.ErrClosed; ENXIO says that
// the interface is gone.
func (d *Device) Read() ([]byte, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return nil, fs.ErrClosed
	}
	n, err := unix.Read(d.fd, d.buf)
	switch {
	case errors.Is(err, unix.EINTR):
		return nil, nil
	case err != nil:
		return nil, os.NewSyscallError("read", err)
	}
	return d.buf[:n:n], nil
}

// Extended tells whether the records have extended headers.
func (d *Device) Extended() bool { return d.extended }

// LinkType returns how frames start, a LINKTYPE_ value: Config.LinkType, or the
// interface's own where it does not offer that.
func (d *Device) LinkType() uint16 { return d.link }

// Stats are the kernel's counters of a device since it was opened.
type Stats struct {
	Seen    uint64 // packets that passed the interface, whether or not the filter took them
	Dropped uint64 // of those that it took, packets that found no room in the buffers
}

// Stats reads the counters. The kernel's have 32 bits: call it at least once in
// 2^32 packets. After Close it returns the last values.
func (d *Device) Stats() (Stats, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.sample()
}

// sample reads the counters, if the device is open. The caller holds mu.
func (d *Device) sample() (Stats, error) {
	d.statMu.Lock()
	defer d.statMu.Unlock()
	if !d.closed {
		now, err := getStats(d.fd)
		if err != nil {
			return Stats{}, err
		}
		d.seen.update(now.Recv)
		d.drops.update(now.Drop)
	}
	return Stats{Seen: d.seen.total, Dropped: d.drops.total}, nil
}

// Close releases the device. It waits for a Read to return, which takes at
// most the timeout.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.sample() // for later calls of Stats; without it they are a little old
	d.closed = true
	return os.NewSyscallError("close", unix.Close(d.fd))
}
