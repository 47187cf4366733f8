package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"
)

// errStalled says that nobody read the output when the run ended.
var errStalled = errors.New("write output: the reader has stopped reading")

// output writes records in a goroutine of its own, so that a reader who is
// behind holds up nobody. It has two buffers: one is written while the next is
// filled.
type output struct {
	free   chan []byte   // buffers to be filled
	work   chan []byte   // buffers to be written
	done   chan struct{} // closed when the goroutine has ended
	broken chan struct{} // closed when writing failed; err is set then
	err    error
}

// newOutput starts the goroutine. finish ends it.
func newOutput(w io.Writer) *output {
	const buffers = 2
	o := &output{
		free: make(chan []byte, buffers), work: make(chan []byte, buffers),
		done: make(chan struct{}), broken: make(chan struct{}),
	}
	for range buffers {
		o.free <- nil
	}
	go o.run(w)
	return o
}

func (o *output) run(w io.Writer) {
	defer close(o.done)
	for b := range o.work {
		if o.err == nil {
			if _, err := w.Write(b); err != nil {
				o.err = err
				close(o.broken)
			}
		}
		o.free <- b
	}
}

// room returns a buffer to fill, for send, or false when the reader is so far
// behind that there is none.
func (o *output) room() ([]byte, bool) {
	select {
	case b := <-o.free:
		return b[:0], true
	default:
		return nil, false
	}
}

// wait is room with patience: it gives up when ctx is done.
func (o *output) wait(ctx context.Context) ([]byte, bool) {
	select {
	case b := <-o.free:
		return b[:0], true
	case <-ctx.Done():
		return nil, false
	}
}

// send has a buffer from room or wait written.
func (o *output) send(b []byte) { o.work <- b }

// finish waits until everything is written, or ctx is done.
func (o *output) finish(ctx context.Context) error {
	close(o.work)
	select {
	case <-o.done:
		return writeError(o.err)
	case <-ctx.Done():
		return errStalled
	}
}

// writeError returns nil for a reader that went away, as head(1) does: it has
// got what it wanted.
func writeError(err error) error {
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return fmt.Errorf("write output: %w", err)
}

// stallTime is how long the end of a run waits for a reader who has stopped.
const stallTime = 5 * time.Second
