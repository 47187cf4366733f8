package dpi

import "bytes"

// maxLine is how much of one line is read. RFC 5321 allows 512 bytes and RFC 9112
// recommends to take 8000; what matters stands at the beginning.
const maxLine = 4096

// A lineReader cuts one direction of a connection into lines, in time that is
// linear in what it reads.
type lineReader struct {
	seen int  // bytes at the head of what is unread that hold no end of a line
	rest bool // the beginning of the line was shown, or is missing: its rest is passed over
}

// next returns the next line of b without its end, and how many bytes are done
// with. The line is nil where b holds no whole one. A line longer than maxLine is
// returned once, cut to that.
func (r *lineReader) next(b []byte) (line []byte, n int) {
	if r.rest {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return nil, len(b)
		}
		r.rest, r.seen = false, 0
		n = i + 1
		b = b[n:]
	}
	r.seen = min(r.seen, len(b))
	i := bytes.IndexByte(b[r.seen:], '\n')
	if i >= 0 && r.seen+i <= maxLine {
		i += r.seen
		r.seen = 0
		return bytes.TrimSuffix(b[:i:i], cr), n + i + 1
	}
	if len(b) >= maxLine {
		r.seen, r.rest = 0, true
		return b[:maxLine:maxLine], n + maxLine
	}
	r.seen = len(b)
	return nil, n
}

// lose tells that bytes are missing before what comes next.
func (r *lineReader) lose() { r.seen, r.rest = 0, true }

var cr = []byte{'\r'}

// A lineProtocol is read line by line.
type lineProtocol interface {
	// line reads a line that dir sent. The result says how many bytes behind it
	// are passed over: a literal, a body. After c.done, c.become and the like it is stop.
	line(c *conv, dir Dir, line []byte) (skip int)
	// speaker says which end would send such a line, where that is beyond doubt.
	speaker(line []byte) (Dir, bool)
}

// A lineLoser is a lineProtocol that remembers something from one line to the next.
type lineLoser interface {
	// lose tells that lines of dir may be missing before the next one.
	lose(dir Dir)
}

const stop = -1 // nothing more of this direction is to be read

// A lineDecoder reads what a lineProtocol understands. It finds out who is the
// server, where the flow was first seen in its middle.
type lineDecoder struct {
	p      lineProtocol
	in     [2]lineReader
	sorted bool
}

func (d *lineDecoder) stream(c *conv, dir Dir, b []byte) int {
	pos := 0
	if dir == ToServer && b[0] == recordHandshake && matchTLSHead(b) == sure {
		// A client that did not ask: it takes the port for one of TLS alone.
		c.become(TLS)
		return 0
	}
	for pos < len(b) {
		line, n := d.in[dir].next(b[pos:])
		pos += n
		if line == nil {
			break
		}
		if !d.sorted {
			dir = d.sort(c, dir, line)
		}
		skip := d.p.line(c, dir, line)
		if skip == stop {
			break
		}
		pos += skip
	}
	return pos
}

// sort swaps the ends where line can only come from the other one. It returns the
// direction that line has then.
func (d *lineDecoder) sort(c *conv, dir Dir, line []byte) Dir {
	who, ok := d.p.speaker(line)
	if !ok {
		return dir
	}
	d.sorted = true
	if who != dir {
		c.swap()
		d.in[0], d.in[1] = d.in[1], d.in[0]
	}
	return who
}

func (d *lineDecoder) gap(_ *conv, dir Dir, _ uint32) {
	d.in[dir].lose()
	if p, ok := d.p.(lineLoser); ok {
		p.lose(dir)
	}
}

// word returns the first word of a line and what follows the blanks behind it.
func word(line []byte) (first, rest []byte) {
	for i, c := range line {
		if c == ' ' || c == '\t' {
			return line[:i], bytes.TrimLeft(line[i:], " \t")
		}
	}
	return line, nil
}

// is reports whether b is the word w, given in upper case, in any case.
func is(b []byte, w string) bool { return len(b) == len(w) && hasFold(b, w) }

// hasFold reports whether b begins with the ASCII text w in any case of letters.
func hasFold(b []byte, w string) bool {
	if len(b) < len(w) {
		return false
	}
	for i := range len(w) {
		if upper(b[i]) != upper(w[i]) {
			return false
		}
	}
	return true
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// containsFold reports whether the ASCII text w, given in upper case, occurs in b
// in any case of letters.
func containsFold(b []byte, w string) bool {
	for i := 0; i+len(w) <= len(b); i++ {
		if upper(b[i]) == w[0] && hasFold(b[i:], w) {
			return true
		}
	}
	return false
}

// oneOf returns the word of a list (in upper case) that b is in any case, "" for none.
func oneOf(b []byte, words []string) string {
	for _, w := range words {
		if is(b, w) {
			return w
		}
	}
	return ""
}

// maxWord is longer than any word that is looked for.
const maxWord = 40

// beginning says how b begins a line whose first word must be one of a list: sure
// if it does, more if it may once there are more bytes.
func beginning(b []byte, words []string) match {
	if len(b) == 0 || !textual(b) {
		return no
	}
	head := b[:min(len(b), maxWord)]
	for i, c := range head {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			return sureIf(oneOf(head[:i], words) != "")
		}
	}
	for _, w := range words {
		if len(head) <= len(w) && hasFold(head, w[:len(head)]) {
			return more
		}
	}
	return no
}

// textual reports whether b may begin a line of text, without a look at all of it.
func textual(b []byte) bool { return len(b) == 0 || b[0] >= ' ' && b[0] < 0x7f }

func sureIf(ok bool) match {
	if ok {
		return sure
	}
	return no
}

// firstLine returns the first line of b without its end; false if b holds no
// whole one.
func firstLine(b []byte) ([]byte, bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return nil, false
	}
	return bytes.TrimSuffix(b[:i:i], cr), true
}

// afterLine returns what follows the first line of b.
func afterLine(b []byte) []byte { return b[bytes.IndexByte(b, '\n')+1:] }

// plainText reports whether b holds nothing but what a line of text may: UTF-8
// and Latin-1 are let through, control characters but the tabulator are not.
func plainText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// replyCode reads the three digits of a server's reply (RFC 959 4.2, RFC 5321
// 4.2) and what follows; final says that no line of the same reply comes behind.
func replyCode(line []byte) (code int, text []byte, final, ok bool) {
	if len(line) < 3 || line[0] < '1' || line[0] > '6' || !digit(line[1]) || !digit(line[2]) {
		return 0, nil, false, false
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) == 3 {
		return code, nil, true, true
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, nil, false, false
	}
	return code, line[4:], line[3] == ' ', true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// number reads b as a decimal number of at most 18 digits behind leading zeros.
func number(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	if b = bytes.TrimLeft(b, "0"); len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if !digit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// addText adds a text to a list unless it is there, or the list is full.
func addText(list []string, b []byte) []string {
	if len(b) == 0 || len(list) >= maxList {
		return list
	}
	b = b[:min(len(b), maxText)]
	for _, s := range list {
		if s == string(b) {
			return list
		}
	}
	return append(list, string(b))
}
