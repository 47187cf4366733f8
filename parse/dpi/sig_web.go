package dpi

import "bytes"

var webSignatures = []signature{http2Signature, httpSignature}

var httpSignature = signature{proto: HTTP, ports: []uint16{80, 8080, 8000, 8008, 8888, 3128}, stream: httpMatch, new: newHTTP}

var http2Signature = signature{proto: HTTP2, stream: http2Match, new: newHTTP2}

// httpMatch looks for the first line of a message at the head of either
// direction, and where the beginning was not seen, at any line.
func httpMatch(s *sample) match {
	best := no
	for _, b := range s.head {
		if len(b) == 0 {
			continue
		}
		m, _ := httpStart(b)
		if m == no && !s.begun {
			m = httpLater(b)
		}
		best = max(best, m)
	}
	return best
}

// httpLater looks for a message behind the rest of another one's body.
func httpLater(b []byte) match {
	const (
		most  = 2048
		lines = 32
	)
	b = b[:min(len(b), most)]
	for n, at := 0, 0; at < len(b); n++ {
		if n == lines {
			b = b[:at]
			break
		}
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	at := httpFind(b)
	m, _ := httpStart(b[at:])
	return m
}

// http2Match looks for the client's preface, and for a server's first frame:
// SETTINGS, each of which must be one that is registered.
func http2Match(s *sample) match {
	best := no
	for _, b := range s.head {
		n := min(len(b), len(http2Preface))
		if n > 0 && string(b[:n]) == http2Preface[:n] {
			best = max(best, more)
			if n == len(http2Preface) {
				return sure
			}
		}
		if s.begun {
			best = max(best, startsSettings(b))
		}
	}
	return best
}

// startsSettings says whether b begins with a frame of settings followed by
// another frame that is possible.
func startsSettings(b []byte) match {
	if len(b) == 0 || b[0] != 0 || len(b) > 1 && b[1] != 0 {
		return no
	}
	if len(b) < frameHead {
		return more
	}
	size := int(b[2])
	if size%6 != 0 || size > 96 || string(b[3:frameHead]) != "\x04\x00\x00\x00\x00\x00" {
		return no
	}
	if len(b) < frameHead+size {
		return more
	}
	for at := frameHead; at < frameHead+size; at += 6 {
		if id := int(b[at])<<8 | int(b[at+1]); id == 0 || id > 16 {
			return no
		}
	}
	if b = b[frameHead+size:]; len(b) < frameHead {
		return more
	}
	n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	id := uint32(b[5])<<24 | uint32(b[6])<<16 | uint32(b[7])<<8 | uint32(b[8])
	return sureIf(b[3] <= 9 && n <= 16384 && plausibleFrame(b[3], n, id&^(1<<31)))
}
