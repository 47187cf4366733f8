package proc

import "encoding/binary"

// The request for packet sockets and the answer about one: struct packet_diag_req and
// packet_diag_msg of linux/packet_diag.h, with its attributes.
const (
	packetRequestLen = 20
	packetAnswerLen  = 16

	packetShowInfo, packetShowMemInfo = 0x1, 0x10

	packetInfo, packetUID, packetMemInfo = 0, 5, 6
)

// packetRequest asks for all packet sockets.
func packetRequest() (b [packetRequestLen]byte) {
	b[0] = afPacket
	binary.NativeEndian.PutUint32(b[8:], packetShowInfo|packetShowMemInfo)
	return b
}

// readPacketDiag reads an answer about a packet socket into s. It returns the index
// of the interface that it is bound to, 0 for all.
func readPacketDiag(b []byte, s *Socket) (device uint32, ok bool) {
	if len(b) < packetAnswerLen || b[0] != afPacket {
		return 0, false
	}
	*s = Socket{
		Family: afPacket, Type: uint16(b[1]), State: stateUnconnected,
		Proto:  binary.NativeEndian.Uint16(b[2:]),
		Inode:  uint64(binary.NativeEndian.Uint32(b[4:])),
		Cookie: binary.NativeEndian.Uint64(b[8:]),
	}
	for b = b[packetAnswerLen:]; len(b) > 0; {
		var typ uint16
		var value []byte
		if typ, value, b, ok = cutAttribute(b); !ok {
			break
		}
		switch {
		case typ == packetInfo && len(value) >= 4:
			device = binary.NativeEndian.Uint32(value)
		case typ == packetUID && len(value) >= 4 && s.Inode != 0:
			s.UID = binary.NativeEndian.Uint32(value)
		case typ == packetMemInfo && len(value) >= 4*skMemInfoDrops+4:
			s.ReceiveQueue = binary.NativeEndian.Uint32(value) // SK_MEMINFO_RMEM_ALLOC
			s.Drops = uint64(binary.NativeEndian.Uint32(value[4*skMemInfoDrops:]))
		}
	}
	return device, true
}
