package dpi

import (
	"net/netip"
	"strconv"
	"time"
)

// DHCPv6Detail is what a flow of DHCPv6 said (RFC 8415). A client's multicasts
// and a server's answers are flows of their own. What was said last stays.
type DHCPv6Detail struct {
	Type  string   `json:"type"`            // of the last message: SOLICIT, …; within a relay's that of the client or server
	Types []string `json:"types,omitempty"` // of all messages, each once

	DUID        string `json:"duid,omitempty"` // of the client, in hexadecimal
	MAC         string `json:"mac,omitempty"`  // in the client's DUID
	ServerDUID  string `json:"server_duid,omitempty"`
	FQDN        string `json:"fqdn,omitempty"`
	VendorClass string `json:"vendor_class,omitempty"`
	Enterprise  uint32 `json:"enterprise,omitempty"`  // whose class that is (IANA, Private Enterprise Numbers)
	Fingerprint string `json:"fingerprint,omitempty"` // the options that the client asks for, in its order: "23,24"

	Addresses     []string `json:"addresses,omitempty"` // asked for or assigned; bounded
	Prefixes      []string `json:"prefixes,omitempty"`  // delegated; bounded
	ValidSeconds  uint32   `json:"valid_seconds,omitempty"`
	Status        string   `json:"status,omitempty"` // unless it is success
	Relay         string   `json:"relay,omitempty"`  // link address of the first relay
	RelayedFor    string   `json:"relayed_for,omitempty"`
	RelayHopCount int      `json:"relay_hops,omitempty"`
}

// Protocol returns DHCPv6.
func (d *DHCPv6Detail) Protocol() Protocol { return DHCPv6 }

// Key returns "dhcpv6".
func (d *DHCPv6Detail) Key() string { return "dhcpv6" }

// Subject returns the client's name.
func (d *DHCPv6Detail) Subject() string { return d.FQDN }

func (d *DHCPv6Detail) clone() Detail {
	c := *d
	return &c
}

// dhcp6Types are the messages of RFC 8415 §7.3 and its extensions (IANA,
// DHCPv6 Message Types).
var dhcp6Types = [...]string{
	1: "SOLICIT", 2: "ADVERTISE", 3: "REQUEST", 4: "CONFIRM", 5: "RENEW", 6: "REBIND", 7: "REPLY", 8: "RELEASE",
	9: "DECLINE", 10: "RECONFIGURE", 11: "INFORMATION-REQUEST", 12: "RELAY-FORW", 13: "RELAY-REPL",
	14: "LEASEQUERY", 15: "LEASEQUERY-REPLY", 16: "LEASEQUERY-DONE", 17: "LEASEQUERY-DATA",
	18: "RECONFIGURE-REQUEST", 19: "RECONFIGURE-REPLY", 20: "DHCPV4-QUERY", 21: "DHCPV4-RESPONSE",
	22: "ACTIVELEASEQUERY", 23: "STARTTLS", 36: "ADDR-REG-INFORM", 37: "ADDR-REG-REPLY",
}

// dhcp6Statuses are the codes of option 13 (RFC 8415 §21.13).
var dhcp6Statuses = [...]string{
	1: "UnspecFail", 2: "NoAddrsAvail", 3: "NoBinding", 4: "NotOnLink", 5: "UseMulticast", 6: "NoPrefixAvail",
}

const (
	dhcp6RelayForward = 12
	dhcp6RelayReply   = 13
	dhcp6Reply        = 7

	dhcp6Header      = 4  // type, transaction id
	dhcp6RelayHeader = 34 // type, hops, link address, peer address
	maxDHCP6Relays   = 8  // HOP_COUNT_LIMIT, RFC 8415 §7.6

	// maxDHCP6Options is how many options of one message are looked at.
	maxDHCP6Options = 64
)

// option6 cuts the first option off; ok is unset where it is not whole.
func option6(b []byte) (code uint16, data, rest []byte, ok bool) {
	if len(b) < 4 || 4+int(be16(b[2:])) > len(b) {
		return 0, nil, nil, false
	}
	n := 4 + int(be16(b[2:]))
	return be16(b), b[4:n], b[n:], true
}

// matchDHCPv6 wants options that fill the message, and among them the client's
// identifier or the message that a relay carries.
func matchDHCPv6(s *sample) match {
	b := s.datagram()
	home := s.on(546, 547)
	if len(b) < dhcp6Header+4 || int(b[0]) >= len(dhcp6Types) || dhcp6Types[b[0]] == "" {
		return no
	}
	relayed := b[0] == dhcp6RelayForward || b[0] == dhcp6RelayReply
	at := dhcp6Header
	if relayed {
		if at = dhcp6RelayHeader; len(b) < at || b[1] > 32 {
			return no
		}
	}
	proved := false
	for rest := b[at:]; len(rest) > 0; {
		code, data, left, ok := option6(rest)
		if !ok {
			if len(b) < s.wire && (proved || home) {
				return likely
			}
			return no
		}
		switch {
		case code == 0 || code > 200:
			return no
		case code == 1 || code == 2:
			proved = proved || validDUID(data) && !relayed
		case code == 9 && relayed:
			proved = len(data) >= dhcp6Header && data[0] != 0 && int(data[0]) < len(dhcp6Types)
		}
		rest = left
	}
	switch {
	case proved:
		return sure
	case home:
		return likely
	}
	return no
}

// validDUID reports whether b is an identifier of one of the known kinds
// (RFC 8415 §11, RFC 6355).
func validDUID(b []byte) bool {
	if len(b) < 3 || len(b) > 130 {
		return false
	}
	switch be16(b) {
	case 1:
		return len(b) >= 10
	case 2:
		return len(b) >= 7
	case 3:
		return len(b) >= 6
	case 4:
		return len(b) == 18
	}
	return false
}

// dhcp6Decoder follows a flow of DHCPv6: each message matters.
type dhcp6Decoder struct {
	detail DHCPv6Detail
	shown  bool
}

func newDHCPv6() decoder { return &dhcp6Decoder{} }

// dhcp6Message is what one message says.
type dhcp6Message struct {
	addr  netip.Addr // the first that was assigned
	valid uint32     // its lifetime in seconds
}

func (d *dhcp6Decoder) datagram(c *conv, _ Dir, b []byte, _ int) {
	if !d.shown {
		d.shown = true
		c.detail(&d.detail)
	}
	c.changed()
	kind, b := d.unwrap(b)
	if len(b) == 0 {
		return
	}
	if int(kind) < len(dhcp6Types) && dhcp6Types[kind] != "" {
		d.detail.Type = dhcp6Types[kind]
		addOnce(&d.detail.Types, d.detail.Type)
	}
	var m dhcp6Message
	d.options(&m, b)
	if kind == dhcp6Reply && m.addr.IsValid() && d.detail.FQDN != "" && d.detail.Status == "" {
		ttl := time.Duration(m.valid) * time.Second
		c.naming(Naming{Source: NameDHCP, Name: d.detail.FQDN, Addr: m.addr, Time: c.time, TTL: ttl})
	}
}

// unwrap goes through what relays put around a message (RFC 8415 §9), and
// returns its type and options.
func (d *dhcp6Decoder) unwrap(b []byte) (kind byte, options []byte) {
	for range maxDHCP6Relays {
		if len(b) < dhcp6Header {
			return 0, nil
		}
		if b[0] != dhcp6RelayForward && b[0] != dhcp6RelayReply {
			return b[0], b[dhcp6Header:]
		}
		if len(b) < dhcp6RelayHeader {
			return 0, nil
		}
		addOnce(&d.detail.Types, dhcp6Types[b[0]])
		setText(&d.detail.Relay, addrText(b[2:18]))
		setText(&d.detail.RelayedFor, addrText(b[18:34]))
		d.detail.RelayHopCount = max(d.detail.RelayHopCount, int(b[1])+1)
		b = relayed6(b[dhcp6RelayHeader:])
	}
	return 0, nil
}

// relayed6 returns the message in a relay's options, nil without one.
func relayed6(b []byte) []byte {
	for range maxDHCP6Options {
		code, data, rest, ok := option6(b)
		if !ok {
			break
		}
		if code == 9 {
			return data
		}
		b = rest
	}
	return nil
}

// options reads the options of a message, and those within its associations.
func (d *dhcp6Decoder) options(m *dhcp6Message, b []byte) {
	for range maxDHCP6Options {
		code, data, rest, ok := option6(b)
		if !ok {
			return
		}
		d.option(m, code, data)
		b = rest
	}
}

func (d *dhcp6Decoder) option(m *dhcp6Message, code uint16, b []byte) {
	switch {
	case code == 1 && len(b) <= 130:
		setText(&d.detail.DUID, hexText(b))
		d.hardware(b)
	case code == 2 && len(b) <= 130:
		setText(&d.detail.ServerDUID, hexText(b))
	case code == 6:
		setText(&d.detail.Fingerprint, numberList6(b))
	case (code == 3 || code == 25) && len(b) >= 12: // IA_NA, IA_PD
		d.association(m, b[12:])
	case code == 4 && len(b) >= 4: // IA_TA
		d.association(m, b[4:])
	case code == 13 && len(b) >= 2:
		d.status(b)
	case code == 16 && len(b) > 6:
		d.detail.Enterprise = be32(b)
		if n := int(be16(b[4:])); 6+n <= len(b) {
			setText(&d.detail.VendorClass, text(trimZero(b[6:6+n])))
		}
	case code == 39 && len(b) > 1: // RFC 4704 §4.1
		var space [maxNameLen + 1]byte
		setText(&d.detail.FQDN, text(wireName(space[:0], b[1:])))
	}
}

// association reads the addresses and prefixes of an identity association
// (RFC 8415 §21.6, §21.22).
func (d *dhcp6Decoder) association(m *dhcp6Message, b []byte) {
	for range maxDHCP6Options {
		code, data, rest, ok := option6(b)
		if !ok {
			return
		}
		switch {
		case code == 5 && len(data) >= 24:
			addOnce(&d.detail.Addresses, addrText(data[:16]))
			d.detail.ValidSeconds = be32(data[20:])
			if !m.addr.IsValid() && d.detail.ValidSeconds > 0 {
				m.addr, m.valid = netip.AddrFrom16([16]byte(data[:16])), d.detail.ValidSeconds
			}
		case code == 26 && len(data) >= 25 && data[8] <= 128:
			addOnce(&d.detail.Prefixes, addrText(data[9:25])+"/"+strconv.Itoa(int(data[8])))
			d.detail.ValidSeconds = be32(data[4:])
		case code == 13 && len(data) >= 2:
			d.status(data)
		}
		b = rest
	}
}

// status notes a code that is not success.
func (d *dhcp6Decoder) status(b []byte) {
	code := int(be16(b))
	switch {
	case code == 0:
		d.detail.Status = ""
	case code < len(dhcp6Statuses):
		d.detail.Status = dhcp6Statuses[code]
	default:
		d.detail.Status = "code " + strconv.Itoa(code)
	}
}

// hardware takes the Ethernet address out of an identifier that is made of one
// (RFC 8415 §11.2, §11.4).
func (d *dhcp6Decoder) hardware(b []byte) {
	switch {
	case len(b) == 14 && be16(b) == 1 && be16(b[2:]) == 1:
		setText(&d.detail.MAC, macText(b[8:]))
	case len(b) == 10 && be16(b) == 3 && be16(b[2:]) == 1:
		setText(&d.detail.MAC, macText(b[4:]))
	}
}

// numberList6 returns numbers of two bytes each, joined by commas.
func numberList6(b []byte) string {
	var out []byte
	for ; len(b) >= 2 && len(out) < maxText-6; b = b[2:] {
		if len(out) > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(out, uint64(be16(b)), 10)
	}
	return string(out)
}
