package capture

import (
	"context"
	"errors"
	"io"

	"sockeye/parse/pcap"
)

// RunSource reads one source into one sink, in the same way as live capture,
// until the source ends, ctx is done or Config.Count is reached, and returns nil
// then. Otherwise it returns the source's error; everything before it has been
// handed over. A packet that may not be judged since Options.Filter applies to no
// link type met so far is a *filter.Error. The source is closed and the sink has ended its block when
// RunSource returns.
func (e *Engine) RunSource(ctx context.Context, src Source, sink Sink) error {
	w := e.newWorker(src, &lane{sink: sink})
	if f := e.cfg.Options.Filter; f != nil {
		w.picky, w.match = true, matcher{filter: f, src: src}
	}
	e.set(func() { e.file = w })
	defer context.AfterFunc(ctx, w.abandon)()
	w.run()
	sink.EndBlock()
	if errors.Is(w.err, io.EOF) || errors.Is(w.err, errLimit) {
		return nil
	}
	return w.err
}

// fileStatuses returns a status for each interface of the source of RunSource.
// A file tells of its interfaces as it is read; any other source has one.
func (w *worker) fileStatuses() []InterfaceStatus {
	state := StateCapturing
	select {
	case <-w.done:
		state = StateEnded
	default:
	}
	stats := w.poll()
	described, ok := w.src.(interface{ Interfaces() []pcap.Interface })
	if !ok {
		s := InterfaceStatus{Name: "source", Kind: "source", State: state, Queues: 1, Stats: stats}
		w.tallies.addAll(&s)
		s.settle()
		return []InterfaceStatus{s}
	}
	ifaces := described.Interfaces()
	out := make([]InterfaceStatus, len(ifaces))
	for i := range ifaces {
		s := &out[i]
		*s = InterfaceStatus{Slot: uint16(i), Name: ifaces[i].Name, Kind: "file", Link: ifaces[i].Link, State: state, Queues: 1}
		w.tallies.addSlot(s.Slot, s)
		// The file's own losses; what it delivered is what was read of it.
		s.Stats.Dropped = ifaces[i].Dropped()
		s.Stats.Received = s.Stats.Dropped + s.Packets + s.Excluded
	}
	if len(out) > 0 {
		out[0].Stats.Damaged = stats.Damaged
	}
	return out
}
