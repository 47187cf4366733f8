package dpi

import "bytes"

// SSDPDetail is what a device says of itself, or is asked for, by SSDP (UPnP
// Device Architecture 2.0, 1.2).
type SSDPDetail struct {
	Method    string `json:"method,omitempty"` // "M-SEARCH", "NOTIFY"; "" for answers
	Target    string `json:"target,omitempty"` // what is searched for or announced (ST, NT)
	Kind      string `json:"kind,omitempty"`   // of an announcement: "ssdp:alive", "ssdp:byebye"
	Server    string `json:"server,omitempty"` // software
	Location  string `json:"location_host,omitempty"`
	UserAgent string `json:"user_agent,omitempty"` // of who searches
	Messages  uint32 `json:"messages,omitempty"`
}

// Protocol returns SSDP.
func (d *SSDPDetail) Protocol() Protocol { return SSDP }

// Key returns "ssdp".
func (d *SSDPDetail) Key() string { return "ssdp" }

// Subject returns what is searched for or announced.
func (d *SSDPDetail) Subject() string { return d.Target }

func (d *SSDPDetail) clone() Detail {
	c := *d
	return &c
}

var ssdpSignature = signature{proto: SSDP, ports: []uint16{1900}, packet: ssdpMatch,
	new: func() decoder { return &ssdp{} }}

// ssdpMatch wants a first line of HTTP; a response must have the fields of SSDP,
// too.
func ssdpMatch(s *sample) match {
	for _, b := range s.head {
		line, ok := firstLine(b)
		if !ok {
			continue
		}
		if method, _, _, ok := requestLine(line); ok {
			return sureIf(string(method) == "M-SEARCH" || string(method) == "NOTIFY")
		}
		if _, _, ok := statusLine(line); ok {
			return sureIf(containsFold(b[:min(len(b), 1024)], "\r\nST:") || containsFold(b[:min(len(b), 1024)], "\r\nUSN:"))
		}
	}
	return no
}

type ssdp struct{ d *SSDPDetail }

func (s *ssdp) datagram(c *conv, _ Dir, b []byte, _ int) {
	line, ok := firstLine(b)
	if !ok {
		return
	}
	method, _, _, request := requestLine(line)
	if _, _, response := statusLine(line); !request && !response {
		return
	}
	if s.d == nil {
		s.d = &SSDPDetail{}
		c.detail(s.d)
	}
	s.d.Messages++
	if request && s.d.Method == "" {
		s.d.Method = text(method)
	}
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		b = b[i+1:]
		if line, ok = firstLine(b); !ok {
			break
		}
		s.field(line)
	}
	c.changed()
}

func (s *ssdp) field(line []byte) {
	name, value, ok := bytes.Cut(line, []byte{':'})
	if !ok {
		return
	}
	value = bytes.TrimSpace(value)
	to := (*string)(nil)
	switch {
	case is(name, "ST"), is(name, "NT"):
		to = &s.d.Target
	case is(name, "NTS"):
		to = &s.d.Kind
	case is(name, "SERVER"):
		to = &s.d.Server
	case is(name, "USER-AGENT"):
		to = &s.d.UserAgent
	case is(name, "LOCATION"):
		to, value = &s.d.Location, refererHost(value)
	default:
		return
	}
	if *to == "" {
		*to = text(value)
	}
}
