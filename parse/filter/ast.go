package filter

import "net/netip"

// An expr is a node of the syntax tree. Precedence, parentheses and the rule that
// a primitive without qualifiers takes over those of the one before it ("port 80
// or 443") are dealt with by the parser.
type expr interface {
	// pos is where the node starts in the text, in bytes, for errors.
	pos() int
}

// at is where a node starts in the text; nodes embed it.
type at int

func (a at) pos() int { return int(a) }

// every is the empty text: all packets.
type every struct{ at }

type not struct {
	at
	x expr
}

type and struct {
	at
	x, y expr
}

type or struct {
	at
	x, y expr
}

// qualifiers are those before an identifier, or before nothing ("tcp"). The
// parser does not judge which go together.
type qualifiers struct {
	proto proto
	dir   dir
	kind  kind
}

// A primitive is a set of qualifiers with an identifier, or alone.
type primitive struct {
	at
	q  qualifiers
	id identifier
}

// identifier is what the qualifiers ask for. Names are looked up by the
// generator, which knows what they must be: a host, a network, a port.
type identifier struct {
	at   int // where it starts in the text
	form form
	text string // as it was written, without a backslash
	num  uint32 // formNumber: also a host or a network written as one; formRange: the low end
	high uint32 // formRange
	addr netip.Addr
	bits int        // of addr: the prefix length, -1 where none was given; 16 or 24 where parts were left out
	mask netip.Addr // of addr: valid where it was given
	mac  [6]byte    // formMAC; formAID: the first

	masked bool // formIPv4 and formIPv6: /bits or mask was written
}

func (id identifier) pos() int { return id.at }

type form uint8

const (
	formNone   form = iota
	formNumber      // 80, 0x50, 0120
	formRange       // 80-90 behind portrange
	formName        // any other word, escaped (\tcp) or not; http-90 behind portrange
	formIPv4        // 10.1, 10.1.2 or 10.1.2.3; with /bits or mask, or without
	formIPv6        // with /bits or without
	formMAC         // 00:11:22:33:44:55, also with - or . and without separators
	formAID         // $ab, a one-byte ARCnet address
	formDECnet      // 1.5 behind decnet: text
)

type proto uint8

const (
	protoNone proto = iota
	protoLink       // "ether" and its synonyms fddi, tr, wlan; "link" in accessors
	protoIP
	protoIPv6
	protoARP
	protoRARP
	protoTCP
	protoUDP
	protoSCTP
	protoICMP
	protoICMPv6
	protoIGMP
	protoIGRP
	protoPIM
	protoVRRP
	protoCARP
	protoAH
	protoESP
	protoATalk
	protoAARP
	protoDECnet
	protoLAT
	protoSCA
	protoMOPRC
	protoMOPDL
	protoISO
	protoESIS
	protoISIS
	protoCLNP
	protoL1 // IS-IS "l1" and so on
	protoL2
	protoIIH
	protoLSP
	protoSNP
	protoCSNP
	protoPSNP
	protoSTP
	protoIPX
	protoNetBEUI
	protoRadio // accessors: radio[n]
)

type dir uint8

const (
	dirNone dir = iota
	dirSrc
	dirDst
	dirSrcOrDst // "src or dst"
	dirSrcAndDst
	dirRA // 802.11
	dirTA
	dirAddr1
	dirAddr2
	dirAddr3
	dirAddr4
)

type kind uint8

const (
	kindNone kind = iota
	kindHost
	kindNet
	kindPort
	kindPortRange
	kindGateway
	kindProto
	kindProtoChain
)

// A comparison is "arith op arith".
type comparison struct {
	at
	op   compareOp
	x, y arith
}

type compareOp uint8

const (
	opEq compareOp = iota
	opNe
	opGt
	opGe
	opLt
	opLe
)

// arith is a node of arithmetic.
type arith interface{ pos() int }

type number struct {
	at
	n uint32
}

// length is "len".
type length struct{ at }

// access is "proto [ off : size ]".
type access struct {
	at
	proto proto
	off   arith
	size  int // 1, 2 or 4
}

type negate struct {
	at
	x arith
}

type binary struct {
	at
	op   arithOp
	x, y arith
}

type arithOp uint8

const (
	opAdd arithOp = iota
	opSub
	opMul
	opDiv
	opMod
	opAnd
	opOr
	opXor
	opShl
	opShr
)

// special is a primitive with a grammar of its own.
type special struct {
	at
	what  specialKind
	args  []identifier // numbers and names behind it, in order
	proto proto        // broadcast, multicast, type, subtype, dir: the qualifier before it
}

type specialKind uint8

const (
	specialBroadcast specialKind = iota
	specialMulticast
	specialLess    // len <= args[0]
	specialGreater // len >= args[0]
	specialByte    // "byte n op m": args: n, op as text, m
	specialInbound
	specialOutbound
	specialIfindex
	specialVLAN // args: id or none
	specialMPLS // args: label or none
	specialPPPoED
	specialPPPoES      // args: session or none
	specialGeneve      // args: VNI or none
	specialVXLAN       // args: VNI or none
	specialLLC         // args: none, or i s u rr rnr rej ui ua disc dm sabme test xid frmr as text
	specialWLANType    // type wlan_type [subtype wlan_subtype]: args
	specialWLANSubtype // subtype wlan_subtype
	specialWLANDir     // dir nods|tods|fromds|dstods or a number
	// pf logs: args is one name or number
	specialPFIfname
	specialPFRuleset
	specialPFRnr
	specialPFSrnr
	specialPFReason
	specialPFAction
	// SunATM and MTP: the keyword in text of args[0]; with a value, the operator in
	// text of args[1], then one or more numbers: "vpi (1 or 2)"
	specialATM
	specialMTP
)
