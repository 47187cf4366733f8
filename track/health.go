package track

import "time"

// Health is how a TCP connection fares. Where there are two, they are by way
// (Sent, Received): of the segments that went this way. Copies of a packet on
// other interfaces count nothing, and a GRO or GSO frame counts as the segments it
// stands for. Keep-alives and tests of a closed window are neither sent again nor
// out of order.
type Health struct {
	// Handshake is the time from the first SYN to the ACK that ends the handshake,
	// SYNs that were sent again included; 0 if that was not seen.
	Handshake time.Duration

	// RTT is the smoothed time (RFC 6298, Karn's rule or timestamps) from a segment
	// of this way passing the capture to its acknowledgement passing it: on a
	// client, Sent is the network's and the server's time, Received this machine's.
	// Both together are the round trip between the ends. 0 if it is not known.
	RTT    [2]time.Duration
	MinRTT [2]time.Duration // the shortest

	// Retransmits are segments whose data had passed before, or which came so late
	// behind their successor that the first one was lost before the capture.
	Retransmits     [2]uint32
	FastRetransmits [2]uint32 // of these, after three duplicate ACKs (RFC 5681)
	Spurious        [2]uint32 // of these, of data that had already been acknowledged, or was reported to have come twice (RFC 2883)
	OutOfOrder      [2]uint32 // segments that came behind their successor, or behind their acknowledgement, for the first time
	DuplicateACKs   [2]uint32 // while data was under way (RFC 5681, RFC 6675)
	ZeroWindows     [2]uint32 // how often this end closed its window; at most 65535
	Missed          [2]uint32 // gaps that were acknowledged: sent, but not captured
	MissedBytes     [2]uint64

	Window     [2]uint32 // bytes this end last offered, scaled where the scale is known
	Scale      [2]int8   // its window scale; -1 if not known or not used
	MSS        [2]uint16 // from its SYN; 0 if not known
	SACK       bool      // both ends permitted it
	Timestamps bool      // both ends use them
}
