// Hot path: no allocation.

package track

import (
	"encoding/binary"

	"sockeye/parse"
)

// Chunk types of SCTP (RFC 9260, 3.2, and RFC 8260).
const (
	sctpData             = 0
	sctpInit             = 1
	sctpInitAck          = 2
	sctpSack             = 3
	sctpHeartbeat        = 4
	sctpHeartbeatAck     = 5
	sctpAbort            = 6
	sctpShutdown         = 7
	sctpShutdownAck      = 8
	sctpCookieEcho       = 10
	sctpCookieAck        = 11
	sctpShutdownComplete = 14
	sctpIData            = 64
)

// maxChunks is how many chunks of a packet are looked at: what changes the state
// stands first (RFC 9260, 6.10).
const maxChunks = 4

// sctp takes the state of an association from a packet's chunks.
func (sh *Shard) sctp(f *flow, p *parse.Packet) {
	const header = 4
	b := p.PayloadBytes()
	for range maxChunks {
		if len(b) < header {
			return
		}
		f.chunk(b[0], p.Time)
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < header || n+3 > len(b) {
			return
		}
		b = b[(n+3)&^3:]
	}
}

// chunk takes one chunk into account. Data and heartbeats tell of an association
// whose beginning was not seen, but do not bring one back that is being shut down.
func (f *flow) chunk(kind uint8, ns int64) {
	switch kind {
	case sctpInit, sctpInitAck, sctpCookieEcho:
		if f.stage == StateNone || f.stage == SCTPClosed {
			f.stage, f.ended, f.why = SCTPInit, 0, Open
		}
	case sctpCookieAck:
		if f.stage != SCTPClosed {
			f.stage = SCTPEstablished
		}
	case sctpData, sctpIData, sctpSack, sctpHeartbeat, sctpHeartbeatAck:
		if f.stage == StateNone {
			f.stage = SCTPEstablished
		}
	case sctpShutdown, sctpShutdownAck:
		if f.stage != SCTPClosed {
			f.stage = SCTPShutdown
		}
	case sctpShutdownComplete:
		f.close(SCTPClosed, ByClose, ns)
	case sctpAbort:
		f.close(SCTPClosed, ByRST, ns)
	}
}

// close ends a flow by its own protocol, once.
func (f *flow) close(s State, why Reason, ns int64) {
	if f.ended == 0 {
		f.stage, f.why, f.ended = s, why, ns
	}
}
