package dpi

import "bytes"

// SyslogDetail is what is known of a flow of log messages: who writes them, not
// what they say.
type SyslogDetail struct {
	Format   string `json:"format,omitempty"` // "rfc5424", "rfc3164", "" for neither
	Facility string `json:"facility"`         // of the last message, "auth"
	Severity string `json:"severity"`         // of the last message, "err"
	Host     string `json:"host,omitempty"`
	App      string `json:"app,omitempty"` // of the first message that names one
	Messages uint32 `json:"messages,omitempty"`
}

// Protocol returns Syslog.
func (d *SyslogDetail) Protocol() Protocol { return Syslog }

// Key returns "syslog".
func (d *SyslogDetail) Key() string { return "syslog" }

// Subject returns the host that the messages are from.
func (d *SyslogDetail) Subject() string { return d.Host }

func (d *SyslogDetail) clone() Detail {
	c := *d
	return &c
}

// RFC 5424 6.2.1.
var (
	syslogFacilities = [...]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
		"authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5",
		"local6", "local7"}
	syslogSeverities = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
	syslogMonths     = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
)

var syslogSignature = signature{proto: Syslog, ports: []uint16{514}, stream: syslogStream, packet: syslogPacket,
	new: func() decoder { return &syslog{} }}

func syslogPacket(s *sample) match {
	for _, b := range s.head {
		if len(b) > 0 {
			return syslogStarts(b, s.on(514))
		}
	}
	return no
}

// syslogStream takes messages by lines, and with their length before them (RFC
// 6587 3.4.1).
func syslogStream(s *sample) match {
	best := no
	for _, b := range s.head {
		if len(b) == 0 {
			continue
		}
		body := syslogCounted(b)
		if len(body) < 24 && !bytes.Contains(body, []byte{'\n'}) {
			if len(body) == 0 && len(b) < 6 && b[0] >= '1' && b[0] <= '9' || len(body) > 0 && body[0] == '<' {
				best = max(best, more)
			}
			continue
		}
		best = max(best, syslogStarts(body, s.on(514)))
	}
	return best
}

// syslogCounted passes over the length before a message; it returns nothing where
// there is only a number.
func syslogCounted(b []byte) []byte {
	i := 0
	for i < len(b) && i < 6 && digit(b[i]) {
		i++
	}
	if i == 0 {
		return b
	}
	if i == len(b) {
		return nil
	}
	if b[i] == ' ' {
		return b[i+1:]
	}
	return b
}

// syslogStarts judges by the beginning of a message: its priority, and a time in
// either form.
func syslogStarts(b []byte, atHome bool) match {
	_, rest, ok := syslogPriority(b)
	if !ok {
		return no
	}
	if _, ok := syslogNew(rest); ok {
		return sure
	}
	if _, ok := syslogOld(rest); ok {
		return sure
	}
	if atHome && len(rest) > 0 && plainText(bytes.TrimRight(rest[:min(len(rest), 128)], "\r\n\x00")) {
		return likely
	}
	return no
}

// syslogPriority reads "<34>".
func syslogPriority(b []byte) (pri int, rest []byte, ok bool) {
	if len(b) < 3 || b[0] != '<' {
		return 0, nil, false
	}
	i := bytes.IndexByte(b[:min(len(b), 5)], '>')
	if i < 2 {
		return 0, nil, false
	}
	n, ok := number(b[1:i])
	return int(n), b[i+1:], ok && n < int64(len(syslogFacilities)*8)
}

// syslogNew reads the version and the time of RFC 5424, and returns what follows:
// "1 2003-10-11T22:14:15.003Z mymachine su …". The time may be missing ("-").
func syslogNew(b []byte) (rest []byte, ok bool) {
	if len(b) < 4 || b[0] != '1' || b[1] != ' ' {
		return nil, false
	}
	when, rest := word(b[2:])
	if len(when) == 1 && when[0] == '-' {
		return rest, len(rest) > 0
	}
	return rest, len(when) >= 19 && when[4] == '-' && when[7] == '-' && when[10] == 'T' && when[13] == ':'
}

// syslogOld reads the time of RFC 3164, "Oct 11 22:14:15", and returns what
// follows. Some write a year behind the day, some a time of RFC 3339.
func syslogOld(b []byte) (rest []byte, ok bool) {
	if len(b) >= 20 && b[4] == '-' && b[7] == '-' && b[10] == 'T' && b[13] == ':' && digit(b[0]) {
		_, rest = word(b)
		return rest, true
	}
	if len(b) < 16 || oneOf(b[:3], syslogMonths) == "" || b[3] != ' ' || b[6] != ' ' {
		return nil, false
	}
	b = b[7:]
	if len(b) > 5 && digit(b[0]) && digit(b[3]) && b[4] == ' ' {
		b = b[5:]
	}
	if len(b) < 9 || b[2] != ':' || b[5] != ':' || !digit(b[0]) || !digit(b[7]) {
		return nil, false
	}
	_, rest = word(b)
	return rest, true
}

type syslog struct {
	d     *SyslogDetail
	lines [2]lineReader
}

func (s *syslog) datagram(c *conv, _ Dir, b []byte, _ int) { s.message(c, b) }

func (s *syslog) stream(c *conv, dir Dir, b []byte) int {
	pos := 0
	for pos < len(b) {
		line, n := s.lines[dir].next(b[pos:])
		pos += n
		if line == nil {
			break
		}
		s.message(c, syslogCounted(line))
	}
	return pos
}

func (s *syslog) gap(_ *conv, dir Dir, _ uint32) { s.lines[dir].lose() }

func (s *syslog) message(c *conv, b []byte) {
	pri, rest, ok := syslogPriority(b)
	if !ok {
		return
	}
	if s.d == nil {
		s.d = &SyslogDetail{}
		c.detail(s.d)
	}
	s.d.Messages++
	s.d.Facility, s.d.Severity = syslogFacilities[pri/8], syslogSeverities[pri%8]
	if s.d.Host == "" || s.d.App == "" {
		s.names(c, rest)
	}
	c.changed()
}

// names reads the host and the program that a message names.
func (s *syslog) names(c *conv, b []byte) {
	if rest, ok := syslogNew(b); ok {
		s.d.Format = "rfc5424"
		c.confirm()
		host, rest := word(rest)
		app, _ := word(rest)
		s.name(host, app)
		return
	}
	rest, ok := syslogOld(b)
	if !ok {
		return
	}
	s.d.Format = "rfc3164"
	c.confirm()
	host, rest := word(rest)
	if end := len(host); end > 0 && host[end-1] == ':' { // no host: "su: …"
		host, rest = nil, rest[:0:0]
	}
	tag, _ := word(rest)
	i := bytes.IndexAny(tag, "[:")
	if i <= 0 {
		tag = nil // the message itself
	} else {
		tag = tag[:i]
	}
	s.name(host, tag)
}

// name keeps names; "-" stands for none. Where a message has no head, what stands
// there is a word of its text.
func (s *syslog) name(host, app []byte) {
	if s.d.Host == "" && syslogName(host) {
		s.d.Host = text(host)
	}
	if s.d.App == "" && syslogName(app) {
		s.d.App = text(app)
	}
}

// syslogName reports whether b may be the name of a host, an address or a program.
func syslogName(b []byte) bool {
	for _, c := range b {
		if u := upper(c); (u < 'A' || u > 'Z') && !digit(c) && bytes.IndexByte([]byte("._-:/%@"), c) < 0 {
			return false
		}
	}
	return len(b) > 0 && string(b) != "-"
}
