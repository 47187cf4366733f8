package dpi

import (
	"fmt"
	"slices"
)

// Protocol is what a flow speaks above its transport.
type Protocol uint8

// The protocols, by the layer that is told from the bytes. What runs inside TLS
// is TLS with the application named by ALPN in its Detail.
const (
	Unknown Protocol = iota
	TLS
	DTLS
	QUIC
	DNS
	MDNS
	LLMNR
	NetBIOSName
	HTTP  // HTTP/1
	HTTP2 // in the clear: prior knowledge, or upgraded to
	GRPC  // HTTP/2 that carries it
	WebSocket
	SSH
	FTP
	SMTP
	IMAP
	POP3
	Telnet
	MQTT
	BitTorrent // between peers
	BitTorrentDHT
	UTP  // µTP, BitTorrent's transport over UDP
	STUN // and TURN
	NTP
	DHCP
	DHCPv6
	SNMP
	SSDP
	SIP
	RTP
	RTCP
	RDP
	SMB
	NetBIOSDatagram
	LDAP
	Kerberos
	RADIUS
	Syslog
	PostgreSQL
	MySQL
	Redis
	MongoDB
	Kafka
	AMQP
	NATS
	Memcached
	WireGuard
	OpenVPN
	IKE
	SOCKS     // what is said through the proxy comes after it
	protocols // their number
)

var protocolNames = [protocols]string{
	Unknown: "unknown", TLS: "tls", DTLS: "dtls", QUIC: "quic", DNS: "dns", MDNS: "mdns", LLMNR: "llmnr",
	NetBIOSName: "netbios-ns", HTTP: "http", HTTP2: "http2", GRPC: "grpc", WebSocket: "websocket", SSH: "ssh",
	FTP: "ftp", SMTP: "smtp", IMAP: "imap", POP3: "pop3", Telnet: "telnet", MQTT: "mqtt",
	BitTorrent: "bittorrent", BitTorrentDHT: "bittorrent-dht", UTP: "utp", STUN: "stun", NTP: "ntp",
	DHCP: "dhcp", DHCPv6: "dhcpv6", SNMP: "snmp", SSDP: "ssdp", SIP: "sip", RTP: "rtp", RTCP: "rtcp", RDP: "rdp",
	SMB: "smb", NetBIOSDatagram: "netbios-dgm", LDAP: "ldap", Kerberos: "kerberos", RADIUS: "radius",
	Syslog: "syslog", PostgreSQL: "postgresql", MySQL: "mysql", Redis: "redis", MongoDB: "mongodb",
	Kafka: "kafka", AMQP: "amqp", NATS: "nats", Memcached: "memcached", WireGuard: "wireguard",
	OpenVPN: "openvpn", IKE: "ike", SOCKS: "socks",
}

// String returns the name by which queries and JSON know the protocol.
func (p Protocol) String() string {
	if p < protocols {
		return protocolNames[p]
	}
	return protocolNames[Unknown]
}

// UnmarshalText reads what String returns.
func (p *Protocol) UnmarshalText(text []byte) error {
	n := slices.Index(protocolNames[:], string(text))
	if n < 0 {
		return fmt.Errorf("no protocol is named %q", text)
	}
	*p = Protocol(n)
	return nil
}

// Confidence says how a protocol was told.
type Confidence uint8

const (
	ByPort    Confidence = iota // nothing but the port says so
	Heuristic                   // the bytes look like it
	Exact                       // the bytes are it: a magic number, a checked structure, a decryption that worked
)

// String returns the name that JSON has for it.
func (c Confidence) String() string {
	switch c {
	case Heuristic:
		return "heuristic"
	case Exact:
		return "exact"
	}
	return "port"
}

// UnmarshalText reads what String returns.
func (c *Confidence) UnmarshalText(text []byte) error {
	for _, one := range []Confidence{ByPort, Heuristic, Exact} {
		if one.String() == string(text) {
			*c = one
			return nil
		}
	}
	return fmt.Errorf("no confidence is named %q", text)
}
