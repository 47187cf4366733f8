// Hot path: no allocation.

package parse

import "math/bits"

// Seed makes the hashes of one table differ from those of any other, so that
// nobody who sends packets can choose keys that collide. Both words are
// random.
type Seed [2]uint64

// Odd constants with as many ones as zeros, which make four secrets of the
// seed's two words (the fractional parts of the square roots of 2, 3 and 5).
const (
	mix0 = 0x6a09e667f3bcc909
	mix1 = 0xbb67ae8584caa73b
	mix2 = 0x3c6ef372fe94f82b
)

// Hash returns a keyed hash of k, good in its high and in its low bits. Each
// pair of words goes through a folded 64 × 64 multiplication in which both
// factors are masked by the seed, as in wyhash: with a seed that the sender
// does not know he can make no factor zero, and no two differences cancel out.
// A last one mixes what comes of them. It takes 3 ns (BenchmarkHash).
func (k *Key) Hash(seed Seed) uint64 {
	ports := uint64(k.APort) | uint64(k.BPort)<<16 | uint64(k.Proto)<<32 | uint64(k.Family)<<48
	lo := fold(k.ALo^seed[0], k.BLo^seed[1])
	hi := fold(k.AHi^seed[0]^mix0, k.BHi^seed[1]^mix1)
	return fold(lo^fold(ports^seed[1], seed[0]^mix2), hi^mix2)
}

// HashHosts returns a hash of the two addresses alone, the same for every
// program: all packets between two hosts have the same, fragments and errors too.
// Who sends packets can choose ones that collide, so it is for sharing work out,
// not for tables.
func (k *Key) HashHosts() uint64 {
	h := fold(k.ALo^mix0, k.BLo^mix1)
	if k.AHi|k.BHi != 0 {
		h ^= fold(k.AHi^mix1, k.BHi^mix2)
	}
	return h ^ h>>32
}

// fold multiplies to 128 bits and folds the halves together.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
