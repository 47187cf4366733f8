package tab

import (
	"encoding/json"
	"net/netip"
	"slices"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/widget"
)

// hostView is what the hosts tab lists.
type hostView uint8

const (
	hostsByAddress hostView = iota
	hostsByDomain
	hostNeighbors
	hostViews
)

var hostViewNames = [hostViews]string{"host", "domain", "neighbor"}

// hostKey tells a remote host, or a domain, from others.
type hostKey struct {
	addr   netip.Addr
	mac    [6]byte // where there is no address
	domain string
}

// hostItem is a row of the hosts.
type hostItem struct {
	*track.GroupRow
	domain string
	place  int32 // in hostsTab.told
	in     *hostsTab
}

func (t *hostItem) key() hostKey {
	switch {
	case t.domain != "":
		return hostKey{domain: t.domain}
	case t.Host.Addr.IsValid():
		return hostKey{addr: t.Host.Addr}
	}
	return hostKey{mac: t.Host.MAC}
}

// hostsTab lists remote hosts or their domains, and the neighbours on the local networks.
type hostsTab struct {
	view  hostView
	list  listing[hostKey, hostItem]
	near  neighborList
	items []hostItem
	key   sumKey
	sums  sums
	scale rateScale
	some  finder
	adder hostAdder
	told  []*hostTold // by hostItem.place; nil where nobody has asked
	names []string    // by hostItem.place; empty until somebody asks
	index hostPlaces  // of all, for names
	whole bool        // all are asked about: for an order, or an export
}

// NewHosts returns the tab of the other ends.
func NewHosts() Tab {
	h := &hostsTab{}
	h.list = listing[hostKey, hostItem]{
		tab: HostsTab, columns: hostColumns(h), open: h.open,
		key:  func(t *hostItem) hostKey { return t.key() },
		look: func(m *Model, t *hostItem) widget.RowLook { return barsOfSum(m, &h.scale, t.GroupRow) },
		born: func(t *hostItem) int64 { return t.First },
	}
	h.list.begin()
	h.near.begin()
	return h
}

func (*hostsTab) Name() string { return "Hosts" }

// Draw draws what is listed and, where there is room, the neighbours in a section of
// their own.
func (h *hostsTab) Draw(p term.Pane, m *Model) {
	h.update(m)
	if h.view == hostNeighbors {
		h.near.draw(p, m, p.Local(), true)
		m.SortText = h.near.list.sortText(m)
		return
	}
	h.scale.follow(m.Prefs, h.sums.highest)
	title, ruler, body := laySums(p, m)
	h.title(p.Sub(title), m)
	drawScale(p.Sub(ruler), m, &h.scale)
	if n := h.near.lines(p.H); n > 0 {
		var below term.Rect
		below, body = body.Bottom(n)
		h.near.draw(p, m, below, false)
	} else {
		h.near.list.body = term.Rect{}
	}
	h.list.table.Empty = h.emptyText(m)
	h.list.draw(p, m, body)
}

// update brings the lists up to the model.
func (h *hostsTab) update(m *Model) {
	h.near.update(m)
	k := sumKeyOf(m, m.Prefs.Sort[HostsTab], uint8(h.view))
	if k == h.key && m.Snap != nil {
		m.SortText = h.list.sortText(m)
		return
	}
	if h.key.by != k.by {
		h.list.pick(-1)
	}
	h.key, h.items, h.sums = k, h.items[:0], sums{}
	h.list.columns[0].Title = [hostViews]string{"Host", "Domain", "Host"}[h.view]
	if m.Snap != nil && h.view != hostNeighbors {
		h.gather(m)
	}
	c := h.list.columnOf(m.Prefs.Sort[HostsTab].Column)
	h.whole = c != nil && c.number == nil && c.id() != "host"
	h.list.set(m, h.items)
	h.whole = false
}

// gather adds up: all traffic, or what a query and a drill-down leave of it.
func (h *hostsTab) gather(m *Model) {
	h.sums.ofAll(m.Snap)
	h.adder.reset()
	if h.view == hostsByDomain {
		h.some.choose(m)
		h.adder.add(m, h.some.found)
		for i := range h.adder.sums {
			s := &h.adder.sums[i]
			h.items = append(h.items, hostItem{GroupRow: &s.GroupRow, domain: s.domain, place: int32(i), in: h})
		}
	} else if g := h.some.group(m, track.GroupHost); g != nil {
		for i := range g.Rows {
			h.items = append(h.items, hostItem{GroupRow: &g.Rows[i], place: int32(i), in: h})
		}
	}
	h.told = slices.Grow(h.told[:0], len(h.items))[:len(h.items)]
	clear(h.told)
	h.names = h.names[:0]
	for i := range h.items {
		h.sums.add(h.items[i].GroupRow)
	}
	if !narrowed(m) {
		h.sums.rest()
	}
}

// title says what is listed.
func (h *hostsTab) title(p term.Pane, m *Model) {
	if m.Snap == nil {
		return
	}
	count, next := plural(len(h.items), "host"), "a lists domains"
	if h.view == hostsByDomain {
		n := 0
		for i := range h.items {
			if h.items[i].domain != "" {
				n++
			}
		}
		count, next = plural(n, "domain"), "a lists neighbors"
		if rest := len(h.items) - n; rest > 0 {
			count += ", " + plural(rest, "host") + " without"
		}
	}
	h.sums.draw(p, m, count, "ended or hidden", narrowed(m), h.some.note(), next)
}

// emptyText says why there is nothing to see.
func (h *hostsTab) emptyText(m *Model) string {
	switch {
	case m.Snap == nil:
		return "Waiting for the first packets."
	case len(m.Drill) > 0:
		return "No flow here any more, or none that matches.\nEsc goes back."
	case m.Query != nil:
		return "No flow in the table matches the query.\n0 clears it, / changes it."
	}
	return "No traffic with a host in the table."
}

// Act implements Tab.
func (h *hostsTab) Act(m *Model, a Action) bool {
	h.update(m)
	switch {
	case a == DoGroupNext:
		h.view = (h.view + 1) % hostViews
		h.near.list.pick(-1)
		h.update(m)
		m.Send(Request{Tab: -1, Status: hostViewNames[h.view] + "s are listed"})
		return true
	case h.view == hostNeighbors:
		return h.near.list.act(m, a)
	case a == DoSortDestination:
		m.Prefs.Sort[HostsTab] = Sort{Column: "host"}
		return true
	}
	return h.list.act(m, a)
}

// open shows the flows of a row.
func (h *hostsTab) open(m *Model, t *hostItem) {
	if t.domain == "" {
		openHost(m, t.key(), hostLabel(m, t))
		return
	}
	naming, domain, g := m.Naming, t.domain, new(grouper)
	m.Send(Request{Tab: FlowsTab, Drill: &Step{By: "domain", Label: term.Printable(domain), Match: func(r *track.Row) bool {
		name := naming.Host(r)
		return name != "" && g.domain(name) == domain
	}}})
}

// openHost shows the flows of a host.
func openHost(m *Model, k hostKey, label string) {
	m.Send(Request{Tab: FlowsTab, Drill: &Step{By: "host", Label: term.Printable(label), Match: func(r *track.Row) bool {
		if !k.addr.IsValid() {
			return !r.Remote.Addr.IsValid() && r.Remote.MAC == k.mac
		}
		return r.Remote.Addr.WithZone("") == k.addr
	}}})
}

// Mouse implements Tab. A neighbour that is clicked on is shown among all of them.
func (h *hostsTab) Mouse(m *Model, e term.Event) bool {
	h.update(m)
	if h.view == hostNeighbors {
		return h.near.list.mouse(m, e)
	}
	if !h.near.list.body.Contains(e.X, e.Y) {
		return h.list.mouse(m, e)
	}
	done := h.near.list.mouse(m, e)
	if h.near.list.selected() != nil {
		h.view = hostNeighbors
	}
	return done
}

// Columns implements WithColumns.
func (h *hostsTab) Columns(m *Model) []ColumnChoice {
	if h.view == hostNeighbors {
		return h.near.list.choices(m)
	}
	return h.list.choices(m)
}

// Copy implements Tab.
func (h *hostsTab) Copy(m *Model, remote bool) string {
	h.update(m)
	if h.view == hostNeighbors {
		return h.near.copy(m, remote)
	}
	t := h.list.selected()
	switch {
	case t == nil:
		return ""
	case remote:
		return term.Printable(hostAddress(t))
	}
	return copied(hostLabel(m, t), hostAddress(t), plural(int(t.Flows), "flow"),
		"sent", widget.Bytes(t.Count[track.Sent].Bytes), "received", widget.Bytes(t.Count[track.Received].Bytes))
}

// Tip implements Tab.
func (h *hostsTab) Tip(m *Model, x, y int) func(*Model) *Tip {
	h.update(m)
	if h.view == hostNeighbors || h.near.list.body.Contains(x, y) {
		return h.near.tip(m, x, y)
	}
	t := h.list.at(x, y)
	if t == nil {
		return nil
	}
	key := t.key()
	return func(m *Model) *Tip {
		h.update(m)
		for i := range h.items {
			if h.items[i].key() == key {
				return hostTip(m, &h.items[i])
			}
		}
		return nil
	}
}

// Sheet implements Tab.
func (h *hostsTab) Sheet(m *Model) *Sheet {
	h.update(m)
	if h.view == hostNeighbors {
		return h.near.sheet(m)
	}
	h.whole = true
	defer func() { h.whole = false }()
	sheet := h.list.sheet(m, "hosts")
	objects := hostObjects(m, h.list.items)
	sheet.Objects = func() ([]byte, error) { return json.MarshalIndent(objects, "", "  ") }
	return sheet
}
