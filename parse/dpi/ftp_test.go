package dpi

import (
	"strings"
	"testing"
)

var ftpTalks = register(
	conversation{name: "in the clear", proto: FTP, text: `
		s "220-Welcome\r\n220 ProFTPD 1.3.8 Server ready.\r\n"
		c "USER alice\r\n"
		s "331 Password required\r\n"
		c "PASS secret\r\n"
		s "230 in\r\n"
		c "SYST\r\n"
		s "215 UNIX Type: L8\r\n"
		c "PASV\r\n"
		s "227 Entering Passive Mode (192,0,2,1,4,1).\r\n"
		c "EPSV\r\n"
		s "229 Entering Extended Passive Mode (|||6446|)\r\n"
		c "PORT 192,0,2,1,200,10\r\nEPRT |2|::1|5282|\r\nRETR secret.txt\r\n"
		s "200 ok\r\n200 ok\r\n150 here\r\n226 done\r\n"
	`},
	conversation{name: "to TLS", proto: TLS, text: `
		s "220 FTP server ready\r\n"
		c "AUTH TLS\r\n"
		s "234 go on\r\n"
		c ` + helloBytes + `
	`},
	conversation{name: "a greeting that says nothing", proto: FTP, text: `
		s "220 hello\r\n"
		c "FEAT\r\n"
		s "211-Features:\r\n UTF8\r\n211 End\r\n"
		c "USER bob\r\n"
		s "530 no\r\n"
	`},
	conversation{name: "seen from the middle", proto: FTP, mid: true, text: `
		c "CWD /pub\r\n"
		s "250 ok\r\n"
		c "PASV\r\n"
		s "227 Entering Passive Mode (192,0,2,1,4,1)\r\n"
	`},
)

func TestFTP(t *testing.T) {
	want := []string{
		`{"banner":"Welcome","system":"UNIX Type: L8","user":"alice","login":"accepted","data_ports":[1025,6446,51210,5282],` +
			`"commands":["USER","PASS","SYST","PASV","EPSV","PORT","EPRT","RETR"]}`,
		`{"banner":"FTP server ready","tls":true,"commands":["AUTH"]}`,
		`{"banner":"hello","user":"bob","login":"refused","commands":["FEAT","USER"]}`,
		`{"data_ports":[1025],"commands":["CWD","PASV"]}`,
	}
	for n, c := range ftpTalks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			if got := asJSON(out.App.Find("ftp")); got != want[n] {
				t.Errorf("got  %s\nwant %s", got, want[n])
			}
			if s := asJSON(out); strings.Contains(s, "secret") {
				t.Errorf("got a secret in %s", s)
			}
		})
	}
}

func FuzzFTP(f *testing.F) { fuzzTalks(f, ftpSignature.new, FTP, ftpTalks...) }
