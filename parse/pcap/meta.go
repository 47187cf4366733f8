package pcap

import (
	"slices"
	"strings"
)

const (
	// keepMax bounds the bytes of text that a Reader keeps: names, comments,
	// descriptions.
	keepMax = 4 << 20
	// keepEntry is what one kept entry costs beside its text.
	keepEntry = 48
	// ifaceMax is how many interfaces a file may have: parse.Packet.Iface.
	ifaceMax = 1 << 16
	// sectionMax is how many sections are kept; later ones are only counted.
	sectionMax = 1 << 12
)

// meta is what a Reader tells other goroutines.
type meta struct {
	info     Info
	sections []Section
	ifaces   []Interface
	names    []Name
	comments []Comment
	kept     int
}

// Info returns what is known of the file so far.
func (r *Reader) Info() Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.meta.info
}

// Interfaces returns the interfaces met so far, by parse.Packet's Iface. The
// caller owns the slice, and must not change what its elements refer to.
func (r *Reader) Interfaces() []Interface {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.meta.ifaces)
}

// Sections returns the sections met so far, the first few thousand of them.
// The caller owns the slice, and must not change what its elements refer to.
func (r *Reader) Sections() []Section {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.meta.sections)
}

// BigEndian reports whether the section of an interface is, as far as it is kept.
func (r *Reader) BigEndian(iface uint16) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &r.meta
	if int(iface) >= len(m.ifaces) || m.ifaces[iface].Section >= len(m.sections) {
		return false
	}
	return m.sections[m.ifaces[iface].Section].BigEndian
}

// Names returns the resolved addresses met so far, in the order of the file.
func (r *Reader) Names() []Name {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.meta.names)
}

// Comments returns the comments on packets met so far.
func (r *Reader) Comments() []Comment {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.meta.comments)
}

// Dropped returns how many packets the file says were lost when it was
// captured, on all interfaces together.
func (r *Reader) Dropped() (n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.meta.ifaces {
		n += r.meta.ifaces[i].Dropped()
	}
	return n
}

// publish makes the counters of the last batch visible.
func (r *Reader) publish() {
	r.mu.Lock()
	i := &r.meta.info
	i.Format, i.Variant, i.Compression = r.format, r.pcap.variant, r.comp
	i.Packets, i.Offset, i.Blocks = r.packet, r.off, r.ng.blocks
	r.mu.Unlock()
}

// addPcap notes the one section and interface of a pcap file.
func (r *Reader) addPcap(major, minor uint16, snap uint32) {
	s := &r.pcap
	res := Microseconds
	if s.unit == 1 {
		res = Nanoseconds
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.meta.sections = []Section{{BigEndian: s.big, Major: major, Minor: minor}}
	r.meta.ifaces = []Interface{{Link: s.link, SnapLen: snap, Resolution: res, FCSLen: s.fcs}}
}

// text keeps a string of the file: valid UTF-8, without the zero bytes that
// some writers end it with. It is empty when the bound is reached.
func (m *meta) text(b []byte) string {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	if !m.keep(len(b)) {
		return ""
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// keep reports whether n more bytes may be kept.
func (m *meta) keep(n int) bool {
	if m.kept+n > keepMax {
		m.info.Left += uint64(n)
		return false
	}
	m.kept += n
	return true
}

// addText appends a comment to a list.
func (m *meta) addText(list []string, b []byte) []string {
	if !m.keep(keepEntry) {
		return list
	}
	if s := m.text(b); s != "" {
		list = append(list, s)
	}
	return list
}

// addComment keeps a comment on a packet.
func (r *Reader) addComment(packet uint64, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &r.meta
	if !m.keep(keepEntry) {
		return
	}
	if s := m.text(b); s != "" {
		m.comments = append(m.comments, Comment{packet, s})
	}
}

// addLoss counts packets that were lost before one that is in the file.
func (r *Reader) addLoss(slot uint16, n uint64) {
	r.mu.Lock()
	r.meta.ifaces[slot].Statistics.BetweenPackets += n
	r.mu.Unlock()
}

// addInterface gives an interface its slot.
func (r *Reader) addInterface(i Interface) (slot uint16, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.meta.ifaces) == ifaceMax {
		return 0, false
	}
	r.meta.ifaces = append(r.meta.ifaces, i)
	return uint16(len(r.meta.ifaces) - 1), true
}
