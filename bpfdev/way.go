// Hot path: no allocation.

package bpfdev

// Way says where a packet goes, in the terms of packet(7).
type Way uint8

const (
	WayUnknown   Way = iota
	WayHost          // to this machine
	WayBroadcast     // to all
	WayMulticast     // to a group
	WayOther         // to another machine, seen in promiscuous mode
	WayOut           // from this machine
)

// Way returns where the packet goes. mac is the interface's own Ethernet
// address, or empty when the packet does not start with an Ethernet header.
//
// The kernel tells the two directions apart, but it says "in" of whatever is
// not sent here. What is addressed to others only the destination tells, and
// without extended headers the source address has to stand in for the
// direction.
func (r *Record) Way(mac []byte) Way {
	switch {
	case r.Extended && r.Out:
		return WayOut
	case len(mac) != 6 || len(r.Data) < 12:
		if r.Extended {
			return WayHost
		}
		return WayUnknown
	}
	own, to, from := [6]byte(mac), [6]byte(r.Data), [6]byte(r.Data[6:])
	switch {
	case !r.Extended && from == own:
		return WayOut
	case to == own:
		return WayHost
	case to == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}:
		return WayBroadcast
	case to[0]&1 != 0: // the group bit of IEEE 802
		return WayMulticast
	default:
		return WayOther
	}
}
