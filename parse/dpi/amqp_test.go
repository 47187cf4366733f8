package dpi

import "testing"

func amqpMethod(class, method uint16, parts ...any) []byte {
	body := pack(be2(class), be2(method), pack(parts...))
	return pack(1, be2(0), be4(len(body)), body, 0xce)
}

func amqpTable(parts ...any) []byte {
	body := pack(parts...)
	return pack(be4(len(body)), body)
}

// amqpPart is a frame of 1.0: a described list.
func amqpPart(kind, code int, parts ...any) []byte {
	list := pack(parts...)
	body := pack(0, 0x53, code, 0xd0, be4(len(list)+4), be4(2), list)
	return pack(be4(len(body)+8), 2, kind, be2(0), body)
}

var amqpTalks = register(
	conversation{name: "0-9-1", proto: AMQP, said: []said{
		asks("AMQP\x00\x00\x09\x01"),
		answers(amqpMethod(10, 10, 0, 9,
			amqpTable(12, "capabilities", "F", amqpTable(18, "publisher_confirms", "t", 1), 7, "product", "S", be4(8), "RabbitMQ", 7, "version", "S", be4(6), "3.12.1"),
			be4(14), "PLAIN AMQPLAIN", be4(5), "en_US")),
		asks(amqpMethod(10, 11, amqpTable(7, "product", "S", be4(4), "pika", 7, "version", "S", be4(5), "1.3.2"), 5, "PLAIN",
			be4(14), "\x00alice\x00hunter2", 5, "en_US")),
		answers(amqpMethod(10, 30, be2(2047), be4(131072), be2(60))),
		asks(amqpMethod(10, 31, be2(2047), be4(131072), be2(60)), amqpMethod(10, 40, 4, "shop", 0, 0)),
		answers(amqpMethod(10, 41, 0)),
		asks(amqpMethod(60, 40, secret)),
	}},
	conversation{name: "0-9-1, refused", proto: AMQP, said: []said{
		asks("AMQP\x00\x00\x09\x01"),
		answers(amqpMethod(10, 10, 0, 9, amqpTable(), be4(5), "PLAIN", be4(5), "en_US")),
		asks(amqpMethod(10, 11, amqpTable(), 5, "PLAIN", be4(12), "\x00bob\x00hunter2", 5, "en_US")),
		answers(amqpMethod(10, 50, be2(403), 7, "REFUSED", be2(0), be2(0))),
	}},
	conversation{name: "1.0", proto: AMQP, said: []said{
		asks("AMQP\x03\x01\x00\x00"),
		answers("AMQP\x03\x01\x00\x00", amqpPart(1, 0x40, 0xe0, 17, 2, 0xa3, 5, "PLAIN", 8, "EXTERNAL")),
		asks(amqpPart(1, 0x41, 0xa3, 5, "PLAIN", 0xa0, 14, "\x00alice\x00hunter2")),
		answers(amqpPart(1, 0x44, 0x50, 0), "AMQP\x00\x01\x00\x00"),
		asks("AMQP\x00\x01\x00\x00", amqpPart(0, 0x10, 0xa1, 8, "client-1", 0xa1, 11, "bus.example")),
		answers(amqpPart(0, 0x10, 0xa1, 8, "broker-1", 0x40)),
		asks(amqpPart(0, 0x14, secret)),
	}},
	conversation{name: "1.0, to TLS", proto: TLS, text: `
		c "AMQP" 02010000
		s "AMQP" 02010000
		c ` + helloBytes,
	},
)

func TestAMQP(t *testing.T) {
	expect(t, "amqp", amqpTalks,
		`{"version":"0-9-1","server":"RabbitMQ 3.12.1","client":"pika 1.3.2","vhost":"shop","user":"alice","mechanisms":"PLAIN AMQPLAIN","auth":"PLAIN"}`,
		`{"version":"0-9-1","user":"bob","mechanisms":"PLAIN","auth":"PLAIN","close_code":403}`,
		`{"version":"1.0","client":"client-1","vhost":"bus.example","user":"alice","mechanisms":"PLAIN EXTERNAL","auth":"PLAIN","server_container":"broker-1"}`,
		`{"version":"1.0","tls":true}`,
	)
}

func FuzzAMQP(f *testing.F) { fuzzTalks(f, amqpSignature.new, AMQP, amqpTalks...) }
