package tests

// namesExceptions are the flows in which tshark's names are not ours.
var namesExceptions = []exception{
	{
		"addresses in other sections than the answers",
		[]string{
			"arkime/cloudshark-dtls1.pcap udp.1 dns_a*",
			"arkime/dns-mx.pcap udp.0 dns_a",
			"arkime/dns-tcp.pcap tcp.0 dns_a",
			"arkime/dns-tcp.pcap tcp.1 dns_a",
			"arkime/dns-wiresharkrepo.pcap udp.0 dns_a",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.5 dns_a",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.155 dns_a",
			"suricata-verify/detect-dotprefix-01__input.pcap udp.0 dns_a",
			"suricata-verify/llmnr__llmnr-authority-additional__input.pcap udp.3 dns_a",
			"suricata-verify/llmnr__llmnr-sticky-buffers__input.pcap udp.1 dns_a",
			"suricata-verify/output-eve-ftp-data__input.pcap udp.14 dns_a*",
			"suricata-verify/output-eve-ftp-data__input.pcap udp.24 dns_a*",
			"suricata-verify/output-eve-ftp-data__input.pcap udp.34 dns_a*",
			"suricata-verify/output-eve-ftp-data__input.pcap udp.43 dns_a*",
			"suricata-verify/output-eve-ftp-data__input.pcap udp.53 dns_a*",
			"suricata-verify/output-eve-ftp-data__input.pcap udp.65 dns_a*",
			"suricata-verify/output-eve-ftp-data__input.pcap udp.73 dns_a*",
			"suricata-verify/sip-method__sip.pcap udp.1 dns_a",
			"suricata-verify/sip-method__sip.pcap udp.8 dns_a",
			"suricata-verify/sip-method__sip.pcap udp.74 dns_a",
			"tcpdump/dns_tcp.pcap tcp.0 dns_a*",
			"zeek/dns-huge-ttl.pcap udp.0 dns_a",
			"zeek/dns-two-responses.pcap udp.0 dns_a*",
			"zeek/dns__long-connection.pcap udp.0 dns_a",
			"zeek/modbus__modbusSmall.pcap udp.0 dns_a",
			"zeek/modbus__modbusSmall.pcap udp.1 dns_a",
			"zeek/modbus__modbusSmall.pcap udp.2 dns_a",
			"zeek/tunnels__Teredo.pcap udp.3 dns_a",
			"zeek/wikipedia-filtered-plus-udp.pcap udp.5 dns_a",
			"zeek/wikipedia-filtered-plus-udp.pcap udp.8 dns_a",
			"zeek/wikipedia-filtered-plus-udp.pcap udp.11 dns_a",
			"zeek/wikipedia-filtered-plus-udp.pcap udp.14 dns_a",
			"zeek/wikipedia-filtered-plus-udp.pcap udp.16 dns_a",
			"zeek/wikipedia.pcap udp.5 dns_a",
			"zeek/wikipedia.pcap udp.8 dns_a",
			"zeek/wikipedia.pcap udp.11 dns_a",
			"zeek/wikipedia.pcap udp.14 dns_a",
			"zeek/wikipedia.pcap udp.16 dns_a",
			"arkime/gtp-iphone.pcap udp.1 dns_a*",
			"arkime/gtp-iphone.pcap udp.2 dns_a*",
			"arkime/gtp-iphone.pcap udp.5 dns_a*",
		},
	},
	{
		"DNS within HTTP/2, which is not read",
		[]string{
			"suricata-verify/dns-over-http2__dns_over_https.pcap tcp.0 dns_*",
		},
	},
	{
		"two tunnels deep; one is entered",
		[]string{
			"arkime/gre-erspan-vxlan.pcap tcp.0 http_*",
			"suricata-verify/bug-6402-01__input.pcap tcp.0 http_*",
			"zeek/tunnels__gre-pptp.pcap udp.0 dns_qname",
		},
	},
	{
		"more than the sixteen records that are kept",
		[]string{
			"ndpi/dns_ambiguous_names.pcap udp.4 dns_a",
			"ndpi/iphone.pcap udp.2 dns_a*",
			"ndpi/iphone.pcap udp.3 dns_a*",
			"ndpi/iphone.pcap udp.4 dns_a",
		},
	},
	{
		"a message without PDU",
		[]string{
			"arkime/snmpv3_synthetic.pcap udp.10 snmp_version",
			"arkime/snmpv3_synthetic.pcap udp.11 snmp_version",
		},
	},
	{
		"SOCKS spoken by the end that was called, whose answer stands before the response",
		[]string{
			"arkime/socks5-reverse.pcap tcp.0 http_*",
		},
	},
	{
		"compressed by IPComp",
		[]string{
			"libpcap/AH-IPcomp-IPv4.pcap tcp.0 http_*",
		},
	},
	{
		"within OpenVPN, whose packets are not put together",
		[]string{
			"ndpi/443-opvn.pcap tcp.0 ja3s",
		},
	},
	{
		"within CAPWAP, which is no tunnel that --decap enters",
		[]string{
			"ndpi/capwap.pcap udp.5 dhcp_hostname",
			"ndpi/capwap_data.pcapng tcp.0 tls_sni",
		},
	},
	{
		"tshark reads the bytes of a tunnel within DNS as UTF-8",
		[]string{
			"ndpi/dns-tunnel-iodine.pcap udp.0 dns_qname",
		},
	},
	{
		"the second hello of a handshake: the first one's are kept",
		[]string{
			"ndpi/dtls.pcap udp.3 ja3s",
			"zeek/tls__dtls13-cid.pcap udp.1 ja3s",
			"zeek/tls__dtls13-cid.pcap udp.4 ja3s",
			"zeek/tls__hrr.pcap tcp.0 ja3s",
			"suricata-verify/tls__tls13-draft22__tls13_draft22.pcap tcp.0 ja3s",
		},
	},
	{
		"damaged at random: a message that makes no sense is not read on",
		[]string{
			"ndpi/fuzz-2006-06-26-2594.pcap udp.0 nbns_name",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.54 nbns_name",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.148 nbns_name",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.11 sip_method",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.153 dhcp_vendor_class",
		},
	},
	{
		"damaged at random: tshark reads names that break RFC 1035 on, we stop",
		[]string{
			"ndpi/fuzz-2006-06-26-2594.pcap udp.6 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.12 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.14 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.23 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.46 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.68 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.81 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.85 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.92 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.98 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.113 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.116 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.124 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.138 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.139 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.141 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.162 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.163 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.169 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.178 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.184 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.191 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.192 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.195 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.205 dns_qname",
			"ndpi/fuzz-2006-06-26-2594.pcap udp.210 dns_qname",
		},
	},
	{
		"damaged at random",
		[]string{
			"ndpi/fuzz-2006-09-29-28586.pcap tcp.4 http_host",
			"ndpi/fuzz-2006-09-29-28586.pcap tcp.5 http_server",
			"ndpi/fuzz-2006-09-29-28586.pcap tcp.33 http_server",
		},
	},
	{
		"tshark shows text beyond ASCII as what it is not",
		[]string{
			"ndpi/http_invalid_server.pcap tcp.0 http_server",
		},
	},
	{
		"HTTP of a version that does not exist",
		[]string{
			"ndpi/ndpi_match_string_subprotocol__error.pcapng tcp.0 http_status",
			"suricata-verify/http-evader__http-evader-366__input.pcap tcp.0 http_status",
		},
	},
	{
		"a name of NetBIOS, asked for on the port of DNS",
		[]string{
			"ndpi/netbios_wildcard_dns_query.pcap udp.0 dns_qname",
		},
	},
	{
		"tshark takes a URL within the query for the target",
		[]string{
			"suricata-verify/decode-chdlc-01__hdlc-http_1tx.pcap tcp.0 http_uri",
		},
	},
	{
		"names that break RFC 1035, and no names",
		[]string{
			"tcpdump/dns_fwdptr.pcap udp.0 dns_qname",
			"zeek/dns-edns-ecs-bad.pcap udp.0 dns_qname",
			"zeek/dns__dns-invalid-names.pcap udp.1 dns_qname",
		},
	},
	{
		"the first datagram is one of SNMP, which the flow is from then on",
		[]string{
			"suricata-verify/dns-udp-junkrequest-first__input.pcap udp.0 dns_*",
		},
	},
	{
		"begins in the middle of a message",
		[]string{
			"suricata-verify/mqtt-midstream-split__mqtt-midstream-split.pcap tcp.0 mqtt_topic",
		},
	},
	{
		"tshark reads a hello of draft 14 as one of TLS 1.2",
		[]string{
			"suricata-verify/tls__tls13-draft14__tls13_draft14.pcap tcp.0 ja3s",
		},
	},
	{
		"a host of 1,000 bytes and more is cut",
		[]string{
			"suricata-verify/transform-dotprefix-uaf-8537__input.pcap tcp.0 http_host",
		},
	},
	{
		"decrypted by keys in the capture",
		[]string{
			"wireshark/challenge01_ooo_stream.pcapng tcp.0 http_*",
		},
	},
	{
		"the packets of the tunnel are fragments, of which tshark puts the inner packet together",
		[]string{
			"zeek/erspan.pcap tcp.4 http_*",
			"zeek/tunnels__gtp__gtp1_gn_normal_incl_fragmentation.pcap tcp.0 http_*",
		},
	},
	{
		"an answer of NTP version 2 of 63 bytes, which no version has",
		[]string{
			"zeek/ntp__ntp-no-extensions-mac.pcap udp.0 ntp_*",
		},
	},
	{
		"obfuscated at first: both ends say bytes that nobody knows, and are not listened to for long",
		[]string{"ndpi/bittorrent_tcp_miss.pcapng tcp.0 bt_infohash"},
	},
}
