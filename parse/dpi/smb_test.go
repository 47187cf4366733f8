package dpi

import (
	"strings"
	"testing"
)

// nbFrame puts a message behind a NetBIOS session header.
func nbFrame(parts ...any) []byte {
	body := pack(parts...)
	return pack(0, len(body)>>16, be2(len(body)), body)
}

func smb2Of(command uint16, status, flags uint32, parts ...any) []byte {
	return nbFrame(smb2Mark, le2(64), le2(1), le4(status), le2(command), le2(1), le4(flags), le4(0), le8(1), le4(0), le4(5), le8(9), make([]byte, 16), pack(parts...))
}

func smb1Of(command int, flags int, words []byte, parts ...any) []byte {
	data := pack(parts...)
	return nbFrame(smb1Mark, command, le4(0), flags, le2(0x4001), make([]byte, 20), len(words)/2, words, le2(len(data)), data)
}

// ntlmChallenge and ntlmAuthenticate are what a server and a client say by NTLM.
func ntlmChallenge(target string, info []byte) []byte {
	return pack(ntlmMark, le4(2), le2(len(target)*2), le2(len(target)*2), le4(56), le4(0x02000001), secret+"!", make([]byte, 8),
		le2(len(info)), le2(len(info)), le4(56+len(target)*2), 10, 0, le2(17763), 0, 0, 0, 15, wide(target), info)
}

func ntlmAuthenticate(domain, user, host string) []byte {
	at := 72
	part := func(s string) []byte {
		b := pack(le2(len(s)*2), le2(len(s)*2), le4(at))
		at += 2 * len(s)
		return b
	}
	d, u, h := part(domain), part(user), part(host)
	return pack(ntlmMark, le4(3), le2(7), le2(7), le4(at), le2(7), le2(7), le4(at), d, u, h, le2(0), le2(0), le4(0), le4(0x02000001),
		make([]byte, 8), wide(domain), wide(user), wide(host), secret)
}

// nbEncode is a NetBIOS name as 32 letters.
func nbEncode(name string) string {
	var b []byte
	for _, c := range []byte(name + strings.Repeat(" ", 15-len(name)) + "\x00") {
		b = append(b, 'A'+c>>4, 'A'+c&15)
	}
	return string(b)
}

func smb2Setup(offset int, blob []byte) []byte {
	return pack(le2(25), 0, 1, le4(0), le4(0), le2(smb2Head+offset), le2(len(blob)), le8(0), blob)
}

func smb2SetupAnswer(blob []byte) []byte {
	return pack(le2(9), le2(0), le2(smb2Head+8), le2(len(blob)), blob)
}

var smbTalks = register(
	conversation{name: "version 3, by NTLM", proto: SMB, said: []said{
		asks(smb2Of(0, 0, 0, le2(36), le2(3), le2(1), le2(0), le4(0x7f), fill(16), le8(0), le2(0x0202), le2(0x0210), le2(0x0311))),
		answers(smb2Of(0, 0, 1, le2(65), le2(3), le2(0x0311), le2(1), "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", fill(40))),
		asks(smb2Of(1, 0, 0, smb2Setup(24, pack(ntlmMark, le4(1), le4(1))))),
		answers(smb2Of(1, 0xc0000016, 1, smb2SetupAnswer(ntlmChallenge("CORP", pack(le2(1), le2(8), wide("FS01"), le2(3), le2(26), wide("fs01.corp.org"), le2(0), le2(0)))))),
		asks(smb2Of(1, 0, 0, smb2Setup(24, ntlmAuthenticate("CORP", "alice", "PC7")))),
		answers(smb2Of(1, 0, 1, smb2SetupAnswer(nil))),
		asks(smb2Of(3, 0, 0, le2(9), le2(0), le2(smb2Head+8), le2(22), wide(`\\fs01\docs`))),
		answers(smb2Of(3, 0, 1, le2(16), fill(14))),
		asks(nbFrame(smbCryptMark, fill(120))),
	}},
	conversation{name: "a wrong password", proto: SMB, said: []said{
		asks(smb2Of(1, 0, 0, smb2Setup(24, ntlmAuthenticate("", "bob", "PC8")))),
		answers(smb2Of(1, 0xc000006d, 1, le2(9), le2(0), le4(0))),
	}},
	conversation{name: "version 1 on port 139", proto: SMB, ports: [2]uint16{50000, 139}, said: []said{
		asks(0x81, 0, be2(68), 32, nbEncode("FS01"), 0, 32, nbEncode("PC7"), 0),
		answers(0x82, 0, be2(0)),
		asks(smb1Of(smb1Negotiate, 0x18, nil, 2, "LANMAN1.0", 0, 2, "NT LM 0.12", 0)),
		answers(smb1Of(smb1Negotiate, 0x98, pack(le2(1), fill(32)), fill(8))),
		asks(smb1Of(smb1Session, 0x18, pack(0xff, 0, le2(0), le2(4356), le2(50), le2(0), le4(0), le2(7), le2(0), le4(0), le4(0xd4)),
			secret, "alice\x00CORP\x00Unix\x00Samba\x00")),
		answers(smb1Of(smb1Session, 0x98, pack(0xff, 0, le2(0), le2(0)), "Windows 5.1\x00LAN Manager\x00")),
		asks(smb1Of(smb1TreeConnect, 0x18, pack(0xff, 0, le2(0), le2(0), le2(7)), secret, `\\FS01\IPC$`, 0, "?????\x00")),
	}},
)

func TestSMB(t *testing.T) {
	expect(t, "smb", smbTalks,
		`{"version":"3","dialect":"3.1.1","dialects_offered":["2.0.2","2.1","3.1.1"],"server_guid":"04030201-0605-0807-090a-0b0c0d0e0f10",`+
			`"signing_required":true,"encrypted":true,"auth":"ntlm","user":"alice","domain":"CORP","host":"PC7","server_name":"FS01",`+
			`"server_dns":"fs01.corp.org","server_domain":"CORP","server_os":"10.0.17763","shares":["\\\\fs01\\docs"]}`,
		`{"version":"2","auth":"ntlm","user":"bob","host":"PC8","error":"LOGON_FAILURE"}`,
		`{"version":"1","dialect":"NT LM 0.12","dialects_offered":["LANMAN1.0","NT LM 0.12"],"user":"alice","domain":"CORP","shares":["\\\\FS01\\IPC$"],`+
			`"called_name":"FS01","calling_name":"PC7","os":"Windows 5.1"}`,
	)
}

func FuzzSMB(f *testing.F) { fuzzTalks(f, smbSignature.new, SMB, smbTalks...) }

// FuzzNTLM checks that names stay within bounds, wherever the fields point to.
func FuzzNTLM(f *testing.F) {
	f.Add(ntlmChallenge("CORP", fill(20)))
	f.Add(ntlmAuthenticate("CORP", "alice", "PC7"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var n ntlm
		n.read(b)
		for _, s := range []string{n.User, n.Domain, n.Host, n.Server, n.ServerAt, n.Target} {
			if len(s) > maxText {
				t.Fatalf("got a name of %d bytes", len(s))
			}
		}
	})
}
