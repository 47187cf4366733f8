package tests

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sockeye/parse"
	"sockeye/parse/filter"
)

// TestFilterChains: protochain finds what a walk over the headers finds, in
// random chains of as many headers as RFC 8200 lets a packet have.
func TestFilterChains(t *testing.T) {
	t.Parallel()
	const hopByHop, routing, fragment, ah, options, most = 0, 43, 44, 51, 60, 6
	var programs [256]*filter.Program
	for v := range programs {
		p, err := filter.Compile(fmt.Sprintf("ip6 protochain %d", v), filter.Options{Link: parse.LinkEthernet, Resolver: noNames{}})
		if err != nil {
			t.Fatal(err)
		}
		programs[v] = p
	}
	r := rand.New(rand.NewPCG(1, 4))
	for range 2000 {
		chain := []byte{}
		for range r.IntN(most + 1) {
			chain = append(chain, []byte{hopByHop, routing, fragment, ah, options}[r.IntN(5)])
		}
		chain = append(chain, []byte{6, 17, 58, 59, 132}[r.IntN(5)])
		data := append([]byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x86\xdd\x60\x00\x00\x00\x00\x00"), chain[0], 64)
		data = append(data, make([]byte, 32)...)
		for i, header := range chain[:len(chain)-1] {
			size, length := 8, 0 // in units of 8 bytes, the first not counted
			switch header {
			case ah: // in units of 4 bytes, the first two not counted
				length = r.IntN(4)
				size = 4 * (length + 2)
			case fragment:
			default:
				length = r.IntN(3)
				size = 8 * (length + 1)
			}
			data = append(data, chain[i+1], byte(length))
			data = append(data, make([]byte, size-2)...)
		}
		data = append(data, make([]byte, 20)...)
		present := [256]bool{}
		for _, header := range chain {
			present[header] = true
		}
		for v, p := range programs {
			if got := p.Match(data, uint32(len(data))); got != present[v] {
				t.Fatalf("chain %v: protochain %d: got %v want %v", chain, v, got, present[v])
			}
		}
	}
}
