package dpi

import (
	"encoding/binary"
	"encoding/hex"
)

// BitTorrentDetail is what peers say of themselves and of what they share, over
// TCP and µTP, to the distributed hash table, and to trackers.
type BitTorrentDetail struct {
	InfoHash string   `json:"info_hash,omitempty"` // of the torrent, in hexadecimal
	Client   string   `json:"client,omitempty"`    // program and version of the end that began
	Server   string   `json:"peer_client,omitempty"`
	Features []string `json:"features,omitempty"` // "dht", "extended", "fast"
	Method   string   `json:"method,omitempty"`   // of the hash table or the tracker: "get_peers", "announce"
	Methods  []string `json:"methods,omitempty"`  // all that were seen

	proto Protocol
}

// Protocol returns BitTorrent, BitTorrentDHT or UTP.
func (d *BitTorrentDetail) Protocol() Protocol { return d.proto }

// Key returns "bittorrent": what is said is the same on each way.
func (*BitTorrentDetail) Key() string { return "bittorrent" }

// Subject returns the torrent.
func (d *BitTorrentDetail) Subject() string { return d.InfoHash }

func (d *BitTorrentDetail) clone() Detail {
	c := *d
	return &c
}

var bittorrentSignature = signature{
	proto: BitTorrent, ports: []uint16{6881}, stream: func(s *sample) match {
		return s.both(func(b []byte) match { return begins(b, btHello) })
	},
	packet: btPacketMatch, new: func() decoder { return &btDecoder{} },
}

const (
	btHello = "\x13BitTorrent protocol"
	btSize  = len(btHello) + 8 + 20 + 20 // of the handshake: features, torrent, peer
	btLocal = "BT-SEARCH * HTTP/1.1\r\n" // BEP 14

	btTracker = 0x41727101980 // BEP 15
)

// btPacketMatch tells the two small ones over UDP: a request to a tracker, and the
// search for peers on the LAN.
func btPacketMatch(s *sample) match {
	b := s.datagram()
	if begins(b, btLocal) == sure {
		return sure
	}
	if s.wire >= 16 && s.wire <= 16+4 && len(b) >= 16 && binary.BigEndian.Uint64(b) == btTracker && binary.BigEndian.Uint32(b[8:]) == 0 {
		return sure
	}
	return no
}

// btHandshake reads a handshake, and reports whether it is one.
func (d *BitTorrentDetail) handshake(b []byte, dir Dir) bool {
	if len(b) < btSize || string(b[:len(btHello)]) != btHello {
		return false
	}
	b = b[len(btHello):]
	setText(&d.InfoHash, hex.EncodeToString(b[8:28]))
	d.client(dir, btClient(b[28:48]))
	for _, f := range [...]struct {
		at   int
		bit  byte
		name string
	}{{5, 0x10, "extended"}, {7, 0x01, "dht"}, {7, 0x04, "fast"}, {7, 0x10, "v2"}} {
		if b[f.at]&f.bit != 0 {
			addOnce(&d.Features, f.name)
		}
	}
	return true
}

func (d *BitTorrentDetail) client(dir Dir, name string) bool {
	if dir == ToServer {
		return setText(&d.Client, name)
	}
	return setText(&d.Server, name)
}

// btDecoder reads the handshakes of both peers, and the extended ones behind them
// in which they name themselves (BEP 10).
type btDecoder struct {
	d      BitTorrentDetail
	shown  bool
	shaken [2]bool
	named  [2]bool
	seen   int
	server Dir // of a tracker's flow
}

func (t *btDecoder) show(c *conv) {
	if t.shown {
		c.changed()
		return
	}
	t.shown = true
	c.detail(&t.d)
}

func (t *btDecoder) stream(c *conv, dir Dir, b []byte) int {
	t.d.proto = BitTorrent
	read := 0
	if !t.shaken[dir] {
		if len(b) < btSize {
			return 0
		}
		if !t.d.handshake(b, dir) {
			c.done()
			return 0
		}
		t.shaken[dir], read = true, btSize
		t.show(c)
		if t.shaken[0] && t.shaken[1] {
			c.confirm()
		}
	}
	for len(b)-read >= 4 {
		p := b[read:]
		size := 4 + int(binary.BigEndian.Uint32(p))
		if size > 4<<20 {
			c.done()
			return read
		}
		extended := len(p) >= 6 && p[4] == 20 && p[5] == 0
		if len(p) < 6 && size >= 6 || extended && len(p) < min(size, 4<<10) {
			return read
		}
		read += size
		if extended {
			if t.d.client(dir, tidy(btValue(p[6:min(len(p), size)], "v"))) {
				c.changed()
			}
			t.named[dir] = true
		}
		if t.seen++; t.seen > 16 || t.named[0] && t.named[1] {
			c.done()
			return read
		}
	}
	return read
}

func (t *btDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	t.d.proto = BitTorrent
	t.seen++
	switch {
	case begins(b, btLocal) == sure:
		t.local(b)
		t.show(c)
	case !t.shown:
		t.d.Method, t.server = "connect", dir.other()
		addOnce(&t.d.Methods, "connect")
		t.show(c)
	case dir != t.server && len(b) >= 16:
		t.tracker(c, b)
	}
	if t.seen > 16 {
		c.done()
	}
}

// tracker reads a request of BEP 15: connection, action, transaction.
func (t *btDecoder) tracker(c *conv, b []byte) {
	switch binary.BigEndian.Uint32(b[8:]) {
	case 1:
		t.d.Method = "announce"
		if len(b) >= 56 {
			setText(&t.d.InfoHash, hex.EncodeToString(b[16:36]))
			setText(&t.d.Client, btClient(b[36:56]))
		}
	case 2:
		t.d.Method = "scrape"
	default:
		return
	}
	addOnce(&t.d.Methods, t.d.Method)
	c.changed()
}

// local reads a search for peers: lines as HTTP has them.
func (t *btDecoder) local(b []byte) {
	t.d.Method = "local_search"
	addOnce(&t.d.Methods, t.d.Method)
	for {
		line, ok := firstLine(b)
		if !ok {
			return
		}
		b = b[len(line)+1:]
		if len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
		const field = "infohash: "
		if len(line) == len(field)+40 && foldEqual(line[:len(field)], field) && printable(line) {
			setText(&t.d.InfoHash, lowerText(line[len(field):]))
		}
	}
}
