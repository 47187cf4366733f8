package term

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sockeye/internal/testkit"
)

// names returns events in words: a key's name, or what the mouse did.
func names(events []Event) []string {
	all := make([]string, len(events))
	for i, ev := range events {
		switch ev.Kind {
		case KeyPress:
			all[i] = ev.Key.String()
		case Paste:
			all[i] = fmt.Sprintf("paste %q", ev.Text)
		case textReport, groundReport:
			all[i] = fmt.Sprintf("color %s", Color(ev.X))
		case attributesReport:
			all[i] = "attributes"
		default:
			kind := map[EventKind]string{MouseMove: "move", MousePress: "press", MouseDrag: "drag",
				MouseRelease: "release", WheelUp: "up", WheelDown: "down"}[ev.Kind]
			all[i] = fmt.Sprintf("%s %d at %d,%d mod %d", kind, ev.Button, ev.X, ev.Y, ev.Mod)
		}
	}
	return all
}

// inputs are what terminals send, and what a person did. What comes only after waiting
// in vain for more stands after "…".
var inputs = []struct{ name, bytes, want string }{
	{"letters", "jG?", "j G ?"},
	{"space and beyond ASCII", " ü世", "space ü 世"},
	{"control characters", "\x00\x01\x1a\x1c\x1f\n", "ctrl-space ctrl-a ctrl-z ctrl-\\ ctrl-_ ctrl-j"},
	{"enter, tab, backspace", "\r\t\x7f\b", "enter tab backspace backspace"},
	{"not UTF-8", "a\xff\xc3(b", "a ( b"},
	{"half a character", "a\xe4\xb8", "a"},
	{"escape alone", "\x1b", "… esc"},
	{"escape twice", "\x1b\x1b", "… esc esc"},
	{"escape and a sequence", "\x1b\x1b[A", "alt-up"},
	{"alt", "\x1b1\x1bx\x1bü\x1b\r\x1b\x7f", "alt-1 alt-x alt-ü alt-enter alt-backspace"},
	{"alt of what begins sequences", "\x1b[", "… alt-["},
	{"alt-O", "\x1bO", "… alt-O"},
	{"alt-]", "\x1b]", "… alt-]"},
	{"alt-[ and escape", "\x1b[\x1b", "alt-[ … esc"},
	{"arrows", "\x1b[A\x1b[B\x1b[C\x1b[D", "up down right left"},
	{"arrows of the keypad's mode", "\x1bOA\x1bOB\x1bOC\x1bOD", "up down right left"},
	{"arrows with modifiers", "\x1b[1;2A\x1b[1;3B\x1b[1;5C\x1b[1;8D", "shift-up alt-down ctrl-right ctrl-alt-shift-left"},
	{"arrows of rxvt", "\x1b[a\x1bOd", "shift-up ctrl-left"},
	{"home and end", "\x1b[H\x1b[F\x1bOH\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "home end home end home end home end"},
	{"the block above the arrows", "\x1b[2~\x1b[3~\x1b[5~\x1b[6~\x1b[3;5~\x1b[6^", "insert delete pgup pgdn ctrl-delete ctrl-pgdn"},
	{"shift-tab", "\x1b[Z", "shift-tab"},
	{"F1 to F4", "\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[1;2P", "f1 f2 f3 f4 shift-f1"},
	{"F1 to F5 of the VT220 and rxvt", "\x1b[11~\x1b[12~\x1b[13~\x1b[14~\x1b[15~", "f1 f2 f3 f4 f5"},
	{"F1 to F5 of the Linux console", "\x1b[[A\x1b[[B\x1b[[C\x1b[[D\x1b[[E", "f1 f2 f3 f4 f5"},
	{"F6 to F12", "\x1b[17~\x1b[18~\x1b[19~\x1b[20~\x1b[21~\x1b[23~\x1b[24~", "f6 f7 f8 f9 f10 f11 f12"},
	{"the keypad", "\x1bOM\x1bOp\x1bOy\x1bOk", "enter 0 9 +"},
	{"keys by number", "\x1b[97;5u\x1b[65;2u\x1b[97;2u\x1b[27u\x1b[13;3u\x1b[27;5;9~", "ctrl-a A A esc alt-enter ctrl-tab"},
	{"no such key", "\x1b[9~\x1b[99~\x1b[57358u", ""},
	{"unknown sequences", "\x1b[?2026;2$y\x1b[>1;2;3c\x1b[5n\x1b[3 q", ""},
	{"focus", "\x1b[I\x1b[O", ""},
	{"a sequence that has no end", "\x1b[1;", "… "},
	{"a sequence cut by another", "\x1b[1;\x1b[A", "up"},
	{"press and release", "\x1b[<0;1;1M\x1b[<0;1;1m\x1b[<2;300;100M\x1b[<1;2;3m",
		"press 1 at 0,0 mod 0|release 1 at 0,0 mod 0|press 3 at 299,99 mod 0|release 2 at 1,2 mod 0"},
	{"moved", "\x1b[<35;5;6M\x1b[<32;5;6M", "move 0 at 4,5 mod 0|drag 1 at 4,5 mod 0"},
	{"wheel", "\x1b[<64;5;6M\x1b[<65;5;6M\x1b[<66;5;6M\x1b[<67;5;6M", "up 0 at 4,5 mod 0|down 0 at 4,5 mod 0"},
	{"mouse with modifiers", "\x1b[<4;1;1M\x1b[<24;1;1M", "press 1 at 0,0 mod 1|press 1 at 0,0 mod 6"},
	{"buttons without use", "\x1b[<128;1;1M\x1b[<129;1;1m", ""},
	{"mouse at 0", "\x1b[<0;0;0M", "press 1 at 0,0 mod 0"},
	{"mouse in three bytes", "\x1b[M !!\x1b[M#!!\x1b[MC\"#", "press 1 at 0,0 mod 0|release 0 at 0,0 mod 0|move 0 at 1,2 mod 0"},
	{"mouse of rxvt's mode", "\x1b[32;5;6M", ""},
	{"paste", "\x1b[200~q\r\x1bx\x1b[201~j", "paste \"q\\r\\x1bx\"|j"},
	{"paste of nothing", "\x1b[200~\x1b[201~", "paste \"\""},
	{"paste that has no end", "\x1b[200~ab\x1b[20", "… paste \"ab\\x1b[20\""},
	{"paste of what is not UTF-8", "\x1b[200~a\xffb\x1b[201~", "paste \"ab\""},
	{"the background", "\x1b]11;rgb:1d1d/2020/2121\x1b\\j", "color #1d2021|j"},
	{"the text, ended by the bell", "\x1b]10;rgb:f/0/8\aj", "color #ff0088|j"},
	{"a colour with alpha", "\x1b]11;rgba:00/11/22/ff\a", "color #001122"},
	{"not a colour", "\x1b]11;rgb:1d1d/2020\a\x1b]11;rgb:12345/0/0\a\x1b]11;#123456\a\x1b]11;rgb:-1/0/0\a", ""},
	{"attributes", "\x1b[?62;22c", "attributes"},
	{"strings for others", "\x1bP>|XTerm(380)\x1b\\\x1b_Gq\x1b\\\x1b]52;c;cQ==\aj", "j"},
	{"a string that has no end", "\x1b]11;rgb:1d", "… "},
	{"a string cut by a key", "\x1b]11;rgb\x1b[Aj", "up j"},
}

// want returns the words of a row.
func want(text string) []string {
	split := " "
	if strings.ContainsAny(text, "|\"") || strings.Contains(text, " at ") || strings.HasPrefix(text, "color") {
		split = "|"
	}
	return slices.DeleteFunc(strings.Split(text, split), func(s string) bool { return strings.TrimSpace(s) == "" })
}

func TestDecoder(t *testing.T) {
	for _, row := range inputs {
		t.Run(row.name, func(t *testing.T) {
			before, after, _ := strings.Cut(row.want, "…")
			var d decoder
			if got, want := names(d.Feed([]byte(row.bytes))), want(before); !slices.Equal(got, want) {
				t.Errorf("of %q got %q, want %q", row.bytes, got, want)
			}
			if got, want := names(d.Expire()), want(strings.TrimSpace(after)); !slices.Equal(got, want) {
				t.Errorf("after waiting, of %q got %q, want %q", row.bytes, got, want)
			}
			if d.Wait() != 0 {
				t.Errorf("after waiting, %q is still waited for", row.bytes)
			}
		})
	}
}

// TestDecoderByteByByte holds that it makes no difference how the bytes come.
func TestDecoderByteByByte(t *testing.T) {
	for _, row := range inputs {
		var whole, single decoder
		want := names(whole.Feed([]byte(row.bytes)))
		var got []string
		for _, c := range []byte(row.bytes) {
			got = append(got, names(single.Feed([]byte{c}))...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: byte by byte got %q, want %q", row.name, got, want)
		}
	}
}

// TestDecoderMotionBurst is what a mouse sends that is moved fast, in pieces that end
// anywhere.
func TestDecoderMotionBurst(t *testing.T) {
	const moves = 400
	var burst bytes.Buffer
	for i := range moves {
		fmt.Fprintf(&burst, "\x1b[<35;%d;%dM", i+1, i%50+1)
	}
	for _, size := range []int{1, 7, 64, 128, 4096} {
		var d decoder
		seen := 0
		for piece := range slices.Chunk(burst.Bytes(), size) {
			for _, ev := range d.Feed(piece) {
				if ev.Kind != MouseMove || ev.X != seen || ev.Y != seen%50 {
					t.Fatalf("pieces of %d: event %d is %+v", size, seen, ev)
				}
				seen++
			}
		}
		if seen != moves {
			t.Errorf("pieces of %d: got %d moves, want %d", size, seen, moves)
		}
	}
}

func TestDecoderLimits(t *testing.T) {
	var d decoder
	d.Feed([]byte("\x1b[200~"))
	for range 2 * maxPaste / 1024 {
		d.Feed(bytes.Repeat([]byte{'x'}, 1024))
	}
	events := d.Feed(pasteEnd)
	if len(events) != 1 || len(events[0].Text) != maxPaste {
		t.Errorf("a paste of %d bytes is not cut to %d", 2*maxPaste, maxPaste)
	}
	d.Feed([]byte("\x1b]52;c;"))
	for range 2 * maxString {
		d.Feed([]byte{'x'})
	}
	if d.Wait() != 0 {
		t.Error("a string without end is waited for")
	}
	d.Feed([]byte("\x1b[" + strings.Repeat("1;", maxSequence)))
	if d.Wait() != 0 {
		t.Error("a sequence without end is waited for")
	}
}

func TestDecoderAllocatesNothing(t *testing.T) {
	var d decoder
	in := []byte("jk\x1b[A\x1b[1;5C\x1b[<35;100;20M\x1b[<0;100;20Mü\x1b[M !!")
	d.Feed(in)
	testkit.ZeroAllocs(t, "Feed", func() { d.Feed(in) })
}

func FuzzDecoder(f *testing.F) {
	for _, row := range inputs {
		f.Add([]byte(row.bytes), 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		var whole, pieces decoder
		want := names(whole.Feed(b))
		for _, ev := range whole.out {
			checkEvent(t, ev)
		}
		var got []string
		for piece := range slices.Chunk(b, max(1, size&0xff)) {
			got = append(got, names(pieces.Feed(piece))...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pieces of %d got %q, want %q", max(1, size&0xff), got, want)
		}
		if len(whole.held) > len(b) || len(whole.held) > maxString+2 {
			t.Errorf("%d bytes are held of %d", len(whole.held), len(b))
		}
		for _, ev := range whole.Expire() {
			checkEvent(t, ev)
		}
		if whole.Wait() != 0 {
			t.Errorf("%q is waited for after it expired", whole.held)
		}
	})
}

func checkEvent(t *testing.T, ev Event) {
	t.Helper()
	switch ev.Kind {
	case KeyPress:
		if ev.Key.Code == Char && (ev.Key.Rune < ' ' || !utf8.ValidRune(ev.Key.Rune)) {
			t.Errorf("a key of the character %U", ev.Key.Rune)
		}
	case Paste:
		if !utf8.ValidString(ev.Text) {
			t.Errorf("the paste %q is not UTF-8", ev.Text)
		}
	case MouseMove, MousePress, MouseDrag, MouseRelease, WheelUp, WheelDown:
		if ev.X < 0 || ev.Y < 0 {
			t.Errorf("the mouse at %d,%d", ev.X, ev.Y)
		}
	}
}

func BenchmarkDecoder(b *testing.B) {
	in := bytes.Repeat([]byte("\x1b[<35;100;20M"), 300)
	var d decoder
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		d.Feed(in)
	}
}
