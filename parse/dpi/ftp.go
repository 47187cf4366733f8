package dpi

import "bytes"

// FTPDetail is what is known of a control connection of FTP (RFC 959).
type FTPDetail struct {
	Banner    string   `json:"banner,omitempty"` // first line of the server's greeting
	System    string   `json:"system,omitempty"` // answer to SYST: "UNIX Type: L8"
	User      string   `json:"user,omitempty"`
	Login     string   `json:"login,omitempty"`      // "accepted", "refused"
	TLS       bool     `json:"tls,omitempty"`        // the rest is encrypted
	DataPorts []uint16 `json:"data_ports,omitempty"` // that were named for the first transfers
	Commands  []string `json:"commands,omitempty"`   // that were given, each once
}

// Protocol returns FTP.
func (d *FTPDetail) Protocol() Protocol { return FTP }

// Key returns "ftp".
func (d *FTPDetail) Key() string { return "ftp" }

// Subject returns "": a server does not always say what it is called.
func (d *FTPDetail) Subject() string { return "" }

func (d *FTPDetail) clone() Detail {
	c := *d
	return &c
}

// ftpCommands are the commands that no other protocol of its kind has.
var ftpCommands = []string{"FEAT", "SYST", "PASV", "EPSV", "PORT", "EPRT", "CWD", "XCWD", "CDUP", "PWD", "XPWD",
	"TYPE", "NLST", "STOR", "APPE", "MKD", "XMKD", "RMD", "SIZE", "MDTM", "PBSZ", "PROT", "ALLO", "REIN", "MODE", "STRU",
	"RNFR", "RNTO", "MLSD", "MLST", "OPTS", "SITE", "ABOR", "CLNT", "CCC", "LPRT", "LPSV", "ADAT", "SMNT", "ACCT"}

// ftpShared are those that mail has, too.
var ftpShared = []string{"USER", "PASS", "QUIT", "NOOP", "HELP", "LIST", "RETR", "REST", "STAT", "AUTH", "DELE"}

type ftp struct {
	d    *FTPDetail
	auth bool // the client asked for TLS, and was not answered
}

var ftpSignature = signature{proto: FTP, ports: []uint16{21}, stream: ftpMatch,
	new: func() decoder { return &lineDecoder{p: &ftp{}} }}

// ftpMatch tells FTP from SMTP, whose servers greet with the same number: by the
// words of the greeting, and by what the client says.
func ftpMatch(s *sample) match {
	return max(ftpHeads(s, s.head[ToClient], s.head[ToServer]), ftpHeads(s, s.head[ToServer], s.head[ToClient]))
}

func ftpHeads(s *sample, server, client []byte) match {
	if !textual(server) {
		return no
	}
	line, _ := firstLine(client)
	command, _ := word(line)
	own := oneOf(command, ftpCommands) != ""
	if greeting, whole := firstLine(server); whole && s.begun {
		if code, text, _, _ := replyCode(greeting); code == 220 && containsFold(text, "FTP") {
			return sure
		}
	}
	if !textual(client) || line != nil && !own && oneOf(command, ftpShared) == "" {
		return no
	}
	if len(server) == 0 {
		return ftpClient(s, client, own)
	}
	reply, whole := firstLine(server)
	if !whole {
		return replyBegins(server)
	}
	code, text, _, ok := replyCode(reply)
	switch {
	case !ok:
		return no
	case own, code == 229 && containsFold(text, "EXTENDED PASSIVE"),
		code == 227 && containsFold(text, "PASSIVE MODE"):
		return sure
	case mailGreeting(text):
		return no
	case is(command, "USER") && s.begun, code >= 300 && is(command, "PASS"), s.on(21):
		return likely
	}
	return more
}

// ftpClient judges by what the client says alone.
func ftpClient(s *sample, client []byte, own bool) match {
	switch {
	case s.on(21) && (own || beginning(client, ftpShared) == sure):
		return likely
	case own && ftpDialogue(client) > 1:
		return likely
	case own && !bytes.HasSuffix(client, []byte("\r\n")):
		return no
	}
	return min(more, max(beginning(client, ftpCommands), beginning(client, ftpShared)))
}

// ftpDialogue returns how many commands b holds, 0 if it holds anything else: what
// is sent over a data connection may begin like a command, too.
func ftpDialogue(b []byte) int {
	n := 0
	for line, ok := firstLine(b); ok; line, ok = firstLine(b) {
		b = afterLine(b)
		command, _ := word(line)
		if oneOf(command, ftpCommands) == "" && oneOf(command, ftpShared) == "" {
			return 0
		}
		n++
	}
	return n
}

// replyBegins says whether b may be the beginning of a server's reply.
func replyBegins(b []byte) match {
	for i, c := range b[:min(len(b), 4)] {
		if i < 3 && !digit(c) || i == 3 && c != ' ' && c != '-' {
			return no
		}
	}
	if len(b) > maxLine || !plainText(bytes.TrimSuffix(b, cr)) {
		return no
	}
	return more
}

func (f *ftp) speaker(line []byte) (Dir, bool) {
	if _, _, _, ok := replyCode(line); ok {
		return ToClient, true
	}
	command, _ := word(line)
	return ToServer, oneOf(command, ftpCommands) != "" || oneOf(command, ftpShared) != ""
}

func (f *ftp) line(c *conv, dir Dir, line []byte) int {
	if f.d == nil {
		f.d = &FTPDetail{}
		c.detail(f.d)
	}
	if dir == ToServer {
		f.command(c, line)
		return 0
	}
	return f.reply(c, line)
}

func (f *ftp) command(c *conv, line []byte) {
	name, rest := word(line)
	known := oneOf(name, ftpCommands)
	if known == "" {
		known = oneOf(name, ftpShared)
	}
	if known == "" {
		return
	}
	n := len(f.d.Commands)
	f.d.Commands = addText(f.d.Commands, []byte(known))
	switch known {
	case "USER":
		f.d.User = text(rest)
	case "AUTH":
		f.auth = hasFold(rest, "TLS") || hasFold(rest, "SSL")
		return
	case "PORT":
		f.port(hostPort(rest))
	case "EPRT": // |1|132.235.1.2|6275| (RFC 2428 2)
		f.port(lastPort(rest))
	default:
		if n == len(f.d.Commands) {
			return
		}
	}
	c.changed()
}

func (f *ftp) reply(c *conv, line []byte) int {
	code, rest, final, ok := replyCode(line)
	if !ok {
		return 0
	}
	switch code {
	case 220:
		if f.d.Banner != "" {
			return 0
		}
		f.d.Banner = text(rest)
		c.confirm()
	case 215:
		f.d.System = text(rest)
	case 230, 232:
		f.d.Login = "accepted"
	case 530:
		f.d.Login = "refused"
	case 227:
		if i := bytes.IndexAny(rest, "0123456789"); i >= 0 {
			f.port(hostPort(bytes.TrimRight(rest[i:], "). ")))
		}
	case 229:
		f.port(lastPort(bytes.TrimRight(rest, ". ")))
	case 234:
		if f.auth && final {
			f.d.TLS = true
			c.changed()
			c.become(TLS)
			return stop
		}
		return 0
	default:
		return 0
	}
	c.changed()
	return 0
}

func (f *ftp) port(p uint16) {
	if p != 0 && len(f.d.DataPorts) < maxList {
		f.d.DataPorts = append(f.d.DataPorts, p)
	}
}

// hostPort reads the port of "h1,h2,h3,h4,p1,p2"; 0 if b is not that.
func hostPort(b []byte) uint16 {
	var part [6]int64
	for i := range part {
		field, rest, _ := bytes.Cut(b, []byte{','})
		n, ok := number(bytes.TrimSpace(field))
		if !ok || n > 255 {
			return 0
		}
		part[i], b = n, rest
	}
	return uint16(part[4]<<8 | part[5])
}

// lastPort reads the port before the last delimiter: of "|2|::1|5282|" and
// "(|||6446|)".
func lastPort(b []byte) uint16 {
	b = bytes.TrimRight(b, ") ")
	if len(b) < 2 {
		return 0
	}
	sep := b[len(b)-1]
	b = b[:len(b)-1]
	n, ok := number(b[bytes.LastIndexByte(b, sep)+1:])
	if !ok || n > 0xffff {
		return 0
	}
	return uint16(n)
}
