package widget

import (
	"strings"
	"unicode/utf8"

	"sockeye/ui/term"
)

// Key takes a key that edits or moves the cursor. It returns false for one that does
// neither.
func (n *Input) Key(k term.Key) bool {
	switch {
	case k.Code == term.Char && k.Mod == 0:
		n.replace(n.cursor, n.cursor, string(k.Rune))
	case k.Code == term.Char && k.Mod == term.Ctrl:
		return n.control(k.Rune)
	case k.Code == term.Char && k.Mod == term.Alt:
		return n.word(k.Rune)
	case k.Code == term.Backspace && k.Mod&(term.Alt|term.Ctrl) != 0:
		n.replace(n.wordStart(), n.cursor, "")
	case k.Code == term.Tab:
		return n.complete(k.Mod&term.Shift != 0)
	default:
		return n.plain(k)
	}
	return true
}

// plain takes a key that makes no character.
func (n *Input) plain(k term.Key) bool {
	words := k.Mod&(term.Alt|term.Ctrl) != 0
	switch k.Code {
	case term.Left:
		n.cursor = pick(words, n.wordStart(), n.before())
	case term.Right:
		n.cursor = pick(words, n.wordEnd(), n.after())
	case term.Home:
		n.cursor = 0
	case term.End:
		n.cursor = len(n.text)
	case term.Backspace:
		n.replace(n.before(), n.cursor, "")
	case term.Delete:
		n.replace(n.cursor, n.after(), "")
	default:
		return false
	}
	n.tried = completion{}
	return true
}

// control takes a letter with Ctrl, as readline has them.
func (n *Input) control(r rune) bool {
	switch r {
	case 'a':
		n.cursor = 0
	case 'e':
		n.cursor = len(n.text)
	case 'b':
		n.cursor = n.before()
	case 'f':
		n.cursor = n.after()
	case 'd':
		n.replace(n.cursor, n.after(), "")
	case 'h':
		n.replace(n.before(), n.cursor, "")
	case 'w':
		n.replace(n.wordStart(), n.cursor, "")
	case 'k':
		n.replace(n.cursor, len(n.text), "")
	case 'u':
		n.replace(0, n.cursor, "")
	case 'p':
		n.recall(1)
	case 'n':
		n.recall(-1)
	default:
		return false
	}
	n.tried = completion{}
	return true
}

// word takes a letter with Alt.
func (n *Input) word(r rune) bool {
	switch r {
	case 'b':
		n.cursor = n.wordStart()
	case 'f':
		n.cursor = n.wordEnd()
	case 'd':
		n.replace(n.cursor, n.wordEnd(), "")
	default:
		return false
	}
	n.tried = completion{}
	return true
}

// recall goes back in the history by one text, or forward. What was typed before comes
// back at its end.
func (n *Input) recall(back int) {
	past := max(0, min(n.past+back, len(n.History)))
	if past == n.past {
		return
	}
	if n.past == 0 {
		n.draft = n.text
	}
	text := n.draft
	if past > 0 {
		text = n.History[len(n.History)-past]
	}
	n.Set(text)
	n.past = past
}

// complete puts the next option in place of what stands before the cursor, or the one
// before. Where the options share a longer beginning than was typed, that comes first.
func (n *Input) complete(back bool) bool {
	if n.Complete == nil {
		return false
	}
	t := n.tried
	switch {
	case t.options == nil:
		replaced, options := n.Complete(n.text[:n.cursor])
		if len(options) == 0 || replaced < 0 || replaced > n.cursor {
			return true
		}
		t = completion{from: n.cursor - replaced, options: options}
		typed := n.text[t.from:n.cursor]
		if shared := sharedPrefix(options); len(options) > 1 && len(shared) > len(typed) {
			t.at = -1
			n.replace(t.from, n.cursor, shared)
			n.tried = t
			return true
		}
		if back {
			t.at = len(options) - 1
		}
	case back:
		t.at = (max(t.at, 0) + len(t.options) - 1) % len(t.options)
	default:
		t.at = (t.at + 1) % len(t.options)
	}
	n.replace(t.from, n.cursor, t.options[t.at])
	if len(t.options) > 1 {
		n.tried = t
	}
	return true
}

// sharedPrefix returns what all options begin with.
func sharedPrefix(options []string) string {
	shared := options[0]
	for _, o := range options[1:] {
		for !strings.HasPrefix(o, shared) {
			_, size := utf8.DecodeLastRuneInString(shared)
			shared = shared[:len(shared)-size]
		}
	}
	return shared
}

// before returns the byte of the character before the cursor.
func (n *Input) before() int {
	_, size := utf8.DecodeLastRuneInString(n.text[:n.cursor])
	return n.cursor - size
}

// after returns the byte behind the character at the cursor.
func (n *Input) after() int {
	_, size := utf8.DecodeRuneInString(n.text[n.cursor:])
	return n.cursor + size
}

// wordStart returns where the word before the cursor begins.
func (n *Input) wordStart() int {
	rest := strings.TrimRight(n.text[:n.cursor], " ")
	return strings.LastIndexByte(rest, ' ') + 1
}

// wordEnd returns where the word behind the cursor ends.
func (n *Input) wordEnd() int {
	rest := n.text[n.cursor:]
	word := strings.TrimLeft(rest, " ")
	skipped := len(rest) - len(word)
	if at := strings.IndexByte(word, ' '); at >= 0 {
		return n.cursor + skipped + at
	}
	return len(n.text)
}

func pick(first bool, a, b int) int {
	if first {
		return a
	}
	return b
}
