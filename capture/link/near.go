package link

import (
	"cmp"
	"slices"
	"strings"
)

// maxNear is how many names Near suggests: more is a list, not a hint.
const maxNear = 3

// Near returns those of names that a user may have meant by name, the nearest
// first and at most three. Case does not matter.
func Near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	want := strings.ToLower(name)
	var near []candidate
	for _, n := range names {
		have := strings.ToLower(n)
		d := distance(want, have)
		switch {
		case d <= max(1, (len(want)+1)/3):
		case len(want) >= 2 && (strings.HasPrefix(have, want) || strings.HasPrefix(want, have)):
		default:
			continue
		}
		near = append(near, candidate{n, d})
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	out := make([]string, 0, maxNear)
	for _, c := range near[:min(len(near), maxNear)] {
		out = append(out, c.name)
	}
	return out
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment). It works on bytes:
// the kernel's names are at most 15 of them.
func distance(a, b string) int {
	// Row i-2, i-1 and i of the matrix.
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := above[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(above[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
