package dpi

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A cursor reads the fields of a message one after the other. What lies behind
// the end reads as zero, and short stays set from then on.
type cursor struct {
	b     []byte // what was not read yet; borrowed
	short bool
}

// take returns the next n bytes, or nil if they are not all there.
func (r *cursor) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.short = nil, true
		return nil
	}
	t := r.b[:n:n]
	r.b = r.b[n:]
	return t
}

func (r *cursor) skip(n int) { r.take(n) }

func (r *cursor) u8() uint8 {
	if t := r.take(1); t != nil {
		return t[0]
	}
	return 0
}

func (r *cursor) be16() uint16 {
	if t := r.take(2); t != nil {
		return binary.BigEndian.Uint16(t)
	}
	return 0
}

func (r *cursor) be32() uint32 {
	if t := r.take(4); t != nil {
		return binary.BigEndian.Uint32(t)
	}
	return 0
}

func (r *cursor) le16() uint16 {
	if t := r.take(2); t != nil {
		return binary.LittleEndian.Uint16(t)
	}
	return 0
}

func (r *cursor) le32() uint32 {
	if t := r.take(4); t != nil {
		return binary.LittleEndian.Uint32(t)
	}
	return 0
}

// short8, short16 and long32 return what stands behind a big-endian length of 1,
// 2 or 4 bytes.
func (r *cursor) short8() []byte  { return r.take(int(r.u8())) }
func (r *cursor) short16() []byte { return r.take(int(r.be16())) }
func (r *cursor) long32() []byte  { return r.take(int(min(r.be32(), 1<<30))) }

// cstring returns what stands before the next zero byte, which is passed.
func (r *cursor) cstring() []byte {
	n := bytes.IndexByte(r.b, 0)
	if n < 0 {
		r.b, r.short = nil, true
		return nil
	}
	t := r.b[:n:n]
	r.b = r.b[n+1:]
	return t
}

// both returns the better of what f says of the two heads of a stream: for
// protocols whose messages show who sent them, so that it does not matter which
// end was taken for the client. Without a byte it says no.
func (s *sample) both(f func(b []byte) match) match {
	best := no
	for _, b := range s.head {
		if len(b) > 0 {
			best = max(best, f(b))
		}
	}
	return best
}

// datagram returns the datagram of a sample.
func (s *sample) datagram() []byte {
	if len(s.head[ToServer]) > 0 {
		return s.head[ToServer]
	}
	return s.head[ToClient]
}

// begins says how b matches a prefix that is long enough to be proof.
func begins(b []byte, prefix string) match {
	switch n := min(len(b), len(prefix)); {
	case string(b[:n]) != prefix[:n]:
		return no
	case n < len(prefix):
		return more
	}
	return sure
}

// plain reports whether b is text that a person could have typed: UTF-8 without
// control characters.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(b)
}

// zeros reports whether b holds nothing else.
func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// tidy returns text for a name as peers write it: cut at the first zero byte,
// without blanks at its ends.
func tidy(b []byte) string {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		b = b[:n]
	}
	return strings.TrimSpace(text(b))
}

// utf16Text returns little-endian UTF-16 as text.
func utf16Text(b []byte) string {
	out := make([]byte, 0, min(len(b), maxText))
	for ; len(b) >= 2 && len(out) < maxText-utf8.UTFMax; b = b[2:] {
		c := rune(binary.LittleEndian.Uint16(b))
		if c == 0 {
			break
		}
		if c >= 0xd800 && c < 0xdc00 && len(b) >= 4 { // the first of a pair
			if low := rune(binary.LittleEndian.Uint16(b[2:])); low >= 0xdc00 && low < 0xe000 {
				c = 0x10000 + (c-0xd800)<<10 + (low - 0xdc00)
				b = b[2:]
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return string(out)
}

// addOnce appends s to a list of texts unless it is empty, there already, or the
// list is full. It reports whether it did.
func addOnce(list *[]string, s string) bool {
	if s == "" || len(*list) >= maxList || slices.Contains(*list, s) {
		return false
	}
	*list = append(*list, s)
	return true
}

// setText sets a text, and reports whether that changed it. An empty one changes
// nothing.
func setText(to *string, s string) bool {
	if s == "" || *to == s {
		return false
	}
	*to = s
	return true
}

// addrText returns an address of 4 or 16 bytes as text, "" for anything else.
func addrText(b []byte) string {
	if a, ok := netip.AddrFromSlice(b); ok {
		return a.Unmap().String()
	}
	return ""
}

// lowerText is text in small letters.
func lowerText(b []byte) string { return strings.ToLower(text(b)) }

func itoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// printable is plain for ASCII.
func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
