package dpi

import "testing"

var (
	btAlice = pack(btHello, "\x00\x00\x00\x00\x00\x10\x00\x05", "aaaaaaaaaaaaaaaaaaaa", "-qB4630-abcdefghijkl")
	btBob   = pack(btHello, "\x00\x00\x00\x00\x00\x10\x00\x01", "aaaaaaaaaaaaaaaaaaaa", "-UT3550-abcdefghijkl")
)

func btMessage(parts ...any) []byte {
	body := pack(parts...)
	return pack(be4(len(body)), body)
}

// utpOf is a packet of µTP.
func utpOf(kind int, id, seq, ack uint16, parts ...any) []byte {
	return pack(kind<<4|1, 0, be2(id), be4(1000+uint32(seq)), be4(5), be4(1<<20), be2(seq), be2(ack), pack(parts...))
}

var bittorrentTalks = register(
	conversation{name: "peers", proto: BitTorrent, said: []said{
		asks(btAlice),
		answers(btBob, btMessage(20, 0, "d1:md11:ut_metadatai3ee1:pi6881e1:v15:uTorrent 3.5.5 e"), btMessage(5, fill(20))),
		asks(btMessage(20, 0, "d1:v17:qBittorrent/4.6.3e"), btMessage(7, fill(3000))),
	}},
	conversation{name: "a hash table", proto: BitTorrentDHT, udp: true, said: []said{
		asks("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:v4:LT\x01\x021:y1:qe"),
		answers("d1:rd2:id20:0123456789abcdefghij5:token8:hunter2!6:valuesl6:axje.uee1:t2:aa1:y1:re"),
	}},
	conversation{name: "a refusal", proto: BitTorrentDHT, udp: true, said: []said{asks("d1:eli201e15:A Generic Errore1:t2:aa1:y1:ee")}},
	conversation{name: "peers over µTP", proto: UTP, udp: true, said: []said{
		asks(utpOf(utpSyn, 100, 1, 0)),
		answers(utpOf(utpState, 100, 500, 1)),
		asks(utpOf(utpData, 101, 2, 499, btAlice)),
		answers(utpOf(utpState, 100, 500, 2)),
		answers(utpOf(utpData, 100, 500, 2, btBob)),
	}},
	conversation{name: "a tracker", proto: BitTorrent, udp: true, said: []said{
		asks(be8(btTracker), be4(0), be4(7)),
		answers(be4(0), be4(7), be8(77)),
		asks(be8(77), be4(1), be4(8), "aaaaaaaaaaaaaaaaaaaa", "-TR4050-abcdefghijkl", fill(42)),
	}},
	conversation{name: "on the LAN", proto: BitTorrent, udp: true, text: `
		c "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: 0F6B9CD2B7DA4DE9B6C846203920E3DA49CDB795\r\n\r\n\r\n"
	`},
)

func TestBitTorrent(t *testing.T) {
	expect(t, "bittorrent", bittorrentTalks,
		`{"info_hash":"6161616161616161616161616161616161616161","client":"qBittorrent/4.6.3","peer_client":"uTorrent 3.5.5","features":["extended","dht","fast"]}`,
		`{"info_hash":"6d6e6f707172737475767778797a313233343536","client":"libtorrent","method":"get_peers","methods":["get_peers"]}`,
		`{}`,
		`{"info_hash":"6161616161616161616161616161616161616161","client":"qBittorrent 4.6.3.0","peer_client":"µTorrent 3.5.5.0","features":["extended","dht","fast"]}`,
		`{"info_hash":"6161616161616161616161616161616161616161","client":"Transmission 4.0.5.0","method":"announce","methods":["connect","announce"]}`,
		`{"info_hash":"0f6b9cd2b7da4de9b6c846203920e3da49cdb795","method":"local_search","methods":["local_search"]}`,
	)
}

// TestBencodeNext reads values and what is none.
func TestBencodeNext(t *testing.T) {
	for in, want := range map[string]int{
		"i42e": 4, "i-1e": 4, "4:spam": 6, "0:": 2, "le": 2, "l4:spami1ee": 11, "d1:ai1ee": 8, "de": 2,
		"ie": 0, "i-e": 0, "iabce": 0, "5:spam": 0, "4spam": 0, "l": 0, "d1:a": 0, "di1ei2ee": 0, "": 0, "x": 0, ":": 0,
		"llllllllllleeeeeeeeeee": 0, // too deep
	} {
		if got, _ := bencodeNext([]byte(in), 8); got != want {
			t.Errorf("%q: got %d, want %d", in, got, want)
		}
	}
}

func FuzzBitTorrent(f *testing.F) {
	fuzzTalks(f, bittorrentSignature.new, BitTorrent, bittorrentTalks[0])
}
func FuzzDHT(f *testing.F) { fuzzPackets(f, dhtSignature, bittorrentTalks[1:3]...) }
func FuzzUTP(f *testing.F) { fuzzPackets(f, utpSignature, bittorrentTalks[3]) }
