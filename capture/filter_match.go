// Hot path: no allocation.

package capture

import (
	"sockeye/parse"
	"sockeye/parse/filter"
	"sockeye/parse/pcap"
)

// A matcher runs a Filter on the packets of a source that has no kernel to do
// it. The zero value takes every packet.
type matcher struct {
	filter *Filter
	src    Source
	known  []matching // by Packet.Iface

	applies bool // to packets of one interface at least

	// err is why the source cannot be read on: no interface met so far has a
	// link type to which the expression can apply.
	err error
}

// matching is what is known of one interface.
type matching struct {
	met  bool
	prog *filter.Program // nil where the expression cannot apply: nothing matches
}

// takes reports whether the packet passes. It does not after an error.
func (m *matcher) takes(p *parse.Packet) bool {
	if m.filter == nil {
		return true
	}
	if int(p.Iface) >= len(m.known) || !m.known[p.Iface].met {
		m.meet(p)
	}
	prog := m.known[p.Iface].prog
	return prog != nil && m.err == nil && prog.Match(p.Data, p.WireLen)
}

// meet compiles the filter for the first packet of an interface.
func (m *matcher) meet(p *parse.Packet) {
	if missing := int(p.Iface) + 1 - len(m.known); missing > 0 {
		m.known = append(m.known, make([]matching, missing)...)
	}
	o := filter.Options{Link: p.Link}
	if f, ok := m.src.(*File); ok {
		o.Swapped = f.swapped(p.Iface)
	}
	prog, err := m.filter.Compile(o)
	if err == nil || m.appliesElsewhere() {
		m.applies = true
	} else {
		m.err = err
	}
	m.known[p.Iface] = matching{true, prog}
}

// appliesElsewhere reports whether packets of another interface of the source
// can match.
func (m *matcher) appliesElsewhere() bool {
	if m.applies {
		return true
	}
	described, ok := m.src.(interface{ Interfaces() []pcap.Interface })
	if !ok {
		return false
	}
	for _, i := range described.Interfaces() {
		if _, err := m.filter.Compile(filter.Options{Link: i.Link}); err == nil {
			return true
		}
	}
	return false
}
