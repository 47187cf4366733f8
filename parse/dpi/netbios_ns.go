package dpi

import (
	"net/netip"
	"time"
)

// NetBIOSDetail is what a flow of the NetBIOS name service said (RFC 1002 §4.2).
type NetBIOSDetail struct {
	Requests  int `json:"requests"`
	Responses int `json:"responses"`

	// The last message.
	Operation string `json:"operation"`        // query, status, registration, refresh, release, wait, conflict
	Name      string `json:"name,omitempty"`   // padding left out; what is not printable as \DDD
	Suffix    string `json:"suffix,omitempty"` // the name's 16th byte, in hexadecimal
	Role      string `json:"role,omitempty"`   // what the suffix stands for
	Scope     string `json:"scope,omitempty"`
	Group     bool   `json:"group,omitempty"` // several machines have the name
	Result    string `json:"result,omitempty"`

	Names     []string `json:"names,omitempty"`     // all that were met, as NAME<20>; bounded
	Addresses []string `json:"addresses,omitempty"` // that were given to names; bounded
	MAC       string   `json:"mac,omitempty"`       // of a node status

	ResponseMS float64 `json:"response_ms,omitempty"` // of the last request that was answered in this flow
}

// Protocol returns NetBIOSName.
func (d *NetBIOSDetail) Protocol() Protocol { return NetBIOSName }

// Key returns "netbios_ns".
func (d *NetBIOSDetail) Key() string { return "netbios_ns" }

// Subject returns the last name.
func (d *NetBIOSDetail) Subject() string { return d.Name }

func (d *NetBIOSDetail) clone() Detail {
	c := *d
	return &c
}

const (
	typeNB     = 0x20
	typeNBSTAT = 0x21

	netbiosGroup = 0x8000 // in the flags of an address or a name

	// netbiosTTL is how long a name is believed where no time is said.
	netbiosTTL = time.Hour
)

// matchNetBIOSName knows the names: 32 letters from A to P in the first label.
func matchNetBIOSName(s *sample) match {
	b := s.datagram()
	var m dnsMessage
	if s.wire < dnsHeader+38 || !m.read(b) {
		return no
	}
	op := m.opcode()
	if op != 0 && (op < 5 || op > 9) && op != 15 || m.counts[0] > 1 || m.counts[1] > 1 || m.counts[2] > 1 || m.counts[3] > 1 {
		return no
	}
	r := m.question
	if !m.asked() {
		if !m.response() || m.n == 0 {
			return no
		}
		r = m.records[0]
	}
	_, _, ok := readNetBIOSName(b, int(r.name))
	switch {
	case !ok || r.class != classIN || m.broken:
		return no
	case r.typ != typeNB && r.typ != typeNBSTAT && (r.typ != 0x0a || !m.response()): // 0x0a: NULL, of refusals
		return no
	}
	return sure
}

// netbiosDecoder follows a flow of the NetBIOS name service: each message
// matters.
type netbiosDecoder struct {
	detail NetBIOSDetail
	shown  bool
	id     uint16 // of the last request
	asked  int64  // when that was; 0 once it was answered
}

func newNetBIOSName() decoder { return &netbiosDecoder{} }

func (d *netbiosDecoder) datagram(c *conv, dir Dir, b []byte, _ int) {
	var m dnsMessage
	if !m.read(b) {
		return
	}
	at := int(m.question.name)
	if !m.asked() {
		if m.n == 0 {
			return
		}
		at = int(m.records[0].name)
	}
	name, scope, ok := readNetBIOSName(b, at)
	if !ok {
		return
	}
	if !d.shown {
		d.shown = true
		c.detail(&d.detail)
	}
	c.changed()
	d.detail.Operation, d.detail.Group, d.detail.Result = m.netbiosOperation(), false, ""
	d.count(c, &m)
	for i := range m.n {
		d.record(c, dir, &m, &m.records[i])
	}
	d.note(&name)
	d.detail.Role = netbiosRole(name.suffix(), d.detail.Group)
	var space [maxNameLen + 1]byte
	if text, ok := appendName(space[:0], b, scope, false); ok && string(text) != "." && d.detail.Scope != string(text) {
		d.detail.Scope = string(text)
	}
}

// count counts a message, and takes the time from a request to its response.
func (d *netbiosDecoder) count(c *conv, m *dnsMessage) {
	if !m.response() {
		d.detail.Requests++
		d.id, d.asked = m.id, c.time
		return
	}
	d.detail.Responses++
	d.detail.Result = netbiosResult(int(m.flags & dnsRCode))
	if d.asked != 0 && d.id == m.id {
		d.detail.ResponseMS = float64(c.time-d.asked) / 1e6
		d.asked = 0
		c.confirm()
	}
}

// note makes name the last one, and adds it to those that were met.
func (d *netbiosDecoder) note(name *netbiosName) {
	var space [80]byte
	text := name.appendTo(space[:0])
	if d.detail.Name != string(text) {
		d.detail.Name = string(text)
	}
	d.detail.Suffix = hexByte[name.suffix()]
	d.meet(name)
}

// meet adds a name to those that were met.
func (d *netbiosDecoder) meet(name *netbiosName) {
	var space [80]byte
	text := append(name.appendTo(space[:0]), '<')
	text = append(append(text, hexByte[name.suffix()]...), '>')
	addNew(&d.detail.Names, text)
}

// addNew adds a text to a list if it is new there and the list is not full.
func addNew(list *[]string, text []byte) {
	for _, s := range *list {
		if s == string(text) {
			return
		}
	}
	if len(*list) < maxList {
		*list = append(*list, string(text))
	}
}

// record reads what a record says of names and addresses.
func (d *netbiosDecoder) record(c *conv, dir Dir, m *dnsMessage, r *dnsRecord) {
	name, _, ok := readNetBIOSName(m.b, int(r.name))
	if !ok || r.class != classIN {
		return
	}
	b, from := m.dataOf(r), c.ends[dir].Addr()
	switch r.typ {
	case typeNB:
		for ; len(b) >= 6; b = b[6:] {
			group := be16(b)&netbiosGroup != 0
			d.detail.Group = d.detail.Group || group
			addr := netip.AddrFrom4([4]byte(b[2:6]))
			var space [16]byte
			addNew(&d.detail.Addresses, addr.AppendTo(space[:0]))
			if !group && addr == from && d.detail.Operation != "release" {
				d.tell(c, &name, addr, seconds(r.ttl))
			}
		}
	case typeNBSTAT:
		d.status(c, b, from)
	}
}

// status reads the names of a node (RFC 1002 §4.2.18).
func (d *netbiosDecoder) status(c *conv, b []byte, from netip.Addr) {
	if len(b) == 0 {
		return
	}
	n := int(b[0])
	for b = b[1:]; n > 0 && len(b) >= 18; b, n = b[18:], n-1 {
		// Here the name is not encoded.
		name := netbiosName(b[:16])
		d.meet(&name)
		if be16(b[16:])&netbiosGroup == 0 && name.suffix() == 0 {
			d.tell(c, &name, from, netbiosTTL)
		}
	}
	if n == 0 && len(b) >= 6 && [6]byte(b) != [6]byte{} {
		d.detail.MAC = macText(b[:6])
	}
}

// tell passes a machine's name on: those of workstations and file servers.
func (d *netbiosDecoder) tell(c *conv, name *netbiosName, addr netip.Addr, ttl time.Duration) {
	if name.suffix() != 0 && name.suffix() != 0x20 || name[0] == '*' {
		return
	}
	if ttl == 0 {
		ttl = netbiosTTL // 0 stands for ever
	}
	var space [80]byte
	c.naming(Naming{Source: NameNetBIOS, Name: string(name.appendTo(space[:0])), Addr: addr, Time: c.time, TTL: ttl})
}
