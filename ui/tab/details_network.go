package tab

import (
	"fmt"
	"net"
	"strings"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// networkCard says where the ends are, how they are called, and by which way the flow
// goes.
func networkCard(m *Model, r *track.Row) widget.Card {
	var f facts
	for i := range r.Names {
		f.add("Name", nameText(m, &r.Names[i]), theme.Remote)
	}
	if len(r.Names) > 0 {
		f.add("Domain", names.Domain(r.Names[0].Name), theme.Text)
	} else if isIP(r.Family) {
		f.add("Name", "none is known", theme.Muted)
	}
	for way, end := range endNames(r) {
		f.end(m, r, way, end)
	}
	f.add("Interface", interfaceText(m, r), theme.Text)
	if r.VLAN != 0 {
		f.add("VLAN", fmt.Sprint(r.VLAN), theme.Text)
	}
	if nat := r.NAT; nat != nil {
		other := track.Row{Family: r.Family, Proto: r.Proto, Local: nat.Local, Remote: nat.Remote}
		f.add("Translated to", plainEnd(&other, track.Sent)+" "+sign(m, "→")+" "+plainEnd(&other, track.Received), theme.Accent)
	}
	if e := &r.Error; e.Count > 0 {
		text := fmt.Sprintf("%s (type %d, code %d)", e.Text(r.Family), e.Type, e.Code)
		if e.From.IsValid() {
			text += " from " + e.From.String()
		}
		f.add("ICMP error", fmt.Sprintf("%s, %s", text, plural(int(e.Count), "time")), theme.Bad)
	}
	return widget.Card{Title: "Network", Facts: f}
}

// nameText words a name, where it is from, and until when it holds.
func nameText(m *Model, n *names.Name) string {
	from := n.Source.String()
	if n.Outer {
		from += ", outer name of an encrypted hello"
	}
	if m.Snap != nil && n.Expires != 0 {
		if left := n.Expires - m.Snap.Time; left > 0 {
			from += ", for " + widget.Duration(time.Duration(left).Truncate(time.Second))
		} else {
			from += ", expired"
		}
	}
	return n.Name + " (" + from + ")"
}

// end adds where an end is.
func (f *facts) end(m *Model, r *track.Row, way int, label string) {
	e := endOf(r, way)
	f.add(label+" scope", strings.ToLower(names.Scope(e.Addr)), theme.Text)
	if m.Naming == nil {
		return
	}
	at := m.Naming.Place(e)
	country := at.CountryName
	switch {
	case country == "":
		country = at.Country
	case at.Country != "":
		country += " (" + at.Country + ")"
	}
	f.add(label+" country", country, theme.Text)
	f.add(label+" city", at.City, theme.Text)
	if at.ASN != 0 {
		f.add(label+" network", words(fmt.Sprintf("AS%d", at.ASN), at.Network), theme.Text)
	}
	if r.Family == parse.FamilyLink {
		f.add(label+" vendor", m.Naming.Vendor(e.MAC), theme.Text)
	}
	f.neighbor(m, r, e, label)
}

// neighbor adds the network card of an end that is on a link of this machine's.
func (f *facts) neighbor(m *Model, r *track.Row, e *track.Endpoint, label string) {
	for i := range m.Neighbors {
		n := &m.Neighbors[i]
		if !e.Addr.IsValid() || n.Addr != e.Addr.WithZone("") || !onInterface(r, n.Iface) {
			continue
		}
		f.add(label+" MAC", words(net.HardwareAddr(n.MAC[:]).String(), m.Naming.Vendor(n.MAC)), theme.Text)
		if n.Router {
			f.add("", "it says that it is a router", theme.Muted)
		}
		if n.Others > 0 {
			f.add("", "seen with "+plural(n.Others, "other MAC address")+", too", theme.Warn)
		}
	}
}

// otherSlots is the bit of Row.Ifaces that stands for all slots from itself on.
const otherSlots = 31

// onInterface reports whether a slot carried a flow.
func onInterface(r *track.Row, slot uint16) bool {
	return r.Iface == slot || r.Ifaces&(1<<min(slot, otherSlots)) != 0
}

// interfaceText names the interfaces that carried a flow, first the one that did so
// first.
func interfaceText(m *Model, r *track.Row) string {
	if m.Naming == nil {
		return ""
	}
	all := []string{m.Naming.Interface(r.Iface)}
	for slot := range uint16(otherSlots) {
		if slot != r.Iface && r.Ifaces&(1<<slot) != 0 {
			all = append(all, m.Naming.Interface(slot))
		}
	}
	if r.Iface < otherSlots && r.Ifaces&(1<<otherSlots) != 0 {
		all = append(all, "others")
	}
	return strings.Join(all, ", ")
}
