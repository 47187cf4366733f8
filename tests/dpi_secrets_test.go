package tests

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// secretFields are fields of tshark's that are secrets, or full of them.
var secretFields = []string{"mysql.query", "pgsql.query", "snmp.community", "stun.att.username"}

// secretPatterns find secrets in the bytes of captures: the last group of each.
// They are not cut into packets, so that none is missed but for one on an edge.
var secretPatterns = map[string]*regexp.Regexp{
	"password of FTP, POP3": regexp.MustCompile(`(?m)\bPASS ([!-~]{4,})\r?$`),
	"authorization":         regexp.MustCompile(`(?i)\r\n(?:proxy-)?authorization: *[a-z]+ +([!-~]{6,})`),
	"cookies":               regexp.MustCompile(`(?i)\r\ncookie: *([ -~]{6,})`),
	"new cookie":            regexp.MustCompile(`(?i)\r\nset-cookie: *([!-:<-~]{6,})`),
	"query of a URL":        regexp.MustCompile(`(?i)[?&](?:pass[a-z]*|token|key|secret|sid|session[a-z]*|signature)=([!-%'-~]{6,})`),
	"digest":                regexp.MustCompile(`(?i)\bresponse="?([0-9a-f]{32})`),
}

// TestInspectSecrets: nothing of what the corpora's clients keep to themselves is
// in what the program tells.
func TestInspectSecrets(t *testing.T) {
	dir := testkit.Corpora(t)
	all := corporaTold(t)
	found := map[string]int{}
	e := newExceptions(t, secretExceptions)
	search := func(file, kind, secret string) {
		const least, certain = 4, 6 // letters
		if len(secret) < least {
			return
		}
		found[kind]++
		b, _ := json.Marshal(secret)
		text := string(b)
		if len(secret) >= certain {
			text = text[1 : len(text)-1] // what is shorter comes about by chance: look for it alone, in quotes
		}
		e.check(file+" "+kind, !strings.Contains(all[file].result.Stdout, text), "found %q", secret)
	}
	for file := range all {
		content, err := os.ReadFile(filepath.Join(dir, "pcaps", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		for kind, re := range secretPatterns {
			for _, m := range re.FindAllSubmatch(content, -1) {
				for _, secret := range secretsIn(kind, string(m[1])) {
					search(file, kind, secret)
				}
			}
		}
	}
	tsharkSecrets(t, dir, search)
	e.finish("secrets")
	for _, kind := range slices.Concat(secretFields, slices.Collect(maps.Keys(secretPatterns)), []string{"password of MQTT"}) {
		if found[kind] == 0 {
			t.Errorf("%s: none found: nothing was tested", kind)
		}
	}
	t.Logf("%v", found)
}

// secretsIn returns the secrets in what a pattern found: of cookies each value.
func secretsIn(kind, text string) (all []string) {
	if !strings.Contains(kind, "cookie") {
		return []string{text}
	}
	for cookie := range strings.SplitSeq(text, "; ") {
		_, value, ok := strings.Cut(cookie, "=")
		if ok {
			all = append(all, value)
		}
	}
	return all
}

// tsharkSecrets calls f for each secret in tshark's fields.
func tsharkSecrets(t *testing.T, dir string, f func(file, kind, secret string)) {
	t.Helper()
	for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", "dpi.jsonl.gz"))) {
		var v struct {
			File   string
			Fields map[string][]string
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("dpi.jsonl.gz: %v", err)
		}
		file := strings.TrimPrefix(v.File, "pcaps/")
		for _, field := range secretFields {
			for _, secret := range v.Fields[field] {
				f(file, field, secret)
			}
		}
		for _, user := range v.Fields["mqtt.username"] {
			content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(v.File)))
			if err != nil {
				t.Fatal(err)
			}
			f(file, "password of MQTT", mqttPassword(content, user))
		}
	}
}

// mqttPassword returns what follows a user's name in a CONNECT: a password with its
// length before it (MQTT 5.0, 3.1.3.6).
func mqttPassword(content []byte, user string) string {
	_, rest, _ := bytes.Cut(content, []byte("\x00"+string(rune(len(user)))+user+"\x00"))
	if len(rest) == 0 || len(rest) <= int(rest[0]) {
		return ""
	}
	return string(rest[1 : 1+int(rest[0])])
}

// secretExceptions are words that are in the output for another reason.
var secretExceptions = []exception{
	{
		"the user's name is the same: anonymous",
		[]string{
			"suricata-verify/bug-3519__input.pcap password of FTP, POP3",
			"suricata-verify/ftp__ftp-ippair-leak-5204__input.pcap password of FTP, POP3",
			"suricata-verify/output-eve-ftp-data__input.pcap password of FTP, POP3",
		},
	},
	{
		"a name for a field, too: commands",
		[]string{"zeek/ftp__fake-long-commands.pcap password of FTP, POP3"},
	},
	{
		"made anonymous, and so is the path: xxxxxx",
		[]string{"arkime/http-wrapped-header.pcap cookies"},
	},
	{
		"a cookie that says none, as another field does",
		[]string{"ndpi/fuzz-2006-09-29-28586.pcap cookies"},
	},
}
