// Hot path: no allocation.

package pcap

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

const (
	// chunkLen is how much is read at a time. It stays in the second cache, so
	// that the walk finds there what the system has just copied. A mapped file
	// takes twice the time: the copy is a better prefetch than the processor's.
	chunkLen = 128 << 10
	// headroom is the space before a chunk's data, for the start of a record
	// that began in the chunk before it.
	headroom = 64 << 10
	// ringLen chunks of a background reader are under way: one being walked, some
	// full, one being read.
	ringLen = 8
	// patience is how long next waits. It leaves the caller some of the 250 ms
	// in which it must answer.
	patience = 200 * time.Millisecond
)

// errIdle is what next returns when no chunk came in time.
var errIdle = errors.New("no data yet")

// A chunk is a buffer of file content. Its data starts at headroom.
type chunk struct {
	buf  []byte
	n    int         // bytes of data
	comp Compression // of the file
	err  error       // what came after the data
}

func newChunk() *chunk { return &chunk{buf: make([]byte, headroom+chunkLen)} }

// read fills the chunk once, whatever it gets.
func (c *chunk) read(s *stream) {
	for range 100 {
		n, err := s.Read(c.buf[headroom+c.n:])
		c.n, c.err, c.comp = c.n+n, err, s.comp
		if n > 0 || err != nil {
			return
		}
	}
	c.err = io.ErrNoProgress
}

// A feed hands out chunks in the order of the file. A chunk with an error is
// the last one. Chunks that are used up go back by recycle.
type feed interface {
	next() (*chunk, error)
	recycle(*chunk)
	close()
}

// inline is a feed that reads when it is asked to.
type inline struct {
	s    stream
	free []*chunk
}

func newInline(r io.Reader) *inline {
	return &inline{s: stream{src: sourceReader{r: r}}}
}

func (f *inline) next() (*chunk, error) {
	if len(f.free) == 0 {
		f.free = append(f.free, newChunk()) // some are kept, see Kept
	}
	c := f.free[len(f.free)-1]
	f.free = f.free[:len(f.free)-1]
	c.n, c.err = 0, nil
	c.read(&f.s)
	return c, nil
}

func (f *inline) recycle(c *chunk) { f.free = append(f.free, c) }

// close has nothing to do: without concurrency, a decompressor is memory only.
func (f *inline) close() {}

// background is a feed that a goroutine reads and decompresses ahead for.
type background struct {
	free, full chan *chunk
	quit       chan struct{}
	once       sync.Once
	timer      *time.Timer
}

func newBackground(r io.Reader) *background {
	const all = ringLen + Kept
	f := &background{
		free:  make(chan *chunk, all),
		full:  make(chan *chunk, all),
		quit:  make(chan struct{}),
		timer: time.NewTimer(patience),
	}
	for range all {
		f.free <- newChunk()
	}
	go f.run(r)
	return f
}

// run is the goroutine. It ends after the last chunk or at close; where a read
// cannot be interrupted, once that returns.
func (f *background) run(r io.Reader) {
	s := stream{src: sourceReader{r: r}}
	defer s.close()
	for {
		var c *chunk
		select {
		case c = <-f.free:
		case <-f.quit:
			return
		}
		c.n, c.err = 0, nil
		for c.err == nil && headroom+c.n < len(c.buf) {
			c.read(&s)
			if len(f.full) == 0 {
				break // the other side has nothing left: hand over what there is
			}
		}
		last := c.err != nil
		select {
		case f.full <- c:
		case <-f.quit:
			return
		}
		if last {
			return
		}
	}
}

func (f *background) next() (*chunk, error) {
	select {
	case <-f.quit:
		return nil, os.ErrClosed
	case c := <-f.full:
		return c, nil
	default:
	}
	f.timer.Reset(patience)
	select {
	case <-f.quit:
		return nil, os.ErrClosed
	case c := <-f.full:
		return c, nil
	case <-f.timer.C:
		return nil, errIdle
	}
}

func (f *background) recycle(c *chunk) { f.free <- c }

func (f *background) close() { f.once.Do(func() { close(f.quit) }) }

// window is the part of the file that is being walked.
type window struct {
	feed  feed
	win   []byte // unread content, contiguous
	off   int64  // of win in the uncompressed file
	cur   *chunk // holds win; nil while spill does
	lent  bool   // packets that are in cur or spill have been handed out
	kept  []*chunk
	spill []byte // joins what does not fit into a chunk
	comp  Compression
	end   error // what comes after win
}

// advance drops the first n bytes of the window.
func (w *window) advance(n int) {
	w.win = w.win[n:]
	w.off += int64(n)
}

// extend appends at least one byte to the window, or returns why it cannot:
// errIdle to try again, anything else for good. Slices of the window are void
// afterwards.
func (w *window) extend() error {
	if w.end != nil {
		return w.end
	}
	c, err := w.feed.next()
	if err != nil {
		return err
	}
	w.end, w.comp = c.err, c.comp
	data := c.buf[headroom : headroom+c.n]
	if len(w.win) > headroom {
		w.join(data)
		w.feed.recycle(c)
	} else {
		start := headroom - copy(c.buf[headroom-len(w.win):headroom], w.win)
		w.win = c.buf[start : headroom+c.n]
		w.leave()
		w.cur, w.spill = c, nil
	}
	if len(data) == 0 {
		return w.end
	}
	return nil
}

// join makes room for a record that is larger than the headroom. It grows with
// the bytes that are there, never by what a header claims.
func (w *window) join(data []byte) {
	if w.cur != nil || w.lent {
		w.spill = append(make([]byte, 0, 2*(len(w.win)+len(data))), w.win...)
		w.leave()
	} else {
		w.spill = w.spill[:copy(w.spill, w.win)]
	}
	w.spill = append(w.spill, data...)
	w.win = w.spill
}

// leave gives up the memory that the window was in. It is kept while packets in
// it are valid; of spilled ones the collector takes care.
func (w *window) leave() {
	switch {
	case w.cur == nil:
	case !w.lent:
		w.feed.recycle(w.cur)
	default:
		w.kept = append(w.kept, w.cur)
		if len(w.kept) > Kept {
			w.feed.recycle(w.kept[0])
			w.kept = append(w.kept[:0], w.kept[1:]...)
		}
	}
	w.cur, w.lent = nil, false
}
