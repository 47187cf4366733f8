package dpi

import "testing"

func krbOf(kind int, first byte, parts ...any) []byte {
	return berOf(byte(0x60|kind), berOf(berSequence, berOf(first, berOf(berInteger, 5)), berOf(first+1, berOf(berInteger, kind)), pack(parts...)))
}

func krbPrincipalOf(parts ...string) []byte {
	var list []byte
	for _, p := range parts {
		list = append(list, berOf(0x1b, p)...)
	}
	return berOf(berSequence, berOf(0xa0, berOf(berInteger, 1)), berOf(0xa1, berOf(berSequence, list)))
}

func krbAsk(kind int, client []byte, service ...string) []byte {
	return krbOf(kind, 0xa1, berOf(0xa3, berOf(berSequence, secret)), berOf(0xa4, berOf(berSequence, berOf(0xa0, berOf(0x03, 0, be4(0x40810010))), client,
		berOf(0xa2, berOf(0x1b, "EXAMPLE.ORG")), berOf(0xa3, krbPrincipalOf(service...)))))
}

func krbGive(kind int, service ...string) []byte {
	return krbOf(kind, 0xa0, berOf(0xa3, berOf(0x1b, "EXAMPLE.ORG")), berOf(0xa4, krbPrincipalOf("alice")),
		berOf(0xa5, berOf(0x61, berOf(berSequence, berOf(0xa0, berOf(berInteger, 5)), berOf(0xa1, berOf(0x1b, "EXAMPLE.ORG")), berOf(0xa2, krbPrincipalOf(service...)),
			berOf(0xa3, berOf(berSequence, berOf(berOctets, secret)))))),
		berOf(0xa6, berOf(berSequence, berOf(0xa0, berOf(berInteger, 18)), berOf(0xa2, berOf(berOctets, secret)))))
}

var krbRefuse = krbOf(30, 0xa0, berOf(0xa4, berOf(0x18, "20240101000000Z")), berOf(0xa5, berOf(berInteger, 1)), berOf(0xa6, berOf(berInteger, 25)),
	berOf(0xa9, berOf(0x1b, "EXAMPLE.ORG")), berOf(0xaa, krbPrincipalOf("krbtgt", "EXAMPLE.ORG")))

var kerberosTalks = register(
	conversation{name: "more is asked for", proto: Kerberos, udp: true, said: []said{
		asks(krbAsk(10, berOf(0xa1, krbPrincipalOf("alice")), "krbtgt", "EXAMPLE.ORG")),
		answers(krbRefuse),
	}},
	conversation{name: "a ticket over TCP", proto: Kerberos, said: []said{
		asks(be4(len(krbAsk(12, nil, "cifs", "fs01"))), krbAsk(12, nil, "cifs", "fs01")),
		answers(be4(len(krbGive(13, "cifs", "fs01"))), krbGive(13, "cifs", "fs01")),
	}},
)

func TestKerberos(t *testing.T) {
	expect(t, "kerberos", kerberosTalks,
		`{"requests":["AS-REQ"],"realm":"EXAMPLE.ORG","client":"alice","service":"krbtgt/EXAMPLE.ORG","error":"KDC_ERR_PREAUTH_REQUIRED"}`,
		`{"requests":["TGS-REQ"],"realm":"EXAMPLE.ORG","client":"alice","service":"cifs/fs01","granted":true,"cipher":"aes256-cts-hmac-sha1-96"}`,
	)
}

func FuzzKerberos(f *testing.F) { fuzzPackets(f, kerberosSignature, kerberosTalks[0]) }
func FuzzKerberosStream(f *testing.F) {
	fuzzTalks(f, kerberosSignature.new, Kerberos, kerberosTalks[1])
}
