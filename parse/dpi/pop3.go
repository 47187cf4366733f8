package dpi

import "bytes"

// POP3Detail is what is known of a connection to a mailbox by POP3 (RFC 1939).
type POP3Detail struct {
	Greeting     string   `json:"greeting,omitempty"` // what the server says for people
	Capabilities []string `json:"capabilities,omitempty"`
	User         string   `json:"user,omitempty"`  // where it is sent in the clear
	Auth         string   `json:"auth,omitempty"`  // mechanism; "USER" and "APOP" for the commands
	Login        string   `json:"login,omitempty"` // "accepted", "refused"
	TLS          bool     `json:"tls,omitempty"`   // the rest is encrypted
}

// Protocol returns POP3.
func (d *POP3Detail) Protocol() Protocol { return POP3 }

// Key returns "pop3".
func (d *POP3Detail) Key() string { return "pop3" }

// Subject returns "": servers are not called by a name here.
func (d *POP3Detail) Subject() string { return "" }

func (d *POP3Detail) clone() Detail {
	c := *d
	return &c
}

var pop3Commands = []string{"USER", "PASS", "APOP", "CAPA", "STLS", "AUTH", "STAT", "UIDL", "RETR", "DELE", "TOP", "LIST", "NOOP", "RSET", "QUIT"}

type pop3 struct {
	d     *POP3Detail
	await []string // the commands whose answers are awaited (RFC 2449 6.6), in order
	list  bool     // capabilities are being listed
}

var pop3Signature = signature{proto: POP3, ports: []uint16{110}, stream: pop3Match,
	new: func() decoder { return &lineDecoder{p: &pop3{}} }}

func pop3Match(s *sample) match {
	return max(pop3Heads(s, s.head[ToClient], s.head[ToServer]), pop3Heads(s, s.head[ToServer], s.head[ToClient]))
}

func pop3Heads(s *sample, server, client []byte) match {
	if !textual(server) || !textual(client) || len(server) > 0 && server[0] != '+' && server[0] != '-' {
		return no
	}
	line, whole := firstLine(client)
	command, _ := word(line)
	known := oneOf(command, pop3Commands)
	if whole && known == "" {
		return no
	}
	if len(server) == 0 {
		switch {
		case known == "APOP", known == "STLS", known == "CAPA", known == "UIDL":
			return likely
		case known != "" && s.on(110):
			return likely
		}
		return min(more, beginning(client, pop3Commands))
	}
	reply, whole := firstLine(server)
	if !whole {
		return pop3Begins(server)
	}
	ok := string(reply[:min(len(reply), 3)]) == "+OK"
	switch {
	case !ok && string(reply[:min(len(reply), 4)]) != "-ERR", !plainText(reply):
		return no
	case len(reply) == 3 && (known == "AUTH" || known == "QUIT") && !s.on(110):
		return no // as of Redis
	case known != "", ok && containsFold(reply, "POP"), ok && pop3Stamp(reply) >= 0:
		return sure
	case s.begun && len(reply) > 4 && len(client) == 0:
		return likely
	}
	return more
}

func pop3Begins(b []byte) match {
	for _, w := range [...]string{"+OK", "-ERR"} {
		if n := min(len(b), len(w)); string(b[:n]) == w[:n] && len(b) < maxLine {
			return more
		}
	}
	return no
}

// pop3Stamp returns where the challenge of APOP begins in a greeting: "<1896.697@host>".
func pop3Stamp(line []byte) int {
	i := bytes.IndexByte(line, '<')
	if i < 0 || bytes.IndexByte(line[i:], '@') < 0 || bytes.IndexByte(line[i:], '>') < 0 {
		return -1
	}
	return i
}

func (p *pop3) speaker(line []byte) (Dir, bool) {
	if len(line) > 0 && (line[0] == '+' || line[0] == '-') {
		return ToClient, true
	}
	command, _ := word(line)
	return ToServer, oneOf(command, pop3Commands) != ""
}

func (p *pop3) line(c *conv, dir Dir, line []byte) int {
	if p.d == nil {
		p.d = &POP3Detail{}
		c.detail(p.d)
	}
	if dir == ToServer {
		return p.command(c, line)
	}
	return p.reply(c, line)
}

func (p *pop3) command(c *conv, line []byte) int {
	name, rest := word(line)
	command := oneOf(name, pop3Commands)
	if command == "" {
		return 0 // a step of an authentication: nothing of it is kept
	}
	if len(p.await) == maxPending {
		p.await = p.await[:0]
	}
	p.await = append(p.await, command)
	switch command {
	case "USER":
		p.d.User, p.d.Auth = text(rest), "USER"
	case "APOP":
		user, _ := word(rest)
		p.d.User, p.d.Auth = text(user), "APOP"
	case "AUTH":
		if len(rest) == 0 { // asks for a list of mechanisms: the answer lets nobody in
			p.await[len(p.await)-1] = "LIST"
			return 0
		}
		mechanism, _ := word(rest)
		p.d.Auth = saslName(mechanism)
	case "STAT", "LIST", "RETR", "UIDL":
		// These are allowed to whom the server let in.
		p.d.Login = "accepted"
		c.changed()
		c.done()
		return stop
	}
	c.changed()
	return 0
}

// lose forgets what was asked: the answers may be to something else.
func (p *pop3) lose(Dir) { p.await, p.list = p.await[:0], false }

// answered returns the command that the next answer is for, "" where none is known.
func (p *pop3) answered() string {
	if len(p.await) == 0 {
		return ""
	}
	command := p.await[0]
	p.await = append(p.await[:0], p.await[1:]...)
	return command
}

func (p *pop3) reply(c *conv, line []byte) int {
	ok := hasFold(line, "+OK")
	answer := ok || hasFold(line, "-ERR")
	if p.list && !answer {
		p.capability(c, line)
		return 0
	}
	if p.list = false; !answer {
		return 0
	}
	switch p.answered() {
	case "":
		if p.d.Greeting == "" && ok {
			p.greet(line[3:])
		}
	case "CAPA":
		p.list = ok
	case "STLS":
		if ok {
			p.d.TLS = true
			c.changed()
			c.become(TLS)
			return stop
		}
	case "PASS", "APOP", "AUTH":
		p.d.Login = "refused"
		if ok {
			p.d.Login = "accepted"
			c.changed()
			c.done()
			return stop
		}
	}
	c.changed()
	return 0
}

// capability reads a line of the list of capabilities, which a dot ends.
func (p *pop3) capability(c *conv, line []byte) {
	if len(line) == 1 && line[0] == '.' {
		p.list = false
		return
	}
	name, _ := word(line)
	p.d.Capabilities = addText(p.d.Capabilities, name)
	c.changed()
}

// greet keeps a greeting without the challenge in it.
func (p *pop3) greet(b []byte) {
	if i := pop3Stamp(b); i >= 0 {
		b = b[:i]
	}
	p.d.Greeting = text(bytes.TrimSpace(b))
}
