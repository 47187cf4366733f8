package dpi

import "encoding/binary"

// STUNDetail is what STUN (RFC 8489), TURN (RFC 8656) and ICE (RFC 8445) say of
// the ends. User names and passwords are not kept.
type STUNDetail struct {
	Method         string `json:"method,omitempty"` // of the last request or indication: "binding", "allocate", "refresh", …
	Class          string `json:"class,omitempty"`  // of the last message: "request", "indication", "success", "error"
	Classic        bool   `json:"classic,omitempty"`
	Software       string `json:"software,omitempty"`        // of the client
	ServerSoftware string `json:"server_software,omitempty"` // of who answers
	Mapped         string `json:"mapped_address,omitempty"`  // as who answers sees the client: "192.0.2.1:3478"
	Relayed        string `json:"relayed_address,omitempty"`
	Peer           string `json:"peer_address,omitempty"` // whom the client talks to by the relay
	Realm          string `json:"realm,omitempty"`
	HasUser        bool   `json:"has_user,omitempty"`
	Error          string `json:"error,omitempty"` // "401 Unauthorized"
	TURN           bool   `json:"turn,omitempty"`
	ICE            bool   `json:"ice,omitempty"`
	Role           string `json:"ice_role,omitempty"` // of the client: "controlling", "controlled"
	Nominated      bool   `json:"ice_nominated,omitempty"`
	Priority       uint32 `json:"ice_priority,omitempty"`
}

// Protocol returns STUN.
func (*STUNDetail) Protocol() Protocol { return STUN }

// Key returns "stun".
func (*STUNDetail) Key() string { return "stun" }

// Subject returns the realm.
func (d *STUNDetail) Subject() string { return d.Realm }

func (d *STUNDetail) clone() Detail {
	c := *d
	return &c
}

var stunSignature = signature{
	proto: STUN, ports: []uint16{3478, 5349}, stream: stunStreamMatch,
	packet: func(s *sample) match { return stunMatch(s.datagram(), s.wire) },
	new:    func() decoder { return &stunDecoder{} },
}

const (
	stunCookie = 0x2112a442
	stunHead   = 20
	stunQuiet  = 64 // datagrams of a flow that are looked at for what else it carries
)

// stunMatch tells a message by the magic cookie and a length that is right; one of
// RFC 3489, which has no cookie, by attributes that add up.
func stunMatch(b []byte, wire int) match {
	if len(b) < stunHead || b[0]&0xc0 != 0 || b[3]&3 != 0 {
		return no
	}
	size := stunHead + int(binary.BigEndian.Uint16(b[2:]))
	if size > wire {
		return no
	}
	if binary.BigEndian.Uint32(b[4:]) == stunCookie {
		return sure
	}
	if kind := binary.BigEndian.Uint16(b); size != wire || kind&0xfeee != 0 || kind&0x0f != 1 && kind&0x0f != 2 {
		return no
	}
	n, ok := 0, true
	stunAttributes(b[stunHead:], func(kind uint16, v []byte) {
		n++
		ok = ok && (kind > 0 && kind < 0x30 || kind >= 0x8000) && (!stunAddressKind(kind) || len(v) == 8 || len(v) == 20)
	})
	switch {
	case !ok || zeros(b[4:stunHead]):
		return no
	case n > 0:
		return sure
	}
	return likely
}

// stunStreamMatch finds messages over TCP as they are, and behind the length that
// ICE puts before each (RFC 4571).
func stunStreamMatch(s *sample) match {
	return s.both(func(b []byte) match {
		best := no
		for _, framed := range [2]bool{false, true} {
			m := b
			if framed {
				m = m[min(2, len(m)):]
			}
			switch {
			case len(m) >= 8 && m[0]&0xc0 == 0 && m[3]&3 == 0 && binary.BigEndian.Uint32(m[4:]) == stunCookie:
				if !framed || binary.BigEndian.Uint16(b) == binary.BigEndian.Uint16(m[2:])+stunHead {
					return sure
				}
			case len(m) < 8 && (len(m) == 0 || m[0]&0xc0 == 0) && (len(m) < 5 || m[4] == 0x21):
				best = more
			}
		}
		return best
	})
}

// stunDecoder follows one flow, which other protocols may share with STUN (RFC
// 7983).
type stunDecoder struct {
	d      STUNDetail
	shown  bool
	framed bool // RFC 4571: each message of the stream has a length before it
	known  bool // framed is
	other  int  // datagrams that were not STUN
	count  int
}

func (t *stunDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	t.count++
	if stunMatch(b, wire) != no {
		t.message(c, dir, b)
		if t.count > stunQuiet {
			c.done()
		}
		return
	}
	if len(b) == 0 {
		return
	}
	switch {
	case b[0] >= 20 && b[0] < 64 && isDTLS(b, wire) != no:
		c.become(DTLS)
		return
	case b[0] >= 64 && b[0] < 80 && len(b) >= 4 && int(binary.BigEndian.Uint16(b[2:]))+4 <= wire:
		t.channel(c)
	case t.shown && rtpShape(b, wire):
		c.become(RTP)
		return
	}
	if t.other++; t.other > stunQuiet {
		c.done()
	}
}

// channel notes data that a relay passes on (RFC 8656, section 12.4).
func (t *stunDecoder) channel(c *conv) {
	if !t.d.TURN {
		t.d.TURN = true
		c.changed()
	}
}

func (t *stunDecoder) stream(c *conv, dir Dir, b []byte) int {
	if !t.known {
		if len(b) < 10 {
			return 0
		}
		t.known = true
		t.framed = binary.BigEndian.Uint32(b[4:]) != stunCookie && binary.BigEndian.Uint32(b[6:]) == stunCookie
	}
	read := 0
	for {
		m := b[read:]
		before, size := t.frame(m)
		switch {
		case size == 0:
			return read
		case m[before]>>4 == 4: // channel data, which need not be there to be passed
			t.channel(c)
			if read += before + size; read >= len(b) {
				return read
			}
			continue
		case len(m) < before+size:
			return read
		}
		m = m[before : before+size]
		if t.count++; t.count > stunQuiet || stunMatch(m, len(m)) == no {
			c.done()
			return read
		}
		t.message(c, dir, m)
		read += before + size
	}
}

// frame returns how long a message of the stream at the beginning of m is, and the
// length that stands before it; size is 0 as long as that is not known.
func (t *stunDecoder) frame(m []byte) (before, size int) {
	if t.framed {
		before = 2
	}
	if len(m) < before+4 {
		return before, 0
	}
	switch size = int(binary.BigEndian.Uint16(m[before+2:])); {
	case t.framed:
		size = int(binary.BigEndian.Uint16(m))
	case m[before]>>4 == 4: // padded to a word (RFC 8656, section 12.5)
		size = 4 + (size+3)&^3
	default:
		size += stunHead
	}
	return before, size
}

// stunMethods names methods (RFC 8489, 8656, 6062).
var stunMethods = [...]string{0x001: "binding", 0x002: "shared_secret", 0x003: "allocate", 0x004: "refresh", 0x006: "send",
	0x007: "data", 0x008: "create_permission", 0x009: "channel_bind", 0x00a: "connect", 0x00b: "connection_bind", 0x00c: "connection_attempt"}

var stunClasses = [4]string{"request", "indication", "success", "error"}

func (t *stunDecoder) message(c *conv, dir Dir, b []byte) {
	kind := binary.BigEndian.Uint16(b)
	method := kind&0xf | kind>>1&0x70 | kind>>2&0xf80
	class := kind>>4&1 | kind>>7&2
	before := t.d
	t.d.Class = stunClasses[class]
	t.d.Classic = t.d.Classic || binary.BigEndian.Uint32(b[4:]) != stunCookie
	if int(method) < len(stunMethods) && stunMethods[method] != "" {
		t.d.Method = stunMethods[method]
	}
	if method >= 3 && int(method) < len(stunMethods) {
		t.d.TURN = true
	}
	end := min(stunHead+int(binary.BigEndian.Uint16(b[2:])), len(b))
	stunAttributes(b[stunHead:end], func(kind uint16, v []byte) { t.attribute(dir, class, kind, v, b) })
	if !t.shown {
		t.shown = true
		c.detail(&t.d)
		if class >= 2 && dir == ToServer {
			c.swap()
		}
	}
	if class >= 2 && !t.d.Classic {
		c.confirm()
	}
	if t.d != before {
		c.changed()
	}
}
