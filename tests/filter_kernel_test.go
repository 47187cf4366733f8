package tests

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sockeye/parse"
	"sockeye/parse/filter"
)

// TestFilterTags: behind "vlan" the program for a live capture, with the tag beside
// the packet or inside, gives the answers that the one for a file gives.
func TestFilterTags(t *testing.T) {
	t.Parallel()
	const expressions, packets = 1500, 60
	pool := packetPool(t, "EN10MB", 400, rand.New(rand.NewPCG(1, 3)))
	compared, matched := 0, 0
	for n := range uint64(expressions) {
		r := rand.New(rand.NewPCG(1, n))
		g := grammar{r: r}
		expr := g.pick("vlan", "vlan 100", "vlan 7") + " and (" + g.sum(2) + ")"
		// These see the tag, or the length with it.
		if seen := []string{"len", "less", "greater", "byte", "ether[", "link[", "ifindex", "bound"}; slices.ContainsFunc(seen,
			func(s string) bool { return strings.Contains(expr, s) }) {
			continue
		}
		file, err := filter.Compile(expr, filter.Options{Resolver: noNames{}, Link: parse.LinkEthernet})
		live, liveErr := filter.Compile(expr, filter.Options{Resolver: noNames{}, Link: parse.LinkEthernet, Kernel: true})
		if err != nil || liveErr != nil {
			if (err == nil) != (liveErr == nil) {
				t.Errorf("%q: got error %v for a file, %v live", expr, err, liveErr)
			}
			continue
		}
		compared++
		program := instructions(live)
		for range packets {
			inside := mutated(pool[r.IntN(len(pool))], r)
			if len(inside.Data) < 14 {
				continue
			}
			tci := []uint16{100, 7, 0x2064, 0xe007, 1}[r.IntN(5)]
			tag := binary.BigEndian.AppendUint16([]byte{0x81, 0}, tci)
			inside.Data = slices.Concat(inside.Data[:12], tag, inside.Data[12:])
			instructions(file).Steer(&inside, r)
			if [2]byte(inside.Data[12:]) != [2]byte(tag) {
				continue // steered away from being tagged
			}
			want := file.Match(inside.Data, inside.Wire)
			if got := program.Run(&inside); got.Matches() != want {
				t.Errorf("%q: got %v live, %v in a file, on %x, tag and all", expr, got.Matches(), want, inside.Data)
				break
			}
			beside := inside
			beside.Data = slices.Concat(inside.Data[:12], inside.Data[16:])
			beside.Tagged, beside.TCI = true, binary.BigEndian.Uint16(inside.Data[14:])
			if got := program.Run(&beside); got.Matches() != want {
				t.Errorf("%q: got %v live, %v in a file, on %x, the tag beside it", expr, got.Matches(), want, inside.Data)
				break
			}
			if want {
				matched++
			}
		}
	}
	t.Logf("%d expressions; %d packets matched", compared, matched)
}
