package ebpf

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"sync"
	"sync/atomic"
	"time"

	cebpf "github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"

	"sockeye/track/proc"
)

// WatchOptions are the settings of a Watcher.
type WatchOptions struct {
	// RingSize is the size in bytes of the ring through which the events come: a
	// power of two, at least a page; others are rounded up. 128 bytes hold one
	// event. 0 is 2 MiB.
	RingSize int

	without []string // hooks that this kernel shall not have
}

// defaultRing takes the events of a busy machine for half a second: 16,384. Its memory is
// mapped twice, so twice as much of it shows as resident.
const defaultRing = 2 << 20

const (
	// batchSize is how many events Run hands over at once.
	batchSize = 256
	// gather is how long events may gather before they are handed over: each time
	// that Run waits for the first of them costs a wake-up. The programs rely on it
	// to be longer than a millisecond, see submit in c/watch.h.
	gather = 5 * time.Millisecond
	// come is how long those may lie there that nobody is woken for: processes that
	// begin and end, on a busy machine hundreds a second, and sockets that are closed.
	come = 250 * time.Millisecond
	// relist is how often the sockets may be listed again after events were lost.
	relist = time.Second
)

// A Watcher learns from the kernel which process has which socket: it implements
// proc.Watcher. Its programs stay in the kernel until Close, or until this process
// ends.
//
// Of a socket it tells who made it and who uses it, once, and again when another
// process does. Processes that share a socket take turns: those that were told lately
// are told again after a second at the soonest. TCP and UDP sockets are not told when
// they are made, but when they get their ends. A connection that came in is the
// listening socket's until a process has sent or received on it.
//
// What it keeps is in the sockets themselves, about 400 bytes each, and goes with
// them. When that does not fit (sysctl net.core.optmem_max), Stats counts it as Full.
type Watcher struct {
	maps   *cebpf.Collection
	reader *ringbuf.Reader
	files  *link.Iter // nil where the kernel has no such iterator
	links  []link.Link
	hooks  []proc.Hook

	events atomic.Uint64
	closed chan struct{}

	mu     sync.Mutex // over what follows, and against Close
	counts [3]uint64  // as last read
	done   bool
}

// Keys of the map of counts, as in c/watch.h.
const (
	countLost = iota
	countFull
	countOver
)

// NewWatcher loads the programs and attaches them. It fails where TCP connections
// cannot be told; what else could not be attached, and why, Stats says.
//
// It needs Linux 5.12 with type information (BTF), CAP_BPF and CAP_PERFMON; for the
// cgroup hooks CAP_NET_ADMIN besides, and a mounted cgroup2. The error matches
// fs.ErrPermission (it is a *PermissionError then) or ErrNotSupported accordingly.
func NewWatcher(o WatchOptions) (*Watcher, error) {
	if err := mayWatch(); err != nil {
		return nil, err
	}
	spec, err := loadWatch()
	if err != nil {
		return nil, fmt.Errorf("read programs: %w", err)
	}
	if o.RingSize <= 0 {
		o.RingSize = defaultRing
	}
	size := max(o.RingSize, os.Getpagesize())
	spec.Maps[watchMapEvents].MaxEntries = 1 << bits.Len(uint(size-1))

	w := &Watcher{closed: make(chan struct{})}
	if err := w.open(spec, o.without); err != nil {
		w.Close() // the error that counts is err
		return nil, watchError(err)
	}
	return w, nil
}

// open makes the maps, loads the programs and attaches them.
func (w *Watcher) open(spec *cebpf.CollectionSpec, without []string) (err error) {
	bare := spec.Copy()
	clear(bare.Programs)
	if w.maps, err = cebpf.NewCollection(bare); err != nil {
		return fmt.Errorf("make maps: %w", err)
	}
	if w.reader, err = ringbuf.NewReader(w.maps.Maps[watchMapEvents]); err != nil {
		return fmt.Errorf("open ring: %w", err)
	}
	return w.attachAll(spec, without)
}

// Run hands over events in batches, as proc.Watcher says. It returns nil after Close.
// When events were lost it lists all sockets again, as soon as it has read what there
// is, so that only what has ended meanwhile stays unknown.
func (w *Watcher) Run(events func([]proc.Event)) error {
	r := run{
		w: w, decoder: newDecoder(), events: events,
		batch: make([]proc.Event, 0, batchSize), pause: time.NewTimer(0),
	}
	defer r.pause.Stop()
	if err := r.list(); err != nil {
		return err
	}
	for {
		more, err := r.read()
		if err != nil {
			if errors.Is(err, os.ErrClosed) {
				return nil
			}
			return fmt.Errorf("read ring: %w", err)
		}
		if more {
			continue
		}
		r.pause.Reset(gather)
		select {
		case <-w.closed:
			return nil
		case <-r.pause.C:
		}
		// No list tells of the frames that were too many.
		if lost := w.readCounts()[countLost]; lost != r.lost && time.Since(r.listed) >= relist {
			if r.list() != nil {
				r.lost = 0 // events come all the same: try again
			}
		}
	}
}

// A run is the state of Run.
type run struct {
	w       *Watcher
	decoder *decoder
	events  func([]proc.Event)
	batch   []proc.Event
	record  ringbuf.Record
	pause   *time.Timer

	lost   uint64    // before the sockets were listed
	listed time.Time // last
}

// read waits for events, though not for long, and hands over a batch. It tells whether
// more are there.
func (r *run) read() (more bool, err error) {
	var h proc.Holding
	r.w.reader.SetDeadline(time.Now().Add(come))
	for len(r.batch) < cap(r.batch) {
		err := r.w.reader.ReadInto(&r.record)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			more = false
			break
		}
		if err != nil {
			return false, err
		}
		if len(r.batch) == 0 {
			r.decoder.boot = bootTime() // the wait may have been long
		}
		if r.decoder.decode(&h, r.record.RawSample) {
			r.batch = append(r.batch, h.Event)
		}
		if more = r.record.Remaining > 0; !more {
			break
		}
	}
	r.flush()
	return more, nil
}

func (r *run) flush() {
	if len(r.batch) == 0 {
		return
	}
	r.w.events.Add(uint64(len(r.batch)))
	r.events(r.batch)
	r.batch = r.batch[:0]
}

// list hands over all sockets that there are.
func (r *run) list() error {
	r.lost, r.listed = r.w.readCounts()[countLost], time.Now()
	err := r.w.holders(r.decoder, func(h proc.Holding) {
		if r.batch = append(r.batch, h.Event); len(r.batch) == cap(r.batch) {
			r.flush()
		}
	})
	r.flush()
	if errors.Is(err, os.ErrClosed) || errors.Is(err, ErrNotSupported) {
		return nil // the ring tells of the one, Stats of the other
	}
	return err
}

// Holders lists which process has which socket open, as proc.Watcher says: those of
// processes in this process's pid namespace. The error matches ErrNotSupported where
// the kernel has no such list.
func (w *Watcher) Holders(each func(proc.Holding)) error {
	return w.holders(newDecoder(), each)
}

func (w *Watcher) holders(d *decoder, each func(proc.Holding)) error {
	list, err := w.openFiles()
	if err != nil {
		return err
	}
	defer list.Close()
	d.boot = bootTime()
	in := bufio.NewReaderSize(list, 64<<10)
	var record [eventSize]byte
	for {
		if _, err := io.ReadFull(in, record[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("list open files: %w", err)
		}
		var h proc.Holding
		if d.decode(&h, record[:]) {
			each(h)
		}
	}
}

// openFiles begins a reading of the iterator.
func (w *Watcher) openFiles() (io.ReadCloser, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil, os.ErrClosed
	}
	if w.files == nil {
		return nil, fmt.Errorf("list open files: %w", ErrNotSupported)
	}
	list, err := w.files.Open()
	if err != nil {
		return nil, fmt.Errorf("list open files: %w", err)
	}
	return list, nil
}

// Stats returns counts since the start. It may be called at any time.
func (w *Watcher) Stats() proc.WatcherStats {
	counts := w.readCounts()
	return proc.WatcherStats{
		Events: w.events.Load(),
		Lost:   counts[countLost] + counts[countOver],
		Full:   counts[countFull],
		Hooks:  w.hooks,
	}
}

// readCounts returns what the programs have counted.
func (w *Watcher) readCounts() [3]uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.done {
		for i := range w.counts {
			// The map has these keys, always.
			_ = w.maps.Maps[watchMapCounts].Lookup(uint32(i), &w.counts[i])
		}
	}
	return w.counts
}

// Close takes the programs out of the kernel and ends Run.
func (w *Watcher) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil
	}
	w.done = true
	close(w.closed)
	var errs []error
	for _, l := range w.links {
		errs = append(errs, l.Close())
	}
	if w.reader != nil {
		errs = append(errs, w.reader.Close())
	}
	if w.maps != nil {
		w.maps.Close()
	}
	return errors.Join(errs...)
}
