package dpi

import (
	"bytes"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, row := range []struct {
		name, in string
		want     []string
		left     string
	}{
		{"nothing", "", nil, ""},
		{"half a line", "ab", nil, "ab"},
		{"both kinds of ends", "a\r\nb\n\r\nc", []string{"a", "b", ""}, "c"},
		{"a long line comes once", long + "yy\nb\n", []string{long, "b"}, ""},
		{"of a long line without end the rest is passed over", long + long, []string{long}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, n := range []int{1, 7, 1 << 20} {
				var r lineReader
				var got []string
				var unread []byte
				for in := []byte(row.in); len(in) > 0; {
					k := min(n, len(in))
					unread, in = append(unread, in[:k]...), in[k:]
					for {
						line, read := r.next(unread)
						unread = unread[read:]
						if line == nil {
							break
						}
						got = append(got, string(line))
					}
				}
				if strings.Join(got, "\n") != strings.Join(row.want, "\n") || len(got) != len(row.want) || string(unread) != row.left {
					t.Errorf("%d bytes at a time: got %q and %q, want %q and %q", n, got, unread, row.want, row.left)
				}
			}
		})
	}
}

func TestLineReaderLose(t *testing.T) {
	var r lineReader
	r.next([]byte("half"))
	r.lose()
	line, n := r.next([]byte("rest\nnew\n"))
	if string(line) != "new" || n != 9 {
		t.Errorf("got %q, %d bytes read", line, n)
	}
}

// TestLineReaderIsLinear would take minutes if each byte made it look at the
// whole line again.
func TestLineReaderIsLinear(t *testing.T) {
	var r lineReader
	b := bytes.Repeat([]byte{'x'}, maxLine-1)
	calls := 0
	testkit.ZeroAllocs(t, "reading half a line", func() {
		for n := range b {
			r.next(b[:n])
			if r.seen != n {
				t.Fatalf("got %d bytes looked at, want %d", r.seen, n)
			}
			calls++
		}
		r = lineReader{}
	})
	if calls == 0 {
		t.Error("nothing was read")
	}
}

func TestReplyCode(t *testing.T) {
	for _, row := range []struct {
		in    string
		code  int
		text  string
		final bool
		ok    bool
	}{
		{"220 hello", 220, "hello", true, true},
		{"220-hello", 220, "hello", false, true},
		{"220", 220, "", true, true},
		{"22", 0, "", false, false},
		{"2200", 0, "", false, false},
		{"920 x", 0, "", false, false},
		{"abc x", 0, "", false, false},
	} {
		code, text, final, ok := replyCode([]byte(row.in))
		if code != row.code || string(text) != row.text || final != row.final || ok != row.ok {
			t.Errorf("%q: got %d %q %v %v", row.in, code, text, final, ok)
		}
	}
}

func TestMailDomain(t *testing.T) {
	for in, want := range map[string]string{
		"<user@a.example>": "a.example", "<@relay:u@b.example> SIZE=1": "b.example", "<>": "", "c@d": "d", "": "",
	} {
		if got := string(mailDomain([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
