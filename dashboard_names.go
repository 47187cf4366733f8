package main

import (
	"cmp"
	"fmt"
	"sync/atomic"

	"sockeye/capture"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/ui/tab"
)

// shownNames says how ends are called on the screen: by the same tables as in records.
// What the user chose not to see is the screen's affair. It may be used from any
// goroutine.
type shownNames struct {
	tables   export.Names
	services *names.Services
	reverse  *reverser // nil of a file

	slots atomic.Pointer[[]string]
}

func newShownNames(tables export.Names, reverse *reverser) *shownNames {
	return &shownNames{tables: tables, services: systemServices(), reverse: reverse}
}

// interfaces takes in what the slots are called.
func (n *shownNames) interfaces(all []capture.InterfaceStatus) {
	if old := n.slots.Load(); old != nil && len(*old) == len(all) {
		return // a slot keeps its name
	}
	list := make([]string, len(all))
	for i := range all {
		list[i] = all[i].Name
	}
	n.slots.Store(&list)
}

// Host implements tab.Naming.
func (n *shownNames) Host(r *track.Row) string {
	if len(r.Names) > 0 {
		return r.Names[0].Name
	}
	if name := n.tables.Hosts.Name(r.Remote.Addr); name != "" || n.reverse == nil {
		return name
	}
	found, _ := n.reverse.Now().Name(r.Remote.Addr)
	return found.Name
}

// Service implements tab.Naming.
func (n *shownNames) Service(r *track.Row) string {
	return n.services.Name(uint8(r.Proto), r.ServicePort(n.services))
}

// Port implements tab.Naming.
func (n *shownNames) Port(r *track.Row) uint16 { return r.ServicePort(n.services) }

// Place implements tab.Naming.
func (n *shownNames) Place(e *track.Endpoint) tab.Place {
	p := n.tables.Places.Lookup(e.Addr)
	return tab.Place{Country: p.CountryCode, CountryName: p.Country, City: p.City, ASN: p.ASN, Network: p.Org}
}

// Interface implements tab.Naming.
func (n *shownNames) Interface(slot uint16) string {
	if all := n.slots.Load(); all != nil && int(slot) < len(*all) {
		return cmp.Or((*all)[slot], fmt.Sprintf("interface %d", slot))
	}
	return fmt.Sprintf("interface %d", slot)
}

// Vendor implements tab.Naming.
func (n *shownNames) Vendor(mac [6]byte) string { return names.Vendor(mac) }
