package dpi

import (
	"slices"
	"testing"
)

func rtpOf(kind int, seq uint16, stamp uint32) []byte {
	return pack(0x80, kind, be2(seq), be4(stamp), be4(0xcafe), fill(160))
}

// rtpRow is n packets of a source, whose numbers wrap.
func rtpRow(dir Dir, kind, n int) (row []said) {
	for k := range n {
		row = append(row, said{dir: dir, b: rtpOf(kind, uint16(65534+k), uint32(1<<32-100+160*k))})
	}
	return row
}

var rtpTalks = register(
	conversation{name: "one way", proto: RTP, udp: true, said: rtpRow(ToServer, 0, 4)},
	conversation{name: "both ways", proto: RTP, udp: true, said: slices.Concat(rtpRow(ToServer, 8, 3), rtpRow(ToClient, 111, 3))},
	conversation{name: "with RTCP and one late", proto: RTP, udp: true, said: []said{
		asks(rtpOf(9, 1, 100)),
		asks(0x81, 201, be2(7), be4(0xcafe), fill(24)),
		asks(rtpOf(9, 3, 420)),
		asks(rtpOf(9, 2, 260)),
		asks(rtpOf(9, 4, 580)),
	}},
	conversation{name: "over TCP", proto: RTP, said: []said{
		asks(be2(172), rtpOf(8, 1, 0), be2(172), rtpOf(8, 2, 160), be2(172), rtpOf(8, 3, 320)),
	}},
)

func TestRTP(t *testing.T) {
	expect(t, "rtp", rtpTalks,
		`{"version":2,"payload_types":[0],"codecs":["PCMU"],"sources":["0xcafe"]}`,
		`{"version":2,"payload_types":[8,111],"codecs":["PCMA"],"sources":["0xcafe"]}`,
		`{"version":2,"payload_types":[9],"codecs":["G722"],"sources":["0xcafe"]}`,
		`{"version":2,"payload_types":[8],"codecs":["PCMA"],"sources":["0xcafe"]}`,
	)
}

// TestRTPNeedsARow requires that packets which do not continue each other are
// nothing, however well each looks.
func TestRTPNeedsARow(t *testing.T) {
	c := conversation{name: "no row", udp: true}
	for k := range 20 {
		c.said = append(c.said, asks(0x80, 0, be2(k*1000), be4(k*77777777), be4(k%2), fill(160)))
	}
	if got := c.once(t, manner{}).App; got != nil {
		t.Errorf("got %s, want nothing", asJSON(got))
	}
}

func FuzzRTP(f *testing.F)       { fuzzPackets(f, rtpSignature, rtpTalks[:3]...) }
func FuzzRTPStream(f *testing.F) { fuzzTalks(f, rtpSignature.new, RTP, rtpTalks[3]) }

var rtcpTalks = register(
	conversation{name: "a report with a name", proto: RTCP, udp: true, said: []said{
		asks(0x80, 200, be2(6), be4(0xcafe), fill(20), 0x81, 202, be2(8), be4(0xcafe), 1, 11, "alice@host1", 6, 6, "tool 1", 2, 3, "Bob", 0, 0),
	}},
	conversation{name: "a receiver's, again", proto: RTCP, udp: true, said: []said{
		asks(0x81, 201, be2(7), be4(0xcafe), fill(24)),
		asks(0x81, 201, be2(7), be4(0xcafe), fill(24)),
	}},
	conversation{name: "encrypted", proto: RTCP, udp: true, said: []said{
		asks(0x80, 201, be2(1), be4(0xcafe), fill(16), be4(1<<31|1), fill(10)),
		asks(0x80, 201, be2(1), be4(0xcafe), fill(16), be4(1<<31|2), fill(10)),
	}},
)

func TestRTCP(t *testing.T) {
	expect(t, "rtcp", rtcpTalks,
		`{"version":2,"packets":["sender_report","source_description"],"sources":["0xcafe"],"names":["alice@host1"],"tool":"tool 1"}`,
		`{"version":2,"packets":["receiver_report"],"sources":["0xcafe"]}`,
		`{"version":2,"packets":["receiver_report"],"sources":["0xcafe"]}`,
	)
}

func FuzzRTCP(f *testing.F) { fuzzPackets(f, rtcpSignature, rtcpTalks...) }
