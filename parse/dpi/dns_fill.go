package dpi

// maxQuestions is how many questions of one query are listed. Those of mDNS may
// be many, as a phone looks for all services that it knows at once.
const maxQuestions = 2 * maxList

// fillQuery makes d a query without its response.
func (d *dnsDecoder) fillQuery(to *DNSMessage, m *dnsMessage, q *dnsQuery) {
	*to = DNSMessage{proto: to.proto, Flags: flagNames(m.flags)}
	to.ask(q)
	if m.counts[inQuestion] > 1 && !m.response() {
		d.listQuestions(m)
		to.Questions = d.questions
	}
	to.edns(m)
}

// listQuestions lists the names in a query for several, as mDNS has them.
func (d *dnsDecoder) listQuestions(m *dnsMessage) {
	known, n, at := d.questions, 0, dnsHeader
	for range min(int(m.counts[inQuestion]), maxQuestions) {
		end, ok, _ := nameEnd(m.b, at)
		if !ok || end+4 > m.end {
			break
		}
		if service(m.b, at) {
			d.heard(&d.detail.Services, m, at)
		}
		var space [maxNameLen + 1]byte
		text, _ := appendName(space[:0], m.b, at, d.detail.proto != DNS)
		at = end + 4
		if n < len(known) && known[n] == string(text) {
			n++
			continue
		}
		if n < len(known) || n == 0 {
			known = append(make([]string, 0, min(int(m.counts[inQuestion]), maxQuestions)), known[:n]...)
		}
		known = append(known, string(text))
		n++
	}
	d.questions = known[:n:n]
}

// ask sets what a query says.
func (d *DNSMessage) ask(q *dnsQuery) {
	d.ID, d.Opcode, d.Question = q.id, opcodeName(int(q.opcode)), q.name
	if q.name != "" {
		d.Type, d.Class = typeName(q.typ), className(q.class)
	}
}

// edns sets what the OPT record says (RFC 6891 §6.1.2).
func (d *DNSMessage) edns(m *dnsMessage) {
	if m.opt >= 0 {
		opt := &m.records[m.opt]
		d.UDPSize, d.DNSSECOK = int(opt.class), opt.ttl&0x8000 != 0
	}
}

// fill puts a response, with its query, into the detail.
func (d *dnsDecoder) fill(c *conv, m *dnsMessage, q *dnsQuery) {
	to := &d.detail.DNSMessage
	asked := *to
	d.fillQuery(to, m, q)
	to.RCode = rcodeName(m.rcode())
	if m.opcode() == opUpdate {
		if asked.ID == q.id {
			to.Answers = asked.Answers // the change, which the response does not repeat
		}
		return
	}
	d.render(c, m)
	to.Answers = d.answers
	if d.detail.proto == DNS {
		to.LeftOut = max(int(m.counts[inAnswer])-len(d.answers), 0)
		to.NoData = m.noData()
	}
}

// noData reports whether a response says that the name has no record of the
// type: no answer of it, and no referral to other servers (RFC 2308 §2.2).
func (m *dnsMessage) noData() bool {
	if m.rcode() != 0 || m.opcode() != opQuery || !m.whole || m.flags&dnsTC != 0 || !m.asked() {
		return false
	}
	referral := false
	for i := range m.n {
		r := &m.records[i]
		switch r.section {
		case inAnswer:
			if r.typ == m.question.typ || m.question.typ == typeANY {
				return false
			}
		case inAuthority:
			if r.typ == typeSOA {
				return true
			}
			referral = referral || r.typ == typeNS
		}
	}
	return !referral
}
