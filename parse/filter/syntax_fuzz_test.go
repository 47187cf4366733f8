package filter

import (
	"errors"
	"testing"
	"unicode/utf8"
)

// FuzzParse wants a tree or an error whose place is in the text, and what is
// suggested to parse.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", "tcp port 80 or 443", "not host (a or b) and len > 5", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
		"net 10.0 mask 255.0", "host 2001:db8::1.2.3.4/128", "ether src 00-11-22-33-44-55", `ip proto \tcp`,
		"vlan (5) && type mgt subtype beacon", "vpi (1 or 2)", "byte 1 & 2", "prot 80,443", "tcp.port == 80", "ip[0", "'tcp'",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := parseText(text)
		if err == nil {
			inside(t, text, tree.pos())
			return
		}
		fail, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("parseText(%q): got %v, want an *Error", text, err)
		}
		inside(t, text, fail.Offset)
		if fail.Text != text || fail.Reason == "" {
			t.Errorf("parseText(%q): got an error without text or reason: %+v", text, fail)
		}
		if utf8.ValidString(text) && !isPlain(fail.Reason) || !isPlain(fail.Hint) {
			t.Errorf("parseText(%q): got an error that cannot be printed: %+q, %+q", text, fail.Reason, fail.Hint)
		}
		const before, after = `did you mean "`, `"?`
		if n := len(fail.Hint) - len(after); n > len(before) && fail.Hint[:len(before)] == before {
			if _, still := parseOnly(fail.Hint[len(before):n]); still != nil {
				t.Errorf("parseText(%q): %s is wrong itself: %v", text, fail.Hint, still)
			}
		}
	})
}

func inside(t *testing.T, text string, offset int) {
	t.Helper()
	if offset < 0 || offset > len(text) {
		t.Errorf("parseText(%q): got offset %d, want one within %d", text, offset, len(text))
	}
}
