package dpi

import (
	"bytes"
	"encoding/binary"
)

// MQTTDetail is what a client says to a broker of itself, and the topics that are
// used. Passwords and what is published are not kept.
type MQTTDetail struct {
	Version   string   `json:"version,omitempty"` // "3.1", "3.1.1", "5.0"
	Client    string   `json:"client_id,omitempty"`
	User      string   `json:"user,omitempty"`
	WillTopic string   `json:"will_topic,omitempty"`
	KeepAlive int      `json:"keep_alive_s,omitempty"`
	Result    string   `json:"result,omitempty"`  // of CONNECT: "accepted", or why not
	Packets   []string `json:"packets,omitempty"` // kinds that were seen
	Topics    []string `json:"topics,omitempty"`  // published and subscribed to
	QoS       int      `json:"qos,omitempty"`     // highest that was used
}

// Protocol returns MQTT.
func (*MQTTDetail) Protocol() Protocol { return MQTT }

// Key returns "mqtt".
func (*MQTTDetail) Key() string { return "mqtt" }

// Subject returns the client's identifier, else the first topic.
func (d *MQTTDetail) Subject() string {
	if d.Client == "" && len(d.Topics) > 0 {
		return d.Topics[0]
	}
	return d.Client
}

func (d *MQTTDetail) clone() Detail {
	c := *d
	return &c
}

var mqttSignature = signature{
	proto: MQTT, ports: []uint16{1883}, stream: mqttMatch, new: func() decoder { return &mqttDecoder{} },
}

// Kinds of packet, the four high bits of the first byte: MQTT 5.0, section 2.1.2.
const (
	mqttConnect   = 1
	mqttConnAck   = 2
	mqttPublish   = 3
	mqttSubscribe = 8
	mqttUnsub     = 10
	mqttPing      = 12
	mqttPong      = 13

	mqttEnough = 64 // packets of a connection that are read
)

var mqttNames = [16]string{1: "connect", 2: "connack", 3: "publish", 4: "puback", 5: "pubrec", 6: "pubrel", 7: "pubcomp",
	8: "subscribe", 9: "suback", 10: "unsubscribe", 11: "unsuback", 12: "pingreq", 13: "pingresp", 14: "disconnect", 15: "auth"}

// mqttSize reads a packet's head: its length, and the body's. Head is 0 where more
// bytes are needed, and ok false where no number can be so long.
func mqttSize(b []byte) (head, size int, ok bool) {
	for i := 1; i < len(b) && i <= 4; i++ {
		size |= int(b[i]&0x7f) << (7 * (i - 1))
		if b[i] < 0x80 {
			return i + 1, size, true
		}
		if i == 4 {
			return 0, 0, false
		}
	}
	return 0, 0, true
}

// mqttMatch tells a CONNECT by its protocol name, and a connection that is seen
// from its middle by its pings.
func mqttMatch(s *sample) match {
	m := s.both(mqttConnectMatch)
	if m != no || s.begun {
		return m
	}
	asked, answered := mqttPings(s.head[ToServer], mqttPing), mqttPings(s.head[ToClient], mqttPong)
	switch {
	case asked > 0 && answered > 0:
		return likely
	case asked >= 0 && answered >= 0 && asked+answered > 0:
		return more
	}
	return no
}

// mqttPings returns how many packets of a kind without a body b holds, -1 if it
// holds anything else.
func mqttPings(b []byte, kind byte) int {
	for n := 0; n+1 < len(b); n += 2 {
		if b[n] != kind<<4 || b[n+1] != 0 {
			return -1
		}
	}
	return len(b) / 2
}

func mqttConnectMatch(b []byte) match {
	if b[0] != mqttConnect<<4 {
		return no
	}
	head, size, ok := mqttSize(b)
	if !ok || head > 0 && size < 10 {
		return no
	}
	if head == 0 || len(b) < head+2 {
		return more
	}
	switch b = b[head:]; binary.BigEndian.Uint16(b) {
	case 4:
		return begins(b[2:], "MQTT")
	case 6:
		return begins(b[2:], "MQIsdp")
	}
	return no
}

type mqttDecoder struct {
	d     MQTTDetail
	shown bool
	seen  int
}

func (m *mqttDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= 2 {
		p := b[read:]
		head, size, ok := mqttSize(p)
		switch {
		case !ok || mqttNames[p[0]>>4] == "":
			c.done()
			return read
		case head == 0, len(p) < head+min(size, 4<<10):
			return read
		}
		read += head + size
		m.packet(c, dir, p[0], p[head:min(len(p), head+size)])
		if m.seen++; m.seen > mqttEnough {
			c.done()
			return read
		}
	}
	return read
}

func (m *mqttDecoder) packet(c *conv, dir Dir, first byte, b []byte) {
	kind := first >> 4
	changed := addOnce(&m.d.Packets, mqttNames[kind])
	r := cursor{b: b}
	switch kind {
	case mqttConnect:
		m.connect(&r)
		changed = true
	case mqttConnAck:
		r.u8()
		if code := r.u8(); !r.short {
			changed = setText(&m.d.Result, mqttResult(code)) || changed
		}
	case mqttPublish:
		changed = m.topic(r.short16(), int(first>>1&3)) || changed
	case mqttSubscribe, mqttUnsub:
		changed = m.filters(&r, kind) || changed
	}
	switch {
	case !m.shown:
		m.shown = true
		c.detail(&m.d)
		if (kind == mqttConnect || kind == mqttPing) && dir == ToClient || (kind == mqttConnAck || kind == mqttPong) && dir == ToServer {
			c.swap()
		}
	case changed:
		c.changed()
	}
	if kind == mqttConnAck {
		c.confirm()
	}
}

func (m *mqttDecoder) connect(r *cursor) {
	r.short16()
	level, flags, alive := r.u8(), r.u8(), r.be16()
	switch level &^ 0x80 { // the bit is a bridge's
	case 3:
		m.d.Version = "3.1"
	case 4:
		m.d.Version = "3.1.1"
	case 5:
		m.d.Version = "5.0"
	}
	m.d.KeepAlive = int(alive)
	if level == 5 {
		r.skip(r.mqttNumber())
	}
	if id := r.short16(); plain(id) {
		m.d.Client = text(id)
	}
	if flags&0x04 != 0 {
		if level == 5 {
			r.skip(r.mqttNumber())
		}
		if topic := r.short16(); plain(topic) {
			m.d.WillTopic = text(topic)
		}
		r.short16()
	}
	if flags&0x80 != 0 {
		if user := r.short16(); plain(user) {
			// Behind a question mark some services want tokens (AWS IoT's authorizers).
			user, _, _ = bytes.Cut(user, []byte{'?'})
			m.d.User = text(user)
		}
	}
}

// mqttNumber reads a variable byte integer: the length of version 5's properties.
func (r *cursor) mqttNumber() int {
	v := 0
	for shift := 0; shift < 28; shift += 7 {
		c := r.u8()
		if v |= int(c&0x7f) << shift; c < 0x80 {
			break
		}
	}
	return v
}

func (m *mqttDecoder) topic(b []byte, qos int) bool {
	changed := len(b) > 0 && plain(b) && addOnce(&m.d.Topics, text(b))
	if qos < 3 && qos > m.d.QoS {
		m.d.QoS, changed = qos, true
	}
	return changed
}

func (m *mqttDecoder) filters(r *cursor, kind byte) (changed bool) {
	r.skip(2)
	if m.d.Version == "5.0" {
		r.skip(r.mqttNumber())
	}
	for n := 0; n < maxList && len(r.b) > 2; n++ {
		topic, qos := r.short16(), 0
		if kind == mqttSubscribe {
			qos = int(r.u8() & 3)
		}
		if r.short {
			break
		}
		changed = m.topic(topic, qos) || changed
	}
	return changed
}

// mqttResult names a CONNACK's code, of version 3 (below 6) and of version 5.
func mqttResult(code byte) string {
	switch code {
	case 0:
		return "accepted"
	case 1, 0x84:
		return "unsupported_version"
	case 2, 0x85:
		return "identifier_rejected"
	case 3, 0x88:
		return "server_unavailable"
	case 4, 0x86:
		return "bad_user_or_password"
	case 5, 0x87:
		return "not_authorized"
	case 0x89:
		return "server_busy"
	case 0x8a:
		return "banned"
	case 0x8c:
		return "bad_authentication_method"
	case 0x9c, 0x9d:
		return "use_another_server"
	}
	return "error_" + itoa(uint32(code))
}
