package tab

import (
	"cmp"
	"strconv"
	"strings"

	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

const hostKeys = "hosts." // begins the columns' keys in Prefs

// hostColumns are the columns from left to right. On narrow screens the address beside a
// name goes first, then when things were, packets, sums of each way, network, 40 s, 10 s,
// country, processes, share, 2 s, flows and total; the host and the rates of each way stay.
func hostColumns(h *hostsTab) []listColumn[hostItem] {
	text := func(id, title string, least, most, weight, drop int, role theme.Role, text func(m *Model, t *hostItem) string) listColumn[hostItem] {
		return listColumn[hostItem]{
			Column: widget.Column{Key: hostKeys + id, Title: title, Min: least, Max: most, Weight: weight, Drop: drop}, role: role, text: text,
		}
	}
	host := text("host", "Host", 18, 60, 4, 0, theme.Remote, hostCell)
	host.order, host.finds, host.Middle = hostOrder, []string{"host", "domain", "dst", "ip.addr"}, true
	address := text("address", "Address", 15, 39, 1, 1, theme.Muted, hostAddressCell)
	address.order, address.finds = hostAddressOrder, []string{"dst", "ip.addr"}
	country := text("country", "CC", 2, 6, 0, 11, theme.Muted, func(m *Model, t *hostItem) string {
		return severalOf(placesOf(m, t, func(p Place) string { return p.Country }), 1, "")
	})
	country.name, country.finds = "Country", []string{"country"}
	network := text("network", "Network", 12, 28, 1, 7, theme.Muted, func(m *Model, t *hostItem) string {
		return severalOf(placesOf(m, t, networkText), 1, "")
	})
	network.finds = []string{"asn"}
	processes := text("processes", "Processes", 12, 40, 2, 12, theme.Process, ownersCell)
	processes.finds = []string{"process", "pid"}
	columns := []listColumn[hostItem]{host, address, country, network, processes}
	return append(columns, sumColumns(hostKeys, func(t *hostItem) *track.GroupRow { return t.GroupRow })...)
}

// severalOf words the first things of several, and how many others there are.
func severalOf(all []string, most int, none string) string {
	if len(all) == 0 {
		return none
	}
	text := strings.Join(all[:min(most, len(all))], ", ")
	if n := len(all) - most; n > 0 {
		text += " +" + strconv.Itoa(n)
	}
	return text
}

func textsOf(all []told) []string {
	texts := make([]string, 0, len(all))
	for i := range all {
		texts = append(texts, all[i].text)
	}
	return texts
}

// hostLabel names a row: by its domain, or the name that the oldest of its flows has, or its
// address.
func hostLabel(m *Model, t *hostItem) string {
	if t.domain != "" {
		return t.domain
	}
	if names := t.in.about(m, t).names; len(names) > 0 {
		return names[0].text
	}
	return hostAddress(t)
}

// hostCell is hostLabel, with how many other names the host has.
func hostCell(m *Model, t *hostItem) string {
	label := hostLabel(m, t)
	if n := len(t.in.about(m, t).names) - 1; n > 0 && t.domain == "" {
		label += " +" + strconv.Itoa(n)
	}
	return label
}

// hostOrder puts names first, then addresses in their order.
func hostOrder(m *Model, t *hostItem) textKey {
	if t.domain != "" {
		return textKey{text: t.domain}
	}
	if name := t.in.named(m, t); name != "" {
		return textKey{text: name, number: [2]uint64{uint64(max(0, t.First))}}
	}
	return hostAddressOrder(m, t)
}

func hostAddressOrder(m *Model, t *hostItem) textKey {
	if t.domain != "" {
		return textKey{text: hostAddressCell(m, t)}
	}
	return addressOrder(&t.Host)
}

// hostAddress returns the address of a host; of a domain its name.
func hostAddress(t *hostItem) string {
	if t.domain != "" {
		return t.domain
	}
	return cmp.Or(addressText(&track.Row{Family: t.Family}, &t.Host), "?")
}

// hostAddresses returns the address of a host, or those of a domain, at most maxTold.
func hostAddresses(m *Model, t *hostItem) []string {
	if t.domain == "" {
		return []string{hostAddress(t)}
	}
	return textsOf(t.in.about(m, t).addrs)
}

// hostAddressCell is the address beside a name; of a domain how many it has.
func hostAddressCell(m *Model, t *hostItem) string {
	if t.domain != "" {
		return severalOf(textsOf(t.in.about(m, t).addrs), 1, "")
	}
	if hostLabel(m, t) == hostAddress(t) {
		return ""
	}
	return hostAddress(t)
}

// ownersCell names who talks to a host; in brackets why nobody is known to.
func ownersCell(m *Model, t *hostItem) string {
	about := t.in.about(m, t)
	return severalOf(textsOf(about.owners), 2, about.reason)
}

// placesOf returns what is told of the places of a row's addresses, each once.
func placesOf(m *Model, t *hostItem, what func(Place) string) []string {
	if m.Naming == nil {
		return nil
	}
	if t.domain == "" {
		if s := what(m.Naming.Place(&t.Host)); s != "" {
			return []string{s}
		}
		return nil
	}
	var all []told
	addrs := t.in.about(m, t).addrs
	for i := range addrs {
		if s := what(m.Naming.Place(&addrs[i].end)); s != "" {
			all = addTold(all, told{text: s}, nil)
		}
	}
	return textsOf(all)
}

// networkText names a network with its number: "AS64496 EXAMPLE".
func networkText(p Place) string {
	if p.ASN == 0 {
		return p.Network
	}
	return strings.TrimSpace("AS" + strconv.FormatUint(uint64(p.ASN), 10) + " " + p.Network)
}

// hostTip says what there is to know of a row.
func hostTip(m *Model, t *hostItem) *Tip {
	tip := &Tip{Title: hostLabel(m, t)}
	about := t.in.about(m, t)
	const most = 4
	list := func(label string, all []string) {
		for i, s := range all[:min(most, len(all))] {
			if i > 0 {
				label = ""
			}
			tip.Lines = append(tip.Lines, TipLine{label, s})
		}
		if n := len(all) - most; n > 0 {
			tip.Lines = append(tip.Lines, TipLine{"", strconv.Itoa(n) + " more"})
		}
	}
	list("Name", textsOf(about.names))
	list("Address", hostAddresses(m, t))
	list("Country", placesOf(m, t, func(p Place) string { return cmp.Or(p.CountryName, p.Country) }))
	list("City", placesOf(m, t, func(p Place) string { return p.City }))
	list("Network", placesOf(m, t, networkText))
	list("Processes", textsOf(about.owners))
	for i := range m.Neighbors {
		if n := &m.Neighbors[i]; t.domain == "" && n.Addr == t.Host.Addr {
			list("Card", []string{copied(macText(n.MAC), vendorText(m, n.MAC))})
		}
	}
	tip.Lines = append(tip.Lines, TipLine{"Flows", widget.Count(t.Flows) + " in the table"}, TipLine{})
	tip.Lines = append(tip.Lines, sumLines(m, t.GroupRow)...)
	return tip
}

// hostObject is a row in an export.
type hostObject struct {
	Address   string   `json:"address,omitempty"`
	Domain    string   `json:"domain,omitempty"`
	Names     []string `json:"names,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // of a domain, at most 32
	Country   []string `json:"country,omitempty"`
	Network   []string `json:"network,omitempty"`
	Processes []string `json:"processes,omitempty"`
	rowObject
}

func hostObjects(m *Model, items []hostItem) []hostObject {
	all := make([]hostObject, 0, len(items))
	for i := range items {
		t := &items[i]
		about := t.in.about(m, t)
		o := hostObject{
			Domain: t.domain, Names: textsOf(about.names), Processes: textsOf(about.owners), rowObject: rowObjectOf(t.GroupRow),
			Country: placesOf(m, t, func(p Place) string { return p.Country }), Network: placesOf(m, t, networkText),
		}
		if t.domain == "" {
			o.Address = hostAddress(t)
		} else {
			o.Addresses = textsOf(about.addrs)
		}
		all = append(all, o)
	}
	return all
}
