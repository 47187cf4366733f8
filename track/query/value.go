package query

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// thousands are the powers of 1000, and with an i behind them of 1024. Their case counts
// nothing.
const thousands = "kmgtpe"

// number reads a number of a kind with its unit.
func number(text string, k Kind) (float64, error) {
	n := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if n < 0 {
		n = len(text)
	}
	v, err := strconv.ParseFloat(text[:n], 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, fmt.Errorf("want %s, got %q", wanted[k], text)
	}
	factor, ok := unit(text[n:], k, v == 0)
	if !ok {
		return 0, fmt.Errorf("want %s, got %q", wanted[k], text)
	}
	return v * factor, nil
}

// wanted says how values of a kind are written.
var wanted = [kinds]string{
	Number:   "a number such as 443 or 10k",
	Label:    "a number",
	Bytes:    "a volume such as 1500, 10k, 1.5GB or 2GiB",
	Rate:     "a rate such as 100k or 1MB for bytes per second, or 8Mb for bits",
	Duration: "a time with its unit such as 100ms, 5s, 10m, 2h or 1d",
	Percent:  "a percentage such as 1%",
}

// unit returns what a number with a unit is to be multiplied by. Only 0 needs no unit
// of time.
func unit(text string, k Kind, zero bool) (factor float64, ok bool) {
	switch k {
	case Duration:
		factor, ok = durations[strings.ToLower(text)]
		return factor, ok || zero && text == ""
	case Percent:
		return 1, text == "" || text == "%"
	}
	factor, text = magnitude(text)
	switch {
	case text == "":
		return factor, true
	case k != Bytes && k != Rate:
		return 0, false
	}
	if k == Rate {
		for _, perSecond := range []string{"/s", "ps"} {
			text = strings.TrimSuffix(text, perSecond)
		}
	}
	switch text {
	case "", "B", "byte", "bytes":
		return factor, true
	case "b", "bit", "bits":
		return factor / 8, true
	}
	return 0, false
}

// durations are units of time in seconds.
var durations = map[string]float64{
	"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400,
}

// magnitude takes the letter of a power from the front of a unit.
func magnitude(text string) (factor float64, rest string) {
	if text == "" {
		return 1, ""
	}
	power := strings.IndexByte(thousands, lower[text[0]])
	if power < 0 {
		return 1, text
	}
	text = text[1:]
	base := 1000.0
	if strings.HasPrefix(text, "i") {
		base, text = 1024, text[1:]
	}
	return math.Pow(base, float64(power+1)), text
}

// numbers reads a number or a range of them: "80", "80-90", "1M-", "-1M". Each has a unit
// of its own, and may do without one where that means something ("500-1k"); what needs one
// takes that of the second: "1-2ms".
func numbers(text string, k Kind) (span, error) {
	from, to, ranged := strings.Cut(text, "-")
	if !ranged {
		v, err := number(text, k)
		return span{from: v, to: v}, err
	}
	if from == "" && to == "" {
		return span{}, fmt.Errorf("want %s, got %q", wanted[k], text)
	}
	s := span{from: math.Inf(-1), to: math.Inf(1)}
	var err error
	if to != "" {
		if s.to, err = number(to, k); err != nil {
			return s, err
		}
	}
	if from != "" {
		if s.from, err = number(from, k); err != nil {
			if s.from, err = number(from+unitOf(to), k); err != nil {
				return s, err
			}
		}
	}
	if s.from > s.to {
		return s, fmt.Errorf("the range %s ends before it begins", text)
	}
	return s, nil
}

// unitOf returns the unit behind a number.
func unitOf(text string) string { return strings.TrimLeft(text, "0123456789.") }

// labelled reads the numbers of a Label: "1000", "AS13335". ok is false where it is a
// text.
func labelled(text string) (span, bool) {
	if len(text) > 2 && strings.EqualFold(text[:2], "as") {
		text = text[2:]
	}
	if strings.Trim(text, "0123456789-") != "" {
		return span{}, false
	}
	s, err := numbers(text, Label)
	return s, err == nil
}

// addresses reads an address, a network or a range. ok is false where it is none of
// them; an error says that it was meant to be one.
func addresses(text string) (s addrSpan, ok bool, err error) {
	text = strings.Trim(text, "[]")
	if address, length, cut := strings.Cut(text, "/"); cut {
		a, err := netip.ParseAddr(address)
		if err != nil {
			return s, false, nil // a text
		}
		p, err := netip.ParsePrefix(a.WithZone("").String() + "/" + length)
		if err != nil {
			return s, true, fmt.Errorf("want a prefix length from 0 to %d, got %q", a.BitLen(), length)
		}
		return network(p), true, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.WithZone("")
		return addrSpan{a, a}, true, nil
	}
	from, to, cut := strings.Cut(text, "-")
	a, errA := netip.ParseAddr(from)
	b, errB := netip.ParseAddr(to)
	switch {
	case !cut || errA != nil || errB != nil:
		return s, false, nil
	case a.BitLen() != b.BitLen():
		return s, true, fmt.Errorf("the range %s has two families of addresses", text)
	case b.Less(a):
		return s, true, fmt.Errorf("the range %s ends before it begins", text)
	}
	return addrSpan{a.WithZone(""), b.WithZone("")}, true, nil
}

// network returns the addresses from a network's first to its last.
func network(p netip.Prefix) addrSpan {
	p = p.Masked()
	last := slices.Clone(p.Addr().AsSlice())
	for bit := p.Bits(); bit < len(last)*8; bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	to, _ := netip.AddrFromSlice(last) // of 4 or 16 bytes
	return addrSpan{p.Addr(), to}
}
