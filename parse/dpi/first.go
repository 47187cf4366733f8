package dpi

// What a protocol's messages begin with: pairs of a first byte's lowest and highest
// value. Its signature is asked only where either direction begins so; that spares
// nearly all of them. Protocols that are not listed begin with anything.
// TestFirstBytes holds the lists against the signatures.

var streamFirst = [protocols]string{
	TLS:        "\x14\x18\x80\xff", // a record, a hello of SSL 2
	SOCKS:      "\x04\x05",
	DNS:        "\x00\x3f", // a length
	HTTP:       "AZhh",
	HTTP2:      "PP\x00\x00",
	PostgreSQL: "\x00\x00AZaz",
	MQTT:       "\x10\x10\xc0\xd0", // CONNECT, pings
	AMQP:       "AA",
	Kafka:      "\x00\x06", // a length
	STUN:       "\x00\x3f",
	BitTorrent: "\x13\x13",
	SMB:        "\x00\x00\x81\x83",
	RDP:        "\x03\x03",
	Kerberos:   "\x00\x01",
	LDAP:       "00",
	OpenVPN:    "\x00\x04",
	RTP:        "\x00\x06", // a length
	SIP:        "AZ\n\n\r\r",
	SMTP:       "09AZaz",
	FTP:        "09AZaz",
	IMAP:       "*+.9AZaz",
	POP3:       "++--AZaz",
	Telnet:     "\xff\xff",
	Redis:      "!!##$%((*-::=>AZ__az||~~\n\n\r\r", // the types of RESP 3
	NATS:       "++--AZaz",
	Memcached:  "09AZaz\x80\x81",
	Syslog:     "<<09",
}

var packetFirst = [protocols]string{
	DTLS:            "\x01\x01\x14\x3f", // in CAPWAP, and as it is
	DHCP:            "\x01\x02",
	DHCPv6:          "\x01\x30",
	STUN:            "\x00\x3f",
	BitTorrent:      "\x00\x00BB",
	BitTorrentDHT:   "dd",
	RTCP:            "\x80\xbf",
	NetBIOSDatagram: "\x10\x16",
	RDP:             "\xff\xff",
	Kerberos:        "\x60\x7f",
	LDAP:            "00",
	SNMP:            "00",
	RADIUS:          "\x01\x34",
	WireGuard:       "\x01\x04",
	OpenVPN:         "\x08\x5f",
	UTP:             "\x01\x41",
	RTP:             "\x80\xbf",
	SIP:             "AZ\n\n\r\r",
	SSDP:            "AZaz",
	Syslog:          "<<",
}

// A set holds candidates, by their places in a list of at most 64.
type set uint64

// candidates are the signatures of a transport.
type candidates struct {
	list  []candidate
	first [256]set // by the first byte of a head
	later set      // of those that look into a head whose beginning was not seen
}

// A candidate is a signature in the list of its transport.
type candidate struct {
	*signature
	n       int // its place
	matches func(s *sample) match
}

func (t *candidates) add(s *signature, matches func(s *sample) match, first string) {
	n := len(t.list)
	t.list = append(t.list, candidate{s, n, matches})
	if first == "" {
		first = "\x00\xff"
	}
	for i := 0; i < len(first); i += 2 {
		for b := int(first[i]); b <= int(first[i+1]); b++ {
			t.first[b] |= 1 << n
		}
	}
	if s.proto == HTTP {
		t.later |= 1 << n
	}
}

// worth returns the candidates that are worth asking about a sample.
func (t *candidates) worth(s *sample) set {
	var worth set
	for _, b := range s.head {
		if len(b) > 0 {
			worth |= t.first[b[0]]
		}
	}
	if !s.begun {
		worth |= t.later
	}
	return worth
}

// of returns the candidate of a protocol, or nil.
func (t *candidates) of(p Protocol) *candidate {
	for n := range t.list {
		if t.list[n].proto == p {
			return &t.list[n]
		}
	}
	return nil
}

var streamCandidates, packetCandidates candidates

// They are no initial values, since decoders reach the Inspector, and it them.
func init() {
	for n := range signatures {
		s := &signatures[n]
		if s.stream != nil {
			streamCandidates.add(s, s.stream, streamFirst[s.proto])
		}
		if s.packet != nil {
			packetCandidates.add(s, s.packet, packetFirst[s.proto])
		}
	}
}

// candidateOf returns the candidate of a protocol, or nil.
func candidateOf(p Protocol, udp bool) *candidate {
	if udp {
		return packetCandidates.of(p)
	}
	return streamCandidates.of(p)
}
