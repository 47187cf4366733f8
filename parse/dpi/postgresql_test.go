package dpi

import "testing"

func pgStart(parts ...any) []byte {
	body := pack(parts...)
	return pack(be4(len(body)+4), body)
}

func pgMessage(kind string, parts ...any) []byte {
	body := pack(parts...)
	return pack(kind, be4(len(body)+4), body)
}

var postgresqlTalks = register(
	conversation{name: "a password in the clear", proto: PostgreSQL, said: []said{
		asks(pgStart(be4(3<<16), "user\x00alice\x00database\x00shop\x00application_name\x00psql\x00\x00")),
		answers(pgMessage("R", be4(3))),
		asks(pgMessage("p", secret, 0)),
		answers(pgMessage("R", be4(0)), pgMessage("S", "server_version\x0016.1\x00"), pgMessage("K", be4(7), secret), pgMessage("Z", "I")),
		asks(pgMessage("Q", "SELECT 'hunter2'", 0)),
		answers(pgMessage("D", secret)),
	}},
	conversation{name: "to TLS", proto: TLS, text: `
		c 00000008 04d2162f
		s "S"
		c ` + helloBytes,
	},
	conversation{name: "GSSAPI refused, then to TLS", proto: TLS, text: `
		c 00000008 04d21630
		s "N"
		c 00000008 04d2162f
		s "S"
		c ` + helloBytes,
	},
	conversation{name: "TLS refused, and a wrong password", proto: PostgreSQL, said: []said{
		asks(pgStart(be4(80877103))),
		answers("N"),
		asks(pgStart(be4(3<<16), "user\x00bob\x00\x00")),
		answers(pgMessage("R", be4(10), "SCRAM-SHA-256\x00\x00")),
		asks(pgMessage("p", "SCRAM-SHA-256\x00", be4(12), "n,,n=,r=hunter2")),
		answers(pgMessage("E", "SFATAL\x00VFATAL\x00C28P01\x00Mno hunter2\x00\x00")),
	}},
	conversation{name: "encrypted by GSSAPI", proto: PostgreSQL, said: []said{
		asks(pgStart(be4(80877104))),
		answers("G"),
		asks(fill(100)),
	}},
	conversation{name: "a cancellation", proto: PostgreSQL, said: []said{asks(pgStart(be4(80877102), be4(1234), secret))}},
)

func TestPostgreSQL(t *testing.T) {
	expect(t, "postgresql", postgresqlTalks,
		`{"wire_version":"3.0","server_version":"16.1","user":"alice","database":"shop","application":"psql","auth":"password","ready":true}`,
		`{"encryption":"tls"}`,
		`{"encryption":"tls"}`,
		`{"wire_version":"3.0","user":"bob","database":"bob","auth":"scram-sha-256","encryption":"tls","encryption_refused":true,"error":"28P01","severity":"FATAL"}`,
		`{"encryption":"gssapi"}`,
		`{"cancel":true}`,
	)
}

func FuzzPostgreSQL(f *testing.F) {
	fuzzTalks(f, postgresqlSignature.new, PostgreSQL, postgresqlTalks...)
}
