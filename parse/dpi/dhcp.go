package dpi

import (
	"net/netip"
	"time"
)

// DHCPDetail is what a flow of DHCP or BOOTP said (RFC 2131). A client's and a
// server's broadcasts are flows of their own. What was said last stays.
type DHCPDetail struct {
	Type  string   `json:"type"`            // of the last message: DISCOVER, …; BOOTREQUEST and BOOTREPLY without option 53
	Types []string `json:"types,omitempty"` // of all messages, each once
	Hosts []string `json:"hosts,omitempty"` // names of all clients that were met, each once; bounded

	// Of the client that the last message is from or for.

	MAC         string `json:"mac,omitempty"` // of the client
	HostName    string `json:"host_name,omitempty"`
	FQDN        string `json:"fqdn,omitempty"` // option 81
	Domain      string `json:"domain,omitempty"`
	ClientID    string `json:"client_id,omitempty"` // in hexadecimal, or as text where it is one
	VendorClass string `json:"vendor_class,omitempty"`
	UserClass   string `json:"user_class,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"` // the options that the client asks for, in its order: "1,3,6,15"

	Requested    string `json:"requested,omitempty"` // address that the client asks for
	Assigned     string `json:"assigned,omitempty"`  // address that the server gives
	Server       string `json:"server,omitempty"`
	Relay        string `json:"relay,omitempty"`
	LeaseSeconds uint32 `json:"lease_seconds,omitempty"`
	Message      string `json:"message,omitempty"` // why the server refuses
}

// Protocol returns DHCP.
func (d *DHCPDetail) Protocol() Protocol { return DHCP }

// Key returns "dhcp".
func (d *DHCPDetail) Key() string { return "dhcp" }

// Subject returns the client's name.
func (d *DHCPDetail) Subject() string {
	if d.FQDN != "" {
		return d.FQDN
	}
	return d.HostName
}

func (d *DHCPDetail) clone() Detail {
	c := *d
	return &c
}

const (
	bootpHeader = 236 // RFC 951 §3, before the cookie
	dhcpCookie  = 0x63825363
	// dhcpTTL is how long a name is believed where no lease time is said.
	dhcpTTL = time.Hour
)

// dhcpTypes are the messages of option 53 (IANA, BOOTP Parameters).
var dhcpTypes = [...]string{
	1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE", 8: "INFORM",
	9: "FORCERENEW", 10: "LEASEQUERY", 11: "LEASEUNASSIGNED", 12: "LEASEUNKNOWN", 13: "LEASEACTIVE",
	14: "BULKLEASEQUERY", 15: "LEASEQUERYDONE", 16: "ACTIVELEASEQUERY", 17: "LEASEQUERYSTATUS", 18: "TLS",
}

const (
	dhcpRequest = 3
	dhcpACK     = 5
)

// matchDHCP knows the cookie of RFC 2131 §3 behind a header with the right
// numbers; BOOTP without one is taken on its ports only.
func matchDHCP(s *sample) match {
	b := s.datagram()
	if len(b) < bootpHeader || b[0] != 1 && b[0] != 2 || b[2] > 16 {
		return no
	}
	if len(b) >= bootpHeader+4 && be32(b[bootpHeader:]) == dhcpCookie {
		return sure
	}
	// A fixed part of at least 300 bytes (RFC 951 §3), an Ethernet address padded
	// with zeros, and names that end.
	if s.on(67, 68) && s.wire >= 300 && b[1] == 1 && b[2] == 6 && zeros(b[34:44]) && b[107] == 0 && b[235] == 0 {
		return likely
	}
	return no
}

// dhcpDecoder follows a flow of DHCP: each message matters.
type dhcpDecoder struct {
	detail DHCPDetail
	shown  bool

	xid  uint32 // of the last request, and the names in it
	name string
}

func newDHCP() decoder { return &dhcpDecoder{} }

// dhcpMessage is what one message says, borrowed from it.
type dhcpMessage struct {
	xid               uint32
	typ               byte // of option 53, 0 without it
	host, fqdn        []byte
	requested, server netip.Addr
	assigned, inUse   netip.Addr // yiaddr, ciaddr
	lease             uint32
}

func (d *dhcpDecoder) datagram(c *conv, _ Dir, b []byte, _ int) {
	if len(b) < bootpHeader || b[0] != 1 && b[0] != 2 {
		return
	}
	if !d.shown {
		d.shown = true
		c.detail(&d.detail)
	}
	c.changed()
	m := dhcpMessage{xid: be32(b[4:])}
	if b[2] > 0 && b[2] <= 16 {
		d.client(macText(b[28 : 28+b[2]]))
	}
	m.inUse = d.address(nil, b[12:16])
	m.assigned = d.address(&d.detail.Assigned, b[16:20])
	d.address(&d.detail.Relay, b[24:28])
	kind := [...]string{1: "BOOTREQUEST", 2: "BOOTREPLY"}[b[0]]
	if len(b) >= bootpHeader+4 && be32(b[bootpHeader:]) == dhcpCookie {
		d.options(&m, b)
		if int(m.typ) < len(dhcpTypes) && dhcpTypes[m.typ] != "" {
			kind = dhcpTypes[m.typ]
		}
	}
	d.detail.Type = kind
	addOnce(&d.detail.Types, kind)
	d.tell(c, &m)
}

// client turns to the client with an address: what was said of another one, in
// the same broadcasts, must not be mixed with what it says.
func (d *dhcpDecoder) client(mac string) {
	if d.detail.MAC != mac {
		d.detail = DHCPDetail{MAC: mac, Types: d.detail.Types, Hosts: d.detail.Hosts}
	}
}

// address reads an address, and shows it in to unless that is nil; 0.0.0.0 is
// none.
func (d *dhcpDecoder) address(to *string, b []byte) netip.Addr {
	if len(b) != 4 || be32(b) == 0 {
		return netip.Addr{}
	}
	addr := netip.AddrFrom4([4]byte(b))
	if to != nil {
		var space [16]byte
		if text := addr.AppendTo(space[:0]); *to != string(text) {
			*to = string(text)
		}
	}
	return addr
}

// options reads the options (RFC 2132), also those in the fields of file and
// server names (option 52).
func (d *dhcpDecoder) options(m *dhcpMessage, b []byte) {
	overload := d.list(m, b[bootpHeader+4:])
	if overload&1 != 0 {
		d.list(m, b[108:236])
	}
	if overload&2 != 0 {
		d.list(m, b[44:108])
	}
}

// list reads one list of options, and returns what option 52 says.
func (d *dhcpDecoder) list(m *dhcpMessage, b []byte) (overload byte) {
	for len(b) > 0 && b[0] != 255 {
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || 2+int(b[1]) > len(b) {
			break
		}
		code, data := b[0], b[2:2+int(b[1])]
		if code == 52 && len(data) == 1 {
			overload = data[0]
		} else if len(data) > 0 {
			d.option(m, code, data)
		}
		b = b[2+len(data):]
	}
	return overload
}

func (d *dhcpDecoder) option(m *dhcpMessage, code byte, b []byte) {
	switch code {
	case 12:
		m.host = trimZero(b)
		setText(&d.detail.HostName, text(m.host))
		addOnce(&d.detail.Hosts, d.detail.HostName)
	case 15:
		setText(&d.detail.Domain, text(trimZero(b)))
	case 50:
		m.requested = d.address(&d.detail.Requested, b)
	case 51:
		if len(b) == 4 {
			m.lease = be32(b)
			d.detail.LeaseSeconds = m.lease
		}
	case 53:
		m.typ = b[0]
	case 54:
		m.server = d.address(&d.detail.Server, b)
	case 55:
		setText(&d.detail.Fingerprint, numberList(b))
	case 56:
		setText(&d.detail.Message, text(trimZero(b)))
	case 60:
		setText(&d.detail.VendorClass, text(trimZero(b)))
	case 61:
		setText(&d.detail.ClientID, clientID(b))
	case 77:
		setText(&d.detail.UserClass, text(userClass(b)))
	case 81:
		if len(b) > 3 {
			m.fqdn = b[3:]
			var space [maxNameLen + 1]byte
			if b[0]&4 != 0 { // in the form of DNS, RFC 4702 §2.1
				m.fqdn = wireName(space[:0], m.fqdn)
			}
			setText(&d.detail.FQDN, text(trimZero(m.fqdn)))
			m.fqdn = trimZero(m.fqdn)
		}
	}
}

// tell passes on which name an address has. The server's ACK may say both; else
// the name is in the request that it answers, if that is in the same flow. A
// broadcast request is in another, so what it asks for is believed where the
// address was offered before (it names the server) or is in use already.
func (d *dhcpDecoder) tell(c *conv, m *dhcpMessage) {
	name := m.fqdn
	if len(name) == 0 {
		name = m.host
	}
	addr, called := m.assigned, ""
	switch m.typ {
	case dhcpRequest:
		d.xid, d.name = m.xid, d.detail.Subject()
		if len(name) == 0 {
			d.name = ""
			return
		}
		addr = m.inUse
		if !addr.IsValid() && m.server.IsValid() {
			addr = m.requested
		}
		called = d.name
	case dhcpACK:
		if !addr.IsValid() {
			addr = m.inUse // of an INFORM
		}
		called = string(name)
		if called == "" && d.xid == m.xid {
			called = d.name
		}
	default:
		return
	}
	if called == "" || !addr.IsValid() {
		return
	}
	ttl := seconds(m.lease)
	if ttl == 0 {
		ttl = dhcpTTL
	}
	c.naming(Naming{Source: NameDHCP, Name: called, Addr: addr, Time: c.time, TTL: ttl})
}
