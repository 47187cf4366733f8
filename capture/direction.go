package capture

import (
	"fmt"

	"sockeye/parse"
)

// Direction says which way captured packets run, seen from this machine.
type Direction uint8

const (
	DirInOut Direction = iota // both ways
	DirIn                     // to this machine: everything but what it sends
	DirOut                    // from this machine: PACKET_OUTGOING of packet(7)
)

// ParseDirection reads the value of --direction: in, out or inout.
func ParseDirection(s string) (Direction, error) {
	switch s {
	case "inout", "":
		return DirInOut, nil
	case "in":
		return DirIn, nil
	case "out":
		return DirOut, nil
	}
	return DirInOut, fmt.Errorf("parse direction %q: want in, out or inout", s)
}

// String returns the name that ParseDirection reads.
func (d Direction) String() string {
	switch d {
	case DirIn:
		return "in"
	case DirOut:
		return "out"
	default:
		return "inout"
	}
}

// admits tells whether a packet with hint h runs in direction d. A packet of
// which nothing is known (a file without direction) runs both ways: leaving it
// out would hide traffic on a guess. As pcap_setdirection(3PCAP) has it, what
// is not outgoing is incoming.
func (d Direction) admits(h parse.Hint) bool {
	switch {
	case d == DirInOut || h == parse.HintNone:
		return true
	case d == DirOut:
		return h == parse.HintOutgoing
	default:
		return h != parse.HintOutgoing
	}
}
