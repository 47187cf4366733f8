package dpi

import (
	"encoding/binary"
	"strings"
)

// sshOffer is what one end offers in its KEXINIT, in the order of RFC 4253, 7.1.
type sshOffer [8]string

const (
	offerKex = iota
	offerHostKey
	offerCipher // from the client to the server; the next one is for the other way
	_
	offerMAC
	_
	offerCompression
	_
)

const (
	sshMaxOffer = 4 << 10 // bytes kept of one list: three times the longest known
	sshMaxNames = 64      // names of it that are compared
)

// kexInit reads the body of a KEXINIT.
func (s *ssh) kexInit(c *conv, dir Dir, b []byte) {
	const cookie = 16
	if len(b) < cookie || s.halves[dir].offered != nil {
		return
	}
	o := readOffer(b[cookie:])
	if o == nil {
		return
	}
	s.halves[dir].offered = o
	s.offers()
	c.changed()
}

// readOffer reads the lists of a KEXINIT, into one text for all. It returns nil where
// they are not all there.
func readOffer(b []byte) *sshOffer {
	var space [2 << 10]byte
	var ends [len(sshOffer{})]int
	text := space[:0]
	for i := range ends {
		if len(b) < 4 {
			return nil
		}
		n := binary.BigEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return nil
		}
		text = append(text, b[:min(n, sshMaxOffer)]...)
		b, ends[i] = b[n:], len(text)
	}
	o, all, from := new(sshOffer), string(text), 0
	for i, to := range ends {
		o[i], from = all[from:to], to
	}
	return o
}

// offers tells the fingerprints of what was offered, and what comes of both.
func (s *ssh) offers() {
	client, server := s.halves[ToServer].offered, s.halves[ToClient].offered
	d := s.d
	if client != nil && d.HASSH == "" {
		d.HASSHFull, d.HASSH = client.hassh(0)
	}
	if server != nil && d.HASSHServer == "" {
		d.HASSHServerFull, d.HASSHServer = server.hassh(1)
	}
	if client == nil || server == nil {
		return
	}
	agree := func(list int) string { return firstCommon(client[list], server[list]) }
	d.Kex, d.HostKey = agree(offerKex), agree(offerHostKey)
	d.PostQuantum = strings.HasPrefix(d.Kex, "mlkem") || strings.HasPrefix(d.Kex, "sntrup")
	both := func(list int) (c2s, s2c string) {
		c2s, s2c = agree(list), agree(list+1)
		if s2c == c2s {
			s2c = ""
		}
		return c2s, s2c
	}
	d.Cipher, d.CipherServer = both(offerCipher)
	d.MAC, d.MACServer = both(offerMAC)
	d.Compression, d.CompressionServer = both(offerCompression)
}

// hassh returns the fingerprint of an offer: of its lists for one way.
// See https://github.com/salesforce/hassh.
func (o *sshOffer) hassh(way int) (full, sum string) {
	var space [2 << 10]byte
	b := append(append(space[:0], o[offerKex]...), ';')
	b = append(append(b, o[offerCipher+way]...), ';')
	b = append(append(b, o[offerMAC+way]...), ';')
	return md5Text(append(b, o[offerCompression+way]...))
}

// firstCommon returns the client's first name that the server has, too.
func firstCommon(client, server string) string {
	for range sshMaxNames {
		name, rest, more := strings.Cut(client, ",")
		if name != "" && lists(server, name) {
			return name
		}
		if !more {
			break
		}
		client = rest
	}
	return ""
}

// lists reports whether a list has a name.
func lists(list, name string) bool {
	for range sshMaxNames {
		one, rest, more := strings.Cut(list, ",")
		if one == name {
			return true
		}
		if !more {
			break
		}
		list = rest
	}
	return false
}
