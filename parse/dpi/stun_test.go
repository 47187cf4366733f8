package dpi

import "testing"

func stunOf(kind uint16, parts ...any) []byte {
	body := pack(parts...)
	return pack(be2(kind), be2(len(body)), be4(stunCookie), "transaction!", body)
}

func stunAttr(kind uint16, parts ...any) []byte {
	v := pack(parts...)
	return pack(be2(kind), be2(len(v)), v, make([]byte, -len(v)&3))
}

// The address 192.0.2.1:3000 as it is hidden.
var stunHidden = pack(0, 1, be2(3000^stunCookie>>16), be4(0xc0000201^stunCookie))

var stunTalks = register(
	conversation{name: "ICE", proto: STUN, udp: true, said: []said{
		asks(stunOf(0x0001, stunAttr(0x0006, "hunter2:frag"), stunAttr(0x802a, fill(8)), stunAttr(0x0025), stunAttr(0x0024, be4(1845501695)),
			stunAttr(0x8022, "client 1"), stunAttr(0x0008, fill(20)), stunAttr(0x8028, fill(4)))),
		answers(stunOf(0x0101, stunAttr(0x0020, stunHidden), stunAttr(0x8022, "server 2"))),
	}},
	conversation{name: "TURN", proto: STUN, udp: true, said: []said{
		asks(stunOf(0x0003, stunAttr(0x0019, be4(17<<24)))),
		answers(stunOf(0x0113, stunAttr(0x0009, be2(0), 4, 1, "Unauthorized"), stunAttr(0x0014, "example.org"), stunAttr(0x0015, secret))),
		asks(stunOf(0x0003, stunAttr(0x0006, secret), stunAttr(0x0014, "example.org"))),
		answers(stunOf(0x0103, stunAttr(0x0016, stunHidden), stunAttr(0x0020, stunHidden))),
		asks(be2(0x4000), be2(4), "data"),
	}},
	conversation{name: "classic", proto: STUN, udp: true, said: []said{
		asks(be2(1), be2(8), "sixteen bytes id", be2(3), be2(4), be4(0)),
		answers(be2(0x0101), be2(12), "sixteen bytes id", be2(1), be2(8), 0, 1, be2(3000), be4(0xc0000201)),
	}},
	conversation{name: "TURN over TCP", proto: STUN, said: []said{
		asks(stunOf(0x0003, stunAttr(0x0019, be4(6<<24)))),
		answers(stunOf(0x0103, stunAttr(0x0020, stunHidden))),
		asks(stunOf(0x0009, stunAttr(0x000c, be4(0x40000000)), stunAttr(0x0012, stunHidden))),
		asks(be2(0x4000), be2(5), "hello", 0, 0, 0),
		asks(stunOf(0x0004)),
	}},
	conversation{name: "ICE over TCP", proto: STUN, said: []said{
		asks(be2(28), stunOf(0x0001, stunAttr(0x0024, be4(7)))),
		answers(be2(32), stunOf(0x0101, stunAttr(0x0020, stunHidden))),
	}},
	conversation{name: "then RTP", proto: RTP, udp: true, said: append([]said{
		asks(stunOf(0x0001, stunAttr(0x0024, be4(7)))),
		answers(stunOf(0x0101, stunAttr(0x0020, stunHidden))),
	}, rtpRow(ToServer, 96, 4)...)},
)

func TestSTUN(t *testing.T) {
	expect(t, "stun", stunTalks,
		`{"method":"binding","class":"success","software":"client 1","server_software":"server 2","mapped_address":"192.0.2.1:3000","has_user":true,`+
			`"ice":true,"ice_role":"controlling","ice_nominated":true,"ice_priority":1845501695}`,
		`{"method":"allocate","class":"success","mapped_address":"192.0.2.1:3000","relayed_address":"192.0.2.1:3000","realm":"example.org",`+
			`"has_user":true,"error":"401 Unauthorized","turn":true}`,
		`{"method":"binding","class":"success","classic":true,"mapped_address":"192.0.2.1:3000"}`,
		`{"method":"refresh","class":"request","mapped_address":"192.0.2.1:3000","peer_address":"192.0.2.1:3000","turn":true}`,
		`{"method":"binding","class":"success","mapped_address":"192.0.2.1:3000","ice":true,"ice_priority":7}`,
		`{"method":"binding","class":"success","mapped_address":"192.0.2.1:3000","ice":true,"ice_priority":7}`,
	)
}

func FuzzSTUN(f *testing.F) { fuzzPackets(f, stunSignature, stunTalks[:3]...) }
func FuzzSTUNStream(f *testing.F) {
	fuzzTalks(f, stunSignature.new, STUN, stunTalks[3:5]...)
}
