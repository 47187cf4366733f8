package query

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCompile reads queries of any sort. A mistake lies within the text; what is read
// means the same in parentheses, and its negation the opposite.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		"firefox", "port:{80,443} or not (host:10.0.0.0/8 && rtt>=100ms)", `process:"a b" /re.x/ :web`, "tcp.port == 443 and ip.src != ::1",
		"tls.sni contains example.com", "state:syn country:de asn:AS1 iface:* domain:*.x", "rate:1k-2M bytes<1GiB loss>1%", "!(a||b)", "port:~44", "fe80::/10",
	} {
		f.Add(text, "tcp")
	}
	f.Fuzz(func(t *testing.T, text, saved string) {
		o := Options{Saved: map[string]string{"web": saved, "loop": ":loop"}}
		for cursor := range min(len(text), 100) + 1 {
			for _, c := range Complete(text, cursor, fields, o) {
				if c.From < 0 || c.From > c.To || c.To > len(text) || !utf8.ValidString(c.Text) {
					t.Fatalf("%q at %d: got candidate %+v", text, cursor, c)
				}
			}
		}
		q, err := Compile(text, fields, o)
		if err != nil {
			if e := err.(*Error); e.Text != text || e.Offset < 0 || e.Length < 0 || e.Offset+e.Length > len(text) || e.Reason == "" {
				t.Fatalf("%q: the mistake %+v is not in the text", text, e)
			}
			return
		}
		again, err := Compile(q.String(), fields, o)
		if err != nil || foundBy(again) != foundBy(q) {
			t.Fatalf("%q: read again, it finds %q, before %q: %v", text, foundBy(again), foundBy(q), err)
		}
		checkRelated(t, q, o)
	})
}

// checkRelated checks what follows from what a query finds.
func checkRelated(t *testing.T, q *Query[row], o Options) {
	from, to := q.Find("www.example.com:443", "host", "port")
	if from < 0 || from > to || to > len("www.example.com:443") {
		t.Fatalf("%q: found from %d to %d", q, from, to)
	}
	text := q.String()
	if strings.TrimSpace(text) == "" || len(text) > maxText-8 {
		return
	}
	like := q.Fuzzy()
	within, err := Compile("("+text+")", fields, o)
	if err != nil {
		return // one more than may be nested, or a word or regular expression that the parenthesis ends
	}
	not, err := Compile("not ("+text+")", fields, o)
	if err != nil {
		return
	}
	for letter, r := range rows {
		match := q.Match(r)
		if within.Match(r) != match || not.Match(r) == match {
			t.Fatalf("%q: finds %c: %v, in parentheses %v, negated %v", text, letter, match, within.Match(r), not.Match(r))
		}
		if like != nil && match && !like.Match(r) {
			t.Fatalf("%q: by likeness it does not find %c, which it finds exactly", text, letter)
		}
	}
}

// FuzzPattern seeks words in texts: as Test.Text does, as Test.Bytes does, and where Find
// would show them, with package strings as the judge.
func FuzzPattern(f *testing.F) {
	f.Add("Firefox", "FOX")
	f.Add("nginx: Größe", "ÖSS")
	f.Add("www.example.com", "example.com")
	f.Fuzz(func(t *testing.T, text, word string) {
		if word == "" || !utf8.ValidString(word) {
			return
		}
		p := newPattern(contains, word)
		seek := new(Test).seek(p)
		got := seek.Text(text)
		if bytes := seek.Bytes([]byte(text)); got != bytes {
			t.Errorf("%q in %q: got %v as a string, %v as bytes", word, text, got, bytes)
		}
		from, to := index(text, &p)
		if (from >= 0) != got || to > len(text) || from > to {
			t.Errorf("%q in %q: got %v, at %d to %d", word, text, got, from, to)
		}
		if !p.wide && isASCII(text) && got != strings.Contains(strings.ToLower(text), p.text) {
			t.Errorf("%q in %q: got %v", word, text, got)
		}
		domain := newPattern(below, word)
		if fits(&domain, text) && !strings.HasSuffix(strings.ToLower(text), strings.ToLower(word)) && isASCII(text+word) {
			t.Errorf("%q is not below %q", text, word)
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
