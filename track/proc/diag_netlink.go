package proc

import (
	"encoding/binary"
	"syscall"
)

// A netlink message begins with a struct nlmsghdr, an attribute with a struct nlattr;
// both are padded to words (netlink(7)).
const (
	netlinkHeaderLen   = 16
	attributeHeaderLen = 4
	attributeNested    = 0x8000 // NLA_F_NESTED; NLA_F_NET_BYTEORDER is below it
	attributeType      = 0x3fff // NLA_TYPE_MASK

	netlinkError, netlinkDone = 2, 3 // NLMSG_ERROR, NLMSG_DONE

	flagRequest = 0x001 // NLM_F_REQUEST
	flagDump    = 0x300 // NLM_F_DUMP
)

// netlinkMessage is one message of what was received, whose memory it shares.
type netlinkMessage struct {
	typ  uint16
	seq  uint32
	body []byte
}

// cutMessage cuts the first message off b. It is not ok where b holds no whole one.
func cutMessage(b []byte) (m netlinkMessage, rest []byte, ok bool) {
	if len(b) < netlinkHeaderLen {
		return m, nil, false
	}
	n := int(binary.NativeEndian.Uint32(b))
	if n < netlinkHeaderLen || n > len(b) {
		return m, nil, false
	}
	m.typ, m.seq = binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint32(b[8:])
	m.body = b[netlinkHeaderLen:n:n]
	return m, b[min(align4(n), len(b)):], true
}

// failure returns the error that a message of type netlinkError or netlinkDone
// carries: a negative number, 0 for none.
func (m *netlinkMessage) failure() error {
	if len(m.body) < 4 {
		return nil // the end of a list, of an old kernel
	}
	if n := int32(binary.NativeEndian.Uint32(m.body)); n < 0 {
		return syscall.Errno(-n)
	}
	return nil
}

// putHeader writes the header of a message of the length of b.
func putHeader(b []byte, typ, flags uint16, seq uint32) {
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], typ)
	binary.NativeEndian.PutUint16(b[6:], flags)
	binary.NativeEndian.PutUint32(b[8:], seq)
	binary.NativeEndian.PutUint32(b[12:], 0) // the kernel knows who asks
}

// cutAttribute cuts the first attribute off b; its type is without flags. It is not
// ok where b holds no whole one.
func cutAttribute(b []byte) (typ uint16, value, rest []byte, ok bool) {
	if len(b) < attributeHeaderLen {
		return 0, nil, nil, false
	}
	n := int(binary.NativeEndian.Uint16(b))
	if n < attributeHeaderLen || n > len(b) {
		return 0, nil, nil, false
	}
	typ = binary.NativeEndian.Uint16(b[2:]) & attributeType
	return typ, b[attributeHeaderLen:n:n], b[min(align4(n), len(b)):], true
}

func align4(n int) int { return (n + 3) &^ 3 }
