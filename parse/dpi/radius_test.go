package dpi

import "testing"

func radiusOf(code, id int, parts ...any) []byte {
	body := pack(parts...)
	return pack(code, id, be2(radiusHead+len(body)), fill(16), body)
}

func radiusAttr(kind int, parts ...any) []byte {
	v := pack(parts...)
	return pack(kind, len(v)+2, v)
}

var radiusTalks = register(
	conversation{name: "let in", proto: RADIUS, udp: true, said: []said{
		asks(radiusOf(1, 7, radiusAttr(1, "alice"), radiusAttr(2, secret), radiusAttr(4, be4(0xc0000201)), radiusAttr(30, "00-11-22:guests"),
			radiusAttr(31, "33-44-55"), radiusAttr(79, secret))),
		answers(radiusOf(2, 7, radiusAttr(8, be4(0x0a000001)), radiusAttr(18, secret))),
	}},
	conversation{name: "accounting", proto: RADIUS, udp: true, said: []said{
		asks(radiusOf(4, 9, radiusAttr(40, be4(1)), radiusAttr(1, "bob"), radiusAttr(32, "switch 3"))),
		answers(radiusOf(5, 9)),
	}},
)

func TestRADIUS(t *testing.T) {
	expect(t, "radius", radiusTalks,
		`{"code":"Access-Accept","result":"Access-Accept","user":"alice","nas":"192.0.2.1","called":"00-11-22:guests","calling":"33-44-55","framed":"10.0.0.1","eap":true}`,
		`{"code":"Accounting-Response","result":"Accounting-Response","user":"bob","nas":"switch 3","accounting":"Start"}`,
	)
}

func FuzzRADIUS(f *testing.F) { fuzzPackets(f, radiusSignature, radiusTalks...) }
