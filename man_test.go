package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"sockeye/config"
	"sockeye/internal/testkit"
	"sockeye/track"
	"sockeye/ui"
)

// page returns the page of a binary that was built on a day.
func page(t *testing.T) string {
	t.Helper()
	return manPage(parsed(t).parser.Model, &debug.BuildInfo{
		Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{{Key: "vcs.time", Value: "2026-11-21T20:00:00Z"}},
	})
}

// TestManHasEverything checks that the page names every command, option, key, field of
// queries and key of the configuration.
func TestManHasEverything(t *testing.T) {
	text := unescaped(page(t))
	var want []string
	a := parsed(t)
	for _, node := range append(a.parser.Model.Children, a.parser.Model.Node) {
		if node != a.parser.Model.Node {
			want = append(want, `\fB`+node.Name+`\fR`)
		}
		for _, f := range node.Flags {
			for _, name := range spellings(f) {
				want = append(want, `\fB`+name+`\fR`)
			}
		}
	}
	for _, chapter := range ui.KeyChapters() {
		for _, k := range chapter.Keys {
			want = append(want, "("+k.Name+")", k.Does)
			for _, key := range k.Keys {
				want = append(want, `\fB`+key+`\fR`)
			}
		}
	}
	for _, f := range track.QueryFields(track.QueryNames{}).List() {
		want = append(want, `\fB`+f.Name+`\fR`, f.Help)
	}
	for _, name := range config.Keys() {
		want = append(want, `\fB`+name+`\fR`)
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not have %q", w)
		}
	}
	if title := ".TH SOCKEYE 1 \"2026-11-21\" \"sockeye v1.2.3\" \"User Commands\"\n"; !strings.HasPrefix(text, title) {
		t.Errorf("got %.80q, want it to begin with %q", text, title)
	}
}

// TestManRenders checks with both programs that show such pages that they find nothing
// wrong with it.
func TestManRenders(t *testing.T) {
	for _, test := range []struct {
		name, from string
		args       []string
	}{
		{"mandoc", "mandoc", []string{"-Tlint", "-Wwarning"}},
		{"groff", "groff-base", []string{"-man", "-ww", "-Tutf8", "-z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, err := exec.LookPath(test.name)
			if err != nil {
				testkit.Skip(t, test.name+" is not installed: apt-get install "+test.from)
			}
			cmd := exec.Command(path, test.args...)
			cmd.Stdin = strings.NewReader(page(t))
			if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
				t.Errorf("%s: %v\n%s", test.name, err, out)
			}
		})
	}
}

// TestRoff checks what is written for what roff would take for its own.
func TestRoff(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"words", "plain words", "plain words"},
		{"typed", "with `--json` only", `with \fB\-\-json\fR only`},
		{"typed first", "`-q`, `--query`=EXPR", `\fB\-q\fR, \fB\-\-query\fR=EXPR`},
		{"typed without an end", "a `b", `a \fBb\fR`},
		{"nothing typed", "a `` b", "a  b"},
		{"request", ".SH NAME", `\&.SH NAME`},
		{"request with a quote", "'br", `\(aqbr`},
		{"escape", `a\fBb`, `a\(rsfBb`},
		{"quotes", `'it' "is" ^~`, `\(aqit\(aq \(dqis\(dq \(ha\(ti`},
		{"more than a line", "a\n.SH B", `a .SH B`},
		{"beyond ASCII", "↓ é 𝄞", `\[u2193] \[u00E9] \[u1D11E]`},
		{"nothing", "", `\&`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := markedRoff(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

var roffEscapes = regexp.MustCompile(`\\\[u([0-9A-F]+)\]|\\\([a-z]{2}|\\-|\\&`)

// unescaped reads what escapeRoff wrote.
func unescaped(s string) string {
	back := map[string]string{`\&`: ""}
	for r, name := range roffNames {
		if r != '\n' {
			back[name] = string(r)
		}
	}
	return roffEscapes.ReplaceAllStringFunc(s, func(m string) string {
		if code, ok := strings.CutPrefix(m, `\[u`); ok {
			n, err := strconv.ParseUint(strings.TrimSuffix(code, "]"), 16, 32)
			if err != nil {
				return m
			}
			return string(rune(n))
		}
		return back[m]
	})
}

// FuzzRoff writes any text: it comes out as it is, on one line that is no request.
func FuzzRoff(f *testing.F) {
	for _, s := range []string{"", ".SH", "'", `\`, "a-b", "\n.\n", "é\x00", `\[u0041]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := lineStart(escapeRoff(s))
		if strings.ContainsAny(got, "\n\r") || got == "" || got[0] == '.' || got[0] == '\'' {
			t.Fatalf("got %q: it is not one line of text", got)
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, strings.ToValidUTF8(s, "\ufffd"))
		if back := unescaped(got); len([]rune(s)) == len([]rune(want)) && back != want {
			t.Fatalf("%q comes out as %q", s, back)
		}
	})
}
