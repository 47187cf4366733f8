package term

import "unicode"

// csiFinals are the keys that a control sequence names by its last byte.
var csiFinals = map[byte]Key{
	'A': {Code: Up}, 'B': {Code: Down}, 'C': {Code: Right}, 'D': {Code: Left}, 'H': {Code: Home}, 'F': {Code: End},
	'P': {Code: F1}, 'Q': {Code: F2}, 'R': {Code: F3}, 'S': {Code: F4}, 'Z': {Code: Tab, Mod: Shift},
	// rxvt's arrows with Shift
	'a': {Code: Up, Mod: Shift}, 'b': {Code: Down, Mod: Shift}, 'c': {Code: Right, Mod: Shift}, 'd': {Code: Left, Mod: Shift},
}

// csiNumbers are the keys of "CSI number ~": DEC's VT220, xterm and rxvt agree.
var csiNumbers = [...]Code{
	1: Home, 2: Insert, 3: Delete, 4: End, 5: PageUp, 6: PageDown, 7: Home, 8: End,
	11: F1, 12: F2, 13: F3, 14: F4, 15: F5, 17: F6, 18: F7, 19: F8, 20: F9, 21: F10, 23: F11, 24: F12,
}

// ss3Keys are the keys of "Escape O letter": the keypad sends what is printed on it.
var ss3Keys = map[byte]Key{
	'A': {Code: Up}, 'B': {Code: Down}, 'C': {Code: Right}, 'D': {Code: Left}, 'H': {Code: Home}, 'F': {Code: End},
	'P': {Code: F1}, 'Q': {Code: F2}, 'R': {Code: F3}, 'S': {Code: F4}, 'M': {Code: Enter}, 'I': {Code: Tab},
	'a': {Code: Up, Mod: Ctrl}, 'b': {Code: Down, Mod: Ctrl}, 'c': {Code: Right, Mod: Ctrl}, 'd': {Code: Left, Mod: Ctrl},
}

// ss3 decodes what follows Escape O.
func (d *decoder) ss3(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if k, ok := ss3Keys[b[0]]; ok {
		d.key(k)
	} else if b[0] >= 'j' && b[0] <= 'y' {
		d.key(Key{Code: Char, Rune: rune(b[0]) - 'j' + '*'})
	}
	return 1
}

// sequence is a control sequence (ECMA-48 5.4): CSI, a mark of private use, parameters,
// intermediate bytes, the final one.
type sequence struct {
	private byte // one of < = > ?, else 0
	params  [8]int
	n       int // of params; more are not kept
	middle  bool
	final   byte
}

// param returns parameter i, or what stands for one that is not given.
func (s *sequence) param(i, missing int) int {
	if i >= s.n || s.params[i] == 0 {
		return missing
	}
	return s.params[i]
}

// mod returns the modifiers in parameter i, as xterm has them: one more than the sum.
func (s *sequence) mod(i int) Mod {
	return modBits(s.param(i, 1) - 1)
}

func modBits(n int) Mod {
	var m Mod
	for i, of := range [...]Mod{Shift, Alt, Ctrl, Alt} { // 8 is Meta
		if n&(1<<i) != 0 {
			m |= of
		}
	}
	return m
}

// csi decodes what follows CSI, and returns its bytes, 0 where its end has not come.
// mod is added to a key's modifiers.
func (d *decoder) csi(b []byte, mod Mod) int {
	var s sequence
	n := s.parse(b)
	if n <= 0 || s.final == 0 {
		return n
	}
	switch {
	case s.final == 'M' && s.private == 0 && s.n == 0:
		return d.mouseX10(b, n)
	case s.final == '[' && n == 1: // the Linux console's F1 to F5
		if len(b) == 1 {
			return 0
		}
		if c := b[1]; c >= 'A' && c <= 'E' {
			d.key(Key{Code: F1 + Code(c-'A')})
		}
		return 2
	case s.private == '<' && (s.final == 'M' || s.final == 'm'):
		d.mouseSGR(&s)
	case s.private == '?' && s.final == 'c':
		d.out = append(d.out, Event{Kind: attributesReport})
	case s.private == 0 && !s.middle:
		d.csiKey(&s, mod)
	}
	return n
}

// parse reads a sequence after CSI, and returns its bytes, 0 where its end has not come.
// One that is broken has no final byte.
func (s *sequence) parse(b []byte) int {
	given := false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if s.n < len(s.params) {
				s.params[s.n] = min(s.params[s.n]*10+int(c-'0'), 1<<20)
			}
			given = true
		case c == ';' || c == ':':
			s.n = min(s.n+1, len(s.params))
			given = true
		case c >= '<' && c <= '?' && i == 0:
			s.private = c
		case c >= ' ' && c <= '/':
			s.middle = true
		case c >= '@' && c <= '~':
			if given {
				s.n = min(s.n+1, len(s.params))
			}
			s.final = c
			return i + 1
		case i == 0:
			return none
		default: // a control character, with which something else begins
			return i
		}
		if i == maxSequence {
			return i
		}
	}
	return 0
}

// csiKey decodes the sequences of keys.
func (d *decoder) csiKey(s *sequence, mod Mod) {
	number := s.param(0, 1)
	switch s.final {
	case '~':
		switch number {
		case 200:
			d.pasting = true
		case 27: // xterm's modifyOtherKeys
			d.unicode(s.param(2, 0), mod|s.mod(1))
		default:
			d.numbered(number, mod|s.mod(1))
		}
	case '^': // rxvt with Ctrl
		d.numbered(number, mod|Ctrl)
	case '@': // rxvt with Ctrl and Shift
		d.numbered(number, mod|Ctrl|Shift)
	case 'u':
		d.unicode(number, mod|s.mod(1))
	default:
		if k, ok := csiFinals[s.final]; ok {
			k.Mod |= mod | s.mod(1)
			d.key(k)
		}
	}
}

func (d *decoder) numbered(n int, mod Mod) {
	if n < len(csiNumbers) && csiNumbers[n] != Char {
		d.key(Key{Code: csiNumbers[n], Mod: mod})
	}
}

// unicode decodes a key that is sent by its character's number.
func (d *decoder) unicode(n int, mod Mod) {
	switch {
	case n == 0 || n > 0x10ffff || n >= 0x80 && n < 0xa0 || n >= 0xd800 && n < 0xf900: // private use: keys that nobody binds
	case n < ' ' || n == 0x7f:
		d.key(controlKey(byte(n), mod))
	case mod&Ctrl != 0:
		d.key(Key{Code: Char, Rune: unicode.ToLower(rune(n)), Mod: mod &^ Shift})
	case mod&Shift != 0: // of some terminals it is not in the character
		d.key(Key{Code: Char, Rune: unicode.ToUpper(rune(n)), Mod: mod &^ Shift})
	default:
		d.key(Key{Code: Char, Rune: rune(n), Mod: mod})
	}
}

// mouseSGR decodes "CSI < button ; x ; y M", or m for a release (xterm's mode 1006).
func (d *decoder) mouseSGR(s *sequence) {
	if s.n == 3 {
		d.mouse(s.params[0], s.params[1]-1, s.params[2]-1, s.final == 'm')
	}
}

// mouseX10 decodes "CSI M" and three bytes, of terminals that don't have mode 1006. n
// are the bytes up to M.
func (d *decoder) mouseX10(b []byte, n int) int {
	if len(b) < n+3 {
		return 0
	}
	button := int(b[n]) - ' '
	released := button&(3|1<<5|1<<6) == 3 // which button it was is not told
	if button >= 0 {
		d.mouse(button, int(b[n+1])-'!', int(b[n+2])-'!', released)
	}
	return n + 3
}

// The bits of a mouse's button, as xterm has them.
const (
	mouseMods   = 4 | 8 | 16 // Shift, Alt, Ctrl
	mouseMotion = 32
	mouseWheel  = 64
)

func (d *decoder) mouse(button, x, y int, released bool) {
	ev := Event{X: max(0, x), Y: max(0, y), Mod: modBits((button & mouseMods) >> 2)}
	which := button &^ (mouseMods | mouseMotion)
	switch which {
	case 0, 1, 2:
		ev.Button = LeftButton + Button(which)
	}
	switch {
	case which == mouseWheel:
		ev.Kind = WheelUp
	case which == mouseWheel+1:
		ev.Kind = WheelDown
	case which > 3: // to the side, or a button that has no use
		return
	case button&mouseMotion != 0 && which == 3:
		ev.Kind = MouseMove
	case button&mouseMotion != 0:
		ev.Kind = MouseDrag
	case released:
		ev.Kind = MouseRelease
	case which == 3:
		ev.Kind = MouseRelease
	default:
		ev.Kind = MousePress
	}
	d.out = append(d.out, ev)
}
