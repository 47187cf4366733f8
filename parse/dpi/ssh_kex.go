package dpi

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"slices"
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
	b = b[cookie:]
	var o sshOffer
	for i := range o {
		if len(b) < 4 {
			return
		}
		n := binary.BigEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return
		}
		o[i] = string(b[:min(n, sshMaxOffer)])
		b = b[n:]
	}
	s.halves[dir].offered = &o
	s.offers()
	c.changed()
}

// offers tells the fingerprints of what was offered, and what comes of both.
func (s *ssh) offers() {
	client, server := s.halves[ToServer].offered, s.halves[ToClient].offered
	d := s.d
	if client != nil {
		d.HASSH, d.HASSHFull = client.hassh(0)
	}
	if server != nil {
		d.HASSHServer, d.HASSHServerFull = server.hassh(1)
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
func (o *sshOffer) hassh(way int) (sum, full string) {
	full = strings.Join([]string{o[offerKex], o[offerCipher+way], o[offerMAC+way], o[offerCompression+way]}, ";")
	md := md5.Sum([]byte(full))
	return hex.EncodeToString(md[:]), full
}

// firstCommon returns the client's first name that the server has, too.
func firstCommon(client, server string) string {
	offered := strings.SplitN(client, ",", sshMaxNames)
	accepted := strings.SplitN(server, ",", sshMaxNames)
	for _, name := range offered {
		if name != "" && slices.Contains(accepted, name) {
			return name
		}
	}
	return ""
}
