package dpi

import "time"

// dnsPatience is how long a query may stay without an answer: resolvers give up
// or ask again earlier.
const dnsPatience = 10 * time.Second

// maxDNSStream is how much of a message over TCP is read.
const maxDNSStream = 16 << 10

// dnsDecoder follows a flow of DNS, mDNS or LLMNR (RFC 1035, 6762, 4795) to its
// end: each message matters. It matches a response to its query by id, question
// and direction, so that a forged one neither counts as an answer nor names
// anything.
type dnsDecoder struct {
	detail  DNSDetail
	shown   bool // detail was handed over
	group   bool // one end is a multicast group: answers come in other flows
	pending []dnsQuery
	last    dnsQuery    // the one that was answered last
	space   [2]dnsQuery // of pending, while that suffices

	// What was said last, to make no new text of the same.
	text      string // of answers
	answers   []DNSRecord
	questions []string

	lost [2]bool // by Dir, of TCP: it is not known where a message begins
}

// dnsQuery is a query that waits for its response.
type dnsQuery struct {
	time       int64
	name       string
	id         uint16
	typ, class uint16
	dir        Dir
	opcode     uint8
}

func newDNS() decoder { return &dnsDecoder{} }

func (d *dnsDecoder) datagram(c *conv, dir Dir, b []byte, _ int) { d.message(c, dir, b) }

// stream reads messages behind their lengths (RFC 1035 §4.2.2). Of one that is
// larger than what a stream may hold, the beginning is read.
func (d *dnsDecoder) stream(c *conv, dir Dir, b []byte) int {
	if d.lost[dir] {
		if len(b) < 2+dnsHeader || dnsStreamShape(b) == no {
			return len(b)
		}
		d.lost[dir] = false
	}
	done := 0
	for len(b) >= 2 {
		n := 2 + int(be16(b))
		if want := min(n, maxDNSStream); len(b) < want {
			c.need(dir, want)
			return done
		}
		d.message(c, dir, b[2:min(n, len(b))])
		done += n
		b = b[min(n, len(b)):]
	}
	return done
}

// gap tells that the next bytes are from the middle of something.
func (d *dnsDecoder) gap(_ *conv, dir Dir, _ uint32) { d.lost[dir] = true }

// end gives up all queries that still wait.
func (d *dnsDecoder) end(c *conv) {
	for len(d.pending) > 0 {
		d.giveUp(c)
	}
}

// message reads one message, of which the end may be missing.
func (d *dnsDecoder) message(c *conv, dir Dir, b []byte) {
	var m dnsMessage
	if !m.read(b) {
		return
	}
	if !d.shown {
		dir = d.begin(c, dir, &m)
	}
	if m.response() {
		d.response(c, dir, &m)
	} else if m.asked() {
		d.query(c, dir, &m)
	}
	for len(d.pending) > 0 && c.time-d.pending[0].time > int64(dnsPatience) {
		d.giveUp(c)
	}
	c.changed()
}

// begin decides, with the first message, which of the three protocols it is, and
// who is the client.
func (d *dnsDecoder) begin(c *conv, dir Dir, m *dnsMessage) Dir {
	d.shown = true
	d.detail.proto = DNS
	d.pending = d.space[:0]
	for _, end := range c.ends {
		d.group = d.group || end.Addr().IsMulticast()
		if p := kinOf(end, m); p != DNS {
			d.detail.proto = p
		}
	}
	c.detail(&d.detail)
	if d.detail.proto != DNS {
		c.name(d.detail.proto)
	} else if m.response() == (dir == ToServer) {
		c.swap()
		return dir.other()
	}
	return dir
}

// query notes a query.
func (d *dnsDecoder) query(c *conv, dir Dir, m *dnsMessage) {
	q := dnsQuery{time: c.time, id: m.id, typ: m.question.typ, class: m.question.class, dir: dir, opcode: uint8(m.opcode())}
	var ok bool
	if q.name, ok = d.nameOf(c, m); !ok {
		return
	}
	d.detail.waiting = true
	if i := d.find(&q, dir); i >= 0 && c.time-d.pending[i].time <= int64(dnsPatience) {
		d.detail.Repeated++
		return
	}
	d.detail.Queries++
	d.fillQuery(&d.detail.DNSMessage, m, &q)
	if m.opcode() == opUpdate {
		d.render(c, m)
		d.detail.Answers = d.answers
	}
	if d.group {
		d.event(c, "asked")
		return
	}
	if len(d.pending) == maxPending {
		d.giveUp(c)
	}
	d.pending = append(d.pending, q)
}

// nameOf returns the question's name as text, which is only made where it is not
// that of a query before.
func (d *dnsDecoder) nameOf(c *conv, m *dnsMessage) (string, bool) {
	var space [maxNameLen + 1]byte
	text, ok := appendName(space[:0], m.b, int(m.question.name), d.detail.proto != DNS)
	if !ok {
		return "", false
	}
	for i := range d.pending {
		if d.pending[i].name == string(text) {
			return d.pending[i].name, true
		}
	}
	if d.last.name == string(text) {
		return d.last.name, true
	}
	return c.i.pool.shared.whole(text), true
}

// find returns which pending query has the same id and question; from is the
// direction in which it went.
func (d *dnsDecoder) find(q *dnsQuery, from Dir) int {
	for i := range d.pending {
		p := &d.pending[i]
		if p.dir == from && p.same(q) {
			return i
		}
	}
	return -1
}

// same reports whether two messages have the same id and question. A response
// without a question (q.name is empty then) is known by its id.
func (p *dnsQuery) same(q *dnsQuery) bool {
	return p.id == q.id && (q.name == "" || p.typ == q.typ && p.class == q.class && foldEqual(p.name, q.name))
}

// response matches a response to its query.
func (d *dnsDecoder) response(c *conv, dir Dir, m *dnsMessage) {
	q := dnsQuery{time: c.time, id: m.id, dir: dir.other(), opcode: uint8(m.opcode())}
	if m.asked() {
		q.typ, q.class = m.question.typ, m.question.class
		q.name, _ = d.nameOf(c, m)
	}
	d.detail.Responses++
	d.detail.waiting = false
	if m.rcode() != 0 {
		d.detail.Failures++
	}
	i := d.find(&q, dir.other())
	switch {
	case i >= 0:
		q = d.pending[i]
		d.pending = append(d.pending[:i], d.pending[i+1:]...)
		d.last, d.detail.typ, d.detail.class = q, q.typ, q.class
		d.fill(c, m, &q)
		d.detail.ResponseMS = float64(c.time-q.time) / 1e6
		c.confirm()
		d.event(c, "answered")
		if m.asked() {
			m.tell(c, d.source(), &q)
		}
	case d.group || d.detail.proto != DNS: // asked was in another flow, if at all
		d.fill(c, m, &q)
		d.event(c, "announced")
	case d.last.dir == q.dir && d.last.name != "" && d.last.same(&q):
		return // a copy, or the next part of a zone transfer
	default:
		d.detail.Unsolicited++
		d.fill(c, m, &q)
		d.event(c, "unsolicited")
	}
	d.announce(c, dir, m)
}

// source returns which of the name sources the flow is.
func (d *dnsDecoder) source() NameSource {
	switch d.detail.proto {
	case MDNS:
		return NameMDNS
	case LLMNR:
		return NameLLMNR
	}
	return NameDNS
}

// giveUp reports the oldest pending query as unanswered.
func (d *dnsDecoder) giveUp(c *conv) {
	q := d.pending[0]
	d.pending = append(d.pending[:0], d.pending[1:]...)
	d.detail.Unanswered++
	c.changed()
	if c.heard() {
		m := &DNSMessage{proto: d.detail.proto}
		m.ask(&q)
		m.pass(c, "unanswered")
	}
}

// event passes the exchange in the detail on.
func (d *dnsDecoder) event(c *conv, outcome string) {
	if !c.heard() {
		return
	}
	m := d.detail.DNSMessage
	m.pass(c, outcome)
}

// pass passes a message on as an event.
func (d *DNSMessage) pass(c *conv, outcome string) {
	d.Outcome = outcome
	if d.proto != DNS {
		d.Kind = d.proto.String()
	}
	c.event(d)
}
