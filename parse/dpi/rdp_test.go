package dpi

import "testing"

func tpkt(parts ...any) []byte {
	body := pack(parts...)
	return pack(3, 0, be2(len(body)+4), body)
}

// x224 is a connection request (0xe0) or its confirmation (0xd0).
func x224(kind int, parts ...any) []byte {
	body := pack(parts...)
	return tpkt(6+len(body), kind, be2(0), be2(0), 0, body)
}

var rdpTalks = register(
	conversation{name: "to TLS", proto: TLS, said: []said{
		asks(x224(0xe0, "Cookie: mstshash=alice\r\n", 1, 0, le2(8), le4(11))),
		answers(x224(0xd0, 2, 0, le2(8), le4(2))),
		asks(sslHello),
	}},
	conversation{name: "of old", proto: RDP, said: []said{
		asks(x224(0xe0, "Cookie: mstshash=bob\r\n", 1, 0, le2(8), le4(0))),
		answers(x224(0xd0, 2, 0, le2(8), le4(0))),
		asks(tpkt(2, 0xf0, 0x80, fill(40), "Duca", be2(0), "\x01\xc0", le2(216), le4(0x80004), le2(1920), le2(1080), le4(0), le4(0x409), le4(2600), wide("PC7"),
			make([]byte, 26), fill(30))),
	}},
	conversation{name: "refused", proto: RDP, said: []said{
		asks(x224(0xe0, "Cookie: msts=3640205228.15629.0000\r\n", 1, 0, le2(8), le4(1))),
		answers(x224(0xd0, 3, 0, le2(8), le4(5))),
	}},
	conversation{name: "the side channel", proto: RDP, udp: true, said: []said{
		asks(be4(1<<32-1), be2(64), be2(0x0001), be4(7), be2(1232), be2(1232), make([]byte, 1216)),
	}},
)

func TestRDP(t *testing.T) {
	expect(t, "rdp", rdpTalks,
		`{"user":"alice","security_offered":["tls","credssp","credssp_early_auth"],"security":"credssp"}`,
		`{"user":"bob","security_offered":["rdp"],"security":"rdp","client":"PC7","client_build":2600,"keyboard":1033,"screen":"1920x1080"}`,
		`{"routing":true,"security_offered":["tls"],"error":"HYBRID_REQUIRED_BY_SERVER"}`,
		`{"udp":true}`,
	)
}

// TestRDPIsNotAllOfTPKT requires that what else is carried by TPKT is not taken
// for RDP: here a connection to a controller (S7).
func TestRDPIsNotAllOfTPKT(t *testing.T) {
	if got := rdpMatch(x224(0xe0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2)); got != no {
		t.Errorf("got %d, want no", got)
	}
}

func FuzzRDP(f *testing.F) { fuzzTalks(f, rdpSignature.new, RDP, rdpTalks[:3]...) }
