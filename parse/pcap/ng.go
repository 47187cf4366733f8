// Hot path: no allocation.

package pcap

import (
	"encoding/binary"

	"sockeye/parse"
)

// Block types of pcapng. A Section Header Block reads the same in both byte
// orders, since it is what tells them.
const (
	blockInterface   = 1
	blockPacket      = 2 // obsolete
	blockSimple      = 3
	blockNames       = 4
	blockStatistics  = 5
	blockEnhanced    = 6
	blockSecrets     = 10
	blockCustom      = 0x00000bad
	blockCustomFixed = 0x40000bad
	blockSection     = 0x0a0d0d0a
)

const (
	byteOrderMagic = 0x1a2b3c4d
	// blockMin is an empty block: type, length, and the length again.
	blockMin = 12
	// blockUsual is the largest block that makes sense, as in libpcap and
	// wiretap, unless an interface allows larger packets.
	blockUsual = 16 << 20
	// blockExtra is what a block may have beside the packet.
	blockExtra = 128 << 10
)

// ngState is where the walk through a pcapng file is.
type ngState struct {
	big    bool
	limit  uint32    // largest block that makes sense
	ifaces []ngIface // of this section
	last   int64     // time of the packet before
	blocks Blocks
}

// ngIface is what each packet needs of its interface.
type ngIface struct {
	clock clock
	link  parse.LinkType
	slot  uint16
	snap  uint32
	hint  int // offset of sll_pkttype in the packet, or noHint
	fcs   uint8
	tap   bool // hasTap
}

// openNg reads the first section header, for its errors. It returns false when
// it must see more of it.
func (r *Reader) openNg() bool {
	n, ok := r.block(r.win)
	if r.err != nil || !ok {
		return r.err != nil
	}
	r.other(blockSection, r.win[8:n-4])
	r.advance(n)
	r.format = FormatPcapng
	return true
}

// block returns the length of the block at b. ok is false when it is not all
// there yet, or when r.err says that it is damaged.
func (r *Reader) block(b []byte) (n int, ok bool) {
	if len(b) < blockMin {
		return 0, false
	}
	s := &r.ng
	if binary.LittleEndian.Uint32(b) == blockSection && !r.setOrder(b) {
		return 0, false
	}
	length := u32(b[4:], s.big)
	if length < blockMin || length%4 != 0 || length > max(s.limit, blockUsual) {
		r.fail(b, lengthReason("block", length))
		return 0, false
	}
	n = int(length)
	if len(b) < n {
		return 0, false
	}
	if u32(b[n-4:], s.big) != length {
		r.fail(b, trailerReason(length, u32(b[n-4:], s.big)))
		return 0, false
	}
	return n, true
}

// setOrder takes the byte order of a section from its header.
func (r *Reader) setOrder(b []byte) bool {
	switch binary.LittleEndian.Uint32(b[8:]) {
	case byteOrderMagic:
		r.ng.big = false
	case 0x4d3c2b1a:
		r.ng.big = true
	default:
		r.fail(b, "section header without byte order")
		return false
	}
	return true
}

// fail ends the walk with a damage at b, a tail of the window.
func (r *Reader) fail(b []byte, reason string) {
	r.advance(len(r.win) - len(b))
	r.err = r.damage(reason)
}

// readNg walks the whole blocks of the window. It sets r.err at a damage.
func (r *Reader) readNg(ps []parse.Packet) (n int) {
	b := r.win
	for n < len(ps) {
		size, ok := r.block(b)
		if r.err != nil {
			return n
		}
		if !ok {
			break
		}
		body := b[8 : size-4 : size-4]
		var reason string
		switch typ := u32(b, r.ng.big); typ {
		case blockEnhanced:
			reason = r.enhanced(&ps[n], body, uint64(n))
		case blockPacket:
			reason = r.obsolete(&ps[n], body, uint64(n))
		case blockSimple:
			reason = r.simple(&ps[n], body)
		default:
			r.advance(len(r.win) - len(b))
			if r.other(typ, body); r.err != nil {
				return n
			}
			b = b[size:]
			continue
		}
		if reason != "" {
			r.fail(b, reason)
			return n
		}
		b = b[size:]
		n++
	}
	r.advance(len(r.win) - len(b))
	return n
}

// enhanced reads an Enhanced Packet Block: interface, timestamp in two halves,
// both lengths, the packet, options. before is the number of packets in the
// batch so far.
func (r *Reader) enhanced(p *parse.Packet, b []byte, before uint64) string {
	if len(b) < 20 {
		return shortBlock
	}
	big := r.ng.big
	id := u32(b, big)
	if uint64(id) >= uint64(len(r.ng.ifaces)) {
		return noIface
	}
	r.ng.blocks.Enhanced++
	return r.stamped(p, &r.ng.ifaces[id], b, before)
}

// obsolete reads a Packet Block, which has a count of losses in the upper half
// of the interface number; 0xffff says that it is not known.
func (r *Reader) obsolete(p *parse.Packet, b []byte, before uint64) string {
	if len(b) < 20 {
		return shortBlock
	}
	id, drops := u16(b, r.ng.big), u16(b[2:], r.ng.big)
	if int(id) >= len(r.ng.ifaces) {
		return noIface
	}
	r.ng.blocks.Packet++
	i := &r.ng.ifaces[id]
	if reason := r.stamped(p, i, b, before); reason != "" {
		return reason
	}
	if drops != 0 && drops != 0xffff {
		r.addLoss(i.slot, uint64(drops))
	}
	return ""
}

// stamped reads what Enhanced Packet Blocks and the obsolete ones have in
// common: all after the interface.
func (r *Reader) stamped(p *parse.Packet, i *ngIface, b []byte, before uint64) string {
	big := r.ng.big
	caplen := u32(b[12:], big)
	end := 20 + uint64(caplen)
	if uint64(len(b)) < end {
		return longPacket
	}
	fill(p, b[20:end:end], i.link, i.slot)
	p.WireLen = u32(b[16:], big)
	p.Time = i.clock.ns(uint64(u32(b[4:], big))<<32 | uint64(u32(b[8:], big)))
	p.Hint = hintAt(p.Data, i.hint)
	r.ng.last = p.Time
	fcs := i.fcs
	if i.tap {
		r.tapped(p)
	}
	if end = (end + 3) &^ 3; end < uint64(len(b)) {
		fcs = r.packetOptions(p, b[end:], fcs, r.packet+before+1)
	}
	if fcs != 0 {
		cutFCS(p, fcs)
	}
	return ""
}

// packetOptions reads the options of a packet, as far as they make sense: the
// packet itself is whole. It returns the length of the frame check sequence.
func (r *Reader) packetOptions(p *parse.Packet, b []byte, fcs uint8, number uint64) uint8 {
	o := options{b: b, big: r.ng.big}
	who, behalf := noProcess, noProcess
	for {
		code, val, ok := o.next()
		if !ok {
			break
		}
		switch {
		case code == optComment:
			r.addComment(number, val)
		case code == epbFlags && len(val) == 4:
			flags := u32(val, o.big)
			if h := flagsHint(flags); h != parse.HintNone {
				p.Hint = h
			}
			if n := uint8(flags >> 5 & 0xf); n != 0 {
				fcs = n
			}
		case code == epbDropCount && len(val) == 8:
			if n := u64(val, o.big); n != 0 {
				r.addLoss(p.Iface, n)
			}
		case code == epbProcess && len(val) == 4:
			who = u32(val, o.big)
		case code == epbEffective && len(val) == 4:
			behalf = u32(val, o.big)
		}
	}
	if who != noProcess && p.Hint != parse.HintNone { // without a direction it may be either end's
		p.Process = r.told.slotOf(who, behalf)
	}
	return fcs
}

// flagsHint reads the direction (bits 0–1) and the way of reception (bits 2–4)
// of epb_flags.
func flagsHint(flags uint32) parse.Hint {
	switch flags & 3 {
	case 2:
		return parse.HintOutgoing
	case 1:
		switch flags >> 2 & 7 {
		case 2:
			return parse.HintMulticast
		case 3:
			return parse.HintBroadcast
		case 4:
			return parse.HintOther // promiscuous
		}
		return parse.HintHost
	}
	return parse.HintNone
}

// simple reads a Simple Packet Block: the wire length and the packet, which
// belongs to the section's first interface and was cut to its snap length.
func (r *Reader) simple(p *parse.Packet, b []byte) string {
	if len(b) < 4 {
		return shortBlock
	}
	if len(r.ng.ifaces) == 0 {
		return noIface
	}
	r.ng.blocks.Simple++
	i := &r.ng.ifaces[0]
	wire := u32(b, r.ng.big)
	caplen := wire
	if i.snap != 0 {
		caplen = min(caplen, i.snap)
	}
	end := 4 + uint64(caplen)
	if uint64(len(b)) < end {
		return longPacket
	}
	fill(p, b[4:end:end], i.link, i.slot)
	p.WireLen = wire
	p.Time = r.ng.last
	p.Hint = hintAt(p.Data, i.hint)
	if i.tap {
		r.tapped(p)
	}
	if i.fcs != 0 {
		cutFCS(p, i.fcs)
	}
	return ""
}

// wholeBlock reports whether readNg has work without waiting.
func (r *Reader) wholeBlock() bool {
	b := r.win
	if len(b) < blockMin {
		return false
	}
	if binary.LittleEndian.Uint32(b) == blockSection {
		return true // its byte order is not known yet: readNg may find that it must wait, and does not
	}
	return uint64(len(b)) >= uint64(u32(b[4:], r.ng.big))
}
