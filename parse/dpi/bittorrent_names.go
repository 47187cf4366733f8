package dpi

import "strconv"

// btClients are the programs behind the two letters of a peer's identifier (BEP
// 20), and of a node's version.
var btClients = [...]struct{ id, name string }{
	{"AZ", "Vuze"}, {"BC", "BitComet"}, {"BI", "BiglyBT"}, {"BT", "BitTorrent"}, {"DE", "Deluge"}, {"FD", "Free Download Manager"},
	{"FL", "Flud"}, {"KT", "KTorrent"}, {"LT", "libtorrent"}, {"lt", "libTorrent (rTorrent)"}, {"PI", "PicoTorrent"},
	{"qB", "qBittorrent"}, {"SD", "Xunlei"}, {"TL", "Tribler"}, {"TR", "Transmission"}, {"TX", "Tixati"},
	{"UM", "µTorrent Mac"}, {"UT", "µTorrent"}, {"UW", "µTorrent Web"}, {"WW", "WebTorrent"}, {"WD", "WebTorrent Desktop"},
	{"XL", "Xunlei"}, {"AG", "Ares"}, {"A~", "Ares"}, {"AV", "Avicora"}, {"BW", "BitWombat"}, {"TT", "TuoTu"}, {"XT", "XanTorrent"},
	{"HL", "Halite"}, {"MP", "MooPolice"}, {"NX", "Net Transport"}, {"SB", "Swiftbit"}, {"UL", "uLeecher!"}, {"ML", "MLDonkey"},
	{"LH", "LH-ABC"}, {"ANT", "anacrolix/torrent"},
}

func btName(id string) string {
	for _, c := range btClients {
		if c.id == id {
			return c.name
		}
	}
	return ""
}

// btClient names the program of a peer's identifier of the form "-UT3550-…", and
// returns "" for one that is random.
func btClient(id []byte) string {
	if len(id) < 8 || id[0] != '-' || id[7] != '-' || !printable(id[:8]) {
		return ""
	}
	name := btName(string(id[1:3]))
	if name == "" {
		name = string(id[1:3])
	}
	version := ""
	for i, c := range id[3:7] {
		v := btDigit(c)
		if v < 0 {
			return name
		}
		if i > 0 {
			version += "."
		}
		version += strconv.Itoa(v)
	}
	return name + " " + version
}

// btDigit reads one place of a version: 0 to 9, then letters.
func btDigit(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 10
	}
	return -1
}

// dhtClient names the program of a node's version: two letters and two bytes.
func dhtClient(v []byte) string {
	if len(v) != 4 {
		return ""
	}
	return btName(string(v[:2]))
}
