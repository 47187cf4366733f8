package dpi

import "testing"

var (
	wgHello  = asks(1, 0, 0, 0, le4(0x11), fill(124), make([]byte, 16))
	wgAnswer = answers(2, 0, 0, 0, le4(0x22), le4(0x11), fill(64), make([]byte, 16))
)

// wgPacket is data for the end that chose an index.
func wgPacket(index, counter uint32) []byte {
	return pack(4, 0, 0, 0, le4(index), le8(counter), fill(32))
}

var wireguardTalks = register(
	conversation{name: "a handshake and data", proto: WireGuard, udp: true, said: []said{wgHello, wgAnswer, asks(wgPacket(0x22, 0))}},
	conversation{name: "under load", proto: WireGuard, udp: true, said: []said{wgHello, answers(3, 0, 0, 0, le4(0x11), fill(56))}},
	conversation{name: "data alone", proto: WireGuard, udp: true, said: []said{
		asks(wgPacket(7, 100)), asks(wgPacket(7, 101)), answers(wgPacket(8, 90)), asks(wgPacket(7, 103)),
	}},
)

func TestWireGuard(t *testing.T) {
	expect(t, "wireguard", wireguardTalks,
		`{"messages":["initiation","response","data"],"established":true}`,
		`{"messages":["initiation","cookie"],"under_load":true}`,
		`{"messages":["data"],"established":true}`,
	)
}

func FuzzWireGuard(f *testing.F) { fuzzPackets(f, wireguardSignature, wireguardTalks...) }

var (
	ovpnPlain  = pack(0x38, "CLIENT01", 0, be4(0))
	ovpnAnswer = pack(0x40, "SERVER01", 1, be4(0), "CLIENT01", be4(0))
	ovpnSigned = pack(0x38, "CLIENT01", fill(20), be4(1), be4(1_700_000_000), 0, be4(0))
	ovpnHidden = pack(0x38, "CLIENT01", be4(1), be4(1_700_000_000), fill(37))
)

func ovpnFrame(b []byte) []byte { return pack(be2(len(b)), b) }

var openvpnTalks = register(
	conversation{name: "plain", proto: OpenVPN, udp: true, said: []said{
		asks(ovpnPlain), answers(ovpnAnswer), asks(0x20, "CLIENT01", fill(60)), asks(0x48, fill(80)), answers(0x48, fill(80)),
	}},
	conversation{name: "signed, over TCP", proto: OpenVPN, said: []said{
		asks(ovpnFrame(ovpnSigned)),
		answers(ovpnFrame(pack(0x40, "SERVER01", fill(20), be4(1), be4(1_700_000_000), 1, be4(0), "CLIENT01", be4(0)))),
		asks(ovpnFrame(pack(0x20, "CLIENT01", fill(60)))),
	}},
	conversation{name: "encrypted", proto: OpenVPN, udp: true, said: []said{
		asks(ovpnHidden), answers(pack(0x40, "SERVER01", be4(1), be4(1_700_000_000), fill(50))),
	}},
)

func TestOpenVPN(t *testing.T) {
	expect(t, "openvpn", openvpnTalks,
		`{"opcodes":["hard_reset_client_v2","hard_reset_server_v2","control","data_v2"],"control_key":"none","session_id":"434c49454e543031","established":true}`,
		`{"opcodes":["hard_reset_client_v2","hard_reset_server_v2","control"],"control_key":"tls-auth","session_id":"434c49454e543031"}`,
		`{"opcodes":["hard_reset_client_v2","hard_reset_server_v2"],"control_key":"tls-crypt","session_id":"434c49454e543031"}`,
	)
}

func FuzzOpenVPN(f *testing.F) { fuzzPackets(f, openvpnSignature, openvpnTalks[0], openvpnTalks[2]) }
func FuzzOpenVPNStream(f *testing.F) {
	fuzzTalks(f, openvpnSignature.new, OpenVPN, openvpnTalks[1])
}

// ikeOf is a message whose payloads are given with their kinds.
func ikeOf(version, exchange, flags int, spi uint64, kinds []int, payloads ...[]byte) []byte {
	var body []byte
	for n, p := range payloads {
		next := 0
		if n+1 < len(kinds) {
			next = kinds[n+1]
		}
		body = pack(body, next, 0, be2(len(p)+4), p)
	}
	first := 0
	if len(kinds) > 0 {
		first = kinds[0]
	}
	return pack("initiate", be8(spi), first, version, exchange, flags, be4(0), be4(ikeHead+len(body)), body)
}

func ikeTransform(kind int, id uint16, attrs ...any) []byte {
	a := pack(attrs...)
	return pack(3, 0, be2(8+len(a)), kind, 0, be2(id), a)
}

var ikeChosen = func() []byte {
	t := pack(ikeTransform(1, 20, be2(0x800e), be2(256)), ikeTransform(2, 5), ikeTransform(4, 31))
	return pack(0, 0, be2(8+len(t)), 1, 1, 0, 3, t)
}()

var ikeTalks = register(
	conversation{name: "version 2", proto: IKE, udp: true, said: []said{
		asks(ikeOf(0x20, 34, 8, 0, []int{33, 40, 41}, ikeChosen, fill(32), pack(0, 0, be2(16388), fill(20)))),
		answers(ikeOf(0x20, 34, 0x20, 99, []int{33, 40, 43}, ikeChosen, fill(32), pack("\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb"))),
		asks(be4(0), ikeOf(0x20, 35, 8, 99, []int{46}, fill(100))),
		answers(fill(100)),
	}},
	conversation{name: "version 1", proto: IKE, udp: true, said: []said{
		asks(ikeOf(0x10, 2, 0, 0, []int{1, 13, 13}, fill(40), pack("\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00"), pack("my vpn box"))),
	}},
)

func TestIKE(t *testing.T) {
	expect(t, "ike", ikeTalks,
		`{"version":"2.0","exchanges":["IKE_SA_INIT","IKE_AUTH"],"initiator_spi":"696e697469617465","responder_spi":"0000000000000063",`+
			`"vendors":["strongSwan"],"cipher":"AES-GCM-16-256","prf":"HMAC-SHA2-256","group":"Curve25519","notify":["NAT_DETECTION_SOURCE_IP"],`+
			`"nat_traversal":true,"esp":true}`,
		`{"version":"1.0","exchanges":["main_mode"],"initiator_spi":"696e697469617465","vendors":["DPD","my vpn box"]}`,
	)
}

func FuzzIKE(f *testing.F) { fuzzPackets(f, ikeSignature, ikeTalks...) }
