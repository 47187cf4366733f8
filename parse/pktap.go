// Hot path: no allocation.

package parse

// A PKTAP is what the kernel of macOS writes before a packet that it hands to a pktap
// interface (bsd/net/pktap.h of XNU): which process has the socket, and on which
// interface and in which direction the packet was seen. There are two forms of it; the
// slices are borrowed.
type PKTAP struct {
	Length int      // bytes before the packet
	Link   LinkType // how the packet starts
	Iface  []byte   // name of the interface, at most 24 bytes
	Flags  uint32   // PKTAPIn and the others

	PID  int32  // who has the socket; 0 for the kernel, and where it is not known; -1 where there is none
	Comm []byte // its name, at most 16 bytes; empty where that is not known

	EffectivePID  int32 // on whose behalf; 0 or -1 where that is PID itself
	EffectiveComm []byte
}

// Flags of a PKTAP, of those that there are (PTH_FLAG_DIR_IN and so on).
const (
	PKTAPIn  = 1 << 0
	PKTAPOut = 1 << 1
	pktapV2  = 1 << 19 // the header is of the second form: it is at the same place in both
)

// Sizes and offsets of struct pktap_header and struct pktap_v2_hdr, little endian. Of
// the first form there were shorter ones, which end before what nobody needs here.
const (
	pktapFlags = 36
	pktapLeast = pktapFlags + 4 // from which the form can be told

	pktap1Least    = 108
	pktap1Next     = 4 // pth_type_next
	pktap1Link     = 8
	pktap1Iface    = 12
	pktap1IfaceLen = 24
	pktap1PID      = 52
	pktap1Comm     = 56
	pktap1EPID     = 84
	pktap1EComm    = 88

	pktap2Least = 40
	pktap2Iface = 3 // at which offset the name is; 0 for nowhere
	pktap2Comm  = 4
	pktap2EComm = 5
	pktap2Link  = 6
	pktap2PID   = 28
	pktap2EPID  = 32
)

// Decode reads the header that a frame of link type l starts with: LinkPKTAP, or
// LinkUser2 in old files. It returns false where l is another, where the header is cut
// off, and where it contradicts itself.
func (h *PKTAP) Decode(l LinkType, b []byte) bool {
	*h = PKTAP{}
	if l != LinkPKTAP && l != LinkUser2 || len(b) < pktapLeast {
		return false
	}
	h.Flags = le32(b[pktapFlags:])
	if h.Flags&pktapV2 != 0 && l == LinkPKTAP {
		return h.second(b)
	}
	return h.first(b)
}

func (h *PKTAP) first(b []byte) bool {
	length := le32(b)
	if length < pktap1Least || uint64(length) > uint64(len(b)) || le32(b[pktap1Next:]) != 1 {
		return false
	}
	link, ok := dltLink(le32(b[pktap1Link:]))
	h.Length, h.Link = int(length), link
	h.Iface = text(b[pktap1Iface:][:pktap1IfaceLen])
	h.PID, h.Comm = int32(le32(b[pktap1PID:])), text(b[pktap1Comm:][:commLen])
	h.EffectivePID, h.EffectiveComm = int32(le32(b[pktap1EPID:])), text(b[pktap1EComm:][:commLen])
	return ok
}

func (h *PKTAP) second(b []byte) bool {
	length := int(b[0])
	if length < pktap2Least || length > len(b) {
		return false
	}
	b = b[:length:length]
	link, ok := dltLink(uint32(le16(b[pktap2Link:])))
	h.Length, h.Link = length, link
	h.Iface = pktapText(b, pktap2Iface, pktap1IfaceLen)
	h.PID, h.Comm = int32(le32(b[pktap2PID:])), pktapText(b, pktap2Comm, commLen)
	h.EffectivePID, h.EffectiveComm = int32(le32(b[pktap2EPID:])), pktapText(b, pktap2EComm, commLen)
	return ok
}

// pktapText returns the text in a header of the second form whose offset stands at a
// place.
func pktapText(b []byte, place, most int) []byte {
	at := int(b[place])
	if at < pktap2Least || at >= len(b) {
		return nil
	}
	return text(b[at:min(at+most, len(b))])
}

// Hint returns what the header says of the direction; frame begins with it. What came
// in was for this machine, for all or for a group, as far as that can be told.
func (h *PKTAP) Hint(frame []byte) Hint {
	switch h.Flags & (PKTAPIn | PKTAPOut) {
	case PKTAPOut:
		return HintOutgoing
	case PKTAPIn:
	default:
		return HintNone
	}
	if h.Link != LinkEthernet || len(frame) < h.Length+6 || frame[h.Length]&1 == 0 {
		return HintHost
	}
	if be48(frame[h.Length:]) == 1<<48-1 {
		return HintBroadcast
	}
	return HintMulticast
}

// pktap reads Apple's header, and goes on with the packet. A length that no header has
// is followed all the same: the file may be right about the packet.
func (p *Packet) pktap(t LinkType, b []byte, off, end int) {
	if len(b) < off+pktapLeast {
		p.short(off+pktapLeast, end)
		return
	}
	header, dlt := le32(b[off:]), le32(b[off+pktap1Link:])
	switch {
	case t == LinkUser2 && header < pktap1Least:
		p.cut(b, end) // private use of another kind
		return
	case t == LinkPKTAP && le32(b[off+pktapFlags:])&pktapV2 != 0:
		header, dlt = uint32(b[off]), uint32(le16(b[off+pktap2Link:]))
	}
	p.wrapped(dlt, header, b, off, end)
}
