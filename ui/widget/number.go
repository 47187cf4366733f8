package widget

import (
	"math"
	"strconv"
	"time"
)

// NumberWidth is the most columns that Rate, Bytes and Count take, and Duration below
// 270 years.
const NumberWidth = 6

// prefixes of the SI: powers of 1000, for rates and for volumes alike.
const prefixes = " kMGTPE"

// Rate words bytes per second, in bits or in bytes per second: "0b", "<1b", "999b",
// "1.23Mb", "12.3MB". It has the digits of what Sockeye prints without a screen. A rate
// that is no number is "?".
func Rate(bytesPerSecond float64, bytes bool) string {
	if bytes {
		return quantity(bytesPerSecond, "B")
	}
	return quantity(bytesPerSecond*8, "b")
}

// Bytes words a volume: "999B", "1.00kB", "18.4EB".
func Bytes(n uint64) string { return quantity(float64(n), "B") }

// Count words a number of things: "999", "1.00k", "12.3M".
func Count(n uint64) string { return quantity(float64(n), "") }

// quantity words v with three digits, a prefix of the SI and a unit of one letter.
func quantity(v float64, unit string) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "?"
	case v > 0 && v < 1:
		return "<1" + unit
	}
	power := 0
	// 999.5 is shown as 1.00k: no number has four digits before the point.
	for power < len(prefixes)-1 && math.Round(math.Abs(v)) >= 1000 {
		v /= 1000
		power++
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], v, 'f', decimals(v, power == 0), 64)
	if power > 0 {
		text = append(text, prefixes[power])
	}
	return string(append(text, unit...))
}

// decimals returns how many digits stand behind the point where three are shown.
func decimals(v float64, whole bool) int {
	switch v = math.Abs(v); {
	case whole || v >= 99.95:
		return 0
	case v >= 9.995:
		return 1
	}
	return 2
}

// Duration words a time: "0s", "<1µs", "850µs", "12.3ms", "1.23s", "59s", "1m05s",
// "23h59m", "1d02h", "365d". One of less than nothing is "?": a clock was set back.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "?"
	case d == 0:
		return "0s"
	case d < time.Microsecond:
		return "<1µs"
	case d < time.Millisecond-500*time.Nanosecond:
		return strconv.FormatInt(int64(d.Round(time.Microsecond)/time.Microsecond), 10) + "µs"
	case d < time.Second-500*time.Microsecond:
		return digits(float64(d)/float64(time.Millisecond), "ms")
	case d < 10*time.Second:
		return digits(d.Seconds(), "s")
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < time.Hour:
		return pair(d, time.Minute, "m", time.Second, "s")
	case d < day:
		return pair(d, time.Hour, "h", time.Minute, "m")
	case d < 100*day:
		return pair(d, day, "d", time.Hour, "h")
	}
	return strconv.FormatInt(int64(d/day), 10) + "d"
}

// digits words a number below 1000 with three digits.
func digits(v float64, unit string) string {
	return strconv.FormatFloat(v, 'f', decimals(v, false), 64) + unit
}

// pair words d in a unit and the next smaller one, which has two digits. What is left is
// cut off, as clocks do: nothing is older than it is.
func pair(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	rest := int(d % large / small)
	zero := ""
	if rest < 10 {
		zero = "0"
	}
	return strconv.Itoa(int(d/large)) + largeName + zero + strconv.Itoa(rest) + smallName
}
