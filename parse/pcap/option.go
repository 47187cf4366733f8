package pcap

// Codes of pcapng options, by the block that they belong to
// (draft-ietf-opsawg-pcapng §3.5 and §4).
const (
	optEnd     = 0
	optComment = 1

	shbHardware = 2
	shbOS       = 3
	shbApp      = 4

	ifName        = 2
	ifDescription = 3
	ifIPv4        = 4
	ifIPv6        = 5
	ifMAC         = 6
	ifSpeed       = 8
	ifTSResol     = 9
	ifFilter      = 11
	ifOS          = 12
	ifFCSLen      = 13
	ifTSOffset    = 14
	ifHardware    = 15

	epbFlags     = 2
	epbDropCount = 4

	pbFlags = 2

	isbStart     = 2
	isbEnd       = 3
	isbReceived  = 4
	isbDropped   = 5
	isbAccepted  = 6
	isbOSDropped = 7
	isbDelivered = 8
)

// options walks the list of options at the end of a block.
type options struct {
	b   []byte
	big bool
	bad bool // the list is cut short
}

// next returns an option; its value is borrowed. ok is false at the end of the
// list.
func (o *options) next() (code uint16, val []byte, ok bool) {
	if len(o.b) < 4 {
		o.bad = len(o.b) != 0
		return 0, nil, false
	}
	code, n := u16(o.b, o.big), int(u16(o.b[2:], o.big))
	if code == optEnd {
		return 0, nil, false
	}
	padded := 4 + (n+3)&^3
	if len(o.b) < padded {
		o.bad = true
		return 0, nil, false
	}
	val = o.b[4 : 4+n]
	o.b = o.b[padded:]
	return code, val, true
}
