package track

import (
	"sockeye/track/geo"
	"sockeye/track/proc"
	"sockeye/track/query"
)

// QueryNames is what queries ask for beyond the row: how its ends are called, and the
// time. What is nil is not known. The functions look only at what is known already, and
// may be called for every row by several goroutines.
type QueryNames struct {
	Now       func() int64                // the capture's clock, ns since the Unix epoch
	Host      func(r *Row) string         // name of the remote end where Row.Names has none
	Service   func(r *Row) string         // name of the port that was called
	Place     func(e *Endpoint) geo.Place // where an end is
	Interface func(slot uint16) string    // name of a slot
	Vendor    func(mac [6]byte) string    // who made a network card
}

// The fields of a row have the names of docs/json.md where there are some, and those that
// people know from other programs besides. docs/query.md lists them.
type (
	rowField = query.Field[Row]
	rowTest  = query.Test
	infoOf   = query.Info
)

// QueryFields returns what queries about flows can ask for.
func QueryFields(n QueryNames) *query.Fields[Row] {
	n.fill()
	var all []rowField
	for _, some := range [][]rowField{
		endFields(&n), portFields(), ownerFields(rowOwner), appFields(), placeFields(&n), conditionFields(&n), amountFields(&n),
	} {
		all = append(all, some...)
	}
	return query.NewFields(all, rowAtoms(), n.shown)
}

// fill puts functions that know nothing in the place of those that are missing.
func (n *QueryNames) fill() {
	if n.Now == nil {
		n.Now = func() int64 { return 0 }
	}
	if n.Host == nil {
		n.Host = func(*Row) string { return "" }
	}
	if n.Service == nil {
		n.Service = func(*Row) string { return "" }
	}
	if n.Place == nil {
		n.Place = func(*Endpoint) geo.Place { return geo.Place{} }
	}
	if n.Interface == nil {
		n.Interface = func(uint16) string { return "" }
	}
	if n.Vendor == nil {
		n.Vendor = func([6]byte) string { return "" }
	}
}

// shown puts to the test what a list of flows shows of a row: both ends, their names
// and ports, the owner, the service, what it speaks and its state. It begins with what
// costs least.
func (n *QueryNames) shown(r *Row, t *rowTest) bool {
	return shownOwner(r.Owner.Process, t) || shownOwner(r.Peer.Process, t) || n.names(r, t) || shownApp(r, t) ||
		t.Text(r.State[0].String()) || t.Text(r.Closed.String()) || t.Text(protoName(r)) ||
		shownEnd(r, &r.Local, t) || shownEnd(r, &r.Remote, t) || t.Worded() && t.Text(n.Service(r)) || n.shownCountry(r, t)
}

// shownOwner tests who has an end, by name and number, and the container.
func shownOwner(p *proc.Process, t *rowTest) bool {
	if p == nil {
		return false
	}
	if t.Text(p.Name) || p.PID != 0 && t.Number(float64(p.PID)) || t.Text(p.User) {
		return true
	}
	c := p.Container
	return c != nil && (t.Text(c.Name) || t.Text(c.Pod))
}

// names tests the names of the remote end, with its port.
func (n *QueryNames) names(r *Row, t *rowTest) bool {
	if !t.Worded() {
		return false
	}
	port := portOf(r, &r.Remote)
	for i := range r.Names {
		if t.NamePort(r.Names[i].Name, port) {
			return true
		}
	}
	return len(r.Names) == 0 && t.NamePort(n.Host(r), port)
}

// shownCountry tests the code of the remote end's country, which costs most of all: it
// is asked for only where something as short is sought.
func (n *QueryNames) shownCountry(r *Row, t *rowTest) bool {
	const letters = 2
	return t.Seeks(letters) && t.Text(n.Place(&r.Remote).CountryCode)
}

func shownEnd(r *Row, e *Endpoint, t *rowTest) bool {
	if !e.Addr.IsValid() {
		return testMAC(e, t)
	}
	return t.AddrPort(e.Addr, portOf(r, e))
}

// portOf returns the port of an end, 0 where the protocol has none.
func portOf(r *Row, e *Endpoint) uint16 {
	if r.HasPorts() {
		return e.Port
	}
	return 0
}

// testMAC tests the address of a network card in its usual form; all zeros are none.
func testMAC(e *Endpoint, t *rowTest) bool {
	if e.MAC == ([6]byte{}) {
		return false
	}
	const digits = "0123456789abcdef"
	var room [17]byte
	b := room[:0]
	for i, c := range e.MAC {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return t.Bytes(b)
}

// caller returns the end that began a flow, and called the other one.
func (r *Row) caller() (from, to *Endpoint) {
	if r.Class == Incoming {
		return &r.Remote, &r.Local
	}
	return &r.Local, &r.Remote
}
