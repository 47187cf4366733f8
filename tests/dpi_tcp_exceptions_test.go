package tests

// tcpExceptions are captures whose connections differ from tshark's streams, and in
// what.
var tcpExceptions = []exception{
	{
		"two tunnels deep; one is entered",
		[]string{
			"arkime/gre-erspan-vxlan.pcap connections",
			"suricata-verify/bug-6402-01__input.pcap connections",
			"wireshark/ipoipoip.pcap connections",
		},
	},
	{
		"captured behind its own acknowledgement: late, and neither missed nor sent again",
		[]string{
			"arkime/smtp-decrypted.pcap again for nothing",
			"arkime/smtp-decrypted.pcap late",
		},
	},
	{
		"each gap counts once, and those before the capture not; tshark counts acknowledgements beyond what it has",
		[]string{
			"libpcap/AH-IPcomp-IPv4.pcap missed",
			"ndpi/fuzz-2006-09-29-28586.pcap missed",
			"ndpi/heuristic_tcp_ack_payload.pcap missed",
			"ndpi/ndpi_match_string_subprotocol__error.pcapng missed",
			"ndpi/quickplay.pcap missed",
			"ndpi/reasm_crash_anon.pcapng missed",
			"suricata-verify/bug-5392__TPWhite-carved-out-7787-s1.pcap missed",
			"suricata-verify/mac-eve-multiple-disabled__multi_mac.pcap missed",
			"suricata-verify/pgsql-bug-6080-probe-test-01__input.pcap missed",
			"suricata-verify/ssh-banner-only__input.pcap missed",
			"suricata-verify/tcp-rst-unacked-stream-12__TLPW1-tcp-110.37.219.134-10.12.14.101-tcp-990-49254.pcap missed",
			"tcpdump/of13_ericsson.pcapng missed",
			"zeek/dce-rpc__20-fids-no-close.pcap missed",
			"zeek/erspan.pcap missed",
			"zeek/http__zero-length-bodies-with-drops.pcap missed",
			"zeek/tunnels__gtp__gtp1_gn_normal_incl_fragmentation.pcap missed",
		},
	},
	{
		"of SYN, too",
		[]string{
			"ndpi/KakaoTalk_chat.pcap again for nothing",
			"ndpi/tls_port_80.pcapng again for nothing",
		},
	},
	{
		"only while data is under way (RFC 5681 §2): tshark counts each acknowledgement that repeats another",
		[]string{
			"ndpi/KakaoTalk_chat.pcap duplicate acknowledgements",
			"ndpi/dnp3.pcap duplicate acknowledgements",
			"ndpi/kerberos-login.pcap duplicate acknowledgements",
			"ndpi/ocs.pcap duplicate acknowledgements",
			"ndpi/psiphon3.pcap duplicate acknowledgements",
			"ndpi/tunnelbear.pcap duplicate acknowledgements",
			"ndpi/whatsapp_login_chat.pcap duplicate acknowledgements",
			"ndpi/whatsapp_voice_and_message.pcap duplicate acknowledgements",
			"suricata-verify/http-range-multiflows__input.pcap duplicate acknowledgements",
			"suricata-verify/mac-eve-multiple-disabled__multi_mac.pcap duplicate acknowledgements",
			"tcpdump/mptcp-v0.pcap duplicate acknowledgements",
			"tcpdump/pptp.pcap duplicate acknowledgements",
			"zeek/http__m57-long-49600-80.pcap duplicate acknowledgements",
			"zeek/tcp__ssh-dups.pcap duplicate acknowledgements",
		},
	},
	{
		"a SYN-ACK of another beginning, and data behind it, belong to no connection that goes on",
		[]string{
			"ndpi/KakaoTalk_chat.pcap again or late",
			"ndpi/tls_multiple_synack_different_seq.pcapng again or late",
		},
	},
	{
		"within CAPWAP, which is no tunnel that --decap enters",
		[]string{
			"ndpi/capwap_data.pcapng connections",
		},
	},
	{
		"after three duplicate acknowledgements that count (RFC 5681 §3.2); tshark takes any two",
		[]string{
			"ndpi/dnp3.pcap again at once",
			"zeek/tcp__ssh-dups.pcap again at once",
		},
	},
	{
		"damaged at random: a segment whose header makes no sense begins no connection",
		[]string{
			"ndpi/fuzz-2006-09-29-28586.pcap connections",
			"suricata-verify/bug-76__input.pcap connections",
			"suricata-verify/drop-protocol-change__input.pcap connections",
		},
	},
	{
		"a gap that is filled after more than a round trip was sent again; tshark goes by the RTT of the handshake",
		[]string{
			"ndpi/heuristic_tcp_ack_payload.pcap late",
			"ndpi/psiphon3.pcap late",
			"suricata-verify/tcp-rst-unacked-stream-10__TLPW1-tcp-174.56.47.59-10.3.11.101-tcp-80-49309.pcap late",
			"wireshark/http2_follow_multistream.pcapng late",
		},
	},
	{
		"an acknowledgement with new SACK blocks is a duplicate whatever its window (RFC 6675 §2)",
		[]string{
			"ndpi/openvpn_obfuscated.pcapng duplicate acknowledgements",
		},
	},
	{
		"each packet four times, by several machines",
		[]string{
			"suricata-verify/mac-eve-multiple-disabled__multi_mac.pcap again or late",
		},
	},
	{
		"samples within sFlow are no packets of their own",
		[]string{
			"tcpdump/sflow_expanded.pcap connections",
		},
	},
	{
		"damaged at random, or padding that counts as data: what is acknowledged was not sent",
		[]string{
			"ndpi/fuzz-2006-09-29-28586.pcap again for nothing",
			"ndpi/heuristic_tcp_ack_payload.pcap again for nothing",
			"ndpi/reasm_crash_anon.pcapng again for nothing",
		},
	},
}
