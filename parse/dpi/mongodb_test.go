package dpi

import "testing"

func bsonOf(elements ...[]byte) []byte {
	var body []byte
	for _, e := range elements {
		body = append(body, e...)
	}
	return pack(le4(len(body)+5), body, 0)
}

func bsonText(name, value string) []byte {
	return pack(bsonString, name, 0, le4(len(value)+1), value, 0)
}
func bsonNumber(name string, v uint32) []byte { return pack(0x10, name, 0, le4(v)) }
func bsonSub(name string, doc []byte) []byte  { return pack(bsonDocument, name, 0, doc) }
func bsonBytes(name string, parts ...any) []byte {
	b := pack(parts...)
	return pack(bsonBinary, name, 0, le4(len(b)), 0, b)
}

func mongoMessage(id, to, op uint32, parts ...any) []byte {
	body := pack(parts...)
	return pack(le4(len(body)+mongoHead), le4(id), le4(to), le4(op), body)
}

var mongoTalks = register(
	conversation{name: "a driver's hello and a find", proto: MongoDB, said: []said{
		asks(mongoMessage(1, 0, mongoMsg, le4(0), 0, bsonOf(bsonNumber("hello", 1),
			bsonSub("client", bsonOf(
				bsonSub("application", bsonOf(bsonText("name", "shop"))),
				bsonSub("driver", bsonOf(bsonText("name", "nodejs"), bsonText("version", "6.3.0"))),
				bsonSub("os", bsonOf(bsonText("type", "Linux"), bsonText("name", "linux"), bsonText("version", "6.1"))))),
			bsonSub("speculativeAuthenticate", bsonOf(bsonNumber("saslStart", 1), bsonText("mechanism", "SCRAM-SHA-256"),
				bsonBytes("payload", "n,,n=alice,r=hunter2"))),
			bsonText("$db", "admin")))),
		answers(mongoMessage(7, 1, mongoMsg, le4(0), 0, bsonOf(bsonNumber("maxWireVersion", 21), bsonText("setName", "rs0")))),
		asks(mongoMessage(2, 0, mongoMsg, le4(0), 0, bsonOf(bsonText("find", "users"),
			bsonSub("filter", bsonOf(bsonText("name", secret))), bsonText("$db", "shop")))),
		answers(mongoMessage(8, 2, mongoMsg, le4(0), 0, bsonOf(bsonText("password", secret)))),
	}},
	conversation{name: "an old driver", proto: MongoDB, said: []said{
		asks(mongoMessage(1, 1<<32-1, mongoQuery, le4(0), "admin.$cmd", 0, le4(0), le4(1), bsonOf(bsonNumber("buildInfo", 1)))),
		answers(mongoMessage(7, 1, mongoReply, le4(8), le8(0), le4(0), le4(1), bsonOf(bsonText("version", "2.6.12")))),
		asks(mongoMessage(2, 0, mongoQuery, le4(4), "shop.users", 0, le4(0), le4(1), bsonOf(bsonText("name", secret)))),
	}},
	conversation{name: "PLAIN", proto: MongoDB, said: []said{
		asks(mongoMessage(1, 0, mongoMsg, le4(0), 0, bsonOf(bsonNumber("saslStart", 1), bsonText("mechanism", "PLAIN"),
			bsonBytes("payload", "\x00bob\x00hunter2"), bsonText("$db", "$external")))),
		answers(mongoMessage(7, 1, mongoMsg, le4(0), 0, bsonOf(bsonNumber("ok", 1)))),
	}},
)

func TestMongoDB(t *testing.T) {
	expect(t, "mongodb", mongoTalks,
		`{"databases":["admin","shop"],"commands":["hello","saslStart","find"],"driver":"nodejs 6.3.0","application":"shop","os":"linux 6.1",`+
			`"user":"alice","auth":"SCRAM-SHA-256","replica_set":"rs0"}`,
		`{"databases":["admin","shop"],"commands":["buildInfo","query"],"server_version":"2.6.12"}`,
		`{"databases":["$external"],"commands":["saslStart"],"user":"bob","auth":"PLAIN"}`,
	)
}

func FuzzMongoDB(f *testing.F) { fuzzTalks(f, mongodbSignature.new, MongoDB, mongoTalks...) }
