package dpi

import "encoding/binary"

// KerberosDetail is what tickets are asked for, and whether they are given (RFC
// 4120). Tickets and keys are not read.
type KerberosDetail struct {
	Requests []string `json:"requests,omitempty"` // kinds of message of the client: "AS-REQ", "TGS-REQ", "AP-REQ"
	Realm    string   `json:"realm,omitempty"`
	Client   string   `json:"client,omitempty"`
	Service  string   `json:"service,omitempty"` // that the last ticket is for: "krbtgt/EXAMPLE.ORG"
	Error    string   `json:"error,omitempty"`   // of the last answer; none when it gave a ticket
	Granted  bool     `json:"granted,omitempty"` // a ticket was given
	Cipher   string   `json:"cipher,omitempty"`  // of the last answer's part for the client
}

// Protocol returns Kerberos.
func (*KerberosDetail) Protocol() Protocol { return Kerberos }

// Key returns "kerberos".
func (*KerberosDetail) Key() string { return "kerberos" }

// Subject returns the service, else the realm.
func (d *KerberosDetail) Subject() string {
	if d.Service != "" {
		return d.Service
	}
	return d.Realm
}

func (d *KerberosDetail) clone() Detail {
	c := *d
	return &c
}

var kerberosSignature = signature{
	proto: Kerberos, ports: []uint16{88}, stream: func(s *sample) match { return s.both(krbStreamMatch) },
	packet: func(s *sample) match { return krbMatch(s.datagram(), s.wire) },
	new:    func() decoder { return &krbDecoder{} },
}

// Message types, which are also the numbers of their tags.
const (
	krbASReq  = 10
	krbASRep  = 11
	krbTGSReq = 12
	krbTGSRep = 13
	krbAPReq  = 14
	krbAPRep  = 15
	krbError  = 30

	krbMax = 1 << 16 // bytes of a message that is taken for one
)

// krbName names a kind of message; "" for what is none.
func krbName(kind byte) string {
	switch kind {
	case krbASReq:
		return "AS-REQ"
	case krbASRep:
		return "AS-REP"
	case krbTGSReq:
		return "TGS-REQ"
	case krbTGSRep:
		return "TGS-REP"
	case krbAPReq:
		return "AP-REQ"
	case krbAPRep:
		return "AP-REP"
	case 20:
		return "KRB-SAFE"
	case 21:
		return "KRB-PRIV"
	case 22:
		return "KRB-CRED"
	case krbError:
		return "KRB-ERROR"
	}
	return ""
}

// krbMatch tells a message by its tag, version 5 and its type, which repeats the
// tag.
func krbMatch(b []byte, wire int) match {
	tag, head, size, ok := berHead(b)
	if !ok || tag&0xe0 != 0x60 || krbName(tag&0x1f) == "" || head+size != wire || size < 10 {
		return no
	}
	seq, seqHead, seqSize, ok := berHead(b[head:])
	if !ok || seq != berSequence || seqHead+seqSize != size {
		return no
	}
	first := byte(0xa0)
	if tag == 0x60|krbASReq || tag == 0x60|krbTGSReq {
		first = 0xa1
	}
	want := [10]byte{first, 3, berInteger, 1, 5, first + 1, 3, berInteger, 1, tag & 0x1f}
	if b = b[head+seqHead:]; len(b) < len(want) || [10]byte(b) != want {
		return no
	}
	return sure
}

func krbStreamMatch(b []byte) match {
	if b[0] != 0 || len(b) > 1 && b[1] > 1 {
		return no
	}
	if len(b) < 5 {
		return more
	}
	size := int(binary.BigEndian.Uint32(b))
	if size < 20 || size > krbMax || b[4]&0xe0 != 0x60 {
		return no
	}
	if m := krbMatch(b[4:], size); m != no || len(b) >= 4+24 {
		return m
	}
	return more
}

type krbDecoder struct {
	d     KerberosDetail
	shown bool
	seen  int
}

func (k *krbDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	if krbMatch(b, wire) != no {
		k.message(c, dir, b)
	}
	if k.seen > 16 {
		c.done()
	}
}

func (k *krbDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= 5 {
		p := b[read:]
		size := int(binary.BigEndian.Uint32(p))
		if size < 5 || size > krbMax {
			c.done()
			return read
		}
		if len(p) < 4+min(size, 8<<10) {
			return read
		}
		read += 4 + size
		m := p[4:min(len(p), 4+size)]
		if krbMatch(m, size) == no {
			c.done()
			return read
		}
		k.message(c, dir, m)
		if k.seen > 16 {
			c.done()
			return read
		}
	}
	return read
}

func (k *krbDecoder) message(c *conv, dir Dir, b []byte) {
	k.seen++
	r := cursor{b: b}
	tag, body := r.element()
	r = cursor{b: body}
	_, body = r.element()
	kind := tag & 0x1f
	f := cursor{b: body}
	request := kind == krbASReq || kind == krbTGSReq || kind == krbAPReq
	if request {
		addOnce(&k.d.Requests, krbName(kind))
	}
	switch kind {
	case krbASReq, krbTGSReq:
		k.request(&f)
	case krbASRep, krbTGSRep:
		k.reply(&f)
	case krbError:
		k.failure(&f)
	}
	if !k.shown {
		k.shown = true
		c.detail(&k.d)
		if request == (dir == ToClient) && kind != 20 && kind != 21 {
			c.swap()
		}
	}
	c.changed()
}
