package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Interval is the time between two records.
type Interval time.Duration

// Shortest and longest Interval: a record costs time, and one a day is rare
// enough.
const (
	MinInterval = Interval(50 * time.Millisecond)
	MaxInterval = Interval(24 * time.Hour)
)

// ParseInterval reads "500ms", "2s" or "1m30s"; a plain number is
// milliseconds.
func ParseInterval(s string) (Interval, error) {
	d, err := time.ParseDuration(s)
	if ms, numErr := strconv.Atoi(s); numErr == nil {
		d, err = 0, nil
		if ms <= int(time.Duration(MaxInterval)/time.Millisecond) {
			d = time.Duration(ms) * time.Millisecond
		} else {
			d = math.MaxInt64
		}
	}
	switch i := Interval(d); {
	case err != nil:
		return 0, fmt.Errorf("want a time such as 500ms or 2s (a plain number is milliseconds), got %q", s)
	case i < MinInterval || i > MaxInterval:
		return 0, fmt.Errorf("want a time from %v to %v (a plain number is milliseconds), got %q",
			time.Duration(MinInterval), time.Duration(MaxInterval), s)
	default:
		return i, nil
	}
}

// UnmarshalText reads what ParseInterval reads.
func (i *Interval) UnmarshalText(text []byte) (err error) {
	*i, err = ParseInterval(string(text))
	return err
}

// MarshalYAML returns what ParseInterval reads.
func (i Interval) MarshalYAML() (any, error) { return time.Duration(i).String(), nil }

// Largest numbers that are taken. What is larger is a slip of the hand: it asks
// for more memory, or more goroutines, than any machine has use for.
const (
	MostFlows   = 1 << 30 // flows kept at a time
	MostSockets = 1 << 20 // open sockets remembered
	MostQueues  = 64      // rings an interface
)

// Size is an amount of memory in bytes.
type Size int

var sizeUnits = []struct {
	suffix string
	bytes  float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9},
	{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30},
	{"b", 1}, {"", 1},
}

// maxSize keeps a Size in range where int has 32 bits, too.
const maxSize = math.MaxInt32

// ParseSize reads "64MiB", "64M" (the same), "64MB" (millions) or a plain
// number of bytes. Case does not matter.
func ParseSize(s string) (Size, error) {
	low := strings.ToLower(strings.TrimSpace(s))
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(low, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if err != nil || !(n*u.bytes >= 1 && n*u.bytes <= maxSize) {
			break
		}
		return Size(n * u.bytes), nil
	}
	return 0, fmt.Errorf("want an amount of memory such as 64MiB, less than 2GiB, got %q", s)
}

// UnmarshalText reads what ParseSize reads.
func (z *Size) UnmarshalText(text []byte) (err error) {
	*z, err = ParseSize(string(text))
	return err
}
