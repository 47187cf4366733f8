package term

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// noColors is what maxColors returns for a terminal that is known to have none.
const noColors = -1

// The layout of a compiled entry, term(5).
const (
	magic16    = 0o432  // numbers of 16 bits
	magic32    = 0o1036 // of 32
	headerSize = 12
	colorsAt   = 13 // max_colors among the numbers
)

// used are the strings that termbox takes from an entry and that we need, by their place
// in term.h: enter and exit of the alternate screen, cursor on and off, clear, sgr0,
// underline, bold, dim, italic, reverse, keypad on and off.
var used = []int{28, 40, 16, 13, 5, 39, 36, 27, 30, 311, 34, 89, 88}

// entry is a compiled entry of terminfo.
type entry struct {
	numbers, strings []byte // offsets of strings, 2 bytes each
	wide             bool   // numbers of 4 bytes
}

func parseEntry(b []byte) (e entry, ok bool) {
	if len(b) < headerSize {
		return e, false
	}
	field := func(n int) int { return int(int16(binary.LittleEndian.Uint16(b[2*n:]))) }
	names, bools, numbers, strs := field(1), field(2), field(3), field(4)
	if names < 0 || bools < 0 || numbers < 0 || strs < 0 {
		return e, false
	}
	size := 2
	switch field(0) {
	case magic16:
	case magic32:
		e.wide, size = true, 4
	default:
		return e, false
	}
	at := headerSize + names + bools
	at += at % 2
	end := at + size*numbers
	if end+2*strs > len(b) {
		return e, false
	}
	e.numbers, e.strings = b[at:end], b[end:end+2*strs]
	return e, true
}

// maxColors returns the number of colours, noColors for none.
func (e entry) maxColors() int {
	size := 2
	if e.wide {
		size = 4
	}
	if len(e.numbers) < size*(colorsAt+1) {
		return noColors
	}
	b := e.numbers[size*colorsAt:]
	n := int(int16(binary.LittleEndian.Uint16(b)))
	if e.wide {
		n = int(int32(binary.LittleEndian.Uint32(b)))
	}
	if n <= 1 {
		return noColors
	}
	return n
}

// sound reports whether the entry has every string that termbox takes from it. Termbox
// does not check: it reads what is absent from the wrong place, so that on rxvt and the
// Linux console italic text rings the bell.
func (e entry) sound() bool {
	for _, n := range used {
		if len(e.strings) < 2*n+2 || int16(binary.LittleEndian.Uint16(e.strings[2*n:])) < 0 {
			return false
		}
	}
	return true
}

// readEntry finds the entry of a terminal, and the database that it is in, in the order
// of terminfo(5).
func readEntry(env func(string) string, name string) (e entry, database string, ok bool) {
	if name == "" || strings.ContainsRune(name, '/') {
		return e, "", false
	}
	dirs := []string{env("TERMINFO")}
	if home := env("HOME"); home != "" {
		dirs = append(dirs, filepath.Join(home, ".terminfo"))
	}
	dirs = append(dirs, filepath.SplitList(env("TERMINFO_DIRS"))...)
	dirs = append(dirs, "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo")
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		// Systems without case in names write the first letter's code.
		for _, folder := range []string{name[:1], strconv.FormatUint(uint64(name[0]), 16)} {
			text, err := os.ReadFile(filepath.Join(dir, folder, name))
			if err != nil {
				continue
			}
			if e, ok = parseEntry(text); ok {
				return e, dir, true
			}
		}
	}
	return e, "", false
}
