package dpi

import (
	"strings"
	"testing"
)

// helloBytes is enough of a hello to be told: a record with the head of a
// ClientHello in it.
const helloBytes = `16 0301 0031 01 00002d 0303 0000000000000000000000000000000000000000000000000000000000000000 00 0002 1301 01 00 0002 0000`

var mailTalks = register(
	conversation{name: "SMTP in the clear", proto: SMTP, text: `
		s "220 mx.example.com ESMTP Postfix (Debian)\r\n"
		c "EHLO client.example\r\n"
		s "250-mx.example.com\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"
		c "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n"
		s "235 ok\r\n"
		c "MAIL FROM:<alice@from.example> SIZE=10\r\nRCPT TO:<bob@to.example>\r\nRCPT TO:<eve@to.example>\r\nRCPT TO:<x@other.example>\r\nDATA\r\n"
		s "250 ok\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n"
		c "Subject: secret\r\n\r\nsecret\r\n.\r\n"
	`},
	conversation{name: "SMTP, a step by step AUTH", proto: SMTP, text: `
		s "220-hello\r\n220 there\r\n"
		c "HELO c.example\r\n"
		s "250 s.example\r\n"
		c "AUTH LOGIN\r\n"
		s "334 VXNlcm5hbWU6\r\n"
		c "YWxpY2U=\r\n"
		s "334 UGFzc3dvcmQ6\r\n"
		c "c2VjcmV0\r\n"
		s "535 no\r\n"
	`},
	conversation{name: "SMTP to TLS", proto: TLS, text: `
		s "220 mx.example.com ESMTP\r\n"
		c "EHLO c.example\r\n"
		s "250-mx.example.com\r\n250 STARTTLS\r\n"
		c "STARTTLS\r\n"
		s "220 2.0.0 Ready\r\n"
		c ` + helloBytes + `
	`},
	conversation{name: "LMTP", proto: SMTP, text: `
		s "220 mail.example LMTP ready\r\n"
		c "LHLO c.example\r\n"
		s "250-mail.example\r\n250 XFORWARD\r\n"
		c "QUIT\r\n"
	`},
	conversation{name: "IMAP in the clear", proto: IMAP, text: `
		s "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] Dovecot ready.\r\n"
		c "a1 ID (\"os\" NIL \"name\" \"Thunderbird\" \"version\" \"140.1\")\r\n"
		s "* ID (\"name\" \"Dovecot\")\r\na1 OK ID completed.\r\n"
		c "a2 LOGIN \"alice\" \"secret\"\r\n"
		s "a2 OK [CAPABILITY IMAP4rev1 IDLE] Logged in\r\n"
		c "a3 SELECT INBOX\r\n"
	`},
	conversation{name: "IMAP to TLS", proto: TLS, text: `
		s "* OK IMAP4 ready\r\n"
		c ". CAPABILITY\r\n"
		s "* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK done\r\n"
		c "b STARTTLS\r\n"
		s "b OK begin\r\n"
		c ` + helloBytes + `
	`},
	conversation{name: "IMAP, a literal", proto: IMAP, text: `
		s "* OK ready\r\n"
		c "a LOGIN {5}\r\n"
		s "+ go on\r\n"
		c "alice {6}\r\n"
		s "+ go on\r\n"
		c "secret\r\n"
		s "a NO [AUTHENTICATIONFAILED] wrong\r\n"
	`},
	conversation{name: "POP3 in the clear", proto: POP3, text: `
		s "+OK POP3 server ready <1896.697170952@pop.example>\r\n"
		c "CAPA\r\n"
		s "+OK\r\nTOP\r\nUIDL\r\nSASL PLAIN\r\n.\r\n"
		c "USER alice\r\n"
		s "+OK\r\n"
		c "PASS secret\r\n"
		s "-ERR no\r\n"
		c "APOP alice c4c9334bac560ecc979e58001b3e22fb\r\n"
		s "+OK welcome\r\n"
		c "STAT\r\n"
	`},
	conversation{name: "POP3, two commands at once", proto: POP3, text: `
		s "+OK POP3 ready\r\n"
		c "AUTH\r\n"
		s "+OK\r\nPLAIN\r\n.\r\n"
		c "USER alice\r\nPASS secret\r\n"
		s "+OK\r\n-ERR no\r\n"
		c "QUIT\r\n"
		s "+OK\r\n"
	`},
	conversation{name: "SMTP from its middle", proto: SMTP, mid: true, text: `
		c "MAIL FROM:<alice@from.example>\r\n"
		s "250 <alice@from.example>... Sender ok\r\n"
		c "RCPT TO:<alice@to.example>\r\n"
		s "554 5.7.1 <alice@to.example>: no\r\n"
	`},
	conversation{name: "POP3 to TLS", proto: TLS, text: `
		s "+OK hello there\r\n"
		c "STLS\r\n"
		s "+OK Begin TLS\r\n"
		c ` + helloBytes + `
	`},
	conversation{name: "POP3, SASL", proto: POP3, text: `
		s "+OK hi\r\n"
		c "AUTH PLAIN\r\n"
		s "+ \r\n"
		c "AHVzZXIAc2VjcmV0\r\n"
		s "+OK in\r\n"
	`},
)

func TestMail(t *testing.T) {
	want := map[string]string{
		"SMTP in the clear": `{"server":"mx.example.com","software":"ESMTP Postfix (Debian)","helo":"client.example",` +
			`"capabilities":["PIPELINING","SIZE","AUTH","8BITMIME"],"auth":"PLAIN","from_domain":"from.example","to_domains":["to.example","other.example"]}`,
		"SMTP, a step by step AUTH": `{"server":"hello","helo":"c.example","auth":"LOGIN","refused":535}`,
		"SMTP to TLS":               `{"server":"mx.example.com","software":"ESMTP","helo":"c.example","capabilities":["STARTTLS"],"tls":true}`,
		"LMTP":                      `{"server":"mail.example","software":"LMTP ready","helo":"c.example","lmtp":true,"capabilities":["XFORWARD"]}`,
		"IMAP in the clear": `{"greeting":"Dovecot ready.","capabilities":["IMAP4rev1","STARTTLS","AUTH=PLAIN"],"user":"alice","auth":"LOGIN",` +
			`"login":"accepted","client":"Thunderbird 140.1","software":"Dovecot"}`,
		"IMAP to TLS":                `{"greeting":"IMAP4 ready","capabilities":["IMAP4rev1","STARTTLS"],"tls":true}`,
		"IMAP, a literal":            `{"greeting":"ready","auth":"LOGIN","login":"refused"}`,
		"POP3 in the clear":          `{"greeting":"POP3 server ready","capabilities":["TOP","UIDL","SASL"],"user":"alice","auth":"APOP","login":"accepted"}`,
		"POP3, two commands at once": `{"greeting":"POP3 ready","user":"alice","auth":"USER","login":"refused"}`,
		"SMTP from its middle":       `{"from_domain":"from.example","to_domains":["to.example"],"refused":554}`,
		"POP3 to TLS":                `{"greeting":"hello there","tls":true}`,
		"POP3, SASL":                 `{"greeting":"hi","auth":"PLAIN","login":"accepted"}`,
	}
	for _, c := range mailTalks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			key, _, _ := strings.Cut(strings.ToLower(c.name), " ")
			if key = strings.TrimSuffix(key, ","); key == "lmtp" {
				key = "smtp"
			}
			if got := asJSON(out.App.Find(key)); got != want[c.name] {
				t.Errorf("got  %s\nwant %s", got, want[c.name])
			}
			s := asJSON(out)
			for _, secret := range []string{"secret", "c2VjcmV0", "AHVzZXIA", "alice@", "c4c9334b", "1896.69"} {
				if strings.Contains(s, secret) {
					t.Errorf("got a secret in %s", s)
				}
			}
		})
	}
}

// fuzzTalks adds conversations as seeds, and has a decoder read whatever comes of
// them.
func fuzzTalks(f *testing.F, begin func() decoder, proto Protocol, talks ...conversation) {
	for _, c := range talks {
		if c.proto != proto && c.proto != TLS {
			continue
		}
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		var b [2][]byte
		for _, s := range all {
			b[s.dir] = append(b[s.dir], s.b...)
		}
		f.Add(b[0], b[1], uint8(11))
	}
	f.Fuzz(func(t *testing.T, client, server []byte, cut uint8) {
		fuzzStream(t, begin, client, server, int(cut)+1)
	})
}

func FuzzSMTP(f *testing.F) { fuzzTalks(f, smtpSignature.new, SMTP, mailTalks...) }
func FuzzIMAP(f *testing.F) { fuzzTalks(f, imapSignature.new, IMAP, mailTalks...) }
func FuzzPOP3(f *testing.F) { fuzzTalks(f, pop3Signature.new, POP3, mailTalks...) }
