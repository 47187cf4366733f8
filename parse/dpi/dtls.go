package dpi

// dtlsSignature tells DTLS by its records.
var dtlsSignature = signature{
	proto:  DTLS,
	ports:  []uint16{4433, 5246, 5247, 5349, 5684}, // CAPWAP, TURN, CoAPS (IANA)
	packet: func(s *sample) match { return max(isDTLS(s.head[ToServer], s.wire), isDTLS(s.head[ToClient], s.wire)) },
	new:    newDTLS,
}

const (
	dtlsHeader   = 13 // type, version, epoch, sequence number, length (RFC 6347 4.1)
	dtlsFragment = 12 // type, length, message number, offset and length of the fragment (4.2.2)

	recordCID = 25 // tls12_cid (RFC 9146): its header has a connection id of unknown length
	recordACK = 26 // of DTLS 1.3 (RFC 9147 7)
)

// isDTLS reports whether a datagram is records from end to end, and is sure of
// those of a handshake. wire is its length; b is shorter if the capture cut it.
func isDTLS(b []byte, wire int) match {
	cut := len(b) < wire
	b = unwrapCAPWAP(b)
	best := no
	for len(b) > 0 {
		if best != no && (isUnified(b[0]) || cut && len(b) < dtlsHeader) {
			return best
		}
		if len(b) < dtlsHeader || !isRecordDTLS(b) {
			return no
		}
		n := dtlsHeader + length16(b[11:])
		if n > len(b) && !cut {
			return no
		}
		best = max(best, likely)
		if b[0] == recordHandshake && dtlsEpoch(b) == 0 {
			if !isFragment(b[dtlsHeader:], n-dtlsHeader) {
				return no
			}
			best = sure
		}
		b = b[min(n, len(b)):]
	}
	return best
}

// unwrapCAPWAP takes off the four bytes that CAPWAP puts before DTLS (RFC 5415
// 4.2).
func unwrapCAPWAP(b []byte) []byte {
	if len(b) > 4 && b[0] == 1 && b[1] == 0 && b[2] == 0 && b[3] == 0 {
		return b[4:]
	}
	return b
}

// isRecordDTLS reports whether b, of a record header at least, begins like a
// record of DTLS up to 1.2, which are also those in the clear of 1.3.
func isRecordDTLS(b []byte) bool {
	n := length16(b[11:])
	if b[0] < recordCipher || b[0] > recordACK || n == 0 || n > maxRecord {
		return false
	}
	switch v := uint16(b[1])<<8 | uint16(b[2]); v {
	case versionDTLS10, versionDTLS12, versionDTLSOld:
	default:
		return false
	}
	switch b[0] {
	case recordCipher:
		return n <= 3 // OpenSSL's oldest version has a number in it
	case recordAlert:
		return n == 2 || dtlsEpoch(b) > 0
	case recordHandshake:
		return n >= dtlsFragment
	}
	return dtlsEpoch(b) > 0 || b[0] == recordACK
}

func dtlsEpoch(b []byte) int { return length16(b[3:]) }

// isUnified reports whether a byte begins an encrypted record of DTLS 1.3, of the
// handshake's epoch or a later one (RFC 9147 4).
func isUnified(b byte) bool { return b>>5 == 1 }

// isFragment reports whether b begins with a fragment of a handshake message that
// ends within room bytes.
func isFragment(b []byte, room int) bool {
	if len(b) < dtlsFragment {
		return false
	}
	whole, off, n := number24(b[1:]), number24(b[6:]), number24(b[9:])
	return b[0] <= 25 && dtlsFragment+n <= room && off+n <= whole && whole <= 1<<17
}

func number24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }
