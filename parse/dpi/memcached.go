package dpi

import (
	"bytes"
	"encoding/binary"
)

// MemcachedDetail is what is known of a flow to a memcached server. Keys and
// values are not looked at.
type MemcachedDetail struct {
	Commands []string `json:"commands,omitempty"` // each once
	Version  string   `json:"version,omitempty"`  // of the server
	Binary   bool     `json:"binary,omitempty"`   // the binary protocol
}

// Protocol returns Memcached.
func (d *MemcachedDetail) Protocol() Protocol { return Memcached }

// Key returns "memcached".
func (d *MemcachedDetail) Key() string { return "memcached" }

// Subject returns "".
func (d *MemcachedDetail) Subject() string { return "" }

func (d *MemcachedDetail) clone() Detail {
	c := *d
	return &c
}

const memcachedLines = 256 // after so many there is nothing new to learn

var memcachedSignature = signature{proto: Memcached, ports: []uint16{11211}, stream: memcachedStream, packet: memcachedPacket,
	new: func() decoder { return &memcached{} }}

// memcachedStored are commands with a value behind them: "set key flags time bytes".
var memcachedStored = []string{"SET", "ADD", "REPLACE", "APPEND", "PREPEND", "CAS"}

// memcachedAsked are the others; those from "stats" on stand alone.
var memcachedAsked = []string{"GET", "GETS", "GAT", "GATS", "DELETE", "INCR", "DECR", "TOUCH", "MG", "MS", "MD", "MA",
	"STATS", "VERSION", "FLUSH_ALL", "VERBOSITY", "MN"}

// memcachedReplies are the first words of replies.
var memcachedReplies = []string{"VALUE", "STAT", "STORED", "NOT_STORED", "EXISTS", "NOT_FOUND", "DELETED", "TOUCHED",
	"END", "VERSION", "ERROR", "CLIENT_ERROR", "SERVER_ERROR", "OK", "RESET"}

func memcachedStream(s *sample) match {
	return max(memcachedHeads(s.head[ToClient], s.head[ToServer], s), memcachedHeads(s.head[ToServer], s.head[ToClient], s))
}

func memcachedHeads(server, client []byte, s *sample) match {
	asked := memcachedRequest(client)
	if asked == no {
		return no
	}
	answered := memcachedReply(server)
	switch {
	case answered == no:
		return no
	case len(client) > 0 && len(server) > 0 && asked >= likely && answered >= likely:
		return sure
	case (asked == likely || answered == likely) && s.on(11211):
		return likely
	}
	if len(server) == 0 && asked == sure || len(client) == 0 && answered == sure {
		return sure
	}
	return more
}

// memcachedRequest judges by a client's first line, or the header of its first
// binary request.
func memcachedRequest(b []byte) match {
	if len(b) == 0 {
		return more
	}
	if b[0] == 0x80 {
		return memcachedBinary(b)
	}
	if b[0] < 'a' || b[0] > 'z' { // the commands are written in lower case by every client
		return no
	}
	line, whole := firstLine(b[:min(len(b), 512)])
	if !whole {
		return min(more, max(beginning(b, memcachedStored), beginning(b, memcachedAsked)))
	}
	name, rest := word(line) // "set key 0 60 5"
	if len(name) > maxWord || !plainText(line) {
		return no
	}
	if oneOf(name, memcachedStored) != "" {
		_, ok := memcachedValue(rest, 3)
		return sureIf(ok)
	}
	known := oneOf(name, memcachedAsked)
	if known != "" && (len(rest) > 0 || known == "STATS" || known == "VERSION" || known == "FLUSH_ALL" || known == "MN") {
		return likely
	}
	return no
}

// memcachedValue reads the length of the value from a line of "key flags … bytes":
// the number at the given place behind the key.
func memcachedValue(b []byte, place int) (int, bool) {
	key, rest := word(b)
	if len(key) == 0 || len(key) > 250 {
		return 0, false
	}
	n := int64(0)
	for range place {
		var field []byte
		field, rest = word(rest)
		var ok bool
		if n, ok = number(bytes.TrimPrefix(field, []byte{'-'})); !ok || n > maxSkip {
			return 0, false
		}
	}
	return int(n), true
}

func memcachedReply(b []byte) match {
	if len(b) == 0 {
		return more
	}
	if b[0] == 0x81 {
		return memcachedBinary(b)
	}
	if b[0] < 'A' || b[0] > 'Z' {
		return no
	}
	line, whole := firstLine(b[:min(len(b), 512)])
	if !whole {
		return min(more, beginning(b, memcachedReplies))
	}
	return memcachedAnswer(line)
}

// memcachedAnswer judges by the first line of a reply.
func memcachedAnswer(line []byte) match {
	name, rest := word(line)
	known := ""
	for _, w := range memcachedReplies { // in upper case, always
		if string(name) == w {
			known = w
		}
	}
	switch known {
	case "":
		return no
	case "VALUE":
		_, ok := memcachedValue(rest, 2)
		return sureIf(ok)
	case "STAT":
		return sureIf(hasFold(rest, "PID ") || hasFold(rest, "UPTIME "))
	}
	return likely
}

// memcachedPacket wants the frame of UDP before the text: an id, the number of the
// datagram, how many there are, two bytes of zero.
func memcachedPacket(s *sample) match {
	for dir, b := range s.head {
		if len(b) < 8 {
			continue
		}
		number, count := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[4:])
		if b[6] != 0 || b[7] != 0 || number >= count {
			return no
		}
		m := memcachedRequest(b[8:])
		if Dir(dir) == ToClient || m == no {
			m = max(m, memcachedReply(b[8:]))
		}
		if m == likely && count == 1 {
			m = sure // with eight bytes that fit before it
		}
		return m
	}
	return no
}

type memcached struct {
	d     *MemcachedDetail
	lines [2]lineReader
	count int
}

func (m *memcached) begin(c *conv) {
	if m.d == nil {
		m.d = &MemcachedDetail{}
		c.detail(m.d)
	}
}

func (m *memcached) datagram(c *conv, _ Dir, b []byte, _ int) {
	if len(b) < 8 {
		return
	}
	m.begin(c)
	if line, ok := firstLine(b[8:]); ok {
		m.line(c, line)
	}
}

func (m *memcached) stream(c *conv, dir Dir, b []byte) int {
	m.begin(c)
	pos := 0
	for pos < len(b) {
		if m.count > memcachedLines || len(m.d.Commands) == maxList {
			c.done()
			break
		}
		if b[pos] == 0x80 || b[pos] == 0x81 {
			n := m.binary(c, b[pos:])
			if n == 0 {
				break
			}
			pos += n
			continue
		}
		line, n := m.lines[dir].next(b[pos:])
		pos += n
		if line == nil {
			break
		}
		pos += m.line(c, line)
	}
	return pos
}

func (m *memcached) gap(_ *conv, dir Dir, _ uint32) { m.lines[dir].lose() }

// line reads a command or a reply, and returns the length of the value behind it.
func (m *memcached) line(c *conv, line []byte) int {
	m.count++
	name, rest := word(line)
	skip := 0
	command := oneOf(name, memcachedStored)
	switch {
	case len(name) == 0:
		return 0
	case string(name) == "VERSION" && len(rest) > 0:
		m.d.Version = text(rest)
		m.answered(c)
		return 0
	case string(name) == "VALUE":
		if n, ok := memcachedValue(rest, 2); ok {
			skip = n + 2
		}
		return skip
	case name[0] < 'a':
		if memcachedAnswer(line) >= likely {
			m.answered(c)
		}
		return 0
	case command != "":
		if n, ok := memcachedValue(rest, 3); ok {
			skip = n + 2
		}
	default:
		command = oneOf(name, memcachedAsked)
	}
	if command != "" {
		m.d.Commands = addText(m.d.Commands, name)
		c.changed()
	}
	return skip
}

// answered notes a reply: with a command before it there is no doubt.
func (m *memcached) answered(c *conv) {
	if len(m.d.Commands) > 0 {
		c.confirm()
	}
	c.changed()
}
