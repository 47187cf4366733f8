package query

// Error is a mistake in a query.
type Error struct {
	Text       string // of the query
	Offset     int    // in Text, in bytes, of what is wrong
	Length     int    // of it; 0 where something is missing
	Reason     string // "no field is named "prot""
	Suggestion string // what may stand in its place; "" for nothing
}

func (e *Error) Error() string { return "query: " + e.Reason }

// nearest returns the name that may have been meant, "" where none is near.
func nearest(word string, names []string) string {
	best, least := "", max(1, (len(word)+1)/3)+1
	for _, name := range names {
		if d := distance(word, name); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours that
// turn a into b (optimal string alignment), by bytes.
func distance(a, b string) int {
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
