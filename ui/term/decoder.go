package term

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// How long the decoder waits for the rest of what began.
const (
	escapeWait = 30 * time.Millisecond // a lone Escape is a key after that
	stringWait = 500 * time.Millisecond
	pasteWait  = time.Second
)

// Limits of what a terminal may send in one piece.
const (
	maxSequence = 64        // bytes of a CSI
	maxString   = 4096      // bytes of an OSC, DCS, SOS, PM or APC
	maxPaste    = 256 << 10 // bytes of a paste: the rest is dropped
)

const esc = 0x1b

// pasteEnd ends a paste (bracketed paste, xterm's ctlseqs).
var pasteEnd = []byte("\x1b[201~")

// decoder turns the terminal's bytes into events. It is pure: who feeds it keeps the
// time. What it does not know it swallows, so that no piece of a sequence is taken for
// keys.
type decoder struct {
	held    []byte // the beginning of something whose rest has not come
	pasting bool
	pasted  []byte
	out     []Event
}

// Feed takes the bytes b and returns the events that they complete, which are valid
// until the next call. It keeps nothing of b.
func (d *decoder) Feed(b []byte) []Event {
	d.out = d.out[:0]
	d.held = append(d.held, b...)
	d.run(false)
	return d.out
}

// Wait returns how long to wait for more bytes before calling Expire, 0 where nothing
// has begun.
func (d *decoder) Wait() time.Duration {
	switch {
	case d.pasting:
		return pasteWait
	case len(d.held) == 0:
		return 0
	case len(d.held) > 2 && isString(d.held[1]):
		return stringWait
	}
	return escapeWait
}

// Expire ends what has begun, since no more came in time: a lone Escape is the key.
func (d *decoder) Expire() []Event {
	d.out = d.out[:0]
	if d.pasting {
		d.paste(d.held)
		d.held = d.held[:0]
		d.endPaste()
	}
	d.run(true)
	return d.out
}

// run decodes what is held. What is left is the beginning of something; where no more
// comes (over) nothing is left.
func (d *decoder) run(over bool) {
	rest := d.held
	for len(rest) > 0 {
		n := 0
		if d.pasting {
			n = d.inPaste(rest)
		} else {
			n = d.one(rest, over)
		}
		if n == 0 {
			break
		}
		rest = rest[n:]
	}
	d.held = append(d.held[:0], rest...)
}

// one decodes the first thing in b, and returns its bytes, 0 where its end has not come.
func (d *decoder) one(b []byte, over bool) int {
	if b[0] == esc {
		return d.escape(b, over)
	}
	return d.char(b, 0, over)
}

// char decodes a character or a control character.
func (d *decoder) char(b []byte, mod Mod, over bool) int {
	if b[0] < ' ' || b[0] == 0x7f {
		d.key(controlKey(b[0], mod))
		return 1
	}
	if !utf8.FullRune(b) && !over {
		return 0
	}
	r, n := utf8.DecodeRune(b)
	if r != utf8.RuneError {
		d.key(Key{Char, r, mod})
	}
	return n
}

// controlKey returns the key that sends a control character.
func controlKey(c byte, mod Mod) Key {
	switch c {
	case '\r':
		return Key{Enter, 0, mod}
	case '\t':
		return Key{Tab, 0, mod}
	case esc:
		return Key{Escape, 0, mod}
	case 0x7f, '\b': // which of the two Backspace sends differs
		return Key{Backspace, 0, mod}
	case 0:
		return Key{Char, ' ', mod | Ctrl}
	case 0x1c, 0x1d, 0x1e, 0x1f:
		return Key{Char, rune(c) + '@', mod | Ctrl}
	}
	return Key{Char, rune(c) + '`', mod | Ctrl}
}

// escape decodes what begins with Escape: a sequence, a key with Alt, or the key itself.
func (d *decoder) escape(b []byte, over bool) int {
	if len(b) == 1 {
		if over {
			d.key(Key{Code: Escape})
			return 1
		}
		return 0
	}
	switch c := b[1]; {
	case c == '[':
		return d.orAlt(b, over, d.csi(b[2:], 0))
	case c == 'O':
		return d.orAlt(b, over, d.ss3(b[2:]))
	case isString(c):
		return d.orAlt(b, over, d.str(b))
	case c == esc:
		return d.twoEscapes(b, over)
	}
	if n := d.char(b[1:], Alt, over); n > 0 {
		return 1 + n
	}
	return 0
}

// none is what the decoders of sequences return where there is no sequence at all.
const none = -1

// orAlt returns the bytes of a sequence of which n follow its two first. Where there is
// no sequence the two are a key with Alt. Of one whose end will not come all is dropped.
func (d *decoder) orAlt(b []byte, over bool, n int) int {
	switch {
	case n > 0:
		return 2 + n
	case n == none || over && len(b) == 2:
		d.key(Key{Char, rune(b[1]), Alt})
		return 2
	case over:
		return len(b)
	}
	return 0
}

// twoEscapes decodes Escape pressed twice, and rxvt's keys with Alt: Escape before a
// sequence.
func (d *decoder) twoEscapes(b []byte, over bool) int {
	if len(b) > 2 && b[2] == '[' {
		n := d.csi(b[3:], Alt)
		if n > 0 {
			return 3 + n
		}
		if n == 0 && !over {
			return 0
		}
	} else if len(b) == 2 && !over {
		return 0
	}
	d.key(Key{Code: Escape})
	return 1
}

// isString reports whether Escape and c begin a string that ST ends: DCS, SOS, OSC, PM,
// APC.
func isString(c byte) bool { return bytes.IndexByte([]byte("PX]^_"), c) >= 0 }

// str decodes a string in b, from its Escape, and returns its bytes after the first two.
// What the terminal answers to our questions is kept, all else is swallowed.
func (d *decoder) str(b []byte) int {
	body := b[2:]
	for i, c := range body {
		switch {
		case c == '\a':
			d.report(b[1], body[:i])
			return i + 1
		case c == esc && i+1 == len(body):
			return 0
		case c == esc && body[i+1] == '\\':
			d.report(b[1], body[:i])
			return i + 2
		case c == esc && i == 0:
			return none
		case c == esc: // something else begins
			return i
		case i == maxString:
			return i
		}
	}
	return 0
}

// inPaste takes what is pasted from b and returns its bytes, 0 where more must come.
func (d *decoder) inPaste(b []byte) int {
	if i := bytes.Index(b, pasteEnd); i >= 0 {
		d.paste(b[:i])
		d.endPaste()
		return i + len(pasteEnd)
	}
	// The end may have come in part.
	n := len(b)
	for k := min(len(pasteEnd)-1, n); k > 0; k-- {
		if bytes.HasSuffix(b, pasteEnd[:k]) {
			n -= k
			break
		}
	}
	d.paste(b[:n])
	return n
}

func (d *decoder) paste(b []byte) {
	d.pasted = append(d.pasted, b[:min(len(b), maxPaste-len(d.pasted))]...)
}

func (d *decoder) endPaste() {
	text := string(bytes.ToValidUTF8(d.pasted, nil))
	d.pasting, d.pasted = false, nil
	d.out = append(d.out, Event{Kind: Paste, Text: text})
}

func (d *decoder) key(k Key) { d.out = append(d.out, Event{Kind: KeyPress, Key: k}) }
