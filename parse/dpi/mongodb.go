package dpi

import (
	"bytes"
	"encoding/binary"
)

// MongoDBDetail is what a client says of itself, and which commands it gives to
// which databases. Documents are not kept.
type MongoDBDetail struct {
	Databases  []string `json:"databases,omitempty"`
	Commands   []string `json:"commands,omitempty"` // "hello", "find", "saslStart"
	Driver     string   `json:"driver,omitempty"`   // name and version
	App        string   `json:"application,omitempty"`
	OS         string   `json:"os,omitempty"`
	User       string   `json:"user,omitempty"`
	Auth       string   `json:"auth,omitempty"`           // mechanism
	Server     string   `json:"server_version,omitempty"` // of an answer to buildInfo
	ReplicaSet string   `json:"replica_set,omitempty"`
	Compressed bool     `json:"compressed,omitempty"`
}

// Protocol returns MongoDB.
func (*MongoDBDetail) Protocol() Protocol { return MongoDB }

// Key returns "mongodb".
func (*MongoDBDetail) Key() string { return "mongodb" }

// Subject returns the database that was used last.
func (d *MongoDBDetail) Subject() string {
	if n := len(d.Databases); n > 0 {
		return d.Databases[n-1]
	}
	return ""
}

func (d *MongoDBDetail) clone() Detail {
	c := *d
	return &c
}

var mongodbSignature = signature{
	proto: MongoDB, ports: []uint16{27017}, stream: func(s *sample) match { return s.both(mongoMatch) },
	new: func() decoder { return &mongoDecoder{} },
}

// Opcodes of the wire protocol.
const (
	mongoReply      = 1
	mongoUpdate     = 2001
	mongoQuery      = 2004
	mongoKill       = 2007
	mongoCommand    = 2010
	mongoCompressed = 2012
	mongoMsg        = 2013

	mongoHead   = 16
	mongoMax    = 48_000_000 // bytes of a message
	mongoEnough = 64         // messages that are read
)

// mongoMatch checks a message's head, and how its body begins.
func mongoMatch(b []byte) match {
	if len(b) < mongoHead {
		if len(b) >= 4 && (binary.LittleEndian.Uint32(b) < mongoHead || binary.LittleEndian.Uint32(b) > mongoMax) {
			return no
		}
		return more
	}
	size, answers, op := int(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:])
	if size < mongoHead+4 || size > mongoMax {
		return no
	}
	body := b[mongoHead:]
	switch op {
	case mongoMsg:
		return mongoMsgMatch(body, size-mongoHead)
	case mongoReply:
		switch {
		case answers == 0 || size < mongoHead+20:
			return no
		case len(body) < 20:
			return more
		case binary.LittleEndian.Uint32(body)&^0xf == 0 && binary.LittleEndian.Uint32(body[16:]) < 1<<20:
			return likely
		}
	case mongoQuery, mongoUpdate, 2002, 2005, 2006:
		// Flags or zero, and a name with a dot: "admin.$cmd".
		r := cursor{b: body}
		if flags := r.le32(); flags&^0xff != 0 || answers != 0 && answers != 1<<32-1 {
			return no
		}
		name := r.cstring()
		switch {
		case r.short && len(body) < 132:
			return more
		case r.short || !printable(name) || bytes.IndexByte(name, '.') <= 0:
			return no
		}
		return sure
	case mongoCommand, mongoCommand + 1, mongoKill:
		return likely
	case mongoCompressed:
		switch {
		case len(body) < 9:
			return more
		case body[8] <= 3 && binary.LittleEndian.Uint32(body[4:]) < mongoMax:
			return likely
		}
	}
	return no
}

// mongoMsgMatch checks the flags and the first section of an OP_MSG.
func mongoMsgMatch(b []byte, size int) match {
	switch {
	case len(b) >= 4 && binary.LittleEndian.Uint32(b)&^0x10003 != 0:
		return no
	case len(b) < 9:
		return more
	case b[4] > 1:
		return no
	}
	if n := int(binary.LittleEndian.Uint32(b[5:])); n < 5 || n > size-5 {
		return no
	}
	return sure
}

type mongoDecoder struct {
	d     MongoDBDetail
	shown bool
	seen  int
}

func (m *mongoDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= mongoHead {
		p := b[read:]
		size := int(binary.LittleEndian.Uint32(p))
		if size < mongoHead || size > mongoMax {
			c.done()
			return read
		}
		if len(p) < min(size, 4<<10) {
			return read
		}
		read += size
		m.message(c, dir, p[:min(len(p), size)])
		if m.seen++; m.seen > mongoEnough {
			c.done()
			return read
		}
	}
	return read
}

func (m *mongoDecoder) message(c *conv, dir Dir, b []byte) {
	op := binary.LittleEndian.Uint32(b[12:])
	to := binary.LittleEndian.Uint32(b[8:]) // 0 in requests; old drivers write -1
	answers := to != 0 && to != 1<<32-1
	changed := false
	r := cursor{b: b[mongoHead:]}
	switch op {
	case mongoMsg:
		r.skip(4)
		if r.u8() == 0 && !r.short {
			changed = m.document(r.b, answers)
		}
	case mongoQuery:
		r.skip(4)
		name := r.cstring()
		changed = m.collection(name)
		if r.skip(8); bytes.HasSuffix(name, []byte(".$cmd")) {
			changed = m.document(r.b, false) || changed
		} else if !r.short {
			changed = addOnce(&m.d.Commands, "query") || changed
		}
	case mongoReply:
		r.skip(20)
		changed = m.document(r.b, true)
		answers = true
	case mongoUpdate, 2002, 2005, 2006:
		r.skip(4)
		changed = m.collection(r.cstring())
	case mongoCompressed:
		changed = !m.d.Compressed
		m.d.Compressed = true
	}
	switch {
	case !m.shown:
		m.shown = true
		c.detail(&m.d)
		if answers == (dir == ToServer) {
			c.swap()
		}
	case changed:
		c.changed()
	}
	if answers {
		c.confirm()
	}
}

// collection keeps the database of "database.collection".
func (m *mongoDecoder) collection(name []byte) bool {
	if dot := bytes.IndexByte(name, '.'); dot > 0 && plain(name) {
		return addOnce(&m.d.Databases, text(name[:dot]))
	}
	return false
}

// document reads a command, whose first element is its name, or what is of use of
// an answer.
func (m *mongoDecoder) document(b []byte, answer bool) (changed bool) {
	first := !answer
	bsonEach(b, func(kind byte, name, value []byte) bool {
		if first && kind != bsonTime {
			first = false
			if printable(name) && len(name) < 64 {
				changed = addOnce(&m.d.Commands, text(name)) || changed
			}
		}
		switch key := string(name); {
		case key == "$db" && kind == bsonString && plain(value):
			changed = addOnce(&m.d.Databases, text(value)) || changed
		case key == "client" && kind == bsonDocument && !answer:
			changed = m.client(value) || changed
		case key == "mechanism" && kind == bsonString && !answer:
			changed = setText(&m.d.Auth, saslName(value)) || changed
		case key == "payload" && kind == bsonBinary && !answer:
			changed = setText(&m.d.User, saslUser(m.d.Auth, value)) || changed
		case key == "speculativeAuthenticate" && kind == bsonDocument && !answer:
			changed = m.document(value, false) || changed
		case key == "version" && kind == bsonString && answer && printable(value):
			changed = setText(&m.d.Server, text(value)) || changed
		case key == "setName" && kind == bsonString && answer && plain(value):
			changed = setText(&m.d.ReplicaSet, text(value)) || changed
		}
		return true
	})
	return changed
}

// client reads what a driver says in its hello.
func (m *mongoDecoder) client(b []byte) (changed bool) {
	bsonEach(b, func(kind byte, part, doc []byte) bool {
		if kind != bsonDocument {
			return true
		}
		name, version := "", ""
		bsonEach(doc, func(kind byte, key, value []byte) bool {
			switch {
			case kind != bsonString || !plain(value):
			case string(key) == "name":
				name = text(value)
			case string(key) == "version":
				version = " " + text(value)
			}
			return true
		})
		switch string(part) {
		case "driver":
			changed = setText(&m.d.Driver, name+version) || changed
		case "application":
			changed = setText(&m.d.App, name) || changed
		case "os":
			changed = setText(&m.d.OS, name+version) || changed
		}
		return true
	})
	return changed
}
