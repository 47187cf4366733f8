package dpi

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"net/netip"
	"strings"
)

// quicPacket is an Initial packet before it is protected.
type quicPacket struct {
	version    uint32
	origin     []byte // the connection ID that keys come from
	from       Dir    // of the keys: who sends it
	dcid, scid []byte
	token      []byte
	pn         uint64
	pnLen      int // 0 means 4
	text       []byte
	least      int  // padded to this length
	greased    bool // without the fixed bit
}

// seal protects the packet: RFC 9001, section 5. It is what the decoder undoes.
func (p *quicPacket) seal() []byte {
	v := quicVersionOf(p.version)
	k := newQUICKeys(v, p.origin, p.from)
	n := p.pnLen
	if n == 0 {
		n = 4
	}
	var kind byte
	for i, k := range v.kinds {
		if k == quicInitial {
			kind = byte(i)
		}
	}
	first := 0xc0 | kind<<4 | byte(n-1)
	if p.greased {
		first &^= 0x40
	}
	b := quicLongHeader(first, p.version, p.dcid, p.scid)
	b = append(b, 0x40|byte(len(p.token)>>8), byte(len(p.token)))
	if len(p.token) == 0 { // as in the examples of the RFCs
		b = append(b[:len(b)-2], 0)
	}
	b = append(b, p.token...)
	text := append([]byte(nil), p.text...)
	for len(b)+2+n+len(text)+quicTagLen < p.least || n+len(text) < quicSampleAt {
		text = append(text, 0)
	}
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(n+len(text)+quicTagLen))
	at := len(b)
	var pn [8]byte
	binary.BigEndian.PutUint64(pn[:], p.pn)
	b = append(b, pn[8-n:]...)

	nonce := k.iv
	for i, c := range pn {
		nonce[4+i] ^= c
	}
	var ciphers quicCiphers
	ciphers.use(k)
	b = ciphers.aead.Seal(b, nonce[:], text, b)
	var mask [16]byte
	ciphers.header.Encrypt(mask[:], b[at+quicSampleAt:at+quicSampleAt+quicSampleLen])
	b[0] ^= mask[0] & 0x0f
	for i := range n {
		b[at+i] ^= mask[1+i]
	}
	return b
}

// quicLongHeader begins a packet: RFC 8999, section 5.1.
func quicLongHeader(first byte, version uint32, dcid, scid []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{first}, version)
	b = append(append(b, byte(len(dcid))), dcid...)
	return append(append(b, byte(len(scid))), scid...)
}

// quicOther is a packet that only its header is read of: 0-RTT, Handshake.
func quicOther(first byte, version uint32, dcid, scid []byte) []byte {
	b := quicLongHeader(first, version, dcid, scid)
	b = append(b, 0x40, 32)
	return append(b, make([]byte, 32)...)
}

// quicShort is a packet with a short header.
func quicShort(dcid []byte) []byte {
	return append(append([]byte{0x41}, dcid...), make([]byte, 24)...)
}

// tag authenticates a Retry packet: RFC 9001, section 5.8.
func (r *quicRetryKey) tag(b, origin []byte) []byte {
	block, err := aes.NewCipher(r.key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	pseudo := append(append([]byte{byte(len(origin))}, origin...), b...)
	return aead.Seal(nil, r.nonce, nil, pseudo)
}

// quicCryptoFrame carries part of a handshake.
func quicCryptoFrame(offset int, b []byte) []byte {
	f := []byte{quicCRYPTO, 0x40 | byte(offset>>8), byte(offset), 0x40 | byte(len(b)>>8), byte(len(b))}
	return append(f, b...)
}

var (
	quicDCID   = []byte{0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}
	quicSCID   = []byte{0xc1, 0xc2, 0xc3}
	quicServer = []byte{0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5}
)

// quicHello returns a client's Initial, with its hello or other frames.
func quicHello(frames []byte) []byte {
	return (&quicPacket{version: 1, origin: quicDCID, dcid: quicDCID, scid: quicSCID, text: frames, least: 1200}).seal()
}

// quicAnswer returns a server's Initial, of a connection that began with quicDCID.
func quicAnswer(version uint32, frames []byte) []byte {
	return (&quicPacket{
		version: version, origin: quicDCID, from: ToClient, dcid: quicSCID, scid: quicServer, text: frames,
	}).seal()
}

// quicRetryPacket is a Retry, with a token "token".
func quicRetryPacket(version uint32, origin, dcid, scid []byte) []byte {
	b := append(quicLongHeader(0xf0, version, dcid, scid), "token"...)
	return append(b, quicVersionOf(version).retry.tag(b, origin)...)
}

// quicPlay is a decoder with a flow around it.
type quicPlay struct {
	q      *quicFlow
	c      conv
	events []Event
}

func (p *quicPlay) Event(e Event) { p.events = append(p.events, e) }
func (p *quicPlay) Naming(Naming) {}

func newQUICPlay() *quicPlay {
	p := &quicPlay{q: newQUICFlow()}
	from, to := netip.MustParseAddrPort("192.0.2.1:40001"), netip.MustParseAddrPort("192.0.2.2:40002")
	p.c = conv{time: 1e9, ends: [2]netip.AddrPort{from, to}, i: New(from, to, p)}
	return p
}

func (p *quicPlay) send(dir Dir, b []byte) {
	p.c.time += 10e6
	p.q.datagram(&p.c, dir, b, len(b))
}

// hexBytes decodes hex with white space in it.
func hexBytes(s string) []byte { return unhex(strings.Join(strings.Fields(s), "")) }
