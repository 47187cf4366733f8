package proc

import (
	"encoding/binary"
	"net/netip"

	"sockeye/parse"
)

// Messages and attributes of linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h.
const (
	conntrackGet = 1<<8 | 1 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET

	nfHeaderLen = 4 // struct nfgenmsg

	tupleOrig, tupleReply = 1, 2 // CTA_TUPLE_ORIG, CTA_TUPLE_REPLY

	tupleIP, tupleProto = 1, 2

	ipV4Src, ipV4Dst = 1, 2
	ipV6Src, ipV6Dst = 3, 4

	protoNum                              = 1
	protoSrcPort, protoDstPort            = 2, 3
	protoICMPID, protoICMPType, protoCode = 4, 5, 6
	protoICMPv6ID, protoICMPv6Type        = 7, 8
	protoCodeV6                           = 9

	echoRequest, echoRequestV6 = 8, 128
	echoReply, echoReplyV6     = 0, 129
)

// natTuple is one direction of a tracked connection. Of ICMP both ports are the
// identifier, as parse.Key has it.
type natTuple struct {
	src, dst netip.AddrPort
	proto    uint8
}

// putConntrackGet appends the request for the connection that has a tuple, in either
// direction: the kernel finds both by what the attribute of the original one says. Of an
// ICMP echo the directions differ in their types: replies asks for that of the answer.
func putConntrackGet(b []byte, t *natTuple, replies bool) []byte {
	family := uint8(afInet)
	if t.src.Addr().Is6() {
		family = afInet6
	}
	b = append(b, family, 0, 0, 0)
	whole := len(b)
	b = openNested(b, tupleOrig)
	ip := len(b)
	b = openNested(b, tupleIP)
	if family == afInet {
		src, dst := t.src.Addr().As4(), t.dst.Addr().As4()
		b = putAttribute(b, ipV4Src, src[:])
		b = putAttribute(b, ipV4Dst, dst[:])
	} else {
		src, dst := t.src.Addr().As16(), t.dst.Addr().As16()
		b = putAttribute(b, ipV6Src, src[:])
		b = putAttribute(b, ipV6Dst, dst[:])
	}
	closeNested(b, ip)
	b = putTupleProto(b, t, replies)
	closeNested(b, whole)
	return b
}

func putTupleProto(b []byte, t *natTuple, replies bool) []byte {
	proto := len(b)
	b = openNested(b, tupleProto)
	b = putAttribute(b, protoNum, []byte{t.proto})
	src := [2]byte{byte(t.src.Port() >> 8), byte(t.src.Port())}
	dst := [2]byte{byte(t.dst.Port() >> 8), byte(t.dst.Port())}
	echo, echoV6 := byte(echoRequest), byte(echoRequestV6)
	if replies {
		echo, echoV6 = echoReply, echoReplyV6
	}
	switch t.proto {
	case parse.ProtoICMP:
		b = putAttribute(b, protoICMPID, src[:])
		b = putAttribute(b, protoICMPType, []byte{echo})
		b = putAttribute(b, protoCode, []byte{0})
	case parse.ProtoICMPv6:
		b = putAttribute(b, protoICMPv6ID, src[:])
		b = putAttribute(b, protoICMPv6Type, []byte{echoV6})
		b = putAttribute(b, protoCodeV6, []byte{0})
	default:
		b = putAttribute(b, protoSrcPort, src[:])
		b = putAttribute(b, protoDstPort, dst[:])
	}
	closeNested(b, proto)
	return b
}

// readConntrack reads both tuples of the answer. They differ in more than direction
// where the connection is translated.
func readConntrack(b []byte) (orig, reply natTuple, ok bool) {
	if len(b) < nfHeaderLen {
		return orig, reply, false
	}
	for b = b[nfHeaderLen:]; len(b) > 0; {
		var typ uint16
		var value []byte
		if typ, value, b, ok = cutAttribute(b); !ok {
			return orig, reply, false
		}
		switch typ {
		case tupleOrig:
			orig.read(value)
		case tupleReply:
			reply.read(value)
		}
	}
	ok = orig.src.Addr().IsValid() && orig.dst.Addr().IsValid() && reply.src.Addr().IsValid() && reply.dst.Addr().IsValid()
	return orig, reply, ok
}

// read reads a tuple.
func (t *natTuple) read(b []byte) {
	var src, dst netip.Addr
	var sport, dport uint16
	for len(b) > 0 {
		typ, value, rest, ok := cutAttribute(b)
		if !ok {
			return
		}
		b = rest
		switch typ {
		case tupleIP:
			src, dst = readTupleIP(value)
		case tupleProto:
			t.proto, sport, dport = readTupleProto(value)
		}
	}
	t.src, t.dst = netip.AddrPortFrom(src, sport), netip.AddrPortFrom(dst, dport)
}

func readTupleIP(b []byte) (src, dst netip.Addr) {
	for len(b) > 0 {
		typ, value, rest, ok := cutAttribute(b)
		if !ok {
			break
		}
		b = rest
		addr, ok := netip.AddrFromSlice(value)
		if !ok {
			continue
		}
		switch typ {
		case ipV4Src, ipV6Src:
			src = addr
		case ipV4Dst, ipV6Dst:
			dst = addr
		}
	}
	return src, dst
}

func readTupleProto(b []byte) (proto uint8, sport, dport uint16) {
	for len(b) > 0 {
		typ, value, rest, ok := cutAttribute(b)
		if !ok {
			break
		}
		b = rest
		switch {
		case typ == protoNum && len(value) >= 1:
			proto = value[0]
		case len(value) < 2:
		case typ == protoSrcPort:
			sport = binary.BigEndian.Uint16(value)
		case typ == protoDstPort:
			dport = binary.BigEndian.Uint16(value)
		case typ == protoICMPID || typ == protoICMPv6ID:
			sport = binary.BigEndian.Uint16(value)
			dport = sport
		}
	}
	return proto, sport, dport
}

// otherSide returns the key that a translated connection has on the other side of
// the translation, given that on this side. Swapped tells that this one's A is the
// other one's B. It is not ok where k is none of the two, or both.
func otherSide(k *parse.Key, orig, reply *natTuple) (other parse.Key, swapped, ok bool) {
	// Who began it sends orig, and gets reply: the two ends of each in one order.
	before, first := parse.KeyOf(orig.src, orig.dst, orig.proto)
	after, second := parse.KeyOf(reply.dst, reply.src, reply.proto)
	switch {
	case before == after:
		return parse.Key{}, false, false
	case before == *k:
		return after, first != second, true
	case after == *k:
		return before, first != second, true
	}
	return parse.Key{}, false, false
}

// putAttribute appends an attribute, padded to words.
func putAttribute(b []byte, typ uint16, value []byte) []byte {
	n := attributeHeaderLen + len(value)
	b = binary.NativeEndian.AppendUint16(b, uint16(n))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, value...)
	for range align4(n) - n {
		b = append(b, 0)
	}
	return b
}

// openNested begins an attribute that holds others, up to closeNested.
func openNested(b []byte, typ uint16) []byte {
	b = binary.NativeEndian.AppendUint16(b, 0)
	return binary.NativeEndian.AppendUint16(b, typ|attributeNested)
}

// closeNested ends the attribute that begins at an offset.
func closeNested(b []byte, at int) {
	binary.NativeEndian.PutUint16(b[at:], uint16(len(b)-at))
}
