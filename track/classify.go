package track

import (
	"net/netip"

	"sockeye/parse"
)

const (
	tcpSYN = 0x02
	tcpACK = 0x10
)

// verdict is what the first packet of a flow tells about its ends.
type verdict struct {
	class        Class
	localIsSrc   bool
	startedBySrc bool
	known        bool // who began it was seen
	outside      bool // no end is inside the boundary
}

// classify decides which end of a flow is the local one, by its first packet:
// the boundary where one was given; this machine's addresses and what the
// kernel says of the packet's direction; and where neither is known (a file
// without either) the end that began the flow.
func (t *Table) classify(p *parse.Packet) verdict {
	src, dst := endA(&p.Key), endB(&p.Key)
	if p.Swapped {
		src, dst = dst, src
	}
	v := verdict{}
	v.startedBySrc, v.known = initiator(p, src, dst)
	if len(t.cfg.Boundary) > 0 {
		v.bound(inside(t.cfg.Boundary, src), inside(t.cfg.Boundary, dst))
		return v
	}

	l := t.local.Load()
	srcOwn, dstOwn := l.has(src), l.has(dst)
	switch {
	case srcOwn && dstOwn, src.loopback() && dst.loopback():
		v.class, v.localIsSrc = Loopback, v.startedBySrc
	case srcOwn:
		v.local(true)
	case dstOwn:
		v.local(false)
	case p.Hint == parse.HintOutgoing && (!l.known() || src.unspecified() || p.Family == parse.FamilyLink):
		v.local(true)
	case p.Hint == parse.HintOther, p.Hint == parse.HintOutgoing:
		v.forwarded()
	case p.Hint == parse.HintNone:
		// Nothing is known but the packet: the end that began it is the local one.
		v.class, v.localIsSrc = Outgoing, v.startedBySrc
		if dst.group() {
			v.localIsSrc = true
		}
	case !l.known(), p.Family == parse.FamilyLink, groupCast(p, dst):
		v.local(false)
	default:
		v.forwarded()
	}
	return v
}

// groupCast reports whether an IP packet came to this machine as one of many.
func groupCast(p *parse.Packet, dst end) bool {
	if p.Family == parse.FamilyARP {
		return false
	}
	return dst.group() || p.Hint == parse.HintBroadcast || p.Hint == parse.HintMulticast
}

// local makes one end the local one.
func (v *verdict) local(isSrc bool) {
	v.localIsSrc = isSrc
	v.class = Incoming
	if isSrc == v.startedBySrc {
		v.class = Outgoing
	}
}

func (v *verdict) forwarded() {
	v.class, v.localIsSrc = Forwarded, v.startedBySrc
}

// bound applies the boundary. Between two ends inside, the one that began the
// flow is shown as the local one.
func (v *verdict) bound(srcIn, dstIn bool) {
	switch {
	case srcIn && dstIn:
		v.class, v.localIsSrc = Outgoing, v.startedBySrc
	case srcIn, dstIn:
		v.local(srcIn)
	default:
		v.forwarded()
		v.outside = true
	}
}

func inside(nets []netip.Prefix, e end) bool {
	a := e.addr()
	for _, n := range nets {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// initiator tells whether the packet's source began the flow, and whether that
// was seen. A TCP handshake says so, and so does an ICMP request or its reply.
// In the middle of a connection the end with the server's port is taken for
// the one that was called; failing that, the sender of the packet began it.
func initiator(p *parse.Packet, src, dst end) (srcBegan, known bool) {
	switch {
	case p.Family != parse.FamilyIPv4 && p.Family != parse.FamilyIPv6:
		return true, true
	case p.Proto == 6 && p.TCPFlags&tcpSYN != 0:
		return p.TCPFlags&tcpACK == 0, true
	case p.Proto == 1:
		return p.ICMPType != 0, true // an echo reply answers
	case p.Proto == 58:
		return p.ICMPType != 129, true
	}
	if serverPort(src.port, dst.port) {
		return false, false
	}
	return true, p.Proto != 6
}

// ephemeral is the lowest port that systems give to clients by default: Linux
// takes 32768 and up, IANA (RFC 6335) and macOS 49152 and up.
const ephemeral = 32768

// serverPort reports whether a is the port of a service when the other end
// uses b.
func serverPort(a, b uint16) bool {
	switch {
	case a == 0 || b == 0:
		return false
	case a < 1024:
		return b >= 1024
	}
	return a < ephemeral && b >= ephemeral
}
