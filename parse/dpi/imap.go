package dpi

import "bytes"

// IMAPDetail is what is known of a connection to a mailbox by IMAP (RFC 9051).
type IMAPDetail struct {
	Greeting     string   `json:"greeting,omitempty"` // what the server says for people
	Capabilities []string `json:"capabilities,omitempty"`
	User         string   `json:"user,omitempty"`     // where it is sent in the clear
	Auth         string   `json:"auth,omitempty"`     // mechanism, "LOGIN" for the command
	Login        string   `json:"login,omitempty"`    // "accepted", "refused"
	Client       string   `json:"client,omitempty"`   // software, by the ID command
	Software     string   `json:"software,omitempty"` // of the server, by its answer to that
	TLS          bool     `json:"tls,omitempty"`      // the rest is encrypted
}

// Protocol returns IMAP.
func (d *IMAPDetail) Protocol() Protocol { return IMAP }

// Key returns "imap".
func (d *IMAPDetail) Key() string { return "imap" }

// Subject returns "": servers are not called by a name here.
func (d *IMAPDetail) Subject() string { return "" }

func (d *IMAPDetail) clone() Detail {
	c := *d
	return &c
}

var imapCommands = []string{"CAPABILITY", "STARTTLS", "AUTHENTICATE", "NAMESPACE", "LOGIN", "LOGOUT", "SELECT", "EXAMINE",
	"ENABLE", "ID", "LIST", "LSUB", "XLIST", "STATUS", "NOOP", "IDLE", "FETCH", "UID", "APPEND", "SEARCH", "CREATE", "DELETE",
	"COMPRESS", "GETQUOTAROOT", "UNSELECT", "CLOSE", "CHECK"}

// imapPlain are commands whose names alone, behind a tag, are no proof.
const imapPlain = 4 // of imapCommands: from LOGIN on

type imap struct {
	d     *IMAPDetail
	tag   string // of the command whose answer is awaited
	await string
}

var imapSignature = signature{proto: IMAP, ports: []uint16{143}, stream: imapMatch,
	new: func() decoder { return &lineDecoder{p: &imap{}} }}

func imapMatch(s *sample) match {
	return max(imapHeads(s, s.head[ToClient], s.head[ToServer]), imapHeads(s, s.head[ToServer], s.head[ToClient]))
}

func imapHeads(s *sample, server, client []byte) match {
	if !textual(server) || !textual(client) {
		return no
	}
	line, whole := firstLine(client)
	_, command, _ := imapCommand(line)
	if whole && command == "" {
		return no
	}
	if len(server) > 0 {
		if m := imapServer(server); m != likely || command == "" {
			return m
		}
		return sure
	}
	switch {
	case command == "":
		return min(more, imapTag(client))
	case oneOf([]byte(command), imapCommands[:imapPlain]) != "", s.on(143):
		return sure
	}
	return likely
}

// imapServer judges by a server's line: its greeting, or the answer to a command.
func imapServer(b []byte) match {
	line, whole := firstLine(b)
	if !whole {
		if n := min(len(b), 2); string(b[:n]) == "* "[:n] && len(b) < maxLine && plainText(bytes.TrimSuffix(b, cr)) {
			return more
		}
		return no
	}
	if len(line) < 4 || line[0] != '*' || line[1] != ' ' || !plainText(line) {
		return no
	}
	first, rest := word(line[2:])
	switch {
	case is(first, "CAPABILITY") && containsFold(rest, "IMAP4"), containsFold(rest, "IMAP"):
		return sure
	case is(first, "OK"), is(first, "PREAUTH"), is(first, "BYE"):
		return likely
	}
	if _, ok := number(first); ok && (is(rest, "EXISTS") || is(rest, "RECENT") || hasFold(rest, "FETCH (")) {
		return sure
	}
	return no
}

// imapTag says whether b may be the beginning of a command: a tag, a blank, what
// may become its name.
func imapTag(b []byte) match {
	for i, c := range b {
		switch u := upper(c); {
		case c == ' ':
			rest := b[i+1:]
			return sureIf(i > 0 && (len(rest) == 0 || beginning(rest, imapCommands) != no))
		case i > 15, (u < 'A' || u > 'Z') && !digit(c) && c != '.':
			return no
		}
	}
	return more
}

// imapCommand takes a command apart; the name is "" if it is none.
func imapCommand(line []byte) (tag []byte, command string, rest []byte) {
	if len(line) == 0 || imapTag(line) != sure {
		return nil, "", nil
	}
	tag, line = word(line)
	name, rest := word(line)
	return tag, oneOf(name, imapCommands), rest
}

func (m *imap) speaker(line []byte) (Dir, bool) {
	if len(line) > 1 && line[0] == '*' && line[1] == ' ' {
		return ToClient, true
	}
	_, command, _ := imapCommand(line)
	return ToServer, command != ""
}

func (m *imap) line(c *conv, dir Dir, line []byte) int {
	if m.d == nil {
		m.d = &IMAPDetail{}
		c.detail(m.d)
	}
	if dir == ToServer {
		m.command(c, line)
		return literal(line)
	}
	if m.reply(c, line) == stop {
		return stop
	}
	return literal(line)
}

// literal returns the length of the text that follows a line by "{n}" or "{n+}"
// at its end (RFC 9051 4.3); what it holds is of no interest.
func literal(line []byte) int {
	if len(line) < 3 || line[len(line)-1] != '}' {
		return 0
	}
	i := bytes.LastIndexByte(line, '{')
	if i < 0 {
		return 0
	}
	n, ok := number(bytes.TrimSuffix(line[i+1:len(line)-1], []byte{'+'}))
	if !ok || n > maxSkip {
		return 0
	}
	return int(n)
}

func (m *imap) command(c *conv, line []byte) {
	tag, command, rest := imapCommand(line)
	switch command {
	case "LOGIN":
		m.d.User, m.d.Auth = text(astring(rest)), "LOGIN"
	case "AUTHENTICATE":
		mechanism, _ := word(rest)
		m.d.Auth = saslName(mechanism)
	case "ID":
		m.d.Client = idText(rest)
	case "STARTTLS":
	default:
		return
	}
	c.confirm()
	m.tag, m.await = text(tag), command
	c.changed()
}

// astring reads the first argument of a command: a word, or a quoted string. A
// literal is not there yet.
func astring(b []byte) []byte {
	if len(b) > 0 && b[0] == '"' {
		if i := bytes.IndexByte(b[1:], '"'); i >= 0 {
			return b[1 : 1+i]
		}
		return nil
	}
	if len(b) > 0 && b[0] == '{' {
		return nil
	}
	first, _ := word(b)
	return first
}

// idText reads the name and version in `("name" "x" "version" "1" "os" NIL)` (RFC
// 2971).
func idText(b []byte) string {
	var key, name, version []byte
	for n := 0; len(b) > 0; {
		var one []byte
		switch {
		case b[0] == '"':
			end := bytes.IndexByte(b[1:], '"')
			if end < 0 {
				end = len(b) - 1 // cut
			}
			one, b = b[1:1+end], b[min(end+2, len(b)):]
		case hasFold(b, "NIL"):
			b = b[len("NIL"):]
		default:
			b = b[1:]
			continue
		}
		switch n++; {
		case n%2 != 0:
			key = one
		case is(key, "NAME"):
			name = one
		case is(key, "VERSION"):
			version = one
		}
	}
	if len(version) == 0 {
		return text(name)
	}
	return text(bytes.Join([][]byte{name, version}, []byte{' '}))
}

func (m *imap) reply(c *conv, line []byte) int {
	tag, rest := word(line)
	status, rest := word(rest)
	switch {
	case string(tag) == "*":
		m.untagged(c, status, rest)
		return 0
	case m.tag == "" || string(tag) != m.tag:
		return 0
	}
	ok := is(status, "OK")
	m.tag = ""
	switch m.await {
	case "STARTTLS":
		if ok {
			m.d.TLS = true
			c.changed()
			c.become(TLS)
			return stop
		}
	case "LOGIN", "AUTHENTICATE":
		m.d.Login = "refused"
		if ok {
			m.d.Login = "accepted"
			c.changed()
			c.done()
			return stop
		}
	}
	c.changed()
	return 0
}

// untagged reads what a server says by itself.
func (m *imap) untagged(c *conv, status, rest []byte) {
	switch {
	case is(status, "CAPABILITY"):
		m.capabilities(rest)
	case is(status, "ID"):
		m.d.Software = idText(rest)
	case is(status, "OK"), is(status, "PREAUTH"), is(status, "BYE"):
		if len(rest) > 0 && rest[0] == '[' {
			code, after, _ := bytes.Cut(rest[1:], []byte{']'})
			if name, list := word(code); is(name, "CAPABILITY") {
				m.capabilities(list)
			}
			rest = bytes.TrimSpace(after)
		}
		if m.d.Greeting == "" {
			m.d.Greeting = text(rest)
		}
	default:
		return
	}
	c.changed()
}

func (m *imap) capabilities(b []byte) {
	for len(b) > 0 && len(m.d.Capabilities) < maxList {
		var one []byte
		one, b = word(b)
		m.d.Capabilities = addText(m.d.Capabilities, one)
	}
}
