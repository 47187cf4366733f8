package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Amount is a number of bytes, or of bytes per second.
type Amount float64

// powers are the prefixes of an Amount. Networks count by thousands: M is a million here,
// unlike in a Size.
const powers = "kmgt"

// maxAmount is more than any link carries, and exact in a float64.
const maxAmount = 1 << 53

// ParseAmount reads "10MB" or "10M" (millions of bytes), "10MiB", "100Mb" or "100Mbit"
// (millions of bits) or a plain number of bytes, with or without "/s" after it. As in
// queries b is bits and B is bytes; the case of other letters counts nothing.
func ParseAmount(s string) (Amount, error) {
	text := strings.TrimSpace(s)
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/")
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	factor, ok := amountUnit(text[len(digits):])
	if n *= factor; err != nil || !ok || !(n >= 0 && n <= maxAmount) {
		return 0, fmt.Errorf("want an amount such as 10MB, 10MiB or 100Mbit, got %q", s)
	}
	return Amount(n), nil
}

// amountUnit returns the bytes of a unit.
func amountUnit(unit string) (bytes float64, ok bool) {
	bytes = 1
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "/s"), "/S")
	if unit != "" {
		if power := strings.IndexByte(powers, unit[0]|0x20); power >= 0 { // in lower case
			base := 1000.0
			if unit = unit[1:]; unit != "" && unit[0]|0x20 == 'i' {
				base, unit = 1024, unit[1:]
			}
			bytes = math.Pow(base, float64(power+1))
		}
	}
	switch {
	case unit == "" || unit == "B":
		return bytes, true
	case unit == "b" || strings.EqualFold(unit, "bit"):
		return bytes / 8, true
	}
	return 0, false
}

// String returns what ParseAmount reads, in the largest unit that leaves no fraction.
func (a Amount) String() string {
	for _, u := range []struct {
		suffix string
		bytes  float64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if n := float64(a) / u.bytes; n >= 1 && n == math.Trunc(n) {
			return strconv.FormatFloat(n, 'f', -1, 64) + u.suffix
		}
	}
	return strconv.FormatFloat(float64(a), 'f', -1, 64)
}

// MarshalYAML returns what ParseAmount reads.
func (a Amount) MarshalYAML() (any, error) { return a.String(), nil }
