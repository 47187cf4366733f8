package dpi

// handshake reads the messages of a TLS handshake, whatever carried them.
type handshake struct {
	over byte // 't', 'd' or 'q', as JA4 begins
	d    *TLSDetail
}

// message reads one complete handshake message: type, 24-bit length, body (of
// DTLS without the fields that only fragmentation needs). It adds the detail with
// the first hello. b is borrowed.
func (h *handshake) message(c *conv, dir Dir, b []byte) {}
