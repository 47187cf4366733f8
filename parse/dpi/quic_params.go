package dpi

import "encoding/binary"

// Transport parameters that are kept: RFC 9000, section 18.2, and Google's.
const (
	quicParamIdle       = 0x01
	quicParamUDPPayload = 0x03
	quicParamMaxData    = 0x04
	quicParamActiveIDs  = 0x0e
	quicParamUserAgent  = 0x3129 // Google's: a text
	quicParamGrease     = 0x2ab2 // grease_quic_bit, RFC 9287: the fixed bit may be 0
)

// params reads the transport parameters of a client's hello. b is borrowed.
func (q *quicFlow) params(b []byte, fixed bool) {
	if fixed && len(b) >= 2 {
		b = b[2:] // the length of all
	}
	for len(b) > 0 {
		id, value, rest, ok := quicParam(b, fixed)
		if !ok {
			return
		}
		q.param(id, value)
		b = rest
	}
}

// quicParam takes the first parameter off b: numbers and lengths are variable
// since draft 27, of 16 bits before.
func quicParam(b []byte, fixed bool) (id uint64, value, rest []byte, ok bool) {
	var n uint64
	if fixed {
		if len(b) < 4 {
			return 0, nil, nil, false
		}
		id, n = uint64(binary.BigEndian.Uint16(b)), uint64(binary.BigEndian.Uint16(b[2:]))
		b = b[4:]
	} else {
		v, size := quicInt(b)
		l, more := quicInt(b[size:])
		if size == 0 || more == 0 {
			return 0, nil, nil, false
		}
		id, n, b = v, l, b[size+more:]
	}
	if n > uint64(len(b)) {
		return 0, nil, nil, false
	}
	return id, b[:n], b[n:], true
}

func (q *quicFlow) param(id uint64, value []byte) {
	v, _ := quicInt(value)
	switch id {
	case quicParamIdle:
		q.d.IdleTimeoutMS = v
	case quicParamUDPPayload:
		q.d.MaxUDPPayload = v
	case quicParamMaxData:
		q.d.MaxData = v
	case quicParamActiveIDs:
		q.d.ActiveIDs = v
	case quicParamUserAgent:
		q.d.UserAgent = text(value)
	case quicParamGrease:
		q.greased = true
	}
}
