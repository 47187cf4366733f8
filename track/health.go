package track

import "time"

// Health is how a TCP connection fares. Where there are two, they are by way
// (Sent, Received): of the segments that went this way.
type Health struct {
	Handshake time.Duration // from the SYN to the ACK that ends the handshake; 0 if that was not seen

	// RTT is the smoothed time (RFC 6298, Karn's rule or timestamps) from a segment
	// of this way passing the capture to its acknowledgement passing it: on a
	// client, Sent is the network's and the server's time, Received this machine's.
	RTT    [2]time.Duration
	MinRTT [2]time.Duration

	Retransmits     [2]uint32 // segments whose data had passed before
	FastRetransmits [2]uint32 // of these, after three duplicate ACKs
	Spurious        [2]uint32 // of these, of data that had already been acknowledged
	OutOfOrder      [2]uint32 // segments that came later than their successor, for the first time
	DuplicateACKs   [2]uint32
	ZeroWindows     [2]uint32 // how often this end closed its window
	Missed          [2]uint32 // gaps that were acknowledged: sent, but not captured
	MissedBytes     [2]uint64

	Window     [2]uint32 // bytes this end last offered, scaled where the scale is known
	Scale      [2]int8   // its window scale; -1 if not known or not used
	MSS        [2]uint16 // from its SYN; 0 if not known
	SACK       bool      // both ends permitted it
	Timestamps bool      // both ends use them
}
