package dpi

import (
	"bytes"
	"strconv"
)

// TelnetDetail is what is known of a Telnet connection (RFC 854): what the ends
// agreed on. Nothing that is typed is looked at.
type TelnetDetail struct {
	Server   []string `json:"server_options,omitempty"` // that the server uses: "echo"
	Client   []string `json:"client_options,omitempty"` // that the client uses: "terminal-type"
	Terminal string   `json:"terminal,omitempty"`       // "XTERM"
}

// Protocol returns Telnet.
func (d *TelnetDetail) Protocol() Protocol { return Telnet }

// Key returns "telnet".
func (d *TelnetDetail) Key() string { return "telnet" }

// Subject returns "".
func (d *TelnetDetail) Subject() string { return "" }

func (d *TelnetDetail) clone() Detail {
	c := *d
	return &c
}

// Commands of Telnet (RFC 854, 855).
const (
	telnetIAC  = 255
	telnetSE   = 240
	telnetSB   = 250
	telnetWill = 251
	telnetWont = 252
	telnetDo   = 253
	telnetDont = 254

	telnetType = 24   // the option that tells the terminal's type (RFC 1091)
	telnetData = 2048 // bytes without negotiation after which there will be none
	telnetLast = 49   // the options beyond are hardly used, but for 255
)

// telnetOptions are the names of the options that are met (IANA telnet-options).
var telnetOptions = map[byte]string{0: "binary", 1: "echo", 3: "suppress-go-ahead", 5: "status", 6: "timing-mark",
	telnetType: "terminal-type", 25: "end-of-record", 31: "window-size", 32: "terminal-speed", 33: "flow-control",
	34: "linemode", 35: "x-display", 36: "environment", 37: "authentication", 38: "encryption",
	39: "new-environment", 40: "tn3270e", 42: "charset", 44: "com-port", 46: "starttls"}

type telnet struct {
	d        *TelnetDetail
	commands int // so far
	idle     int // bytes since the last command
}

var telnetSignature = signature{proto: Telnet, ports: []uint16{23}, stream: telnetMatch,
	new: func() decoder { return &telnet{} }}

// telnetMatch counts the commands of negotiation at the heads: one is 3 bytes that
// chance may bring, three are proof.
func telnetMatch(s *sample) match {
	n, cut := 0, false
	for _, b := range s.head {
		for len(b) > 0 && b[0] == telnetIAC {
			size := telnetCommand(b)
			if size < 0 {
				return no
			}
			if size == 0 {
				cut = true
				break
			}
			n++
			b = b[size:]
		}
	}
	switch {
	case n >= 3, n == 2 && s.on(23):
		return sure
	case n > 0 && s.on(23):
		return likely
	case n > 0, cut:
		return more
	}
	return no
}

// telnetCommand returns the length of the negotiation that b begins with, 0 if it
// is cut, -1 if it is none.
func telnetCommand(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch {
	case b[1] == telnetSB:
		end := bytes.Index(b[:min(len(b), 512)], []byte{telnetIAC, telnetSE})
		if end >= 0 {
			return end + 2
		}
		if len(b) >= 512 {
			return -1
		}
		return 0
	case b[1] < telnetWill || b[1] > telnetDont:
		return -1
	case len(b) < 3:
		return 0
	case b[2] > telnetLast && b[2] != 255:
		return -1
	}
	return 3
}

func (t *telnet) stream(c *conv, dir Dir, b []byte) int {
	if t.d == nil {
		t.d = &TelnetDetail{}
		c.detail(t.d)
	}
	pos := 0
	for pos < len(b) {
		i := bytes.IndexByte(b[pos:], telnetIAC)
		if i < 0 {
			i = len(b) - pos
		}
		pos += i
		if t.idle += i; t.idle > telnetData {
			c.done()
			break
		}
		if pos == len(b) {
			break
		}
		n := telnetCommand(b[pos:])
		if n == 0 {
			break
		}
		if n < 0 {
			pos += 2 // another command, or the byte 255 itself
			continue
		}
		t.idle = 0
		if t.commands++; t.commands == 3 {
			c.confirm()
		}
		t.command(c, dir, b[pos:pos+n])
		pos += n
	}
	return min(pos, len(b))
}

func (t *telnet) gap(*conv, Dir, uint32) {}

func (t *telnet) command(c *conv, dir Dir, b []byte) {
	switch {
	case b[1] == telnetWill:
		t.option(c, dir, b[2])
	case b[1] == telnetDo:
		// What one end asks for, the other answers with WILL.
	case b[1] == telnetSB && len(b) > 6 && b[2] == telnetType && b[3] == 0: // IS
		t.d.Terminal = text(b[4 : len(b)-2])
		c.changed()
	}
}

func (t *telnet) option(c *conv, dir Dir, code byte) {
	name := telnetOptions[code]
	if name == "" {
		name = strconv.Itoa(int(code))
	}
	list := &t.d.Server
	if dir == ToServer {
		list = &t.d.Client
	}
	*list = addText(*list, []byte(name))
	c.changed()
}
