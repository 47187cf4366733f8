package dpi

import "encoding/binary"

// memcachedBinary checks the header of the binary protocol: 24 bytes of magic,
// opcode, length of key and extras, data type, status, length of all.
func memcachedBinary(b []byte) match {
	if len(b) < 24 {
		return more
	}
	key, extras := int(binary.BigEndian.Uint16(b[2:])), int(b[4])
	total := binary.BigEndian.Uint32(b[8:])
	request := b[0] == 0x80
	if b[1] > 0x48 || b[5] != 0 || key > 250 || extras > 24 || int64(total) < int64(key+extras) || total > 64<<20 {
		return no
	}
	if request && key == 0 && total > 0 && b[1] != 0x21 && b[1] != 0x0a { // a value without key
		return no
	}
	if !request && binary.BigEndian.Uint16(b[6:]) > 0x86 {
		return no
	}
	if len(b) < 24+int(total) {
		return likely
	}
	if len(b) == 24+int(total) || b[24+int(total)] == b[0] {
		return sure
	}
	return no
}

// memcachedOps are the names of the opcodes that are met.
var memcachedOps = [...]string{"get", "set", "add", "replace", "delete", "incr", "decr", "quit", "flush", "getq", "noop",
	"version", "getk", "getkq", "append", "prepend", "stats"}

// binary reads the header of a binary message, and passes over the rest.
func (m *memcached) binary(c *conv, b []byte) int {
	const version, statusOK = 0x0b, 0
	if len(b) < 24 {
		return 0
	}
	m.count++
	total := int(min(binary.BigEndian.Uint32(b[8:]), maxSkip))
	op := b[1]
	if !m.d.Binary {
		m.d.Binary = true
		c.changed()
	}
	switch {
	case b[0] == 0x80 && int(op) < len(memcachedOps):
		m.d.Commands = addText(m.d.Commands, []byte(memcachedOps[op]))
		c.changed()
	case b[0] == 0x81 && op == version && total < 64:
		if len(b) < 24+total {
			return 0
		}
		m.d.Version = text(b[24 : 24+total])
		c.changed()
	}
	return 24 + total
}
