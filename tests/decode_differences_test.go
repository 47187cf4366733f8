package tests

// A decodeDifference names frames where Decode differs from tshark on
// purpose; no frames stand for the capture itself.
type decodeDifference struct {
	file   string
	frames []int
	reason string
}

var decodeDifferences = []decodeDifference{
	{"libpcap/pcap-invalid-version-2.pcap", nil,
		"version 2.5 of the format is refused, as libpcap does"},
	{"pcapng-gen/output_be__basic__test017.pcapng", nil,
		"tshark counts custom blocks as frames"},
	{"pcapng-gen/output_le__basic__test017.pcapng", nil,
		"tshark counts custom blocks as frames"},
	{"libpcap/rarp_req_reply.pcapng", []int{1, 2},
		"RARP is about MAC addresses, and most of its IP addresses are 0.0.0.0: it counts by link addresses"},
	{"ndpi/kerberos_fuzz.pcapng", []int{1},
		"data offset of 8 bytes: there is no payload to speak of"},
	{"ndpi/reasm_crash_anon.pcapng", []int{95},
		"data offset of 0 bytes: there is no payload to speak of"},
	{"suricata-verify/drop-protocol-change__input.pcap", []int{7},
		"data offset of 8 bytes: there is no payload to speak of"},
	{"tcpdump/arista_ether.pcap", []int{2, 7, 10, 14},
		"tshark does not know this hardware version of the time stamp"},
	{"tcpdump/bigtcp-ipv4-geneve-ipv6.pcap", []int{1},
		"tshark does not read on in UDP of length 0, which the kernel has not cut yet"},
	{"tcpdump/bigtcp-ipv4-vxlan-ipv4.pcap", []int{1},
		"tshark does not read on in UDP of length 0, which the kernel has not cut yet"},
	{"tcpdump/bigtcp-ipv6-geneve-ipv4.pcap", []int{1},
		"tshark does not read UDP of length 0 in a jumbogram (RFC 2675)"},
	{"tcpdump/bigtcp-ipv6-vxlan-ipv4.pcap", []int{1},
		"tshark does not read UDP of length 0 in a jumbogram (RFC 2675)"},
	{"tcpdump/cve2015-0261-ipv6.pcap", []int{1, 2},
		"tshark has no dissector for LINKTYPE_SLIP"},
	{"tcpdump/icmpv6-length-zero.pcapng", []int{1},
		"an option of length 0 makes tshark give up before it shows the type"},
	{"tcpdump/ipv6_39_byte_header.pcap", []int{1},
		"the header lacks its last byte: no address is read from a part of it"},
	{"tcpdump/nhrp-trace.pcap", []int{1},
		"the packet that an NHRP message quotes is not tunnelled"},
	{"zeek/trunc__ip6-trunc.pcap", []int{1},
		"the header is cut short: no address is read from a part of it"},
	{"zeek/cisco-fabric-path.pcap", []int{
		34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64,
		66, 68, 70, 72, 74, 76, 78, 80, 82, 84, 86, 88, 90, 92, 94, 96,
		114, 116, 118, 120, 122, 124, 126, 128},
		"tshark takes the last four bytes within FabricPath for an FCS, which is not there"},
}
