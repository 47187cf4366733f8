package dpi

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// secretTalks hold the word "secret" where nobody may see it, in the odd forms that
// clients, servers and lost packets make of protocols.
var secretTalks = []conversation{
	{name: "Redis, two log-ins and values", proto: Redis, text: `
		c "*3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$9\r\nsecret123\r\n*3\r\n$3\r\nSET\r\n$9\r\nsecretkey\r\n$6\r\nsecret\r\n"
		s "+OK\r\n+OK\r\n"
		c "*2\r\n$4\r\nMGET\r\n$1\r\na\r\n"
		s "*2\r\n$9\r\nsecretkey\r\n$6\r\nsecret\r\n"
		c "*1\r\n$4\r\nPING\r\n"
		s "+PONG\r\n"`},
	{name: "Redis, a user too long to be kept", proto: Redis, text: `
		c "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$300\r\n` + strings.Repeat("u", 300) + `\r\n$6\r\nsecret\r\n"
		s "+OK\r\n"`},
	{name: "Redis, a user of two lines", proto: Redis, text: `
		c "*3\r\n$4\r\nAUTH\r\n$4\r\na\r\nb\r\n$6\r\nsecret\r\n*1\r\n$4\r\nPING\r\n"
		s "+OK\r\n+PONG\r\n"`},
	{name: "Kafka, a token without a head", proto: Kafka, said: speak(
		"c", []byte("\x00\x00\x00\x17\x00\x11\x00\x00\x00\x00\x00\x01\x00\x06client\x00\x05PLAIN"),
		"s", []byte("\x00\x00\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"),
		"c", append([]byte("\x00\x00\x00\xc9\x00a234567\x00`"), strings.Repeat("secret", 40)[:191]...),
		"s", []byte("\x00\x00\x00\x00"),
	)},
	{name: "SMTP, errors that quote", proto: SMTP, text: `
		s "220 mx.example ESMTP\r\n"
		c "EHLO a\r\n"
		s "250-mx.example\r\n250 SIZE\r\n"
		c "AUTH secret\r\n"
		s "504 5.5.4 no secret\r\n"
		c "MAIL FROM:<secret@a.example>\r\n"
		s "250 <secret@a.example>... Sender ok\r\n"
		c "RCPT TO:<secret@b.example>\r\n"
		s "554 <secret@b.example>: no\r\n"
		c "VRFY secret\r\n"
		s "252-secret\r\n252 <secret@b.example>\r\n"
		c "QUIT\r\n"
		s "221 bye\r\n"`},
	{name: "POP3 with all at once", proto: POP3, text: `
		s "+OK POP3\r\n"
		c "CAPA\r\nPASS secret\r\nUSER joe\r\npass secret\r\nAUTH PLAIN AHNlY3JldA\r\nAUTH secret\r\n"
		s "+OK\r\nPIPELINING\r\n.\r\n-ERR\r\n+OK\r\n-ERR secret is wrong\r\n-ERR\r\n"
		c "QUIT\r\n"
		s "+OK\r\n"`},
	{name: "IMAP, literals without asking", proto: IMAP, text: `
		s "* OK IMAP4 hi\r\n"
		c "a login {3+}\r\njoe {6+}\r\nsecret\r\nb LoGiN joe secret\r\nc LOGIN \"j\\\"oe\" \"secret\"\r\nd AUTHENTICATE secret\r\n"
		s "a NO secret\r\nb NO\r\nc NO\r\nd BAD\r\n"
		c "e STARTTLS\r\n"
		s "e NO\r\n"
		c "f LOGIN \"joe\" {6+}\r\nsecret\r\n"
		s "f OK\r\n"`},
	{name: "FTP, the password first", proto: FTP, ports: [2]uint16{50000, 2121}, text: `
		s "220 FTP here\r\n"
		c "PaSs secret\r\n"
		s "503 secret?\r\n"
		c "USER joe\r\npass secret\r\nACCT secret\r\nSITE PSWD secret\r\nAUTH secret\r\n"
		s "331 go\r\n530-secret\r\n530 no\r\n"
		c "CWD secret\r\nSTOR secret\r\n"
		s "550 secret\r\n"`},
	{name: "HTTP, wherever it may stand", proto: HTTP, text: `
		c "GET http://joe:secret@a.example/x?secret&token=secret#secret HTTP/1.1\r\nauthorization: Basic\r\n secret\r\n Host: secret\r\nCOOKIE: a=secret;\r\n\tServer: secret\r\nHost: joe:secret@a.example\r\nReferer: http://joe:secret@b.example/secret?secret\r\n\r\nGET /https://joe:secret@c.example/p HTTP/1.1\r\nHost: a.example\r\nProxy-Authorization: Bearer secret\r\nX-Api-Key: secret\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nSet-Cookie: secret\r\nLocation: /secret\r\nContent-Length: 6\r\n\r\nsecretHTTP/1.1 401 secret\r\nWWW-Authenticate: secret\r\nContent-Length: 0\r\n\r\n"
		c "POST /a;jsessionid=secret/b;secret HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=secret\r\nContent-Length: 12\r\n\r\n--secret\r\nxx"
		s "HTTP/1.1 200 OK\r\nContent-Type: text/html; x=secret\r\nContent-Length: 0\r\n\r\n"
		c "GET git+https://joe:secret@a.example/ HTTP/1.0\r\n\r\nGET /cb&token=secret&x HTTP/1.0\r\n\r\nGET /cb%3Ftoken=secret HTTP/1.0\r\n\r\n"
		s "HTTP/1.0 200 OK\r\n\r\nsecret"`},
	{name: "WebSocket, a token for a protocol", proto: WebSocket, text: `
		c "GET /ws?token=secret HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: secret\r\nSec-WebSocket-Protocol: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.secret, chat\r\n\r\n"
		s "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.secret\r\n\r\n"`},
	{name: "SIP, users of all kinds", proto: SIP, udp: true, text: `
		c "INVITE sip:secret@b.example SIP/2.0\r\nTo: <sip:+49secret;npdi;rn=1@b.example;user=phone>\r\nFrom: \"secret\" <SIP:secret:secret@a.example>;tag=secret\r\nAuthorization: Digest username=\"secret\",\r\n\tUser-Agent: secret\r\n response=\"secret\", uri=\"sip:secret@a\"\r\nContact: <sip:secret@1.2.3.4>\r\n\r\nsecret"
		s "SIP/2.0 401 secret\r\nWWW-Authenticate: Digest nonce=\"secret\"\r\n\r\n"
		c "SUBSCRIBE tel:+49secret SIP/2.0\r\nt: <tel:+49secret>\r\nf: sip:secret@a;x\r\n\r\n"`},
	{name: "MQTT, a token within the user", proto: MQTT, said: speak(
		"c", pack(0x10, 54, be2(4), "MQTT", 4, 0xc2, be2(60), be2(2), "id", be2(28), "joe?x-auth-token=secret12345", be2(6), "secret"),
		"s", pack(0x20, 2, be2(0)),
	)},
	{name: "MongoDB, PLAIN with a zero behind", proto: MongoDB, said: []said{
		asks(mongoMessage(1, 0, mongoMsg, le4(0), 0, bsonOf(bsonNumber("saslStart", 1), bsonText("mechanism", "PLAIN"),
			bsonBytes("payload", "joe\x00secret\x00"), bsonText("$db", "$external")))),
	}},
	{name: "MongoDB, a document for a user", proto: MongoDB, said: []said{
		asks(mongoMessage(1, 0, mongoMsg, le4(0), 0, bsonOf(bsonNumber("saslStart", 1), bsonText("mechanism", "MONGODB-OIDC"),
			bsonBytes("payload", "\x00secret\x00"), bsonText("$db", "$external")))),
	}},
	{name: "NATS, an error that quotes", proto: NATS, text: `
		s "INFO {\"server_id\":\"N\",\"version\":\"2\",\"nonce\":\"secret\"}\r\n"
		c "CONNECT {\"lang\":\"go\",\"auth_token\":\"secret\",\"pass\":\"secret\",\"jwt\":\"secret\"}\r\n"
		s "-ERR 'Permissions Violation for Subscription to \"secret\"'\r\n"
		c "SUB secret 1\r\n"`},
	{name: "SOCKS, what is no log-in", proto: SOCKS, text: `
		c 05 01 02
		s 05 02
		c "\x0asecretsecret\x06secret"
		s 01 01`},
	{name: "Memcached, a log-in", proto: Memcached, text: `
		c "set auth 0 0 10\r\njoe secret\r\nget secret\r\nGET secret\r\n"
		s "STORED\r\nVALUE secret 0 6\r\nsecret\r\nEND\r\nCLIENT_ERROR secret\r\n"`},
	{name: "syslog without a head", proto: Syslog, udp: true, text: `
		c "<13>Oct 11 22:14:15 password=secret key=secret: x"
		c "<14>1 - token=secret token=secret - - - secret"`},
	{name: "PostgreSQL, a password", proto: PostgreSQL, said: speak(
		"c", []byte("\x00\x00\x00\x29\x00\x03\x00\x00user\x00joe\x00options\x00-c x=secret\x00\x00"),
		"s", []byte("R\x00\x00\x00\x08\x00\x00\x00\x03"),
		"c", []byte("p\x00\x00\x00\x0bsecret\x00"),
		"s", []byte("E\x00\x00\x00\x1cSFATAL\x00C28P01\x00Msecret\x00\x00"),
	)},
}

// TestSecretsStayOut plays conversations in many ways: whole, in pieces, from the
// middle, and with bytes missing. The secret in them never comes out.
func TestSecretsStayOut(t *testing.T) {
	talks := append(secretTalks[:len(secretTalks):len(secretTalks)], registered...)
	for _, c := range talks {
		all, err := c.lines()
		if err != nil {
			t.Fatal(err)
		}
		if !holdsSecret(spoken(all)) {
			continue
		}
		t.Run(c.proto.String()+"/"+c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			for n := range 300 {
				torn := c
				torn.text, torn.said = "", all
				var m manner
				if n > 0 {
					torn.said = tear(rng, all)
					torn.mid = rng.IntN(2) == 0
					torn.open = true
				}
				if n%3 == 2 {
					m.cut = func(left int) int { return 1 + rng.IntN(left) }
				}
				if got := asJSON(torn.once(t, m)); holdsSecret(got) {
					t.Fatalf("play %d: got a secret in %s\nof %s", n, got, spoken(torn.said))
				}
			}
		})
	}
}

func holdsSecret(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "secret") || strings.Contains(s, secret)
}

// spoken shows who says what; between < and > are bytes that were not captured.
func spoken(all []said) string {
	var out strings.Builder
	for _, s := range all {
		fmt.Fprintf(&out, "%d: %q <%d>\n", s.dir, s.b, s.wire-len(s.b))
	}
	return out.String()
}

// tear leaves out the beginning of a conversation, or some of its bytes, or both.
func tear(rng *rand.Rand, all []said) []said {
	first := 0
	if rng.IntN(2) == 0 {
		first = rng.IntN(len(all))
	}
	var out []said
	for i, s := range all[first:] {
		b := s.b
		if i == 0 && first > 0 && len(b) > 0 {
			b = b[rng.IntN(len(b)):]
		}
		if len(b) == 0 || rng.IntN(3) > 0 {
			out = append(out, said{dir: s.dir, b: b, wire: len(b)})
			continue
		}
		from := rng.IntN(len(b))
		to := from + 1 + rng.IntN(min(len(b)-from, 24))
		out = append(out, said{dir: s.dir, b: b[:from], wire: to}, said{dir: s.dir, b: b[to:], wire: len(b) - to})
	}
	return out
}
