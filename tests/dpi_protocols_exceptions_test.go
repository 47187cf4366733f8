package tests

// protocolExceptions are flows that nDPI calls by a name, and we by another or by
// none: capture, nDPI's name, ours.
var protocolExceptions = []exception{
	{
		"damaged at random: nDPI goes by the port and by less than the whole message",
		[]string{
			"ndpi/fuzz-2006-06-26-2594.pcap DNS ",
			"ndpi/fuzz-2006-06-26-2594.pcap NetBIOS ",
			"ndpi/fuzz-2006-06-26-2594.pcap NetBIOS dns",
			"ndpi/fuzz-2006-06-26-2594.pcap SIP ",
			"ndpi/fuzz-2006-09-29-28586.pcap HTTP ",
		},
	},
	{
		"built to be no message of the protocol, whose port it is on",
		[]string{
			"arkime/snmpv3_synthetic.pcap SNMP ",
			"ndpi/kerberos_fuzz.pcapng Kerberos ",
			"ndpi/quic-fuzz-overflow.pcapng QUIC ",
			"tcpdump/dns-zlip-2.pcap DNS ",
			"tcpdump/dns_fwdptr.pcap DNS ",
			"zeek/dns-edns-ecs-bad.pcap DNS ",
			"zeek/dns__dns-invalid-names.pcap DNS ",
			"zeek/ntp__ntp-no-extensions-mac.pcap NTP ",
		},
	},
	{
		"it is what we say: Redis answers +OK and +PONG, as NATS does",
		[]string{
			"tcpdump/resp_1_benchmark.pcap Nats redis",
			"tcpdump/resp_3_malicious.pcap Nats redis",
			"zeek/redis__* Nats redis",
		},
	},
	{
		"it is what we say: a client of HTTP came to a server of SSH",
		[]string{"zeek/http__*-to-ssh*.pcap HTTP ssh"},
	},
	{
		"it is what we say: the status of a NetBIOS node, on the port of DNS",
		[]string{"ndpi/netbios_wildcard_dns_query.pcap DNS netbios-ns"},
	},
	{
		"nDPI takes Teredo, iperf and zeroes for peers of BitTorrent, and text for SIP",
		[]string{
			"tcpdump/PIM-DM_pruning.pcap BitTorrent ",
			"tcpdump/ipv6-srh-insert-cksum.pcap BitTorrent ",
			"zeek/tcp__window-scale-range.pcap SIP ",
			"zeek/tunnels__[Tt]eredo*.pcap BitTorrent ",
		},
	},
	{
		"one way of a connection of QUIC whose handshake is not there: nDPI goes by the port",
		[]string{
			"ndpi/quic_sh.pcap QUIC ",
			"ndpi/radius_false_positive.pcapng QUIC ",
		},
	},
	{
		"nDPI keeps a guess of MQTT that was wrong",
		[]string{
			"suricata-verify/ldap-abandon__ldap.pcap MQTT ldap",
			"suricata-verify/smtp-attachment-md5__input.pcap MQTT smtp",
		},
	},
	{
		"SOCKS spoken by the end that was called",
		[]string{"arkime/socks5-reverse.pcap SOCKS http"},
	},
}

// serviceExceptions are those of Zeek and Arkime: capture, their name, ours.
var serviceExceptions = []exception{
	{
		"a message without PDU",
		[]string{"arkime/snmpv3_synthetic.pcap snmp "},
	},
	{
		"SOCKS spoken by the end that was called",
		[]string{"arkime/socks5-reverse.pcap socks http"},
	},
	{
		"what is said within datagrams of NetBIOS is not told",
		[]string{"arkime/nbns.pcap smb netbios-dgm"},
	},
	{
		"TLS within the tokens by which FTP authenticates (RFC 2228)",
		[]string{"zeek/globus-url-copy.pcap ssl ftp"},
	},
	{
		"HTTP/2 within TLS, which only ALPN tells",
		[]string{"arkime/tls-alpn-h2.pcap http2 tls"},
	},
	{
		"Facebook's Zero, which is like QUIC over TCP",
		[]string{"arkime/fbzero-android.pcap quic "},
	},
}
