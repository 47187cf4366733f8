package dpi

import "testing"

func mysqlPacket(seq int, parts ...any) []byte {
	body := pack(parts...)
	return pack(len(body), len(body)>>8, len(body)>>16, seq, body)
}

// mysqlHello is a server's greeting: version, capabilities, plugin.
func mysqlHello(version string, flags uint32, plugin string) []byte {
	return mysqlPacket(0, 10, version, 0, le4(42), "saltsalt", 0, le2(flags&0xffff), 33, le2(2), le2(flags>>16), 21,
		make([]byte, 10), "moresaltmore", 0, plugin, 0)
}

const mysqlUsual = mysql41 | mysqlSecure | mysqlPluginAuth

var mysqlTalks = register(
	conversation{name: "a log-in", proto: MySQL, said: []said{
		answers(mysqlHello("8.0.36", mysqlUsual|mysqlSSL|mysqlAttributes, "caching_sha2_password")),
		asks(mysqlPacket(1, le4(mysqlUsual|mysqlWithDB|mysqlAttributes), le4(1<<24), 33, make([]byte, 23), "alice", 0,
			len(secret), secret, "shop", 0, "mysql_native_password", 0,
			65, 12, "_client_name", 8, "libmysql", 15, "_client_version", 6, "8.0.36", 12, "program_name", 6, "reader")),
		answers(mysqlPacket(2, 0xfe, "caching_sha2_password", 0, "saltsalt", 0)),
		asks(mysqlPacket(3, secret)),
		answers(mysqlPacket(4, 0, 0, 0, 2, 0, 0, 0)),
		asks(mysqlPacket(0, 3, "select 'hunter2'")),
	}},
	conversation{name: "a plugin that is answered with nothing", proto: MySQL, said: []said{
		answers(mysqlHello("9.1.0", mysqlUsual, "caching_sha2_password")),
		asks(mysqlPacket(1, le4(mysqlUsual), le4(1<<24), 255, make([]byte, 23), "alice", 0, 0, "caching_sha2_password", 0)),
		answers(mysqlPacket(2, 0xfe, "mysql_clear_password", 0)),
		asks(mysqlPacket(3), mysqlPacket(5)),
		answers(mysqlPacket(6, 0, 0, 0, 2, 0, 0, 0)),
		asks(mysqlPacket(0, 3, "select 'hunter2'")),
	}},
	conversation{name: "MariaDB refuses", proto: MySQL, said: []said{
		answers(mysqlHello("5.5.5-10.11.6-MariaDB", mysqlUsual, "mysql_native_password")),
		asks(mysqlPacket(1, le4(mysqlUsual), le4(1<<24), 33, make([]byte, 23), "bob", 0, len(secret), secret, "mysql_native_password", 0)),
		answers(mysqlPacket(2, 0xff, le2(1045), "#28000Access denied for hunter2")),
	}},
	conversation{name: "to TLS", proto: TLS, text: `
		s 4a000000 0a "8.0.36" 00 2a000000 "saltsalt" 00 ffff 21 0200 ffdf 15 00000000000000000000 "moresaltmore" 00 "caching_sha2_password" 00
		c 20000001 00aa0800 00000001 21 0000000000000000000000000000000000000000000000
		c ` + helloBytes,
	},
	conversation{name: "the X protocol, to TLS", proto: TLS, text: `
		s 05000000 0b 08051a00
		c 0f000000 02 0a0c0a0a0a03 "tls" 1205080112
		s 01000000 00
		c ` + helloBytes,
	},
	conversation{name: "not let in", proto: MySQL, said: []said{
		answers(mysqlPacket(0, 0xff, le2(1130), "Host '192.0.2.1' is not allowed to connect to this MySQL server")),
	}},
)

func TestMySQL(t *testing.T) {
	expect(t, "mysql", mysqlTalks,
		`{"product":"mysql","server_version":"8.0.36","auth":"caching_sha2_password","user":"alice","database":"shop","client":"libmysql 8.0.36","program":"reader","ready":true}`,
		`{"product":"mysql","server_version":"9.1.0","auth":"mysql_clear_password","user":"alice","ready":true}`,
		`{"product":"mariadb","server_version":"10.11.6-MariaDB","auth":"mysql_native_password","user":"bob","error":1045}`,
		`{"product":"mysql","server_version":"8.0.36","auth":"caching_sha2_password","tls":true}`,
		`{"product":"mysql","x_protocol":true,"tls":true}`,
		`{"error":1130}`,
	)
}

// TestMySQLNothing has a client say nothing in many packets: they are not looked at
// for ever.
func TestMySQLNothing(t *testing.T) {
	c := conversation{name: "nothing", said: []said{
		answers(mysqlHello("9.1.0", mysqlUsual, "caching_sha2_password")),
		asks(pack(le4(1<<24), make([]byte, 400))),
	}, open: true}
	if out := c.once(t, manner{}); !out.inspector.Done() {
		t.Error("got an inspection that goes on")
	}
}

func FuzzMySQL(f *testing.F) { fuzzTalks(f, mysqlSignature.new, MySQL, mysqlTalks...) }
