package dpi

import (
	"bytes"
	"encoding/json"
)

// NATSDetail is what is known of a connection to a NATS server: what both ends
// say of themselves when it begins.
type NATSDetail struct {
	Server        string `json:"server,omitempty"` // its name
	ServerVersion string `json:"server_version,omitempty"`
	Client        string `json:"client,omitempty"`         // the name that it gave itself
	Language      string `json:"language,omitempty"`       // of the client's library
	ClientVersion string `json:"client_version,omitempty"` // of the library
	User          string `json:"user,omitempty"`
	AuthRequired  bool   `json:"auth_required,omitempty"`
	TLS           bool   `json:"tls,omitempty"`   // the rest is encrypted
	Error         string `json:"error,omitempty"` // the server's last one
}

// Protocol returns NATS.
func (d *NATSDetail) Protocol() Protocol { return NATS }

// Key returns "nats".
func (d *NATSDetail) Key() string { return "nats" }

// Subject returns the server's name.
func (d *NATSDetail) Subject() string { return d.Server }

func (d *NATSDetail) clone() Detail {
	c := *d
	return &c
}

// natsInfo is what matters of INFO, natsConnect of CONNECT.
type (
	natsInfo struct {
		ServerName   string `json:"server_name"`
		ServerID     string `json:"server_id"`
		Version      string `json:"version"`
		AuthRequired bool   `json:"auth_required"`
		TLSRequired  bool   `json:"tls_required"`
	}
	natsConnect struct {
		Name    string `json:"name"`
		Lang    string `json:"lang"`
		Version string `json:"version"`
		User    string `json:"user"`
	}
)

var natsSignature = signature{proto: NATS, ports: []uint16{4222}, stream: natsMatch,
	new: func() decoder { return &lineDecoder{p: &nats{}} }}

func natsMatch(s *sample) match {
	return max(natsHeads(s.head[ToClient], s.head[ToServer]), natsHeads(s.head[ToServer], s.head[ToClient]))
}

func natsHeads(server, client []byte) match {
	if !textual(server) || !textual(client) {
		return no
	}
	line, whole := firstLine(server)
	name, rest := word(line)
	switch {
	case whole && is(name, "INFO") && len(rest) > 1 && rest[0] == '{' && bytes.Contains(rest, []byte(`"server_id"`)):
		return sure
	case whole && is(name, "MSG"), whole && is(name, "PONG") && len(line) == 4:
		if said, ok := firstLine(client); ok && natsCommand(said) {
			return sure
		}
		return min(likely, natsClient(client))
	case len(server) > 0 && !whole:
		return min(more, beginning(server, []string{"INFO", "MSG", "PONG", "+OK"}))
	}
	return natsClient(client)
}

// natsClient judges by what a client sends.
func natsClient(b []byte) match {
	line, whole := firstLine(b)
	if !whole {
		return min(more, beginning(b, []string{"CONNECT", "PING", "SUB", "PUB"}))
	}
	name, rest := word(line)
	if is(name, "CONNECT") && len(rest) > 1 && rest[0] == '{' &&
		(bytes.Contains(rest, []byte(`"verbose"`)) || bytes.Contains(rest, []byte(`"lang"`))) {
		return sure
	}
	return no
}

// natsCommand reports whether a client of NATS would send such a line.
func natsCommand(line []byte) bool {
	name, rest := word(line)
	switch {
	case is(name, "PING"), is(name, "PONG"):
		return len(rest) == 0
	}
	return oneOf(name, []string{"CONNECT", "SUB", "PUB", "HPUB", "UNSUB"}) != "" && len(rest) > 0
}

type nats struct {
	d           *NATSDetail
	told, asked bool // INFO, CONNECT were read
}

func (n *nats) speaker(line []byte) (Dir, bool) {
	name, rest := word(line)
	switch {
	case is(name, "INFO"), is(name, "MSG"), is(name, "+OK"), is(name, "-ERR"):
		return ToClient, true
	case is(name, "PING"), is(name, "PONG"):
		return ToServer, false
	}
	return ToServer, len(rest) > 0 && natsCommand(line)
}

func (n *nats) line(c *conv, dir Dir, line []byte) int {
	if n.d == nil {
		n.d = &NATSDetail{}
		c.detail(n.d)
	}
	name, rest := word(line)
	switch {
	case dir == ToClient && is(name, "INFO"):
		if n.info(rest) {
			c.changed()
			c.become(TLS)
			return stop
		}
	case dir == ToServer && is(name, "CONNECT"):
		n.connect(rest)
	case dir == ToClient && is(name, "-ERR"):
		n.d.Error = natsError(rest)
	case n.told && n.asked || oneOf(name, []string{"PUB", "HPUB", "MSG", "HMSG"}) != "":
		// What ends say of themselves they say before the first message.
		c.done()
		return stop
	default:
		return 0
	}
	c.changed()
	return 0
}

// natsError returns an error's text up to what it quotes: subjects.
func natsError(b []byte) string {
	b = bytes.Trim(b, "'")
	if i := bytes.IndexByte(b, '"'); i >= 0 {
		return text(bytes.TrimSuffix(b[:i], []byte(" to "))) + redacted
	}
	return text(b)
}

// info reads what the server says, and reports whether TLS follows.
func (n *nats) info(b []byte) bool {
	var in natsInfo
	if json.Unmarshal(b, &in) != nil {
		return false
	}
	n.told = true
	n.d.Server, n.d.ServerVersion = cutString(in.ServerName), cutString(in.Version)
	if n.d.Server == "" {
		n.d.Server = cutString(in.ServerID)
	}
	n.d.AuthRequired, n.d.TLS = in.AuthRequired, in.TLSRequired
	return in.TLSRequired
}

// connect reads what the client says; passwords and tokens have no place in
// natsConnect.
func (n *nats) connect(b []byte) {
	var in natsConnect
	if json.Unmarshal(b, &in) != nil {
		return
	}
	n.asked = true
	n.d.Client, n.d.Language = cutString(in.Name), cutString(in.Lang)
	n.d.ClientVersion, n.d.User = cutString(in.Version), cutString(in.User)
}
