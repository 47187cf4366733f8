package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Amount is a number of bytes, or of bytes per second.
type Amount float64

// amountUnits are longest first, so that none is taken for the end of another. Networks
// count by thousands: M is a million here, unlike in a Size.
var amountUnits = []struct {
	suffix string
	bytes  float64
}{
	{"kbit", 1e3 / 8}, {"mbit", 1e6 / 8}, {"gbit", 1e9 / 8}, {"tbit", 1e12 / 8}, {"bit", 1.0 / 8},
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
	{"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"t", 1e12},
	{"b", 1}, {"", 1},
}

// maxAmount is more than any link carries, and exact in a float64.
const maxAmount = 1 << 53

// ParseAmount reads "10MB" or "10M" (millions of bytes), "10MiB", "100Mbit" or a plain
// number of bytes, with or without "/s" after it. Case does not matter.
func ParseAmount(s string) (Amount, error) {
	low := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), "/s")
	for _, u := range amountUnits {
		digits, ok := strings.CutSuffix(low, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if n *= u.bytes; err != nil || !(n >= 0 && n <= maxAmount) {
			break
		}
		return Amount(n), nil
	}
	return 0, fmt.Errorf("want an amount such as 10MB, 10MiB or 100Mbit, got %q", s)
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
