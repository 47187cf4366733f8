package filter

import "strings"

// The functions here return how many bytes at the start of a text have a form,
// 0 where it does not start with that form.

func isDigit(c byte) bool    { return c-'0' < 10 }
func isHex(c byte) bool      { return isDigit(c) || c|0x20-'a' < 6 }
func isWordByte(c byte) bool { return isDigit(c) || c|0x20-'a' < 26 }

// spanHex counts hexadecimal digits, at most limit.
func spanHex(s string, limit int) int {
	n := 0
	for n < len(s) && n < limit && isHex(s[n]) {
		n++
	}
	return n
}

// spanName measures a name: letters, digits and - _ . between them, the last of
// them at the end as well.
func spanName(s string) int {
	n := 0
	for n < len(s) && (isWordByte(s[n]) || n > 0 && (s[n] == '-' || s[n] == '_' || s[n] == '.')) {
		n++
	}
	return len(strings.TrimRight(s[:n], "-_"))
}

// spanNumber measures a number: decimal digits, or 0x and hexadecimal ones.
func spanNumber(s string) int {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && isHex(s[2]) {
		return 2 + spanHex(s[2:], len(s))
	}
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// spanDotted measures two to four numbers with dots between them.
func spanDotted(s string) int {
	n, parts := spanNumber(s), 1
	if n == 0 {
		return 0
	}
	for parts < 4 && n < len(s) && s[n] == '.' {
		part := spanNumber(s[n+1:])
		if part == 0 {
			break
		}
		n += 1 + part
		parts++
	}
	if parts == 1 {
		return 0
	}
	return n
}

// spanMAC measures an Ethernet address: six bytes with one sign between them,
// three groups of four digits with dots, or twelve digits.
func spanMAC(s string) int {
	longest := 0
	for _, sep := range []byte(":-.") {
		longest = max(longest, spanBytes(s, sep))
	}
	if spanHex(s, 12) == 12 {
		longest = max(longest, 12)
	}
	if len(s) >= 14 && spanHex(s, 4) == 4 && s[4] == '.' && spanHex(s[5:], 4) == 4 &&
		s[9] == '.' && spanHex(s[10:], 4) == 4 {
		longest = max(longest, 14)
	}
	return longest
}

// spanBytes measures six bytes of one or two digits, with sep between them.
func spanBytes(s string, sep byte) int {
	n := 0
	for i := range 6 {
		if i > 0 {
			if n == len(s) || s[n] != sep {
				return 0
			}
			n++
		}
		digits := spanHex(s[n:], 2)
		if digits == 0 {
			return 0
		}
		n += digits
	}
	return n
}

// spanColons measures bytes with colons behind each, two or more of them: what
// looks like an Ethernet address and is none.
func spanColons(s string) int {
	n, whole := 0, 0
	for count := 1; ; count++ {
		digits := spanHex(s[n:], 2)
		if digits == 0 {
			return whole
		}
		n += digits
		colons := len(s[n:]) - len(strings.TrimLeft(s[n:], ":"))
		if colons == 0 {
			return whole
		}
		n += colons
		if count > 1 {
			whole = n
		}
	}
}

// spanIPv6 measures an IPv6 address in the forms of RFC 4291, section 2.2: eight
// groups, or fewer with :: for the rest; the last two may be written as an IPv4
// address.
func spanIPv6(s string) int {
	n, groups, longest := 0, 0, 0
	gap := strings.HasPrefix(s, "::")
	if gap {
		n, longest = 2, 2
	}
	for {
		if quad := spanQuad(s[n:]); quad > 0 && (groups == 6 && !gap || groups <= 5 && gap) {
			longest = max(longest, n+quad)
		}
		digits := spanHex(s[n:], 4)
		if digits == 0 {
			return longest
		}
		n += digits
		groups++
		if groups == 8 && !gap || groups <= 7 && gap {
			longest = max(longest, n)
		}
		switch {
		case groups == 8 || n == len(s) || s[n] != ':':
			return longest
		case !strings.HasPrefix(s[n:], "::"):
			n++
		case gap:
			return longest
		default:
			gap = true
			n += 2
			longest = max(longest, n)
		}
	}
}

// spanQuad measures four numbers with dots between them.
func spanQuad(s string) int {
	n := spanDotted(s)
	if strings.Count(s[:n], ".") != 3 {
		return 0
	}
	return n
}
