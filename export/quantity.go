package export

import (
	"math"
	"strconv"
)

// prefixes of the SI: powers of 1000, for rates and for volumes alike.
var prefixes = [...]string{"", "k", "M", "G", "T", "P", "E"}

// quantity words v with three digits and an SI prefix: "0 b/s", "<1 b/s",
// "999 B", "1.00 kB", "12.3 Mb/s".
func quantity(v float64, unit string) string {
	if v > 0 && v < 1 {
		return "<1 " + unit
	}
	power := 0
	// 999.5 is shown as 1.00 k: no number has four digits before the point.
	for power < len(prefixes)-1 && math.Round(v) >= 1000 {
		v /= 1000
		power++
	}
	decimals := 0
	switch {
	case power == 0 || v >= 99.95:
	case v >= 9.995:
		decimals = 1
	default:
		decimals = 2
	}
	return strconv.FormatFloat(v, 'f', decimals, 64) + " " + prefixes[power] + unit
}
