package dpi

import "bytes"

// Types of handshake messages (RFC 8446 4; 3: RFC 6347 4.3.2; 6: up to draft 21
// of TLS 1.3).
const (
	msgClientHello     = 1
	msgServerHello     = 2
	msgHelloVerify     = 3
	msgHelloRetryDraft = 6
	msgCertificate     = 11
	msgServerKeys      = 12
	msgServerHelloDone = 14
)

// handshake reads the messages of a TLS handshake, whatever carried them.
type handshake struct {
	over byte // 't', 'd' or 'q', as JA4 begins
	d    *TLSDetail

	// transport is the client's QUIC transport parameters (RFC 9001 8.2), nil
	// when the last message had none. It is borrowed from that message.
	transport []byte

	version  uint16 // negotiated; 0 before the server's hello
	cipher   uint16
	session  [32]byte // the session that the client wants to take up
	sessions uint8    // its length
	hello    bool     // the client's was read
	finished bool     // ServerHelloDone was: the server sent all of a full handshake
	told     bool     // the event was sent
	sealed   [2]bool  // by Dir: encrypted records came
}

// begin makes sure that there is a detail to write to.
func (h *handshake) begin(c *conv) *TLSDetail {
	if h.d != nil {
		return h.d
	}
	d := &TLSDetail{proto: TLS, began: c.time}
	switch h.over {
	case 'd':
		d.proto, d.Transport = DTLS, "dtls"
	case 'q':
		d.proto, d.Transport = QUIC, "quic"
	}
	h.d = d
	c.detail(d)
	return d
}

// message reads one handshake message: type, 24-bit length, body (of DTLS without
// the fields that only fragmentation needs). It adds the detail with the first
// one. b is borrowed. Where it is shorter than its length says, what is there is
// read; fingerprints are taken of whole hellos only.
func (h *handshake) message(c *conv, dir Dir, b []byte) {
	if len(b) < 4 {
		return
	}
	r := tlsBytes{b: b[1:]}
	h.read(c, dir, b[0], r.sub(3))
}

// read is message for one whose header was read.
func (h *handshake) read(c *conv, dir Dir, kind uint8, body tlsBytes) {
	h.transport = nil
	switch kind {
	case msgClientHello:
		h.clientHello(c, body)
	case msgServerHello:
		h.serverHello(c, body)
	case msgHelloRetryDraft:
		h.begin(c).Retried = true
	case msgHelloVerify:
		h.begin(c).Cookie = true
	case msgCertificate:
		h.certificate(c, dir, body)
	case msgServerKeys:
		h.serverKeys(c, body)
	case msgServerHelloDone:
		h.finished = true
		h.begin(c).Resumed = false
	default:
		return
	}
	c.changed()
}

// isReadMessage reports whether read makes use of the body of a message.
func isReadMessage(kind uint8) bool {
	switch kind {
	case msgClientHello, msgServerHello, msgCertificate, msgServerKeys:
		return true
	}
	return false
}

// certificate keeps the leaf of a chain (RFC 5246 7.4.2). That of TLS 1.3 is
// encrypted and does not come here.
func (h *handshake) certificate(c *conv, dir Dir, body tlsBytes) {
	d := h.begin(c)
	to := &d.Certificate
	if dir == ToServer {
		to = &d.ClientCert
	}
	if *to == nil {
		*to = readChain(body.sub(3))
	}
}

// changedCipher takes a ChangeCipherSpec of TLS up to 1.2 (of 1.3 it means
// nothing). A server that sends it before the client does, and before it said that
// its hello was done, takes up an earlier session, whether or not the ids tell
// (RFC 5077 3.4).
func (h *handshake) changedCipher(c *conv, dir Dir) {
	if h.is13() || h.version == 0 || dir != ToClient || h.finished || !h.hello || h.sealed[ToServer] {
		return
	}
	if !h.d.Resumed && h.d.Certificate == nil {
		h.d.Resumed = true
		c.changed()
	}
}

// encrypted takes an encrypted record of n bytes. The handshake is complete when
// both ends sent one: up to TLS 1.2 the first is its Finished; of TLS 1.3 the
// client's first one after the server's holds it too, unless it is as short as an
// alert or the client sent early data.
func (h *handshake) encrypted(c *conv, dir Dir, n int) {
	const shortest = 4 + 32 + 1 // Finished of a 32-byte hash, content type; the tag is 8 or more
	if h.version == 0 || h.is13() && dir == ToServer && (n < shortest || !h.sealed[ToClient]) {
		return
	}
	h.sealed[dir] = true
	if h.sealed[ToServer] && h.sealed[ToClient] {
		h.established(c)
	}
}

// established says that both ends encrypt: the handshake is complete.
func (h *handshake) established(c *conv) {
	if h.told || h.d == nil {
		return
	}
	h.d.Established = true
	if h.hello {
		h.d.HandshakeMS = float64(c.time-h.d.began) / 1e6
	}
	c.changed()
	h.end(c)
}

// alert keeps an alert in the clear; a fatal one ends the handshake.
func (h *handshake) alert(c *conv, level, what uint8, from Dir) {
	d := h.begin(c)
	d.Alert, d.AlertFrom = alertLevel(level)+" "+alertName(what), "server"
	if from == ToServer {
		d.AlertFrom = "client"
	}
	c.changed()
	if level == alertFatal {
		h.end(c)
	}
}

// fail is alert for QUIC, which has no levels (RFC 9001 4.8).
func (h *handshake) fail(c *conv, what uint8, from Dir) { h.alert(c, alertFatal, what, from) }

// end sends the event of a handshake, once: when it is complete, when it failed,
// or when nothing more can be read of it.
func (h *handshake) end(c *conv) {
	if h.told || h.d == nil {
		return
	}
	h.told = true
	if c.heard() {
		c.event(h.d.clone())
	}
}

// missed names a flow whose handshake was before the capture: there is nothing to
// say of it, and no event.
func (h *handshake) missed(c *conv) {
	if h.d == nil {
		h.begin(c)
		h.told = true
	}
}

// is13 reports whether TLS 1.3, DTLS 1.3 or a draft of them was negotiated:
// everything after the server's hello is encrypted.
func (h *handshake) is13() bool {
	return h.version == version13 || h.version == versionDTLS13 || isDraft13(h.version)
}

// resumes reports whether the server took up the session that the client asked
// for: it echoed its id (RFC 5246 7.4.1.3).
func (h *handshake) resumes(session []byte) bool {
	return len(session) > 0 && bytes.Equal(session, h.session[:h.sessions])
}
