package widget

import (
	"strings"
	"testing"

	"sockeye/ui/term"
)

// press gives an input keys by name; what is no key's name is typed.
func press(t *testing.T, n *Input, keys ...string) {
	t.Helper()
	for _, name := range keys {
		if k, err := term.ParseKey(name); err == nil {
			if !n.Key(k) {
				t.Errorf("%s: not taken", name)
			}
			continue
		}
		for _, r := range name {
			n.Key(term.Key{Rune: r})
		}
	}
}

// shown returns the text with a bar at the cursor.
func shown(n *Input) string { return n.text[:n.cursor] + "|" + n.text[n.cursor:] }

func TestInputEdits(t *testing.T) {
	tests := []struct {
		name string
		keys []string
		want string
	}{
		{"types", []string{"port:443"}, "port:443|"},
		{"goes to both ends", []string{"ab", "ctrl-a", "x", "ctrl-e", "y"}, "xaby|"},
		{"goes by keys", []string{"ab", "home", "x", "end", "y", "left", "left", "right", "z"}, "xabz|y"},
		{"stays within the text", []string{"right", "left", "delete", "backspace", "ctrl-w", "ctrl-k", "ctrl-u"}, "|"},
		{"takes characters of any size away", []string{"a例é", "backspace", "left", "delete"}, "a|"},
		{"takes away the word before", []string{"proto:tcp port:443 ", "ctrl-w"}, "proto:tcp |"},
		{"takes away the rest", []string{"ab cd", "home", "right", "ctrl-k"}, "a|"},
		{"takes away what is before", []string{"ab cd", "left", "ctrl-u"}, "|d"},
		{"goes by words", []string{"ab cd ef", "alt-b", "alt-b", "x", "alt-f", "y"}, "ab xcdy| ef"},
		{"goes by words with arrows", []string{"ab cd", "ctrl-left", "alt-left", "alt-d", "x", "ctrl-right", "!"}, "x cd!|"},
		{"edits as readline does", []string{"abc", "ctrl-b", "ctrl-h", "ctrl-b", "ctrl-d", "ctrl-f"}, "c|"},
		{"takes away a word by alt-backspace", []string{"ab cd", "alt-backspace"}, "ab |"},
	}
	for _, tt := range tests {
		n := new(Input)
		press(t, n, tt.keys...)
		if got := shown(n); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestInputLeavesKeysToItsOwner(t *testing.T) {
	n := new(Input)
	for _, name := range []string{"enter", "esc", "up", "down", "tab", "pgup", "f1", "ctrl-c", "ctrl-z", "alt-1"} {
		k, err := term.ParseKey(name)
		if err != nil {
			t.Fatal(err)
		}
		if n.Key(k) {
			t.Errorf("%s: taken, want it left to the owner", name)
		}
	}
}

func TestInputHistory(t *testing.T) {
	n := &Input{History: []string{"first", "second"}}
	n.Set("draft")
	for _, step := range []struct{ key, want string }{
		{"ctrl-n", "draft|"}, {"ctrl-p", "second|"}, {"ctrl-p", "first|"}, {"ctrl-p", "first|"},
		{"ctrl-n", "second|"}, {"ctrl-n", "draft|"}, {"ctrl-p", "second|"}, {"x", "secondx|"},
		{"ctrl-p", "second|"}, {"ctrl-n", "secondx|"},
	} {
		press(t, n, step.key)
		if got := shown(n); got != step.want {
			t.Fatalf("after %s: got %q, want %q", step.key, got, step.want)
		}
	}
}

// completer completes the last word from names.
func completer(names ...string) func(string) (int, []string) {
	return func(before string) (int, []string) {
		word := before[strings.LastIndexByte(before, ' ')+1:]
		var options []string
		for _, s := range names {
			if strings.HasPrefix(s, word) {
				options = append(options, s)
			}
		}
		return len(word), options
	}
}

func TestInputCompletes(t *testing.T) {
	complete := completer("sport:", "src:", "state:", "service:", "process:", "proto:")
	tests := []struct {
		name string
		keys []string
		want string
	}{
		{"the only option", []string{"x or st", "tab"}, "x or state:|"},
		{"what all options share first", []string{"p", "tab"}, "pro|"},
		{"one after the other", []string{"p", "tab", "tab"}, "process:|"},
		{"round", []string{"p", "tab", "tab", "tab", "tab"}, "process:|"},
		{"back", []string{"s", "shift-tab", "shift-tab"}, "state:|"},
		{"nothing", []string{"q", "tab"}, "q|"},
		{"within the text", []string{"st x", "home", "right", "right", "tab"}, "state:| x"},
		{"anew after an edit", []string{"p", "tab", "t", "tab"}, "proto:|"},
	}
	for _, tt := range tests {
		n := &Input{Complete: complete}
		press(t, n, tt.keys...)
		if got := shown(n); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestInputPastes(t *testing.T) {
	n := new(Input)
	n.Set("ab")
	press(t, n, "left")
	n.Insert("1\r\n2\t3\x1b[1m\n")
	if got := shown(n); got != "a1 2 3[1m|b" {
		t.Errorf("got %q, want one line", got)
	}
}

func TestInputPictures(t *testing.T) {
	c := term.NewCanvas(40, 14)
	line := func(y, h, w int, n *Input) {
		n.Draw(c.Pane().Sub(term.Rect{X: 0, Y: y, W: w, H: h}), fixture())
	}
	line(0, 1, 40, &Input{Prompt: "/", Hint: "port:443 app:tls"})
	n := &Input{Prompt: "/", Note: `no field "prot": proto?`, Wrong: [2]int{10, 14}}
	n.Set("rate>1M && prot:tcp")
	line(2, 2, 40, n)
	line(5, 1, 50, n)
	n = &Input{Prompt: "/", Note: "expected a value", Wrong: [2]int{5, 6}}
	n.Set("port:")
	line(7, 2, 40, n)
	n = &Input{Prompt: "filter: ", Note: "3 of 70 rows"}
	n.Set("a text that is longer than the pane 例え\x1b[1m end")
	press(t, n, "left", "left", "left", "left")
	line(10, 1, 20, n)
	n = &Input{Prompt: "/", Complete: completer("sport:", "src:", "state:")}
	press(t, n, "s", "tab", "tab")
	line(12, 2, 40, n)
	golden(t, "input", c)
}

// FuzzInput checks that any keys leave whole characters on both sides of the cursor, and
// that it is seen.
func FuzzInput(f *testing.F) {
	f.Add("port:例 443", []byte("abcdefghijkl\x00\x01\x02\x03\x04\x05"), 20)
	f.Fuzz(func(t *testing.T, text string, keys []byte, width int) {
		width = max(1, min(width, 200))
		n := &Input{Prompt: "/", History: []string{text, "b"}, Complete: completer("ab", "abc", text), Wrong: [2]int{len(keys), len(text)}}
		text = strings.ToValidUTF8(text, "?")
		n.Set(text)
		c := term.NewCanvas(width, 2)
		for _, b := range keys {
			k := term.Key{Rune: rune(b), Mod: term.Mod(b >> 6)}
			if b < 32 {
				k = term.Key{Code: term.Code(b % 27), Mod: term.Mod(b >> 3)}
			}
			if k.Code == term.Char && k.Rune == 0 {
				k.Rune = '例'
			}
			n.Key(k)
			if n.cursor < 0 || n.cursor > len(n.text) {
				t.Fatalf("%v: cursor %d outside of %q", k, n.cursor, n.text)
			}
			n.Draw(c.Pane(), fixture())
			if !strings.Contains(runsOf(c, 0), "cursor") {
				t.Fatalf("%v: the cursor of %q is not seen in %d columns: %s", k, shown(n), width, runsOf(c, 0))
			}
		}
	})
}
