package filter

import "strings"

// Suggestions are made by trying: of the edits that might mend the text where its
// fault is, the first that makes it parse is what the reader is asked about. Where
// none does, the one that lets the parser come furthest is kept, and what is wrong
// behind it is mended in the same way.

const (
	longestMended = 1024 // bytes of a text that is tried; nobody types more
	longestShown  = 100  // bytes of a text that is shown
	mostEdits     = 6    // in one text
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
	if t := trouble(text, fail.Offset).tok; t.kind == tokenBad && strings.ContainsAny(t.text, `'"`) {
		return "leave out the quotes, or check that the shell takes them away"
	}
	for range mostEdits {
		text, fail = mend(text, fail)
		switch {
		case text == "":
			return ""
		case fail == nil && len(text) <= longestShown && isPlain(text):
			return `did you mean "` + text + `"?`
		case fail == nil:
			return ""
		}
	}
	return ""
}

// mend makes the likeliest edit; what is still wrong then is the second result. The
// text is empty where no edit helps.
func mend(text string, fail *Error) (string, *Error) {
	best, rest := "", len(text)-fail.Offset
	var next *Error
	for _, e := range trouble(text, fail.Offset).edits(text) {
		mended := e.apply(text)
		_, still := parseOnly(mended)
		if still == nil {
			return mended, nil
		}
		if left := len(mended) - still.Offset; left < rest && still.Offset >= e.from+len(e.with) {
			best, rest, next = mended, left, still
		}
	}
	return best, next
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
	try := func(from, to int, with string) { edits = append(edits, edit{from, to, with}) }

	for _, t := range []token{n.tok, n.before} {
		if t.kind != tokenName || text[t.at] == '\\' {
			continue
		}
		edits = append(edits, displayFilter(text, t)...)
		for _, word := range nearKeywords(t.text) {
			try(t.at, t.end, word)
		}
	}
	edits = append(edits, n.signs(text)...)
	switch t := n.tok; {
	case t.isJoint() && n.before.isJoint():
		try(n.before.end, t.end, "")
	case t.isRole(roleProtoKind):
		try(n.before.at, t.at, "")
	case t.isRole(roleKind):
		try(t.at, t.at, "dst ")
		try(t.at, t.at, "src ")
	case t.isIdentifier():
		for _, word := range qualifierFor(t) {
			try(t.at, t.at, word+" ")
		}
	}
	if n.tok.kind == tokenKeyword && !n.tok.isJoint() && n.tok.text != "!" {
		try(n.tok.at, n.tok.at, `\`)
	}
	if n.before.end > 0 && n.tok.kind != tokenEnd {
		try(n.tok.at, n.tok.at, "and ")
		try(n.before.end, n.before.end, "]")
	}
	try(len(text), len(text), ")")
	try(len(text), len(text), "]")
	if strings.Contains(text, "[") { // a field that is not compared
		try(len(text), len(text), " != 0")
		try(len(text), len(text), "] != 0")
		try(0, len(text), strings.Replace(text, "&&", "&", 1)+" != 0")
	}
	return edits
}

// signs returns the edits for a fault at something that is no word.
func (n neighbours) signs(text string) []edit {
	t := n.tok
	written := text[t.at:t.end]
	switch {
	case n.before.is("<") && t.is(">"):
		return []edit{{n.before.at, t.end, "!="}}
	case t.is("!="):
		return []edit{{t.at, t.end, "not"}}
	case t.is("=") || t.is(">") || t.is("<"):
		return []edit{
			{n.before.at, t.end, written + text[n.before.at:n.before.end]}, // => for >=
			{t.at, n.after.at, ""}, // port = 80
		}
	case t.is("&") || t.is("|"):
		return []edit{{t.at, t.end, written + written}}
	case t.is("/"):
		return []edit{{t.at, t.at, ".0.0.0"}, {t.at, t.at, ".0.0"}, {t.at, t.at, ".0"}}
	case t.is(":"):
		return []edit{{n.before.end, n.after.at, "-"}}
	case t.is(")") || t.is("]"):
		return []edit{{t.at, t.end, ""}}
	case t.kind == tokenBad && t.text == ",":
		return []edit{{t.at, n.after.at, " or "}}
	}
	return nil
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
