package dpi

import (
	"testing"

	"sockeye/internal/testkit"
)

// ntpTime is an NTP timestamp, in ms since a conversation began.
func ntpTime(ms float64) be8 {
	const began = (startTime/1e9 + 2_208_988_800) << 32
	return be8(began + uint64(int64(ms/1e3*(1<<32))))
}

// ntpMessage is a header; id is a reference.
func ntpMessage(first, stratum int, id string, stamps ...be8) []byte {
	b := pack(first, stratum, 6, 0xe9, be4(0x290), be4(0x1a0), id)
	for _, s := range stamps {
		b = pack(b, s)
	}
	return b
}

// The server's clock is 100 ms ahead, the way takes 1 ms in all: conversations
// have a line each ms.
var ntpTalks = register(
	conversation{name: "an exchange", proto: NTP, udp: true, said: []said{
		asks(ntpMessage(0x23, 0, "\x00\x00\x00\x00", 0, 0, 0, 0x1122334455667788)),
		answers(ntpMessage(0x24, 2, "\xc0\x00\x02\x35", ntpTime(-5000), 0x1122334455667788, ntpTime(101.5), ntpTime(101.5))),
		asks(fill(60)), // something else: it changes nothing
	}},
	conversation{name: "a primary server, signed", proto: NTP, udp: true, said: []said{
		asks(ntpMessage(0x1b, 0, "\x00\x00\x00\x00", 0, 0, 0, 77), be4(1), fill(16)),
		answers(ntpMessage(0x1c, 1, "GPS\x00", ntpTime(-5000), 77, ntpTime(1.5), ntpTime(1.5)), be4(1), fill(16)),
	}},
	conversation{name: "only the answer, on the wrong side", proto: NTP, udp: true, ports: [2]uint16{123, 50000}, said: []said{
		asks(ntpMessage(0x24, 2, "\xc0\x00\x02\x35", ntpTime(-5000), 99, ntpTime(1), ntpTime(1))),
	}},
	conversation{name: "go away", proto: NTP, udp: true, said: []said{
		asks(ntpMessage(0x23, 0, "\x00\x00\x00\x00", 0, 0, 0, 77)),
		answers(ntpMessage(0xe4, 0, "RATE", 0, 77, ntpTime(1), ntpTime(1))),
	}},
	conversation{name: "NTS", proto: NTP, udp: true, said: []said{
		asks(ntpMessage(0x23, 0, "\x00\x00\x00\x00", 0, 0, 0, 77), be2(0x0104), be2(36), fill(32), be2(0x0204), be2(104), fill(100), be2(0x0404), be2(40), fill(36)),
	}},
	conversation{name: "control", proto: NTP, udp: true, text: `
		c 16 02 0001 0000 0000 0000 0000
		s 16 82 0001 0615 0000 0000 0010 "version='ntpd 4'"
	`},
	conversation{name: "a list of clients", proto: NTP, udp: true, text: `
		c 17 00 03 2a 00000000
	`},
)

func TestNTP(t *testing.T) {
	expect(t, "ntp", ntpTalks,
		`{"version":4,"mode":"server","stratum":2,"reference_id":"192.0.2.53","root_delay_ms":10.01,"root_dispersion_ms":6.348,"offset_ms":100,"delay_ms":1,"exchanges":1}`,
		`{"version":3,"mode":"server","stratum":1,"reference_id":"GPS","root_delay_ms":10.01,"root_dispersion_ms":6.348,"offset_ms":0,"delay_ms":1,"signed":true,"exchanges":1}`,
		`{"version":4,"mode":"server","stratum":2,"reference_id":"192.0.2.53","root_delay_ms":10.01,"root_dispersion_ms":6.348}`,
		`{"version":4,"mode":"server","kiss":"RATE","unsynchronized":true,"root_delay_ms":10.01,"root_dispersion_ms":6.348,"exchanges":1}`,
		`{"version":4,"mode":"client","nts":true}`,
		`{"version":2,"mode":"control","operation":"read_variables"}`,
		`{"version":2,"mode":"private","operation":"monlist"}`,
	)
}

// TestNTPConfidence requires that a request alone is no proof, and its answer is.
func TestNTPConfidence(t *testing.T) {
	c := ntpTalks[0]
	if got := c.once(t, manner{}).App.Confidence; got != Exact {
		t.Errorf("got %v for an exchange, want exact", got)
	}
	c.said = c.said[:1]
	if got := c.once(t, manner{}).App.Confidence; got != Heuristic {
		t.Errorf("got %v for a request, want heuristic", got)
	}
}

func TestNTPMatchAllocates(t *testing.T) {
	s := sample{head: [2][]byte{ntpTalks[4].said[0].b}}
	s.wire = len(s.head[0])
	testkit.ZeroAllocs(t, "ntpMatch", func() { ntpMatch(&s) })
}

func FuzzNTP(f *testing.F) { fuzzPackets(f, ntpSignature, ntpTalks...) }
