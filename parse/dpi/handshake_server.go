package dpi

import (
	"crypto/sha256"
	"strconv"
	"strings"
)

// retryRandom is the random of a ServerHello that is a HelloRetryRequest (RFC
// 8446 4.1.3).
var retryRandom = sha256.Sum256([]byte("HelloRetryRequest"))

// serverHello is a ServerHello taken apart. All of it is borrowed.
type serverHello struct {
	legacy     uint16
	version    uint16 // the one chosen
	random     []byte
	session    []byte
	cipher     uint16
	extensions []uint16
	alpn       tlsBytes
	group      uint16
	psk        bool
	cut        bool

	room [24]uint16 // for extensions
}

func (m *serverHello) read(r tlsBytes) {
	m.legacy = r.u16()
	m.version = m.legacy
	m.random = r.take(32)
	// Until draft 22 of TLS 1.3 its hello had neither session nor compression, and
	// said its version here.
	old := isDraft13(m.legacy) || m.legacy == version13
	if !old {
		m.session = r.vector(1)
	}
	m.cipher = r.u16()
	if !old {
		r.u8()
	}
	m.extensions = m.room[:0]
	if len(r.b) > 0 {
		list := r.sub(2)
		for len(list.b) > 0 {
			kind := list.u16()
			body := list.sub(2)
			if list.cut && len(body.b) == 0 {
				break
			}
			m.extensions = append(m.extensions, kind)
			m.extension(kind, body)
		}
		m.cut = list.cut
	}
	m.cut = m.cut || r.cut
}

// forget makes it ready for another one.
func (m *serverHello) forget() { *m = serverHello{} }

func (m *serverHello) extension(kind uint16, body tlsBytes) {
	switch kind {
	case extALPN:
		m.alpn = body.sub(2)
	case extVersions:
		if v := body.u16(); !body.cut {
			m.version = v
		}
	case extKeyShare, extKeyShareDraft:
		m.group = body.u16()
	case extPreSharedKey:
		m.psk = true
	}
}

// serverHello keeps what the server chose.
func (h *handshake) serverHello(c *conv, r tlsBytes) {
	m := &c.i.pool.server
	defer m.forget()
	m.read(r)
	if len(m.random) < 32 {
		return
	}
	d := h.begin(c)
	c.confirm()
	if [32]byte(m.random) == retryRandom {
		d.Retried = true
	} else if !m.cut {
		d.JA3SFull, d.JA3S = c.i.pool.shared.ja3s(m)
	}
	h.version, h.cipher = m.version, m.cipher
	d.Version, d.Cipher = versionName(m.version), cipherName(m.cipher)
	d.Resumed = m.psk || !h.is13() && h.resumes(m.session)
	if names := protocolNamesOf(c, m.alpn); len(names) > 0 {
		d.ALPN = names[0]
		d.Application = application(names)
		d.DNS = h.carriedDNS(c)
	}
	if m.group != 0 {
		d.Group, d.PostQuantum = groupName(m.group), isPostQuantum(m.group)
	}
}

// serverKeys keeps the group of a ServerKeyExchange, which TLS up to 1.2 sends
// for ephemeral keys: a named curve (RFC 8422 5.4) or the size of the prime (RFC
// 5246 7.4.3). With a pre-shared key other fields come first; they are not read.
func (h *handshake) serverKeys(c *conv, r tlsBytes) {
	d, suite := h.begin(c), cipherName(h.cipher)
	switch {
	case strings.Contains(suite, "_PSK_"), strings.Contains(suite, "_SRP_"):
	case strings.HasPrefix(suite, "TLS_ECDH"):
		const named = 3
		if kind, group := r.u8(), r.u16(); kind == named && !r.cut {
			d.Group, d.PostQuantum = groupName(group), isPostQuantum(group)
		}
	case strings.HasPrefix(suite, "TLS_DH"):
		if n := r.u16(); n != 0 {
			d.Group = "dh" + strconv.Itoa(int(n)*8)
		}
	}
}
