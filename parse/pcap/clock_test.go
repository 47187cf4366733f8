package pcap

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestClock(t *testing.T) {
	rows := []struct {
		name   string
		res    Resolution
		offset int64
		ts     uint64
		want   int64
	}{
		{"µs", 6, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000},
		{"ns", 9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{"s", 0, 0, 1_700_000_000, 1_700_000_000_000_000_000},
		{"ps", 12, 0, 1_700_000_000_123_456, 1_700_000_000_123},
		{"10^-19 s", 19, 0, 1 << 63, 922_337_203},
		{"2^-10 s", 0x80 + 10, 0, 1_700_000_000<<10 | 512, 1_700_000_000_500_000_000},
		{"2^-32 s", 0x80 + 32, 0, 1_700_000_000<<32 | 1<<31, 1_700_000_000_500_000_000},
		{"2^-63 s", 0x80 + 63, 0, 1<<63 | 1<<62, 1_500_000_000},
		{"2^0 s", 0x80, 0, 1_700_000_000, 1_700_000_000_000_000_000},
		{"offset", 6, 1_700_000_000, 1, 1_700_000_000_000_001_000},
		{"offset back", 6, -1, 500_000, -500_000_000},
		{"zero with offset", 9, 3, 0, 3_000_000_000},
		{"far future", 0, 0, math.MaxUint64, math.MaxInt64},
		{"µs beyond int64", 6, 0, math.MaxUint64, math.MaxInt64},
		{"offset beyond int64", 6, math.MaxInt64, 1, math.MaxInt64},
		{"offset before int64", 6, math.MinInt64, 1, math.MinInt64},
	}
	for _, row := range rows {
		c := newClock(row.res, row.offset)
		if got := c.ns(row.ts); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
}

// TestClockAgainstBig compares every resolution with arithmetic that cannot
// overflow.
func TestClockAgainstBig(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for res := range Resolution(255) {
		if !res.valid() {
			continue
		}
		for range 200 {
			ts := rnd.Uint64() >> rnd.UintN(64)
			offset := int64(rnd.Uint64()) >> rnd.UintN(64)
			if rnd.UintN(3) == 0 {
				offset = 0
			}
			c := newClock(res, offset)
			if got, want := c.ns(ts), bigNS(res, offset, ts); got != want {
				t.Fatalf("resolution 0x%02x, offset %d, timestamp %d: got %d, want %d", uint8(res), offset, ts, got, want)
			}
		}
	}
}

func bigNS(res Resolution, offset int64, ts uint64) int64 {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(res)), nil)
	if res >= 0x80 {
		unit = new(big.Int).Lsh(big.NewInt(1), uint(res-0x80))
	}
	second := big.NewInt(1e9)
	n := new(big.Int).Mul(new(big.Int).SetUint64(ts), second)
	n.Div(n, unit)
	n.Add(n, new(big.Int).Mul(big.NewInt(offset), second))
	switch lo, hi := big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64); {
	case n.Cmp(lo) < 0:
		return math.MinInt64
	case n.Cmp(hi) > 0:
		return math.MaxInt64
	}
	return n.Int64()
}
