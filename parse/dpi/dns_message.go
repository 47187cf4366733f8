package dpi

import "encoding/binary"

// The parts of a DNS message's flags (RFC 1035 §4.1.1, RFC 4035 §3).
const (
	dnsQR    = 0x8000 // it is a response
	dnsAA    = 0x0400
	dnsTC    = 0x0200
	dnsRD    = 0x0100
	dnsRA    = 0x0080
	dnsZ     = 0x0040 // must be zero
	dnsAD    = 0x0020
	dnsCD    = 0x0010
	dnsRCode = 0x000f

	opQuery  = 0
	opUpdate = 5
)

const (
	dnsHeader  = 12
	maxRecords = 64 // of one message that are looked at

	// unique is the top bit of a class in mDNS: of a question, that the answer
	// may come to the asker alone; of a record, that older ones are void.
	unique = 0x8000
)

// The sections of a message.
const (
	inQuestion = iota
	inAnswer
	inAuthority
	inAdditional
)

// dnsMessage is a message of DNS, mDNS, LLMNR or NetBIOS-NS taken apart. It
// borrows the bytes that it was read from.
type dnsMessage struct {
	b         []byte
	id, flags uint16
	counts    [4]uint16 // of the sections, as the header says
	question  dnsRecord // the first one; only name, typ, class and section are set
	unique    bool      // some class has its top bit set
	broken    bool      // what comes behind end contradicts itself
	whole     bool      // everything that the header counts was read, down to end
	end       int       // where that which was read ends
	n         int       // how many of records are used
	opt       int       // index of the OPT record among records, -1 for none
	records   [maxRecords]dnsRecord
}

// dnsRecord is where one resource record lies in its message.
type dnsRecord struct {
	ttl        uint32
	name       uint16 // offset of the owner
	typ, class uint16 // class without its top bit, but for OPT
	data, size uint16
	section    uint8
}

// read takes a message apart, as far as that goes: where b ends early or
// contradicts itself, whole is unset. It returns false where b is no message.
func (m *dnsMessage) read(b []byte) bool {
	if len(b) < dnsHeader || len(b) > 0xffff {
		return false
	}
	m.broken = !m.sections(b)
	m.whole = m.whole && !m.broken
	return m.asked() || m.n > 0
}

// sections reads the header and what it counts. It returns false where b
// contradicts itself.
func (m *dnsMessage) sections(b []byte) bool {
	m.b, m.end, m.opt = b, dnsHeader, -1
	m.id, m.flags = be16(b), be16(b[2:])
	for i := range m.counts {
		m.counts[i] = be16(b[4+2*i:])
	}
	for i := range m.counts[inQuestion] {
		if ok, broken := m.readQuestion(i == 0); !ok {
			return !broken
		}
	}
	for section := uint8(inAnswer); section <= inAdditional; section++ {
		for range m.counts[section] {
			if ok, broken := m.readRecord(section); !ok {
				return !broken
			}
		}
	}
	m.whole = true
	return true
}

func (m *dnsMessage) readQuestion(first bool) (ok, broken bool) {
	end, ok, broken := nameEnd(m.b, m.end)
	if !ok || broken || end+4 > len(m.b) {
		return false, broken
	}
	class := be16(m.b[end+2:])
	m.unique = m.unique || class&unique != 0
	if first {
		m.question = dnsRecord{name: uint16(m.end), typ: be16(m.b[end:]), class: class &^ unique}
	}
	m.end = end + 4
	return true, false
}

func (m *dnsMessage) readRecord(section uint8) (ok, broken bool) {
	end, ok, broken := nameEnd(m.b, m.end)
	if !ok || broken || end+10 > len(m.b) {
		return false, broken
	}
	r := dnsRecord{
		name: uint16(m.end), section: section,
		typ: be16(m.b[end:]), class: be16(m.b[end+2:]),
		ttl: be32(m.b[end+4:]), size: be16(m.b[end+8:]), data: uint16(end + 10),
	}
	if end+10+int(r.size) > len(m.b) {
		return false, false
	}
	m.end = end + 10 + int(r.size)
	if r.typ != typeOPT {
		m.unique = m.unique || r.class&unique != 0
		r.class &^= unique
	}
	if m.n < maxRecords {
		if r.typ == typeOPT && section == inAdditional && m.opt < 0 {
			m.opt = m.n
		}
		m.records[m.n] = r
		m.n++
	}
	return true, false
}

// response reports whether the message answers.
func (m *dnsMessage) response() bool { return m.flags&dnsQR != 0 }

// asked reports whether the first question was read.
func (m *dnsMessage) asked() bool { return m.question.name != 0 }

func (m *dnsMessage) opcode() int { return int(m.flags >> 11 & 0xf) }

// rcode returns the response code, with the upper bits that EDNS adds to it
// (RFC 6891 §6.1.3).
func (m *dnsMessage) rcode() int {
	code := int(m.flags & dnsRCode)
	if m.opt >= 0 {
		code |= int(m.records[m.opt].ttl>>24) << 4
	}
	return code
}

// dataOf returns the data of a record.
func (m *dnsMessage) dataOf(r *dnsRecord) []byte { return m.b[r.data : int(r.data)+int(r.size)] }

// dnsShape says how much b looks like a DNS message that has wire bytes. home
// says that a port of the protocol is used: there a proper question suffices,
// whatever else is wrong. Elsewhere no more than the flags may be odd, and some
// bytes too many.
func dnsShape(b []byte, wire int, home bool) match {
	const tooMany = 4
	if len(b) < dnsHeader || !home && !counted(b, wire) {
		return no
	}
	var m dnsMessage
	read, flags := m.read(b), flagged(b)
	switch {
	case !read && len(b) < wire && flags && !m.broken:
		return more
	case !read || m.asked() && !m.proper():
		return no
	case flags && counted(b, wire) && m.sound(len(b) < wire) && (!m.whole || m.end == wire):
		return sure
	case m.asked() && (home || m.whole && m.plain() && m.end+tooMany >= wire):
		return likely
	}
	return no
}

// proper reports whether the question may be one: its type and class are known,
// its name can be read, and is none of NetBIOS.
func (m *dnsMessage) proper() bool {
	q := &m.question
	var space [4 * maxNameLen]byte
	_, ok := appendName(space[:0], m.b, int(q.name), false)
	encoded := m.b[q.name] == 32 && m.b[q.name+1] != '_' && (q.typ == typeNB || q.typ == typeNBSTAT)
	return ok && !encoded && knownType(q.typ) && knownClass(q.class)
}

// sound reports whether nothing contradicts that this is a message of DNS; cut
// says that the capture lacks its end.
func (m *dnsMessage) sound(cut bool) bool {
	return !m.broken && m.plain() && !m.odd() && (m.whole || cut || m.flags&dnsTC != 0)
}

// plain reports whether the records may be ones.
func (m *dnsMessage) plain() bool {
	for i := range m.n {
		if !m.plausible(&m.records[i]) {
			return false
		}
	}
	return true
}

// counted says whether so many bytes have room for what a header counts, which is
// not so in almost everything else; where the server cut the message, there need
// not be.
func counted(b []byte, wire int) bool {
	qd, an := int(be16(b[4:])), int(be16(b[6:]))
	ns, ar := int(be16(b[8:])), int(be16(b[10:]))
	return qd+an > 0 && (be16(b[2:])&dnsTC != 0 || dnsHeader+qd*5+(an+ns+ar)*11 <= wire)
}

// flagged says whether a header's flags are those that messages have.
func flagged(b []byte) bool {
	flags, an := be16(b[2:]), be16(b[6:])
	op := flags >> 11 & 0xf
	switch {
	case op == 3 || op > 6:
		return false
	case flags&dnsQR != 0:
		return true
	case flags&dnsRCode != 0:
		return false
	}
	// Only mDNS tells answers that it knows, and there the id is 0.
	return an == 0 || b[0]|b[1] == 0 || op != opQuery && op != 2
}

// odd reports what a proper implementation does not send.
func (m *dnsMessage) odd() bool {
	return m.flags&dnsZ != 0 || m.counts[inQuestion] > 1 && m.id != 0 ||
		!m.response() && m.flags&dnsRA != 0 || m.response() && m.counts[inQuestion] == 0 && m.counts[inAnswer] == 0
}

// plausible reports whether a record's fixed parts agree with its type.
func (m *dnsMessage) plausible(r *dnsRecord) bool {
	if r.typ == typeOPT {
		return m.b[r.name] == 0 // its owner is the root, RFC 6891 §6.1.2
	}
	if r.typ == 0 || !knownClass(r.class) {
		return false
	}
	empty := r.size == 0 && m.opcode() == opUpdate // of updates, RFC 2136 §2.4
	switch r.typ {
	case typeA:
		return r.size == 4 || empty
	case typeAAAA:
		return r.size == 16 || empty
	}
	return true
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
