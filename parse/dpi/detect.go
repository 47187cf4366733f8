package dpi

// A sample is what a signature may look at: the first bytes of each direction,
// or one datagram of one direction (the other is empty then).
type sample struct {
	head  [2][]byte // by Dir; borrowed
	wire  int       // of a datagram: its length on the wire
	ports [2]uint16 // of the sender of ToServer, of ToClient
	begun bool      // of a stream: head starts with its first byte
	n     int       // of datagrams: how many came before
}

// on reports whether either end has one of the ports.
func (s *sample) on(ports ...uint16) bool {
	for _, p := range ports {
		if s.ports[0] == p || s.ports[1] == p {
			return true
		}
	}
	return false
}

// match is what a signature says of a sample.
type match uint8

const (
	no     match = iota // it is not, and with more bytes it will not be: it is not asked again about this beginning
	more                // it may be: more bytes, or the other end's, will tell
	likely              // it looks like it: taken when nobody waits for more and nobody is sure; of a datagram at once
	sure                // it is, by a magic number or a checked structure
)

// A signature tells a protocol by its first bytes. What it says must not depend
// on ports but for saying likely instead of more, or more instead of no: a
// protocol on another port is found all the same (the test that moves all ports
// lists the few that are not).
type signature struct {
	proto  Protocol
	ports  []uint16              // where it is at home: names a flow of which nothing else is known
	stream func(s *sample) match // nil: not over TCP
	packet func(s *sample) match // nil: not over UDP
	new    func() decoder
}

// signatures are tried in this order; of two that are sure the first wins.
var signatures = concat(
	secureSignatures, // tls, dtls, quic, ssh
	nameSignatures,   // dns and its kin, dhcp
	webSignatures,    // http, http2, websocket
	dataSignatures,   // databases and queues
	mediaSignatures,  // stun, rtp, bittorrent
	officeSignatures, // smb, ldap, kerberos, rdp, snmp, ntp, tunnels
	textSignatures,   // what speaks in lines: mail, ftp, sip, redis
)

func concat(lists ...[]signature) []signature {
	var all []signature
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
