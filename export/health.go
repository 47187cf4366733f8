package export

import (
	"time"

	"sockeye/track"
)

// Health is how a TCP connection fares. A name that ends in _sent is about the
// segments that ran from the local end to the remote one, _received about the
// others. Numbers that are 0 are left out.
type Health struct {
	Handshake   float64 `json:"handshake_ms,omitempty"` // from the SYN to the ACK that ends the handshake
	RTTSent     float64 `json:"rtt_sent_ms,omitempty"`  // smoothed: from a segment that was sent to its acknowledgement
	RTTReceived float64 `json:"rtt_received_ms,omitempty"`
	MinSent     float64 `json:"min_rtt_sent_ms,omitempty"`
	MinReceived float64 `json:"min_rtt_received_ms,omitempty"`

	RetransmitsSent     uint64 `json:"retransmits_sent,omitempty"`
	RetransmitsReceived uint64 `json:"retransmits_received,omitempty"`
	FastSent            uint64 `json:"fast_retransmits_sent,omitempty"`
	FastReceived        uint64 `json:"fast_retransmits_received,omitempty"`
	SpuriousSent        uint64 `json:"spurious_sent,omitempty"` // retransmits of what had arrived
	SpuriousReceived    uint64 `json:"spurious_received,omitempty"`
	DisorderSent        uint64 `json:"out_of_order_sent,omitempty"`
	DisorderReceived    uint64 `json:"out_of_order_received,omitempty"`
	DuplicatesSent      uint64 `json:"duplicate_acks_sent,omitempty"`
	DuplicatesReceived  uint64 `json:"duplicate_acks_received,omitempty"`
	ClosedSent          uint64 `json:"zero_windows_sent,omitempty"` // how often that end closed its window
	ClosedReceived      uint64 `json:"zero_windows_received,omitempty"`
	MissedSent          uint64 `json:"missed_sent,omitempty"` // gaps that were acknowledged: the capture did not see these segments
	MissedReceived      uint64 `json:"missed_received,omitempty"`
	MissedBytesSent     uint64 `json:"missed_bytes_sent,omitempty"`
	MissedBytesReceived uint64 `json:"missed_bytes_received,omitempty"`

	WindowSent     uint64 `json:"window_sent,omitempty"` // bytes that the local end last offered, scaled
	WindowReceived uint64 `json:"window_received,omitempty"`
	ScaleSent      *int   `json:"window_scale_sent,omitempty"` // of the local end; left out where it is not known or not used
	ScaleReceived  *int   `json:"window_scale_received,omitempty"`
	MSSSent        uint64 `json:"mss_sent,omitempty"` // that the local end announced
	MSSReceived    uint64 `json:"mss_received,omitempty"`
	SACK           bool   `json:"sack,omitempty"`       // both ends permitted it
	Timestamps     bool   `json:"timestamps,omitempty"` // both ends use them
}

// fill takes over what track found.
func (h *Health) fill(from *track.Health) {
	const s, r = track.Sent, track.Received
	*h = Health{
		Handshake: milliseconds(from.Handshake),
		RTTSent:   milliseconds(from.RTT[s]), RTTReceived: milliseconds(from.RTT[r]),
		MinSent: milliseconds(from.MinRTT[s]), MinReceived: milliseconds(from.MinRTT[r]),

		RetransmitsSent: uint64(from.Retransmits[s]), RetransmitsReceived: uint64(from.Retransmits[r]),
		FastSent: uint64(from.FastRetransmits[s]), FastReceived: uint64(from.FastRetransmits[r]),
		SpuriousSent: uint64(from.Spurious[s]), SpuriousReceived: uint64(from.Spurious[r]),
		DisorderSent: uint64(from.OutOfOrder[s]), DisorderReceived: uint64(from.OutOfOrder[r]),
		DuplicatesSent: uint64(from.DuplicateACKs[s]), DuplicatesReceived: uint64(from.DuplicateACKs[r]),
		ClosedSent: uint64(from.ZeroWindows[s]), ClosedReceived: uint64(from.ZeroWindows[r]),
		MissedSent: uint64(from.Missed[s]), MissedReceived: uint64(from.Missed[r]),
		MissedBytesSent: from.MissedBytes[s], MissedBytesReceived: from.MissedBytes[r],

		WindowSent: uint64(from.Window[s]), WindowReceived: uint64(from.Window[r]),
		ScaleSent: scale(from.Scale[s]), ScaleReceived: scale(from.Scale[r]),
		MSSSent: uint64(from.MSS[s]), MSSReceived: uint64(from.MSS[r]),
		SACK: from.SACK, Timestamps: from.Timestamps,
	}
}

// scales holds every window scale there is (RFC 7323), to be pointed at.
var scales = [...]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}

func scale(n int8) *int {
	if n < 0 || int(n) >= len(scales) {
		return nil
	}
	return &scales[n]
}

func milliseconds(d time.Duration) float64 { return rounded(float64(d) / float64(time.Millisecond)) }
