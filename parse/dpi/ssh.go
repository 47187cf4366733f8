package dpi

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// SSHDetail is what an SSH connection says before it is encrypted: who speaks, and
// what they agree on.
type SSHDetail struct {
	Version        string `json:"version,omitempty"` // of the protocol: "2.0"
	ClientBanner   string `json:"client_banner,omitempty"`
	ServerBanner   string `json:"server_banner,omitempty"`
	ClientSoftware string `json:"client_software,omitempty"`
	ServerSoftware string `json:"server_software,omitempty"`

	// What RFC 4253, 7.1 makes of both lists. Where the directions differ, the name
	// with "server" is that of what the server sends. AEAD ciphers use no MAC.
	Kex               string `json:"kex,omitempty"`
	PostQuantum       bool   `json:"post_quantum,omitempty"` // the key exchange withstands quantum computers
	HostKey           string `json:"host_key,omitempty"`
	Cipher            string `json:"cipher,omitempty"`
	CipherServer      string `json:"cipher_server,omitempty"`
	MAC               string `json:"mac,omitempty"`
	MACServer         string `json:"mac_server,omitempty"`
	Compression       string `json:"compression,omitempty"`
	CompressionServer string `json:"compression_server,omitempty"`

	HASSH           string `json:"hassh,omitempty"` // MD5 of HASSHFull
	HASSHFull       string `json:"hassh_full,omitempty"`
	HASSHServer     string `json:"hassh_server,omitempty"`
	HASSHServerFull string `json:"hassh_server_full,omitempty"`

	// Stage is "BANNER", "KEYEXCHANGE", "AUTHENTICATION" or "ESTABLISHED". The last
	// two are encrypted, and told apart by sizes: see ssh.encrypted.
	Stage string `json:"state,omitempty"`
}

// Protocol returns SSH.
func (d *SSHDetail) Protocol() Protocol { return SSH }

// Key returns "ssh".
func (d *SSHDetail) Key() string { return "ssh" }

// Subject returns the server's software.
func (d *SSHDetail) Subject() string { return d.ServerSoftware }

// State returns the stage.
func (d *SSHDetail) State() string { return d.Stage }

func (d *SSHDetail) clone() Detail {
	c := *d
	return &c
}

func (*SSHDetail) loose() {}

var sshSignature = signature{
	proto:  SSH,
	ports:  []uint16{22},
	stream: matchSSH,
	new:    func() decoder { return &ssh{} },
}

// The message numbers of RFC 4250, 4.1 that are read.
const (
	sshKexInit  = 20
	sshNewKeys  = 21
	sshKexFirst = 30 // the client's first one of most key exchanges
	sshGexAsk   = 34 // the client's first one of RFC 4419
)

const (
	sshMaxLine   = 1024  // longest line before a banner; the banner has 255 (RFC 4253, 4.2)
	sshMaxLines  = 64    // lines before the banner
	sshMaxPacket = 35000 // what everybody must accept (RFC 4253, 6.1)
)

// matchSSH looks for the banner, or where the beginning was not seen for a KEXINIT.
func matchSSH(s *sample) match {
	m := no
	for dir, b := range s.head {
		switch {
		case len(b) == 0:
		case len(b) < 6 && bytes.HasPrefix([]byte("SSH-"), b[:min(len(b), 4)]),
			!s.begun && len(b) < kexInitHead && b[0] == 0 && (len(b) < 6 || b[5] == sshKexInit):
			m = more
		case isSSHBanner(b), Dir(dir) == ToClient && sshBannerLater(b), !s.begun && isKexInit(b):
			return sure
		}
	}
	return m
}

func isSSHBanner(b []byte) bool {
	return len(b) >= 6 && string(b[:4]) == "SSH-" && (b[4] == '1' || b[4] == '2') && b[5] == '.'
}

// sshBannerLater reports whether a server said something before its banner.
func sshBannerLater(b []byte) bool {
	i := bytes.Index(b[:min(len(b), sshMaxLine)], []byte("\nSSH-"))
	return i > 0 && isSSHBanner(b[i+1:])
}

// ssh follows both directions until they are encrypted, and then a little longer.
type ssh struct {
	d      *SSHDetail
	stage  int
	halves [2]sshHalf
	turned bool // the ends were the other way round during this call

	accept int    // encrypted bytes of the segment that accepts the service
	turns  int    // segments of the server since then, with that
	volume uint64 // encrypted bytes of both directions
}

type sshHalf struct {
	lines   int
	banner  bool
	secret  bool // encrypted from here on, or no longer in step
	spoke   bool // encrypted bytes have come
	offered *sshOffer
}

func (s *ssh) stream(c *conv, dir Dir, b []byte) int {
	if s.d == nil {
		s.d = &SSHDetail{}
		c.detail(s.d)
		s.enter(c, sshBanner)
	}
	s.turned = false
	for done := 0; done < len(b); {
		side := dir
		if s.turned {
			side = dir.other()
		}
		h, rest, n := &s.halves[side], b[done:], 0
		switch {
		case h.secret:
			s.encrypted(c, side, len(rest))
			n = len(rest)
		case h.banner || rest[0] == 0: // lengths are small
			var need int
			if n, need = s.packet(c, side, rest); n == 0 {
				c.need(dir, need)
			}
		default:
			n = s.line(c, side, rest)
		}
		if n == 0 {
			return done
		}
		done += n
		if done > len(b) {
			return done
		}
	}
	return len(b)
}

// line reads the banner, or a line before it. It returns 0 for a part of one.
func (s *ssh) line(c *conv, dir Dir, b []byte) int {
	n := bytes.IndexByte(b, '\n')
	if n < 0 {
		if len(b) > sshMaxLine {
			c.wrong()
		}
		return 0
	}
	h := &s.halves[dir]
	if !isSSHBanner(b) {
		if h.lines++; h.lines > sshMaxLines || n > sshMaxLine {
			c.wrong()
			return 0
		}
		return n + 1
	}
	h.banner = true
	line, _, _ := bytes.Cut(bytes.TrimSuffix(b[:n], []byte{'\r'}), []byte{0})
	banner := text(line)
	version, rest, _ := strings.Cut(banner[len("SSH-"):], "-")
	software, _, _ := strings.Cut(rest, " ")
	if dir == ToServer {
		s.d.ClientBanner, s.d.ClientSoftware = banner, software
	} else {
		s.d.ServerBanner, s.d.ServerSoftware = banner, software
	}
	s.version(version)
	if s.halves[dir.other()].banner {
		s.enter(c, sshKeyExchange)
		if s.d.Version[0] == '1' {
			c.done() // SSH 1 has other packets
		}
	}
	c.changed()
	return n + 1
}

// version keeps the lower one of both banners. 1.99 speaks 2.0, too (RFC 4253, 5.1).
func (s *ssh) version(v string) {
	if v == "1.99" {
		v = "2.0"
	}
	if s.d.Version == "" || v < s.d.Version {
		s.d.Version = v
	}
}

// kexInitHead is the length of a KEXINIT up to the first four letters of its lists.
const kexInitHead = 30

// isKexInit reports whether a plain packet begins here that can be nothing else: a
// list of names behind the cookie of a KEXINIT (RFC 4253, 7.1).
func isKexInit(b []byte) bool {
	if len(b) < kexInitHead || b[5] != sshKexInit {
		return false
	}
	length, list := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[22:])
	if length > sshMaxPacket || list < 4 || list > length || length%8 != 4 || b[4] < 4 {
		return false
	}
	for _, x := range b[26:kexInitHead] {
		if x < '!' || x > '~' {
			return false
		}
	}
	return true
}

// packet reads a plain binary packet (RFC 4253, 6). Of a part of one it returns how
// much of it must be there.
func (s *ssh) packet(c *conv, dir Dir, b []byte) (n, need int) {
	if len(b) < 6 {
		return 0, 6
	}
	length, padding := int64(binary.BigEndian.Uint32(b)), int64(b[4])
	if length > sshMaxPacket || length < padding+2 || padding < 4 {
		s.halves[dir].secret = true
		return len(b), 0
	}
	end := int(4 + length)
	if b[5] == sshKexInit && len(b) < end {
		return 0, end
	}
	switch b[5] {
	case sshKexInit:
		s.enter(c, sshKeyExchange)
		s.kexInit(c, dir, b[6:end-int(padding)])
	case sshKexFirst, sshGexAsk:
		s.fromClient(c, dir)
	case sshNewKeys:
		h, o := &s.halves[dir], &s.halves[dir.other()]
		h.secret = true
		if o.secret || !o.banner && o.offered == nil {
			s.enter(c, sshAuthentication)
		}
	}
	return end, 0
}

// fromClient turns everything round when the one taken for the server asks for the
// key exchange: the beginning was not seen.
func (s *ssh) fromClient(c *conv, dir Dir) {
	if dir == ToServer {
		return
	}
	c.swap()
	s.turned = true
	d := s.d
	d.ClientBanner, d.ServerBanner = d.ServerBanner, d.ClientBanner
	d.ClientSoftware, d.ServerSoftware = d.ServerSoftware, d.ClientSoftware
	d.HASSH, d.HASSHFull, d.HASSHServer, d.HASSHServerFull = "", "", "", ""
	s.halves[0], s.halves[1] = s.halves[1], s.halves[0]
	s.offers()
	c.changed()
}

// encrypted guesses how far the authentication is. The server's first answer after
// both sides have changed to encryption is SERVICE_ACCEPT with the 16 bytes of
// the string "ssh-userauth"; USERAUTH_SUCCESS has none, so that it is shorter by
// just these, and nothing else is that short (RFC 4252, 4253). Where segments do
// not show that, a server that has answered more often than it accepts attempts,
// or more data than they take, say that the session has begun.
func (s *ssh) encrypted(c *conv, dir Dir, n int) {
	h, o := &s.halves[dir], &s.halves[dir.other()]
	if n <= 0 {
		return
	}
	s.volume += uint64(n)
	if dir == ToServer {
		h.spoke = true
	} else if o.spoke {
		switch s.turns++; {
		case s.accept == 0:
			s.accept = n
		case n == s.accept-16:
			s.turns = sshMaxTurns
		}
	}
	if s.turns >= sshMaxTurns || s.volume >= sshMaxVolume {
		s.enter(c, sshEstablished)
		c.done()
	}
}

const (
	sshMaxTurns  = 24
	sshMaxVolume = 16 << 10
)

// gap counts what is missing. A direction that is not encrypted yet is out of step
// after it.
func (s *ssh) gap(c *conv, dir Dir, n uint32) {
	s.halves[dir].secret = true
	s.volume += uint64(n)
}

// The stages, in their order.
const (
	sshBanner = iota + 1
	sshKeyExchange
	sshAuthentication
	sshEstablished
)

var sshStages = [...]string{
	sshBanner: "BANNER", sshKeyExchange: "KEYEXCHANGE",
	sshAuthentication: "AUTHENTICATION", sshEstablished: "ESTABLISHED",
}

// enter moves on to a later stage.
func (s *ssh) enter(c *conv, stage int) {
	if stage > s.stage {
		s.stage, s.d.Stage = stage, sshStages[stage]
		c.changed()
	}
}
