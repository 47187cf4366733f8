// Hot path: no allocation.

package pcap

import (
	"math"
	"math/bits"
)

// Resolution is the unit of a file's timestamps, in the encoding of the option
// if_tsresol: the negative power of 2 if the top bit is set, of 10 otherwise.
type Resolution uint8

// The resolutions that are common.
const (
	Microseconds Resolution = 6
	Nanoseconds  Resolution = 9
)

// valid reports whether a second is countable in the unit.
func (r Resolution) valid() bool { return r <= 19 || r >= 0x80 && r <= 0x80+63 }

// clock turns a file's timestamps into ns since the Unix epoch.
type clock struct {
	unit   int64  // ns in a unit, where that is whole
	fast   uint64 // timestamps below are converted by unit alone
	res    Resolution
	offset int64 // seconds
}

func newClock(res Resolution, offset int64) clock {
	c := clock{res: res, offset: offset}
	if res <= 9 && offset == 0 {
		c.unit = int64(pow10[9-res])
		c.fast = uint64(math.MaxInt64/c.unit) + 1
	}
	return c
}

// pow10 are the powers of ten that fit.
var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// ns converts a timestamp, exactly but for fractions of a nanosecond, which
// are cut off. Times beyond int64 are given as its limits.
func (c *clock) ns(ts uint64) int64 {
	if ts < c.fast {
		return int64(ts) * c.unit
	}
	sec, frac := c.split(ts)
	s := int64(min(sec, math.MaxInt64))
	if c.offset > 0 && s > math.MaxInt64-c.offset {
		return math.MaxInt64
	}
	s += c.offset
	const last = math.MaxInt64 / 1_000_000_000
	switch {
	case s >= last:
		return math.MaxInt64
	case s < -last:
		return math.MinInt64
	}
	return s*1e9 + frac
}

// split returns whole seconds and the nanoseconds beyond them.
func (c *clock) split(ts uint64) (sec uint64, frac int64) {
	if c.res >= 0x80 {
		n := uint(c.res - 0x80)
		hi, lo := bits.Mul64(ts&(1<<n-1), 1e9)
		return ts >> n, int64(hi<<(64-n) | lo>>n)
	}
	sec, rest := ts/pow10[c.res], ts%pow10[c.res]
	if c.res <= 9 {
		return sec, int64(rest * pow10[9-c.res])
	}
	return sec, int64(rest / pow10[c.res-9])
}
