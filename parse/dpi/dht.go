package dpi

import "encoding/hex"

var dhtSignature = signature{
	proto: BitTorrentDHT, packet: func(s *sample) match {
		if dhtKind(s.datagram(), s.wire) != 0 {
			return sure
		}
		return no
	},
	new: func() decoder { return &dhtDecoder{} },
}

// dhtKind returns 'q', 'r' or 'e' for a message of the hash table (BEP 5): a
// dictionary that fills the datagram and says what it is. Else 0.
func dhtKind(b []byte, wire int) byte {
	if len(b) < 12 || b[0] != 'd' || !digit(b[1]) || len(b) == wire && b[len(b)-1] != 'e' {
		return 0
	}
	if len(b) == wire {
		if size, _ := bencodeNext(b, 8); size != wire {
			return 0
		}
	}
	kind := byte(0)
	transaction := false
	bencodeEach(b, func(key, value []byte) {
		switch string(key) {
		case "y":
			if len(value) == 1 && (value[0] == 'q' || value[0] == 'r' || value[0] == 'e') {
				kind = value[0]
			}
		case "t":
			transaction = true
		}
	})
	if !transaction && len(b) == wire {
		return 0
	}
	return kind
}

// dhtDecoder reads queries and answers of a node.
type dhtDecoder struct {
	d     BitTorrentDetail
	shown bool
	seen  int
}

func (t *dhtDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	if t.seen++; t.seen > 16 {
		c.done()
		return
	}
	kind := dhtKind(b, wire)
	if kind == 0 {
		if utpHead(b, wire) && t.shown {
			c.become(UTP) // the same port serves both
		}
		return
	}
	t.d.proto = BitTorrentDHT
	bencodeEach(b, func(key, value []byte) {
		switch string(key) {
		case "q":
			if name := text(value); printable(value) {
				t.d.Method = name
				addOnce(&t.d.Methods, name)
			}
		case "a":
			if hash := btValue(value, "info_hash"); len(hash) == 20 {
				setText(&t.d.InfoHash, hex.EncodeToString(hash))
			}
		case "v":
			t.d.client(dir, dhtClient(value))
		}
	})
	if t.shown {
		c.changed()
		return
	}
	t.shown = true
	c.detail(&t.d)
}
