package dpi

import (
	"bytes"
	"encoding/binary"
)

// NetBIOSDatagramDetail is what hosts tell the LAN of themselves by the NetBIOS
// datagram service (RFC 1002, section 4.4).
type NetBIOSDatagramDetail struct {
	Kind        string `json:"kind,omitempty"` // "unique", "group", "broadcast", "error"
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
	Mailslot    string `json:"mailslot,omitempty"` // whom it is for: `\MAILSLOT\BROWSE`
	Command     string `json:"command,omitempty"`  // of the browser service: "host_announcement"
	Server      string `json:"server,omitempty"`   // who is announced
	OS          string `json:"os_version,omitempty"`
	Comment     string `json:"comment,omitempty"`
}

// Protocol returns NetBIOSDatagram.
func (*NetBIOSDatagramDetail) Protocol() Protocol { return NetBIOSDatagram }

// Key returns "netbios_dgm".
func (*NetBIOSDatagramDetail) Key() string { return "netbios_dgm" }

// Subject returns the sender's name.
func (d *NetBIOSDatagramDetail) Subject() string { return d.Source }

func (d *NetBIOSDatagramDetail) clone() Detail {
	c := *d
	return &c
}

var netbiosDatagramSignature = signature{
	proto: NetBIOSDatagram, ports: []uint16{138}, packet: func(s *sample) match { return nbDatagramMatch(s.datagram(), s.wire) },
	new: func() decoder { return &nbDatagramDecoder{} },
}

const (
	nbDatagramHead = 14 // of a direct datagram, before the names
	nbErrorSize    = 11 // of a datagram that says that another one failed
	nbNameSize     = 34 // length, 32 letters, the root's zero: scopes are not used any more
)

func nbDatagramMatch(b []byte, wire int) match {
	if len(b) < nbErrorSize || b[0] < 0x10 || b[0] > 0x16 || b[1]&0xf0 != 0 {
		return no
	}
	if b[0] > 0x12 { // error, and the queries of a distribution server
		if b[0] == 0x13 && wire == nbErrorSize && b[10] >= 0x82 && b[10] <= 0x84 {
			return likely
		}
		return no
	}
	if len(b) < nbDatagramHead+2*nbNameSize || int(binary.BigEndian.Uint16(b[10:]))+nbDatagramHead > wire {
		return no
	}
	if b[14] != 32 || b[47] != 0 || b[48] != 32 || nbLetters(b[15:47]) == nil || nbLetters(b[49:81]) == nil {
		return no
	}
	return sure
}

// nbLetters returns the encoded name if all its letters are of the alphabet.
func nbLetters(b []byte) []byte {
	for _, c := range b {
		if c < 'A' || c > 'P' {
			return nil
		}
	}
	return b
}

type nbDatagramDecoder struct {
	d     NetBIOSDatagramDetail
	shown bool
	seen  int
}

func (n *nbDatagramDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	if n.seen++; nbDatagramMatch(b, wire) == no {
		return
	}
	before := n.d
	n.d.Kind = [4]string{"unique", "group", "broadcast", "error"}[min(b[0]-0x10, 3)]
	if b[0] <= 0x12 {
		setText(&n.d.Source, nbName(b[15:47]))
		setText(&n.d.Destination, nbName(b[49:81]))
		n.mail(b[nbDatagramHead+2*nbNameSize:])
	}
	if !n.shown {
		n.shown = true
		c.detail(&n.d)
	} else if n.d != before {
		c.changed()
	}
	if n.seen > 32 {
		c.done()
	}
}

// mail reads the mailslot message of an SMB transaction, and of the browser
// service what it announces ([MS-BRWS] 2.2).
func (n *nbDatagramDecoder) mail(b []byte) {
	if !bytes.HasPrefix(b, []byte(smb1Mark)) || len(b) < smb1Head+1 || b[4] != 0x25 {
		return
	}
	at := bytes.Index(b, []byte(`\MAILSLOT\`))
	if at < 0 {
		return
	}
	end := bytes.IndexByte(b[at:], 0)
	if end < 0 || !printable(b[at:at+end]) {
		return
	}
	n.d.Mailslot = text(b[at : at+end])
	r := cursor{b: b[at+end+1:]}
	switch n.d.Mailslot {
	case `\MAILSLOT\BROWSE`, `\MAILSLOT\LANMAN`:
	default:
		return
	}
	command := r.u8()
	name := browserCommand(command)
	if name == "" {
		return
	}
	n.d.Command = name
	if command != 1 && command != 12 && command != 15 {
		return
	}
	r.skip(5)
	server := r.take(16)
	major, minor := r.u8(), r.u8()
	r.skip(8)
	if r.short {
		return
	}
	if s := tidy(server); plain([]byte(s)) {
		setText(&n.d.Server, s)
	}
	setText(&n.d.OS, itoa(uint32(major))+"."+itoa(uint32(minor)))
	if s := tidy(r.cstring()); plain([]byte(s)) {
		setText(&n.d.Comment, s)
	}
}

func browserCommand(v byte) string {
	switch v {
	case 1:
		return "host_announcement"
	case 2:
		return "announcement_request"
	case 8:
		return "election"
	case 9:
		return "backup_list_request"
	case 10:
		return "backup_list_response"
	case 11:
		return "become_backup"
	case 12:
		return "domain_announcement"
	case 13:
		return "master_announcement"
	case 14:
		return "reset_state"
	case 15:
		return "local_master_announcement"
	}
	return ""
}
