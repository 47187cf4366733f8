package term

import (
	"bytes"
	"time"

	tb "github.com/nsf/termbox-go"
)

// input is what termbox tells: bytes, a new size, or an error.
type input struct {
	bytes  []byte
	resize bool
	w, h   int
	err    error
}

// poll passes on what termbox tells. It ends by tb.Interrupt only, since that waits for
// somebody to take it.
func poll(done <-chan struct{}, to chan<- input) {
	var buf [4096]byte
	for {
		var in input
		switch ev := tb.PollRawEvent(buf[:]); ev.Type {
		case tb.EventInterrupt:
			return
		case tb.EventRaw:
			in.bytes = bytes.Clone(buf[:ev.N])
		case tb.EventResize:
			in = input{resize: true, w: ev.Width, h: ev.Height}
		case tb.EventError:
			in.err = ev.Err
		}
		select {
		case to <- in:
		case <-done:
		}
		if in.err != nil {
			<-done // the error would come again and again
		}
	}
}

// read turns input into events.
func (t *Terminal) read(done <-chan struct{}, from <-chan input) {
	var d decoder
	wait := time.NewTimer(time.Hour)
	defer wait.Stop()
	for {
		select {
		case <-done:
			return
		case in := <-from:
			switch {
			case in.err != nil:
				t.deliver(done, Event{Kind: Failed, Err: in.err})
			case in.resize:
				t.screen.repaint()
				t.deliver(done, Event{Kind: Resize, X: in.w, Y: in.h})
			default:
				t.deliver(done, d.Feed(in.bytes)...)
			}
		case <-wait.C:
			t.deliver(done, d.Expire()...)
		}
		if left := d.Wait(); left > 0 {
			wait.Reset(left)
		} else {
			wait.Stop()
		}
	}
}

// deliver passes events on, and waits for who takes them.
func (t *Terminal) deliver(done <-chan struct{}, all ...Event) {
	for _, ev := range all {
		if t.answer.take(ev) {
			continue
		}
		select {
		case t.events <- ev:
		case <-done:
			return
		}
	}
}
