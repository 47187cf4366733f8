package filter

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Suggestions are made by trying: of the edits that might mend the text, the first
// that makes it parse is what the reader is asked about.

const (
	longestMended    = 4096 // bytes of a text that is tried; nobody types more
	longestShown     = 100  // bytes of a text that is shown whole
	mostNearKeywords = 8
)

// An edit replaces a piece of the text.
type edit struct {
	from, to int
	with     string
}

func (e edit) apply(text string) string { return text[:e.from] + e.with + text[e.to:] }

// suggest says what to do about a fault; it returns "" where nothing comes to mind.
func suggest(text string, fail *Error) string {
	if len(text) > longestMended {
		return ""
	}
	at := trouble(text, fail.Offset)
	if strings.ContainsAny(at.tok.text, `'"`) && at.tok.kind == tokenBad {
		return "leave out the quotes, or check that the shell takes them away"
	}
	further := ""
	for _, e := range at.edits(text) {
		mended := e.apply(text)
		_, next := parseOnly(mended)
		if next == nil {
			return show(mended)
		}
		if further == "" && next.Offset > e.from+len(e.with) && next.Offset-len(mended) > fail.Offset-len(text) {
			further = mended[:next.Offset]
		}
	}
	if further != "" {
		return show(strings.TrimSpace(further) + " …")
	}
	return at.advice()
}

// show asks about a text that parses.
func show(mended string) string {
	if len(mended) > longestShown || !isPlain(mended) {
		return ""
	}
	return `did you mean "` + mended + `"?`
}

// neighbours are the tokens round a fault.
type neighbours struct {
	before, tok, after token
}

// trouble finds the tokens round an offset.
func trouble(text string, offset int) neighbours {
	l := lexer{text: text}
	var n neighbours
	for n.tok = l.next(); n.tok.kind != tokenEnd && n.tok.end <= offset; n.tok = l.next() {
		n.before = n.tok
	}
	n.after = l.next()
	return n
}

// edits returns what is worth a try, the likeliest first.
func (n neighbours) edits(text string) []edit {
	var edits []edit
	add := func(t token, with string) { edits = append(edits, edit{t.at, t.end, with}) }
	insert := func(where int, with string) { edits = append(edits, edit{where, where, with}) }

	edits = append(edits, displayFilter(text, n.tok)...)
	edits = append(edits, displayFilter(text, n.before)...)
	for _, t := range []token{n.tok, n.before} {
		if t.kind != tokenName || text[t.at] == '\\' {
			continue
		}
		for _, word := range near(t.text) {
			add(t, word)
		}
	}
	switch t := n.tok; {
	case t.kind == tokenKeyword && t.text != "!":
		insert(t.at, `\`)
	case t.isIdentifier():
		for _, word := range qualifierFor(t) {
			insert(t.at, word+" ")
		}
	case t.is("="), t.is(">"), t.is("<"):
		if n.before.end == t.at { // => for >=
			edits = append(edits, edit{n.before.at, t.end, text[t.at:t.end] + text[n.before.at:n.before.end]})
		}
		edits = append(edits, edit{t.at, n.after.at, ""})
		add(t, ">=")
	case t.is("&"), t.is("|"):
		add(t, text[t.at:t.end]+t.text)
	case t.is("/"):
		insert(t.at, ".0.0.0")
	case t.kind == tokenBad && t.text == ",":
		add(t, " or ")
	}
	if n.tok.end > n.tok.at && n.before.end > 0 {
		insert(n.tok.at, "and ")
	}
	insert(len(text), ")")
	insert(len(text), "]")
	insert(len(text), " != 0")
	return edits
}

// qualifierFor returns what usually stands in front of such an identifier.
func qualifierFor(t token) []string {
	switch t.kind {
	case tokenNumber:
		return []string{"port", "host"}
	case tokenMAC:
		return []string{"ether host"}
	case tokenDotted:
		if strings.Count(t.text, ".") < 3 {
			return []string{"net"}
		}
	case tokenName:
		if _, _, ok := lookupPort(t.text); ok {
			return []string{"port"}
		}
	}
	return []string{"host"}
}

// advice is for faults that no single edit mends.
func (n neighbours) advice() string {
	if word := strings.ToLower(n.tok.text); word != n.tok.text && n.tok.kind == tokenName {
		if _, ok := keywords[word]; ok {
			return "keywords are written in lower case: " + word
		}
	}
	return ""
}

// near returns the keywords that a word may be a slip of, the nearest first.
func near(word string) []string {
	type candidate struct {
		word string
		cost int
	}
	var found []candidate
	limit := 1
	if len(word) > 4 {
		limit = 2
	}
	lower := strings.ToLower(word)
	for k := range maps.Keys(keywords) {
		if len(k) < 2 || len(k)-len(word) > limit || len(word)-len(k) > limit {
			continue
		}
		if d := distance(lower, k); d <= limit {
			// A slip keeps the length more often than not.
			cost := 4*d + 2*max(len(k)-len(word), len(word)-len(k))
			if k[0] != lower[0] {
				cost++
			}
			found = append(found, candidate{k, cost})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), strings.Compare(a.word, b.word))
	})
	words := make([]string, 0, mostNearKeywords)
	for _, c := range found[:min(len(found), mostNearKeywords)] {
		words = append(words, c.word)
	}
	return words
}

// distance counts the letters to insert, to leave out, to replace or to swap with
// the next one to make b of a (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
