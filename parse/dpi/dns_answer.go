package dpi

import (
	"net/netip"
	"time"
)

// render makes the answers' texts, in one string for all, or keeps those of the
// last response where nothing is new in them.
func (d *dnsDecoder) render(c *conv, m *dnsMessage) {
	var space [2048]byte
	var cuts [2 * maxList]int // where each text ends
	var shown [maxList]uint8  // index in records
	out, n := space[:0], 0
	free := d.detail.proto != DNS
	for i := 0; i < m.n && n < maxList; i++ {
		r := &m.records[i]
		if !d.shows(m, r) {
			continue
		}
		if !m.asked() || !sameName(m.b, int(r.name), int(m.question.name)) {
			out, _ = appendName(out, m.b, int(r.name), free)
		}
		cuts[2*n] = len(out)
		out, _ = m.appendData(out, r, free)
		cuts[2*n+1] = len(out)
		shown[n] = uint8(i)
		n++
	}
	if d.sameAnswers(m, out, cuts[:2*n], shown[:n]) {
		return
	}
	d.text, d.answers = c.i.pool.shared.whole(out), nil
	if n == 0 {
		return
	}
	d.answers = make([]DNSRecord, n)
	from := 0
	for i := range d.answers {
		r := &m.records[shown[i]]
		d.answers[i] = DNSRecord{
			Name: d.text[from:cuts[2*i]], Type: typeName(r.typ), TTL: r.ttl, Data: d.text[cuts[2*i]:cuts[2*i+1]],
		}
		from = cuts[2*i+1]
	}
}

// shows reports whether a record is one to show: an answer, of mDNS also what is
// added to them, and of an update what is changed (RFC 2136 §2.5), which is where
// a response has its authority section.
func (d *dnsDecoder) shows(m *dnsMessage, r *dnsRecord) bool {
	if m.opcode() == opUpdate {
		return r.section == inAuthority
	}
	return r.section == inAnswer || r.section == inAdditional && d.detail.proto == MDNS && r.typ != typeOPT
}

// sameAnswers reports whether the answers are those of the last response.
func (d *dnsDecoder) sameAnswers(m *dnsMessage, out []byte, cuts []int, shown []uint8) bool {
	if d.text != string(out) || len(d.answers) != len(shown) {
		return false
	}
	from := 0
	for i, k := range shown {
		a, r := &d.answers[i], &m.records[k]
		if len(a.Name) != cuts[2*i]-from || len(a.Data) != cuts[2*i+1]-cuts[2*i] || a.TTL != r.ttl || a.Type != typeName(r.typ) {
			return false
		}
		from = cuts[2*i+1]
	}
	return true
}

// tell passes on which addresses a response gave to the name that was asked for:
// those of the question's name, and of the names that CNAMEs lead to from there.
func (m *dnsMessage) tell(c *conv, source NameSource, q *dnsQuery) {
	if m.broken || m.rcode() != 0 || m.opcode() != opQuery || q.class != classIN {
		return
	}
	at, ttl := m.alias()
	client := c.ends[q.dir].Addr()
	for i := range m.n {
		r := &m.records[i]
		if r.section != inAnswer || r.typ != typeA && r.typ != typeAAAA {
			continue
		}
		if addr, ok := m.address(r); ok && sameName(m.b, int(r.name), at) {
			c.naming(Naming{Source: source, Name: q.name, Addr: addr, Client: client, Time: c.time, TTL: seconds(min(ttl, r.ttl))})
		}
	}
}

// alias follows the CNAMEs from the question's name. It returns the offset of the
// last name, and the shortest lifetime on the way.
func (m *dnsMessage) alias() (at int, ttl uint32) {
	at, ttl = int(m.question.name), ^uint32(0)
	for range 4 { // the chain is in order nearly always, and then once is enough
		began := at
		for i := range m.n {
			r := &m.records[i]
			if r.section == inAnswer && r.typ == typeCNAME && r.class == classIN && sameName(m.b, int(r.name), at) {
				at, ttl = int(r.data), min(ttl, r.ttl)
			}
		}
		if at == began {
			break
		}
	}
	return at, ttl
}

// seconds returns a TTL, of which the top bit must not be set (RFC 2181 §8).
func seconds(ttl uint32) time.Duration {
	if ttl > 1<<31-1 {
		ttl = 0
	}
	return time.Duration(ttl) * time.Second
}

// announce passes on what a response says without having been asked in this
// flow: everything in mDNS, where that is the rule (RFC 6762 §8.3); in LLMNR, whose
// answers come from another address than the group that was asked, only that
// which a host says of its own address.
func (d *dnsDecoder) announce(c *conv, dir Dir, m *dnsMessage) {
	if d.detail.proto == DNS || m.broken || m.rcode() != 0 {
		return
	}
	from := c.ends[dir].Addr()
	for i := range m.n {
		r := &m.records[i]
		switch r.typ {
		case typeA, typeAAAA:
			addr, ok := m.address(r)
			if !ok || d.detail.proto == LLMNR && addr != from {
				continue
			}
			if name, ok := d.heard(&d.detail.Hosts, m, int(r.name)); ok {
				c.naming(Naming{Source: d.source(), Name: name, Addr: addr, Client: netip.Addr{}, Time: c.time, TTL: seconds(r.ttl)})
			}
		case typePTR:
			if service(m.b, int(r.name)) {
				d.heard(&d.detail.Services, m, int(r.name))
			}
		}
	}
}

// heard returns a name as text, and adds it to a list if it is new there and the
// list is not full.
func (d *dnsDecoder) heard(list *[]string, m *dnsMessage, off int) (string, bool) {
	var space [maxNameLen + 1]byte
	text, ok := appendName(space[:0], m.b, off, true)
	if !ok {
		return "", false
	}
	for _, s := range *list {
		if s == string(text) {
			return s, true
		}
	}
	s := string(text)
	if len(*list) < maxList {
		*list = append(*list, s)
	}
	return s, true
}

// service reports whether a name is that of a kind of service: "_ipp._tcp.local"
// (RFC 6763 §4.1.2).
func service(b []byte, off int) bool {
	used := 0
	kind, next, ok := dnsLabel(b, off, &used)
	if !ok || len(kind) < 2 || kind[0] != '_' {
		return false
	}
	transport, _, ok := dnsLabel(b, next, &used)
	return ok && (foldEqual(transport, "_tcp") || foldEqual(transport, "_udp")) && !foldEqual(kind, "_services")
}
