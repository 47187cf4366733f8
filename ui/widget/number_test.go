package widget

import (
	"math"
	"testing"
	"time"

	"sockeye/ui/term"
)

func TestBytes(t *testing.T) {
	tests := []struct {
		n    uint64
		want string
	}{
		{0, "0B"}, {1, "1B"}, {999, "999B"}, {1000, "1.00kB"}, {9994, "9.99kB"}, {9995, "10.0kB"}, {9996, "10.0kB"},
		{12345, "12.3kB"}, {99949, "99.9kB"}, {99950, "100kB"}, {999499, "999kB"}, {999500, "1.00MB"},
		{1234567890, "1.23GB"}, {math.MaxUint64, "18.4EB"},
	}
	for _, tt := range tests {
		if got := Bytes(tt.n); got != tt.want {
			t.Errorf("Bytes(%d): got %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestRate(t *testing.T) {
	tests := []struct {
		rate  float64
		bytes bool
		want  string
	}{
		{0, false, "0b"}, {0, true, "0B"}, {0.1, false, "<1b"}, {0.125, false, "1b"}, {0.99, true, "<1B"},
		{125, false, "1.00kb"}, {154_000, false, "1.23Mb"}, {154_000, true, "154kB"}, {124.9, false, "999b"},
		{1.25e9, false, "10.0Gb"}, {math.NaN(), false, "?"}, {math.Inf(1), true, "?"}, {-1250, false, "-10.0kb"},
	}
	for _, tt := range tests {
		if got := Rate(tt.rate, tt.bytes); got != tt.want {
			t.Errorf("Rate(%v, %v): got %q, want %q", tt.rate, tt.bytes, got, tt.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1.00k", 23_456_789: "23.5M"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d): got %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		d    time.Duration
		want string
	}{
		{-1, "?"}, {0, "0s"}, {999, "<1µs"}, {850 * time.Microsecond, "850µs"},
		{time.Millisecond - 501*time.Nanosecond, "999µs"}, {time.Millisecond - 500*time.Nanosecond, "1.00ms"},
		{12_345 * time.Microsecond, "12.3ms"}, {99_950 * time.Microsecond, "100ms"},
		{time.Second - 501*time.Microsecond, "999ms"}, {time.Second - time.Microsecond, "1.00s"},
		{1234 * time.Millisecond, "1.23s"}, {9_999 * time.Millisecond, "10.0s"}, {59_999 * time.Millisecond, "59s"},
		{time.Minute, "1m00s"}, {65 * time.Second, "1m05s"}, {time.Hour - 1, "59m59s"}, {time.Hour, "1h00m"},
		{day - 1, "23h59m"}, {day, "1d00h"}, {100*day - 1, "99d23h"}, {100 * day, "100d"}, {math.MaxInt64, "106751d"},
	}
	for _, tt := range tests {
		if got := Duration(tt.d); got != tt.want {
			t.Errorf("Duration(%d): got %q, want %q", tt.d, got, tt.want)
		}
	}
}

// FuzzNumbers checks that numbers have room in the columns that tables give them.
func FuzzNumbers(f *testing.F) {
	f.Add(uint64(999_500), 124.99)
	f.Add(uint64(math.MaxUint64), 1e18)
	f.Fuzz(func(t *testing.T, n uint64, rate float64) {
		texts := []string{Bytes(n), Count(n)}
		if rate >= 0 && rate < 1e17 || math.IsNaN(rate) {
			texts = append(texts, Rate(rate, true), Rate(rate, false))
		}
		if d := time.Duration(n % (270 * 365 * 24 * uint64(time.Hour))); d >= 0 {
			texts = append(texts, Duration(d))
		}
		for _, s := range texts {
			if w := term.Width(s); w > NumberWidth || w < 1 {
				t.Errorf("got %q of %d columns, want 1 to %d", s, w, NumberWidth)
			}
		}
	})
}
