package dpi

// tlsSignature tells TLS by its records.
var tlsSignature = signature{
	proto: TLS,
	// HTTPS, SMTPS, NNTPS, LDAPS, DNS, FTPS, Telnet, IMAPS, POP3S (IANA), MQTT, SIPS,
	// AMQPS. That port 853 is for DNS is no proof of what runs inside: ALPN is.
	ports:  []uint16{443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 8883, 5061, 5671, 8443},
	stream: matchTLS,
	new:    newTLS,
}

// isRecord reports whether b, of five bytes at least, begins like a record.
func isRecord(b []byte) bool {
	n := length16(b[3:])
	if b[0] < recordCipher || b[0] > recordHeartbeat || n > maxRecord || n == 0 && b[0] != recordData {
		return false
	}
	return b[1] == 3 && b[2] <= 4 || b[1] == 1 && b[2] == 1
}

// matchTLS is sure of a hello. Of a connection that was met later it looks for
// records.
func matchTLS(s *sample) match {
	return max(matchTLSHead(s.head[ToServer]), matchTLSHead(s.head[ToClient]))
}

func matchTLSHead(b []byte) match {
	if len(b) == 0 {
		return no
	}
	if b[0]&0x80 != 0 {
		return isSSL2(b)
	}
	if b[0] < recordCipher || b[0] > recordHeartbeat || len(b) > 1 && b[1] != 3 && b[1] != 1 {
		return no
	}
	if len(b) < recordHeader {
		return more
	}
	if !isRecord(b) {
		return no
	}
	if b[0] == recordHandshake {
		if m := isHello(b); m != no {
			return m
		}
	}
	return matchRecords(b)
}

// isHello looks into a handshake record for the hello that opens a direction.
func isHello(b []byte) match {
	room := length16(b[3:])
	b = b[recordHeader:]
	if len(b) > 0 && b[0] != msgClientHello && b[0] != msgServerHello {
		return no
	}
	if len(b) < 6 {
		return more
	}
	// A hello has 38 bytes at least: version, random, session, one cipher.
	n := messageLength(b)
	if n < 4+38 || n > 1<<17 || room < 4 {
		return no
	}
	if v := uint16(b[4])<<8 | uint16(b[5]); v>>8 != 3 && v != versionTLCP && !isDraft13(v) {
		return no
	}
	return sure
}

// matchRecords follows the records from the beginning of b: they are likely TLS
// where one ends with b, where two follow each other, and where one of data is so
// long that the sample cannot hold the next.
func matchRecords(b []byte) match {
	const long = 8 << 10
	major, minor := b[1], b[2]
	for n := 0; n < 2; n++ {
		if len(b) < recordHeader {
			return more
		}
		if !isRecord(b) || b[1] != major || b[2] != minor || b[0] == recordAlert && !isAlert(b) {
			return no
		}
		next := recordHeader + length16(b[3:])
		if next == len(b) || next > len(b) && next > long && b[0] == recordData {
			return likely
		}
		if next > len(b) {
			return more
		}
		b = b[next:]
	}
	return likely
}

// isAlert reports whether the record at b may be an alert: two bytes that say one,
// or encrypted ones.
func isAlert(b []byte) bool {
	if n := length16(b[3:]); n != 2 || len(b) < recordHeader+2 {
		return n >= 18
	}
	return b[5] == 1 || b[5] == alertFatal && alertNames[b[6]] != ""
}
