package filter

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
)

// mostNear is how many words are held for possible.
const mostNear = 8

// nearKeywords returns the keywords that a word may be a slip of, the nearest first.
func nearKeywords(word string) []string {
	return near(word, func(yield func(string) bool) {
		for k := range keywords {
			if !yield(k) {
				return
			}
		}
		maps.Keys(numbers)(yield)
	})
}

// hintName asks whether one of the names of a table was meant; it returns "" where
// none is near.
func hintName[V any](word string, table map[string]V) string {
	if found := near(word, maps.Keys(table)); len(found) > 0 {
		return "did you mean " + quote(found[0]) + "?"
	}
	return ""
}

// near returns those of the words that one may be a slip of, the nearest first.
func near(word string, words iter.Seq[string]) []string {
	type candidate struct {
		word string
		cost int
	}
	var found []candidate
	lower := strings.ToLower(word)
	limit := costOther
	if len(word) > 4 {
		limit *= 2
	}
	for w := range words {
		longer := max(len(w)-len(lower), len(lower)-len(w))
		if len(w) < 2 || len(lower) == 0 || longer*costLetter > limit {
			continue
		}
		if d := distance(lower, w); d <= limit {
			found = append(found, candidate{w, d})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), strings.Compare(a.word, b.word))
	})
	best := make([]string, 0, mostNear)
	for _, c := range found[:min(len(found), mostNear)] {
		best = append(best, c.word)
	}
	return best
}

// What slips cost in a distance, the commonest least: two letters in the wrong
// order, one that is missing or too many, and one for another.
const (
	costSwap   = 3
	costLetter = 4
	costOther  = 5
)

// distance is what it costs to make b of a by inserting, leaving out and replacing
// letters and swapping neighbours (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j * costLetter
	}
	for i := range len(a) {
		row[0] = (i + 1) * costLetter
		for j := range len(b) {
			change := costOther
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j+1]+costLetter, row[j]+costLetter, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+costSwap)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
