// Package capture turns kernel rings, BPF devices and capture files into one
// stream of decoded packets a queue, and says what was lost on the way.
package capture

import (
	"errors"

	"sockeye/parse"
)

// ErrClosed is what Read returns after Close.
var ErrClosed = errors.New("capture: source closed")

// ErrNotSupported is returned where the system has no way to capture.
var ErrNotSupported = errors.New("capture: not supported on this system")

// A Source is one queue of captured frames: a ring, a BPF device, a file. One
// goroutine reads it; Stats and Close may be called from any.
type Source interface {
	// Read fills the first group of fields of ps[:n] (see parse.Packet) and
	// leaves the rest alone. It waits until there is a packet, until the source
	// has something else to do (n == 0, more == false, err == nil; at most
	// 250 ms), or until the source ends: io.EOF at the end of a file, ErrClosed
	// after Close. An error may come together with n > 0.
	//
	// more is false when the block (the unit in which the kernel hands over
	// packets) is used up: the reader then lets go of its locks before it calls
	// Read again. The packets' Data is valid until that Read, the first one after
	// the end of their block.
	Read(ps []parse.Packet) (n int, more bool, err error)

	// Stats returns the counters since the source was opened.
	Stats() (Stats, error)

	// Close makes a waiting Read return ErrClosed and releases the source once
	// that Read has returned.
	Close() error
}

// Stats are a source's own counters, cumulative.
type Stats struct {
	Received uint64 // packets that the kernel offered to the source, the dropped ones included
	Dropped  uint64 // of those, packets that found the ring full
	Freezes  uint64 // how often the ring was full (TPACKET_V3)
	Damaged  uint64 // records that could not be walked (a bug or a damaged file)
}

// Add adds t to s.
func (s *Stats) Add(t Stats) {
	s.Received += t.Received
	s.Dropped += t.Dropped
	s.Freezes += t.Freezes
	s.Damaged += t.Damaged
}

// A Sink takes the decoded packets of one queue, from one goroutine.
type Sink interface {
	// Packets takes a batch. The packets are borrowed until it returns, their
	// Data until EndBlock returns. The sink may keep a lock from here to there.
	Packets(ps []parse.Packet)
	// EndBlock ends a block: locks are let go, counters published. It is also
	// called when a wait ended without packets.
	EndBlock()
}
