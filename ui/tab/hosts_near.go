package tab

import (
	"cmp"
	"encoding/json"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// neighborKey tells a neighbour from others: one address may stand for a host on each link.
type neighborKey struct {
	addr  netip.Addr
	iface uint16
	vlan  uint16
}

// neighborItem is a row of the neighbours.
type neighborItem struct {
	*track.Neighbor
	row  *track.GroupRow // its traffic in the table; nil for none
	name string          // as it is called
}

func keyOfNeighbor(t *neighborItem) neighborKey { return neighborKey{t.Addr, t.Iface, t.VLAN} }

// neighborList lists the hosts on the links of this machine.
type neighborList struct {
	list  listing[neighborKey, neighborItem]
	sort  Sort
	items []neighborItem
	snap  *track.Snapshot
	frame uint64
	by    Sort

	still, resolve bool
}

func (n *neighborList) begin() {
	n.list = listing[neighborKey, neighborItem]{
		tab: HostsTab, own: &n.sort, columns: neighborColumns, key: keyOfNeighbor,
		open: func(m *Model, t *neighborItem) { openHost(m, hostKey{addr: t.Addr.WithZone("")}, t.Addr.String()) },
	}
	n.list.begin()
}

// update brings the list up to the model. The neighbours are all that there are, whatever
// the query: they are no flows.
func (n *neighborList) update(m *Model) {
	if n.snap == m.Snap && n.frame == m.Frame && n.by == n.sort && n.still == m.Frozen && n.resolve == m.Prefs.Resolve && len(n.items) == len(m.Neighbors) {
		return
	}
	n.snap, n.frame, n.by, n.still = m.Snap, m.Frame, n.sort, m.Frozen
	n.resolve = m.Prefs.Resolve
	n.items = n.items[:0]
	at := make(map[netip.Addr]int, len(m.Neighbors))
	for i := range m.Neighbors {
		n.items = append(n.items, neighborItem{Neighbor: &m.Neighbors[i]})
		at[m.Neighbors[i].Addr] = i
	}
	if m.Snap != nil && len(at) > 0 {
		n.join(m, at)
	}
	n.list.set(m, n.items)
}

// join looks for the traffic of neighbours, and for the names that it gives them. at has
// their places.
func (n *neighborList) join(m *Model, at map[netip.Addr]int) {
	if g := groupOf(m, track.GroupHost); g != nil {
		for i := range g.Rows {
			if k, ok := at[g.Rows[i].Host.Addr]; ok {
				n.items[k].row = &g.Rows[i]
			}
		}
	}
	for i := range m.Snap.Flows {
		r := &m.Snap.Flows[i]
		if k, ok := at[r.Remote.Addr]; ok && n.items[k].name == "" {
			n.items[k].name = remoteName(m, r)
		}
	}
}

// lines returns how many lines the section of neighbours takes of a pane with that many:
// none where hosts would be left with too few.
func (n *neighborList) lines(of int) int {
	const least, heads = 20, 2
	if of < least || len(n.items) == 0 {
		return 0
	}
	return min(len(n.items)+heads, of/4)
}

// draw draws a title and the table.
func (n *neighborList) draw(p term.Pane, m *Model, at term.Rect, alone bool) {
	top, body := at.Top(1)
	about := "a lists hosts"
	if !alone {
		about = "a lists domains, then neighbors alone"
	}
	pane := p.Sub(top)
	x := pane.Text(0, 0, plural(len(n.items), "LAN neighbor"), m.Style(theme.Title)) + 2
	pane.Text(x, 0, term.Cut(about, max(0, pane.W-x)), m.Style(theme.Muted))
	n.list.table.Empty = "No neighbor has made itself known by ARP or neighbor discovery yet."
	n.list.draw(p, m, body)
}

// The columns of the neighbours, from left to right.
var neighborColumns = []listColumn[neighborItem]{
	{
		Column: widget.Column{Key: hostKeys + "near", Title: "Address", Min: 15, Max: 39, Weight: 2}, role: theme.Remote,
		text:  func(_ *Model, t *neighborItem) string { return t.Addr.String() },
		order: func(_ *Model, t *neighborItem) textKey { return addressOrder(&track.Endpoint{Addr: t.Addr}) },
	},
	{
		Column: widget.Column{Key: hostKeys + "nearname", Title: "Name", Min: 10, Max: 40, Weight: 2, Drop: 4}, role: theme.Remote,
		text: neighborName,
	},
	{
		Column: widget.Column{Key: hostKeys + "nearmac", Title: "MAC", Min: 17, Drop: 5}, role: theme.Muted,
		text: func(_ *Model, t *neighborItem) string { return macText(t.MAC) },
	},
	{
		Column: widget.Column{Key: hostKeys + "nearvendor", Title: "Vendor", Min: 12, Max: 40, Weight: 2},
		text:   func(m *Model, t *neighborItem) string { return vendorText(m, t.MAC) },
	},
	{
		Column: widget.Column{Key: hostKeys + "nearnote", Title: "Note", Min: 15, Max: 24, Weight: 1, Drop: 6}, role: theme.Muted,
		text: func(_ *Model, t *neighborItem) string { return neighborNote(t) },
		paint: func(_ *Model, t *neighborItem) theme.Role {
			if t.Others > 0 {
				return theme.Warn
			}
			return theme.Muted
		},
	},
	{
		Column: widget.Column{Key: hostKeys + "nearon", Title: "On", Min: 6, Max: 15, Weight: 1, Drop: 1}, name: "Interface", role: theme.Muted,
		text: neighborLink,
	},
	{
		Column: widget.Column{Key: hostKeys + "nearrate", Title: "2s", Min: 6, Right: true, Drop: 2}, name: "2 s", role: theme.Rate2, jumpy: true,
		text:   func(m *Model, t *neighborItem) string { return some(t.row != nil, rateText(m, t.rate())) },
		number: func(_ *Model, t *neighborItem) float64 { return t.rate() },
	},
	{
		Column: widget.Column{Key: hostKeys + "nearfirst", Title: "First", Min: 6, Right: true, Drop: 1}, name: "First seen, ago", role: theme.Muted,
		text:   func(m *Model, t *neighborItem) string { return agoText(m, t.First) },
		number: func(_ *Model, t *neighborItem) float64 { return float64(t.First) },
	},
	{
		Column: widget.Column{Key: hostKeys + "nearlast", Title: "Last", Min: 6, Right: true, Drop: 3}, name: "Last seen, ago", role: theme.Muted,
		text:   func(m *Model, t *neighborItem) string { return agoText(m, t.Last) },
		number: func(_ *Model, t *neighborItem) float64 { return float64(t.Last) },
	},
}

func (t *neighborItem) rate() float64 {
	if t.row == nil {
		return 0
	}
	return sumRate(t.row, 0, bothWays)
}

// neighborRow is a row by which the neighbour's name and place can be asked for.
func neighborRow(t *neighborItem) *track.Row {
	r := &track.Row{Family: parse.FamilyIPv4}
	if t.Addr.Is6() {
		r.Family = parse.FamilyIPv6
	}
	r.Local.Addr, r.Remote.Addr = t.Addr, t.Addr
	return r
}

// neighborName is what a neighbour is called in its traffic, or by who knows its address.
func neighborName(m *Model, t *neighborItem) string {
	return cmp.Or(t.name, remoteName(m, neighborRow(t)))
}

// neighborNote says what is special of a neighbour.
func neighborNote(t *neighborItem) string {
	var parts []string
	if t.Router {
		parts = append(parts, "router")
	}
	switch {
	case t.Others == 1:
		parts = append(parts, "had another MAC")
	case t.Others > 1:
		parts = append(parts, "had "+strconv.Itoa(t.Others)+" other MACs")
	}
	return strings.Join(parts, ", ")
}

// neighborLink names the link that a neighbour is on.
func neighborLink(m *Model, t *neighborItem) string {
	name := ""
	if m.Naming != nil {
		name = m.Naming.Interface(t.Iface)
	}
	if t.VLAN != 0 {
		name += "." + strconv.Itoa(int(t.VLAN))
	}
	return name
}

func macText(mac [6]byte) string { return net.HardwareAddr(mac[:]).String() }

// vendorText names who made a network card.
func vendorText(m *Model, mac [6]byte) string {
	if m.Naming == nil {
		return ""
	}
	return m.Naming.Vendor(mac)
}

// copy returns the selected neighbour as text.
func (n *neighborList) copy(m *Model, remote bool) string {
	t := n.list.selected()
	switch {
	case t == nil:
		return ""
	case remote:
		return t.Addr.String()
	}
	return copied(t.Addr.String(), neighborName(m, t), macText(t.MAC), vendorText(m, t.MAC), neighborNote(t))
}

// tip says what there is to know of a neighbour.
func (n *neighborList) tip(m *Model, x, y int) func(*Model) *Tip {
	t := n.list.at(x, y)
	if t == nil {
		return nil
	}
	key := keyOfNeighbor(t)
	return func(m *Model) *Tip {
		n.update(m)
		for i := range n.items {
			if keyOfNeighbor(&n.items[i]) == key {
				return neighborTip(m, &n.items[i])
			}
		}
		return nil
	}
}

func neighborTip(m *Model, t *neighborItem) *Tip {
	tip := &Tip{Title: t.Addr.String()}
	for _, line := range []TipLine{
		{"Name", neighborName(m, t)}, {"MAC", macText(t.MAC)}, {"Vendor", vendorText(m, t.MAC)},
		{"Note", neighborNote(t)}, {"Interface", neighborLink(m, t)},
	} {
		if line.Value != "" {
			tip.Lines = append(tip.Lines, line)
		}
	}
	if t.row == nil || m.Snap == nil {
		return tip
	}
	tip.Lines = append(tip.Lines, TipLine{})
	tip.Lines = append(tip.Lines, sumLines(m, t.row)...)
	return tip
}

// neighborObject is a neighbour in an export.
type neighborObject struct {
	Address   string    `json:"address"`
	Name      string    `json:"name,omitempty"`
	MAC       string    `json:"mac"`
	Vendor    string    `json:"vendor,omitempty"`
	Interface string    `json:"interface,omitempty"`
	Router    bool      `json:"router"`
	OtherMACs int       `json:"other_macs"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
}

func (n *neighborList) sheet(m *Model) *Sheet {
	sheet := n.list.sheet(m, "neighbors")
	all := make([]neighborObject, 0, len(n.list.items))
	for i := range n.list.items {
		t := &n.list.items[i]
		all = append(all, neighborObject{
			t.Addr.String(), neighborName(m, t), macText(t.MAC), vendorText(m, t.MAC), neighborLink(m, t),
			t.Router, t.Others, time.Unix(0, t.First).UTC(), time.Unix(0, t.Last).UTC(),
		})
	}
	sheet.Objects = func() ([]byte, error) { return json.MarshalIndent(all, "", "  ") }
	return sheet
}
