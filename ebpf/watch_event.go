// Hot path: no allocation, once the names of the processes have been met.

package ebpf

import (
	"encoding/binary"
	"net/netip"

	"sockeye/track/proc"
)

// Offsets in an event, struct event of c/watch.h.
const (
	eventTime       = 0 // ns since boot
	eventCookie     = 8
	eventInode      = 16
	eventStart      = 24 // of the process, ns since boot
	eventCgroup     = 32
	eventTGID       = 40
	eventUID        = 44
	eventGID        = 48
	eventNetNS      = 52
	eventComm       = 56
	eventLocal      = 72
	eventRemote     = 88
	eventLocalPort  = 104 // in the byte order of the machine
	eventRemotePort = 106 // in that of the network
	eventKind       = 108
	eventFamily     = 109
	eventFlags      = 110
	eventAddresses  = 111 // their family: of AF_PACKET that of a frame's
	eventProtocol   = 112
	eventType       = 114
	eventSize       = 120
)

// Flags of an event.
const (
	hasLocal  = 1
	hasRemote = 2
	sends     = 4
	dual      = 8
)

// Families of addresses, of linux/socket.h, which other systems number otherwise.
const (
	afINET  = 2
	afINET6 = 10
)

// tick is the unit of proc.ID.Start in nanoseconds: USER_HZ is 100 wherever there is
// /proc.
const tick = 1e9 / 100

// maxNames bounds a decoder's memory of names.
const maxNames = 4096

// A decoder makes events of the records that the programs write.
type decoder struct {
	boot  int64               // when the machine was started, ns since the Unix epoch
	names map[[16]byte]string // so that a name is made once
}

func newDecoder() *decoder { return &decoder{names: map[[16]byte]string{}} }

// decode reads one record into h, and reports whether it is one. It keeps nothing of
// b.
func (d *decoder) decode(h *proc.Holding, b []byte) bool {
	if len(b) < eventSize {
		return false
	}
	b = b[:eventSize:eventSize]
	kind := proc.EventKind(b[eventKind])
	if kind < proc.SocketMade || kind > proc.ProcessEnded {
		return false
	}
	order := binary.LittleEndian
	flags := b[eventFlags]
	*h = proc.Holding{
		Inode: order.Uint64(b[eventInode:]),
		Event: proc.Event{
			Kind:   kind,
			Time:   d.boot + int64(order.Uint64(b[eventTime:])),
			Cookie: order.Uint64(b[eventCookie:]),
			NetNS:  uint64(order.Uint32(b[eventNetNS:])),
			Family: b[eventFamily],
			Type:   order.Uint16(b[eventType:]),
			Proto:  uint8(order.Uint16(b[eventProtocol:])), // of MPTCP, 262, that is TCP
			Dual:   flags&dual != 0,
			Sends:  flags&sends != 0,
			Process: proc.ID{
				PID:   int32(order.Uint32(b[eventTGID:])),
				Start: order.Uint64(b[eventStart:]) / tick,
			},
			Comm:   d.name(b[eventComm : eventComm+16]),
			UID:    order.Uint32(b[eventUID:]),
			GID:    order.Uint32(b[eventGID:]),
			Cgroup: order.Uint64(b[eventCgroup:]),
		},
	}
	if flags&hasLocal != 0 {
		h.Local = end(b[eventAddresses], b[eventLocal:eventLocal+16], order.Uint16(b[eventLocalPort:]))
	}
	if flags&hasRemote != 0 {
		h.Remote = end(b[eventAddresses], b[eventRemote:eventRemote+16], binary.BigEndian.Uint16(b[eventRemotePort:]))
	}
	return true
}

// end makes one end of a socket of what the kernel has of it. A family that has no
// such ends gives the zero AddrPort.
func end(family uint8, addr []byte, port uint16) netip.AddrPort {
	switch family {
	case afINET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr)), port)
	case afINET6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(addr)).Unmap(), port)
	}
	return netip.AddrPort{}
}

// name makes a string of a comm, up to its first NUL.
func (d *decoder) name(comm []byte) string {
	key := [16]byte(comm)
	if name, ok := d.names[key]; ok {
		return name
	}
	if len(d.names) == maxNames {
		clear(d.names)
	}
	n := 0
	for n < len(comm) && comm[n] != 0 {
		n++
	}
	name := string(comm[:n])
	d.names[key] = name
	return name
}
