package dpi

import "bytes"

// SIPDetail is what is known of a flow of SIP messages (RFC 3261). Of who calls
// whom only the hosts are kept.
type SIPDetail struct {
	Method    string   `json:"method,omitempty"` // of the first request
	Methods   []string `json:"methods,omitempty"`
	From      string   `json:"from_host,omitempty"`
	To        string   `json:"to_host,omitempty"`
	UserAgent string   `json:"user_agent,omitempty"`
	Server    string   `json:"server,omitempty"`
	Status    int      `json:"status,omitempty"` // of the last response
	Requests  uint32   `json:"requests,omitempty"`
	Responses uint32   `json:"responses,omitempty"`
}

// Protocol returns SIP.
func (d *SIPDetail) Protocol() Protocol { return SIP }

// Key returns "sip".
func (d *SIPDetail) Key() string { return "sip" }

// Subject returns the host that is called.
func (d *SIPDetail) Subject() string { return d.To }

func (d *SIPDetail) clone() Detail {
	c := *d
	return &c
}

var sipMethods = []string{"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY",
	"PUBLISH", "INFO", "REFER", "MESSAGE", "UPDATE", "SERVICE", "BENOTIFY", "NEGOTIATE"}

const sipVersion = "SIP/2.0"

var sipSignature = signature{proto: SIP, ports: []uint16{5060}, stream: sipMatch, packet: sipMatch,
	new: func() decoder { return &sip{} }}

func sipMatch(s *sample) match {
	best := no
	for _, b := range s.head {
		best = max(best, sipStarts(bytes.TrimLeft(b, "\r\n")))
	}
	return best
}

// sipStarts judges by the first line of a message.
func sipStarts(b []byte) match {
	if len(b) == 0 || b[0] < 'A' || b[0] > 'Z' {
		return no
	}
	line, whole := firstLine(b[:min(len(b), maxLine)])
	if !whole {
		if n := min(len(b), len(sipVersion)); string(b[:n]) == sipVersion[:n] {
			return more
		}
		if len(b) >= maxLine || beginning(b, sipMethods) == no || !plainText(bytes.TrimSuffix(b, cr)) {
			return no
		}
		return more
	}
	if _, ok := sipStatus(line); ok {
		return sure
	}
	return sureIf(sipRequest(line) != "")
}

// sipRequest returns the method of a request line, "" if line is none. A method
// that nobody registered is let through: the version at the end is proof enough.
func sipRequest(line []byte) string {
	if !bytes.HasSuffix(line, []byte(" "+sipVersion)) {
		return ""
	}
	method, rest := word(line)
	if len(rest) <= len(sipVersion) || !token(method) {
		return ""
	}
	if name := oneOf(method, sipMethods); name != "" {
		return name
	}
	return string(method)
}

func sipStatus(line []byte) (int, bool) {
	version, rest := word(line)
	if string(version) != sipVersion {
		return 0, false
	}
	code, _, _, ok := replyCode(rest)
	return code, ok
}

// sip reads messages one by one: datagrams, or lines of a connection.
type sip struct {
	d    *SIPDetail
	half [2]sipHalf
}

type sipHalf struct {
	lines  lineReader
	head   bool // in the header fields of a message
	length int  // of its body
	skip   int
}

func (s *sip) datagram(c *conv, _ Dir, b []byte, _ int) {
	var h sipHalf
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			if len(b) > 0 && h.head {
				return // cut: half a line is no line
			}
			i = len(b)
		}
		line := bytes.TrimSuffix(b[:i:i], cr)
		s.line(c, &h, line)
		if !h.head && len(line) == 0 && s.d != nil && h.length >= 0 || i == len(b) {
			return
		}
		b = b[i+1:]
	}
}

func (s *sip) stream(c *conv, dir Dir, b []byte) int {
	h := &s.half[dir]
	pos := 0
	for pos < len(b) {
		line, n := h.lines.next(b[pos:])
		pos += n
		if line == nil {
			break
		}
		s.line(c, h, line)
		pos += h.skip
		h.skip = 0
	}
	return pos
}

func (s *sip) gap(_ *conv, dir Dir, _ uint32) {
	s.half[dir] = sipHalf{lines: lineReader{rest: true}}
}

// line reads one line of a message. Behind the empty one that ends its head,
// h.skip is the length of the body.
func (s *sip) line(c *conv, h *sipHalf, line []byte) {
	switch {
	case !h.head:
		h.head = s.start(c, line)
	case len(line) == 0:
		h.head, h.skip, h.length = false, h.length, 0
	default:
		s.field(h, line)
	}
}

// start reads the first line of a message, and reports whether it is one.
func (s *sip) start(c *conv, line []byte) bool {
	status, response := sipStatus(line)
	method := ""
	if !response {
		if method = sipRequest(line); method == "" {
			return false
		}
	}
	if s.d == nil {
		s.d = &SIPDetail{}
		c.detail(s.d)
		c.confirm()
	}
	if response {
		s.d.Status = status
		s.d.Responses++
	} else {
		s.d.Requests++
		if s.d.Method == "" {
			s.d.Method = method
		}
		s.d.Methods = addText(s.d.Methods, []byte(method))
	}
	c.changed()
	return true
}

func (s *sip) field(h *sipHalf, line []byte) {
	name, value, ok := bytes.Cut(line, []byte{':'})
	if !ok || line[0] == ' ' || line[0] == '\t' { // the latter goes on with the field before
		return
	}
	name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
	switch {
	case is(name, "FROM"), is(name, "F"):
		if s.d.From == "" {
			s.d.From = text(sipHost(value))
		}
	case is(name, "TO"), is(name, "T"):
		if s.d.To == "" {
			s.d.To = text(sipHost(value))
		}
	case is(name, "USER-AGENT"):
		if s.d.UserAgent == "" {
			s.d.UserAgent = text(value)
		}
	case is(name, "SERVER"):
		if s.d.Server == "" {
			s.d.Server = text(value)
		}
	case is(name, "CONTENT-LENGTH"), is(name, "L"):
		if n, ok := number(value); ok && n <= maxSkip {
			h.length = int(n)
		}
	}
}

// sipHost returns the host of the URI in `"Bob" <sip:bob@example.com:5060;x>`. A
// user may hold what ends a host elsewhere: "+49123;npdi". Without a host there may
// be a number of a telephone, which is no host.
func sipHost(b []byte) []byte {
	if i := bytes.LastIndexByte(b, '<'); i >= 0 {
		b, _, _ = bytes.Cut(b[i+1:], []byte{'>'})
	}
	if !hasFold(b, "SIP:") && !hasFold(b, "SIPS:") {
		return nil
	}
	b = b[bytes.IndexByte(b, ':')+1:]
	if i := bytes.IndexByte(b, '@'); i >= 0 {
		b = b[i+1:]
	}
	if end := bytes.IndexAny(b, ";?, \t"); end >= 0 {
		b = b[:end]
	}
	host, _ := splitHost(b)
	if len(host) > 0 && host[0] == '+' {
		return nil
	}
	return host
}
