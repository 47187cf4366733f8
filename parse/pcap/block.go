package pcap

import (
	"bytes"
	"fmt"
	"net/netip"
)

// other reads a block that holds no packet. It sets r.err at a damage.
func (r *Reader) other(typ uint32, b []byte) {
	n := &r.ng.blocks
	var reason string
	switch typ {
	case blockSection:
		n.Section++
		reason = r.section(b)
	case blockInterface:
		n.Interface++
		reason = r.describe(b)
	case blockNames:
		n.Names++
		r.resolve(b)
	case blockStatistics:
		n.Statistics++
		reason = r.count(b)
	case blockSecrets:
		n.Secrets++
	case blockCustom:
		n.Custom++
	case blockCustomFixed:
		n.CustomFixed++
	case blockProcess:
		if r.process(b) {
			n.Process++
		} else {
			n.Unknown++
		}
	default:
		n.Unknown++
	}
	if reason != "" {
		r.err = r.damage(reason)
	}
}

// section reads a Section Header Block: byte order, version, length of the
// section (which nothing here needs), options.
func (r *Reader) section(b []byte) string {
	if len(b) < 16 {
		return shortBlock
	}
	big := r.ng.big
	s := Section{BigEndian: big, Major: u16(b[4:], big), Minor: u16(b[6:], big)}
	if s.Major != 1 || s.Minor != 0 && s.Minor != 2 { // 1.2 was written by mistake and means 1.0
		r.badVersion(s.Major, s.Minor)
		return ""
	}
	r.ng.ifaces = r.ng.ifaces[:0]
	r.told.beginSection()
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &r.meta
	if len(m.sections) == sectionMax {
		return ""
	}
	o := options{b: b[16:], big: big}
	for code, val, ok := o.next(); ok; code, val, ok = o.next() {
		switch code {
		case optComment:
			s.Comments = m.addText(s.Comments, val)
		case shbHardware:
			s.Hardware = m.text(val)
		case shbOS:
			s.OS = m.text(val)
		case shbApp:
			s.Application = m.text(val)
		}
	}
	if o.bad {
		return "options of the section header are cut short"
	}
	m.sections = append(m.sections, s)
	return ""
}

// badVersion makes the version of the first section the error of the file, and
// that of a later one a damage.
func (r *Reader) badVersion(major, minor uint16) {
	v := &VersionError{FormatPcapng, major, minor}
	r.err = v
	if r.format != FormatUnknown {
		d := r.damage(v.Error())
		d.Err = v
		r.err = d
	}
}

// describe reads an Interface Description Block: link type, two reserved bytes,
// snap length, options.
func (r *Reader) describe(b []byte) string {
	if len(b) < 8 {
		return shortBlock
	}
	i, reason := r.interfaceOptions(b)
	if reason != "" {
		return reason
	}
	slot, ok := r.addInterface(i)
	if !ok {
		return fmt.Sprintf("more than %d interfaces", ifaceMax)
	}
	r.ng.ifaces = append(r.ng.ifaces, ngIface{
		clock: newClock(i.Resolution, i.Offset),
		link:  i.Link,
		slot:  slot,
		snap:  i.SnapLen,
		hint:  hintPlace(i.Link),
		fcs:   i.FCSLen,
		tap:   hasTap(i.Link),
	})
	r.ng.limit = max(r.ng.limit, recordLimit(i.Link, i.SnapLen)+blockExtra)
	return ""
}

// interfaceOptions reads the content of an Interface Description Block.
func (r *Reader) interfaceOptions(b []byte) (i Interface, reason string) {
	big := r.ng.big
	r.mu.Lock()
	defer r.mu.Unlock()
	i = Interface{
		Section:    int(r.ng.blocks.Section) - 1,
		Link:       fromFile(u16(b, big)),
		SnapLen:    u32(b[4:], big),
		Resolution: Microseconds,
	}
	o := options{b: b[8:], big: big}
	for code, val, ok := o.next(); ok; code, val, ok = o.next() {
		if !r.meta.setOption(&i, code, val, big) {
			return i, fmt.Sprintf("interface with time resolution 0x%x", val)
		}
	}
	if o.bad {
		return i, "options of the interface are cut short"
	}
	return i, ""
}

// setOption takes one option of an interface. It returns false for a time
// resolution that cannot be counted in.
func (m *meta) setOption(i *Interface, code uint16, val []byte, big bool) bool {
	switch code {
	case optComment:
		i.Comments = m.addText(i.Comments, val)
	case ifName:
		i.Name = m.text(val)
	case ifDescription:
		i.Description = m.text(val)
	case ifOS:
		i.OS = m.text(val)
	case ifHardware:
		i.Hardware = m.text(val)
	case ifFilter:
		if len(val) > 0 && val[0] == 0 { // a string; 1 is BPF code
			i.Filter = m.text(val[1:])
		}
	case ifIPv4, ifIPv6:
		if p, ok := prefix(code, val); ok && m.keep(keepEntry) {
			i.Addrs = append(i.Addrs, p)
		}
	case ifMAC:
		if len(val) == 6 {
			i.MAC = [6]byte(val)
		}
	case ifSpeed:
		if len(val) == 8 {
			i.Speed = u64(val, big)
		}
	case ifTSOffset:
		if len(val) == 8 {
			i.Offset = int64(u64(val, big))
		}
	case ifFCSLen:
		if len(val) == 1 {
			i.FCSLen = fcsBytes(val[0])
		}
	case ifTSResol:
		if len(val) != 1 || !Resolution(val[0]).valid() {
			return false
		}
		i.Resolution = Resolution(val[0])
	}
	return true
}

// fcsBytes reads if_fcslen. The draft says bits and gives 4 as the example, so
// both are in use; no check sequence has as few as 8 bits or as many as 16
// bytes.
func fcsBytes(v byte) uint8 {
	if v <= 8 {
		return v
	}
	return v / 8
}

// prefix reads if_IPv4addr (address and mask) or if_IPv6addr (address and
// prefix length).
func prefix(code uint16, val []byte) (netip.Prefix, bool) {
	switch {
	case code == ifIPv4 && len(val) == 8:
		mask := u32(val[4:], true)
		ones := 0
		for ones < 32 && mask<<ones>>31 == 1 {
			ones++
		}
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(val[:4])), ones), true
	case code == ifIPv6 && len(val) == 17 && val[16] <= 128:
		return netip.PrefixFrom(netip.AddrFrom16([16]byte(val[:16])), int(val[16])), true
	}
	return netip.Prefix{}, false
}

// count reads an Interface Statistics Block: interface, timestamp in two
// halves, options. Its counters run from the start of the capture, so the last
// block counts.
func (r *Reader) count(b []byte) string {
	if len(b) < 12 {
		return shortBlock
	}
	big := r.ng.big
	id := u32(b, big)
	if uint64(id) >= uint64(len(r.ng.ifaces)) {
		return "statistics of an interface that was not described"
	}
	i := &r.ng.ifaces[id]
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.meta.ifaces[i.slot].Statistics
	s.Blocks++
	o := options{b: b[12:], big: big}
	for code, val, ok := o.next(); ok; code, val, ok = o.next() {
		if len(val) != 8 {
			continue
		}
		n := u64(val, big)
		switch code {
		case isbStart:
			s.Start = i.clock.ns(u64Halves(val, big))
		case isbEnd:
			s.End = i.clock.ns(u64Halves(val, big))
		case isbReceived:
			s.Received = n
		case isbDropped:
			s.InterfaceDropped = n
		case isbAccepted:
			s.FilterAccepted = n
		case isbOSDropped:
			s.SystemDropped = n
		case isbDelivered:
			s.Delivered = n
		}
	}
	return ""
}

// u64Halves reads a timestamp: in either byte order, its upper half comes
// first.
func u64Halves(b []byte, big bool) uint64 {
	return uint64(u32(b, big))<<32 | uint64(u32(b[4:], big))
}

// resolve reads a Name Resolution Block: records of type, length and value,
// padded to 4 bytes. Records that make no sense end it, since no packet depends
// on them.
func (r *Reader) resolve(b []byte) {
	big := r.ng.big
	for len(b) >= 4 {
		typ, n := u16(b, big), int(u16(b[2:], big))
		padded := 4 + (n+3)&^3
		if typ == 0 || len(b) < padded {
			return
		}
		val := b[4 : 4+n]
		b = b[padded:]
		switch {
		case typ == 1 && n > 4:
			r.addNames(netip.AddrFrom4([4]byte(val[:4])), val[4:])
		case typ == 2 && n > 16:
			r.addNames(netip.AddrFrom16([16]byte(val[:16])), val[16:])
		}
	}
}

// addNames keeps the names of an address, each of which ends with a zero byte.
func (r *Reader) addNames(a netip.Addr, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &r.meta
	if !m.keep(keepEntry) {
		return
	}
	var names []string
	for part := range bytes.SplitSeq(b, []byte{0}) {
		names = m.addText(names, part)
	}
	if len(names) > 0 {
		m.names = append(m.names, Name{a, names})
	}
}
