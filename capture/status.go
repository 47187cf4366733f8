package capture

import (
	"time"

	"sockeye/parse"
)

// State says what the engine does with an interface.
type State uint8

const (
	StateWaiting   State = iota // not opened yet
	StateCapturing              // being read
	StateDown                   // it is down
	StateGone                   // it does not exist
	StateFailed                 // it could not be opened or read; tried again with back-off
	StateEnded                  // the source was read to its end, or the capture of it was ended
)

// String returns the state as exports write it.
func (s State) String() string {
	return [...]string{"waiting", "capturing", "down", "gone", "failed", "ended"}[s]
}

// AnyName is the name of the target that stands for every interface.
const AnyName = "any"

// InterfaceStatus is what the engine knows of one slot of its interface table.
//
// For an interface that has sources of its own, and for "any":
//
//	Stats.Received = Stats.Dropped + Packets + Excluded + Unread
//
// counts frames as the kernel hands them over (a GRO frame is one). What
// single interfaces carried through "any" has Through set; its Packets and
// Excluded are parts of those of "any", where the losses are counted too.
type InterfaceStatus struct {
	Slot  uint16 // Packet.Iface of its packets; the same for as long as the engine lives
	Name  string
	Index int            // the kernel's index, as last seen; 0 for "any" and in files
	Kind  string         // see link.Interface.Kind; "any", "file"
	Link  parse.LinkType // how its frames start
	State State
	// Through is "any" when its packets come from the socket for all
	// interfaces, and empty otherwise.
	Through   string
	Queues    int // rings, while it is captured and after the end
	RingBytes int // their memory together, as asked for

	Stats    Stats  // from the kernel, at most a second old; exact after Run
	Packets  uint64 // frames handed to the sinks
	Bytes    uint64 // their length on the wire
	Excluded uint64 // frames left out by Options.Direction, and by Options.Filter where no kernel does that
	Unread   uint64 // frames received and not read: still in a ring, or given up at the end

	Gaps    int           // how often capture was interrupted
	GapTime time.Duration // how long altogether, a gap that lasts included

	Err error // why it failed last; nil while all is well
}

// Interfaces returns the state of every interface that was captured, in the
// order of Slot. It may be called from any goroutine, before, during and after
// a run.
func (e *Engine) Interfaces() []InterfaceStatus {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file != nil {
		return e.file.fileStatuses()
	}
	out := e.slots.statuses()
	now := time.Now()
	for _, p := range e.ports {
		p.describe(out, now)
	}
	for i := range out {
		out[i].settle()
	}
	return out
}

// settle derives what is left.
func (s *InterfaceStatus) settle() {
	if read := s.Stats.Dropped + s.Packets + s.Excluded; s.Through == "" && s.Stats.Received > read {
		s.Unread = s.Stats.Received - read
	}
}
