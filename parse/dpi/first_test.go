package dpi

import (
	"math/rand/v2"
	"testing"
)

// TestFirstBytes requires that no signature knows what its list of first bytes
// keeps from it, so that it is never asked: what the conversations of all tests begin with,
// each of those with another first byte, and random bytes.
func TestFirstBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var heads [][]byte
	for _, c := range registered {
		all, err := c.lines()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all[:min(len(all), 3)] {
			if len(s.b) > 0 {
				heads = append(heads, s.b)
			}
		}
	}
	for range 200 {
		b := make([]byte, 1+rng.IntN(200))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		heads = append(heads, b)
	}
	seen := map[string]bool{}
	for _, head := range heads {
		b := append([]byte(nil), head[:min(len(head), 2048)]...)
		for first := range 256 {
			b[0] = byte(first)
			for _, c := range []*candidates{&streamCandidates, &packetCandidates} {
				for _, f := range missed(c, b) {
					if !seen[f] {
						seen[f] = true
						t.Errorf("%s: got a match that is never asked for: % x", f, b[:min(len(b), 24)])
					}
				}
			}
		}
	}
}

// missed names the candidates that know a head and are not asked about it.
func missed(t *candidates, head []byte) []string {
	var names []string
	for dir := range 2 {
		s := sample{wire: len(head), begun: true, ports: [2]uint16{45000, 45001}}
		s.head[dir] = head
		worth := t.worth(&s)
		for _, c := range t.list {
			if worth>>c.n&1 == 0 && c.matches(&s) >= likely {
				names = append(names, c.proto.String())
			}
		}
	}
	return names
}
