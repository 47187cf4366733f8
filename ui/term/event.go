package term

// EventKind says what an Event is.
type EventKind uint8

// The kinds of events.
const (
	KeyPress  EventKind = iota
	MouseMove           // without a button
	MousePress
	MouseDrag // moved with Button held
	MouseRelease
	WheelUp
	WheelDown
	Resize
	Paste  // Text was pasted
	Failed // Err: the terminal can no longer be read
)

// Button is a button of the mouse.
type Button uint8

// The buttons.
const (
	NoButton Button = iota
	LeftButton
	MiddleButton
	RightButton
)

// Event is something that a person did, or that became of the terminal.
type Event struct {
	Kind   EventKind
	Key    Key    // KeyPress
	Button Button // of the mouse's events
	Mod    Mod    // of the mouse's events
	X, Y   int    // of the mouse's events: the cell; Resize: the size
	Text   string // Paste
	Err    error  // Failed
}

// Mod is a set of keys that were held.
type Mod uint8

// The modifiers.
const (
	Shift Mod = 1 << iota // of characters it is in the character itself
	Alt
	Ctrl
)

// Code names a key that makes no character.
type Code uint8

// The keys. Char is one that makes a character: Key.Rune.
const (
	Char Code = iota
	Enter
	Escape
	Tab
	Backspace
	Delete
	Insert
	Up
	Down
	Left
	Right
	Home
	End
	PageUp
	PageDown
	F1
	F2
	F3
	F4
	F5
	F6
	F7
	F8
	F9
	F10
	F11
	F12
)

// Key is a key as it was pressed. Ctrl with a letter is the small letter with Ctrl;
// Shift-Tab is Tab with Shift. It can be compared.
type Key struct {
	Code Code
	Rune rune // of Char
	Mod  Mod
}
