// Hot path: no allocation.

package capture

import "sockeye/parse"

// A Relay is a Sink that passes packets on to another goroutine, so that the
// next ones are read and decoded while they are counted: reading a file uses
// two processors that way. It holds the packets' own bytes no longer than a
// Sink may: EndBlock returns when all of the block has been taken.
type Relay struct {
	to   Sink
	fill []parse.Packet      // what is being gathered
	full chan []parse.Packet // what is to be taken
	free chan []parse.Packet // memory for more
	done chan struct{}       // the goroutine has ended
}

// A relay's batches are large, since each may cost the other side a wake-up
// (about 5 µs), and few, so that they stay in the processor's cache.
const (
	relayBatch   = 512
	relayBatches = 4
)

// NewRelay returns a Relay to a sink, which from now on belongs to the relay's
// goroutine. Close ends that.
func NewRelay(to Sink) *Relay {
	r := &Relay{
		to:   to,
		full: make(chan []parse.Packet, relayBatches),
		free: make(chan []parse.Packet, relayBatches),
		done: make(chan struct{}),
	}
	for range relayBatches {
		r.free <- make([]parse.Packet, 0, relayBatch)
	}
	r.fill = <-r.free
	go r.run()
	return r
}

func (r *Relay) run() {
	defer close(r.done)
	for ps := range r.full {
		r.to.Packets(ps)
		r.free <- ps[:0]
	}
}

// Packets passes a batch on.
func (r *Relay) Packets(ps []parse.Packet) {
	for len(ps) > 0 {
		n := min(len(ps), relayBatch-len(r.fill))
		r.fill = append(r.fill, ps[:n]...)
		ps = ps[n:]
		if len(r.fill) == relayBatch {
			r.full <- r.fill
			r.fill = <-r.free
		}
	}
}

// EndBlock waits until everything has been taken, and ends the block there.
func (r *Relay) EndBlock() {
	if len(r.fill) > 0 {
		r.full <- r.fill
		r.fill = <-r.free
	}
	var held [relayBatches - 1][]parse.Packet
	for i := range held {
		held[i] = <-r.free
	}
	r.to.EndBlock() // the goroutine has nothing to do now
	for _, b := range held {
		r.free <- b
	}
}

// Close ends the goroutine. EndBlock must have come before.
func (r *Relay) Close() {
	close(r.full)
	<-r.done
}
