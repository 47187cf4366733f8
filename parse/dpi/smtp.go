package dpi

import "bytes"

// SMTPDetail is what is known of a connection that hands over mail by SMTP (RFC
// 5321) or LMTP (RFC 2033). Addresses are people's: of them only the domains are
// kept.
type SMTPDetail struct {
	Server       string   `json:"server,omitempty"`   // the name by which the server greets
	Software     string   `json:"software,omitempty"` // what else the greeting says
	Helo         string   `json:"helo,omitempty"`     // the name by which the client greets
	LMTP         bool     `json:"lmtp,omitempty"`
	Capabilities []string `json:"capabilities,omitempty"` // of the server
	Auth         string   `json:"auth,omitempty"`         // mechanism
	From         string   `json:"from_domain,omitempty"`
	To           []string `json:"to_domains,omitempty"`
	TLS          bool     `json:"tls,omitempty"`     // the rest is encrypted
	Refused      int      `json:"refused,omitempty"` // last reply of 400 and above
}

// Protocol returns SMTP.
func (d *SMTPDetail) Protocol() Protocol { return SMTP }

// Key returns "smtp".
func (d *SMTPDetail) Key() string { return "smtp" }

// Subject returns the server's name.
func (d *SMTPDetail) Subject() string { return d.Server }

func (d *SMTPDetail) clone() Detail {
	c := *d
	return &c
}

var (
	smtpCommands = []string{"EHLO", "HELO", "LHLO", "MAIL", "RCPT", "STARTTLS", "DATA", "BDAT", "VRFY", "EXPN", "XCLIENT", "ETRN", "RSET"}
	smtpShared   = []string{"AUTH", "QUIT", "NOOP", "HELP"}
)

type smtp struct {
	d        *SMTPDetail
	ehlo     int  // lines of the reply to EHLO that were read; -1 when none is awaited
	asked    bool // the client has given a command: no greeting comes any more
	starttls bool
}

var smtpSignature = signature{proto: SMTP, ports: []uint16{25, 587, 2525}, stream: smtpMatch,
	new: func() decoder { return &lineDecoder{p: &smtp{ehlo: -1}} }}

// mailGreeting reports whether the words of a greeting are those of a mail server.
func mailGreeting(b []byte) bool {
	for _, w := range []string{"SMTP", "LMTP", "POSTFIX", "SENDMAIL", "EXIM", "MAIL SERVICE", "MAIL SERVER", "MIMECAST"} {
		if containsFold(b, w) {
			return true
		}
	}
	return false
}

func smtpMatch(s *sample) match {
	return max(smtpHeads(s, s.head[ToClient], s.head[ToServer]), smtpHeads(s, s.head[ToServer], s.head[ToClient]))
}

func smtpHeads(s *sample, server, client []byte) match {
	if !textual(server) {
		return no
	}
	line, _ := firstLine(client)
	command, rest := word(line)
	own := smtpCommand(command, rest)
	if greeting, whole := firstLine(server); whole && s.begun {
		code, text, _, _ := replyCode(greeting)
		if (code == 220 || code == 421 || code == 554) && mailGreeting(text) {
			return sure
		}
	}
	if !textual(client) || line != nil && !own && oneOf(command, smtpShared) == "" && oneOf(command, smtpCommands) == "" {
		return no
	}
	if len(server) == 0 {
		switch {
		case own:
			return sure
		case line != nil && s.on(25, 587):
			return likely
		case line != nil:
			return more
		}
		return min(more, beginning(client, smtpCommands))
	}
	reply, whole := firstLine(server)
	if !whole {
		return replyBegins(server)
	}
	_, text, _, ok := replyCode(reply)
	switch {
	case !ok:
		return no
	case own:
		return sure
	case containsFold(text, "FTP"):
		return no
	case s.on(25, 587, 2525):
		return likely
	}
	return more
}

// smtpCommand reports whether a line is a command that only SMTP has.
func smtpCommand(command, rest []byte) bool {
	switch {
	case is(command, "EHLO"), is(command, "HELO"), is(command, "LHLO"):
		return len(rest) > 0 && plainText(rest)
	case is(command, "MAIL"):
		return hasFold(rest, "FROM:")
	case is(command, "RCPT"):
		return hasFold(rest, "TO:")
	}
	return false
}

func (s *smtp) speaker(line []byte) (Dir, bool) {
	if _, _, _, ok := replyCode(line); ok {
		return ToClient, true
	}
	command, rest := word(line)
	return ToServer, smtpCommand(command, rest)
}

func (s *smtp) line(c *conv, dir Dir, line []byte) int {
	if s.d == nil {
		s.d = &SMTPDetail{}
		c.detail(s.d)
	}
	if dir == ToServer {
		return s.command(c, line)
	}
	return s.reply(c, line)
}

func (s *smtp) command(c *conv, line []byte) int {
	name, rest := word(line)
	s.asked = true
	switch oneOf(name, smtpCommands) {
	case "EHLO", "HELO", "LHLO":
		s.d.Helo = text(bytes.TrimSpace(rest))
		s.d.LMTP = upper(name[0]) == 'L'
		s.ehlo = 0
		c.confirm()
	case "MAIL":
		s.ehlo = -1 // answered, if it was not seen
		if hasFold(rest, "FROM:") {
			s.d.From = text(mailDomain(firstWord(rest[len("FROM:"):])))
		}
	case "RCPT":
		if hasFold(rest, "TO:") {
			s.d.To = addText(s.d.To, mailDomain(firstWord(rest[len("TO:"):])))
		}
	case "STARTTLS":
		s.starttls = true
		return 0
	case "DATA", "BDAT":
		// What follows is the mail itself.
		c.done()
		return stop
	default:
		if !is(name, "AUTH") {
			return 0
		}
		mechanism, _ := word(rest)
		s.d.Auth = saslName(mechanism)
	}
	c.changed()
	return 0
}

// firstWord returns b up to the first blank behind its leading ones.
func firstWord(b []byte) []byte {
	first, _ := word(bytes.TrimLeft(b, " \t"))
	return first
}

func (s *smtp) reply(c *conv, line []byte) int {
	code, rest, final, ok := replyCode(line)
	if !ok {
		return 0
	}
	switch {
	case code == 220 && s.starttls && final:
		s.d.TLS = true
		c.changed()
		c.become(TLS)
		return stop
	case s.d.Server == "" && !s.asked && smtpGreets(code, rest):
		s.greeting(rest)
		c.confirm()
	case code == 250 && s.ehlo >= 0:
		if s.ehlo++; s.ehlo > 1 {
			capability, _ := word(rest)
			s.d.Capabilities = addText(s.d.Capabilities, capability)
		} else if s.d.Server == "" {
			s.d.Server = smtpHost(firstWord(rest))
		}
		if final {
			s.ehlo = -1
		}
	}
	if code >= 400 {
		s.d.Refused = code
		s.starttls = false
	}
	c.changed()
	return 0
}

// smtpGreets reports whether a reply to nothing that was asked may be a greeting:
// later ones quote addresses, or begin with a second number (RFC 2034).
func smtpGreets(code int, text []byte) bool {
	return (code == 220 || code == 554 || code == 421) && smtpHost(firstWord(text)) != "" && bytes.IndexByte(text, '@') < 0
}

// smtpHost returns the name of a host, "" if b is none.
func smtpHost(b []byte) string {
	if len(b) > 1 && digit(b[0]) && b[1] == '.' || bytes.IndexByte(b, '@') >= 0 {
		return ""
	}
	return text(b)
}

// lose forgets that the reply to EHLO is awaited: it may be over.
func (s *smtp) lose(dir Dir) {
	if dir == ToClient {
		s.ehlo = -1
	}
}

// greeting reads "mx.example.com ESMTP Postfix". A name has a dot, or is all
// there is.
func (s *smtp) greeting(b []byte) {
	host, rest := word(b)
	if bytes.IndexByte(host, '.') < 0 && len(rest) > 0 && containsFold(host, "SMTP") {
		s.d.Software = text(b)
		return
	}
	s.d.Server, s.d.Software = text(host), text(rest)
}

// mailDomain returns what stands behind the @ of an address, without the local
// part, which is a person's; nil if there is none.
func mailDomain(b []byte) []byte {
	i := bytes.LastIndexByte(b, '@')
	if i < 0 {
		return nil
	}
	b = b[i+1:]
	if j := bytes.IndexAny(b, "> \t;,?"); j >= 0 {
		b = b[:j]
	}
	return b
}
