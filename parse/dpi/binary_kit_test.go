package dpi

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// secret stands in conversations for what must not be kept of them.
const secret = "hunter2"

// expect plays conversations, and compares what is said under a key with JSON
// texts, in the same order; "" for nothing.
func expect(t *testing.T, key string, talks []conversation, want ...string) {
	t.Helper()
	if len(talks) != len(want) {
		t.Fatalf("got %d conversations, want %d", len(talks), len(want))
	}
	for n, c := range talks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			got := ""
			if d := out.App.Find(key); d != nil {
				got = asJSON(d)
			}
			if got != want[n] {
				t.Errorf("got  %s\nwant %s", got, want[n])
			}
			if s := asJSON(out); strings.Contains(s, secret) {
				t.Errorf("got a secret in %s", s)
			}
		})
	}
}

// Numbers of a message: so many bytes, big- or little-endian.
type (
	be2 uint16
	be4 uint32
	be8 uint64
	le2 uint16
	le4 uint32
	le8 uint64
)

// pack joins the parts of a message: texts, bytes, numbers; an int is one byte.
func pack(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		case int:
			b = append(b, byte(p))
		case be2:
			b = binary.BigEndian.AppendUint16(b, uint16(p))
		case be4:
			b = binary.BigEndian.AppendUint32(b, uint32(p))
		case be8:
			b = binary.BigEndian.AppendUint64(b, uint64(p))
		case le2:
			b = binary.LittleEndian.AppendUint16(b, uint16(p))
		case le4:
			b = binary.LittleEndian.AppendUint32(b, uint32(p))
		case le8:
			b = binary.LittleEndian.AppendUint64(b, uint64(p))
		default:
			panic("pack: no way to write that")
		}
	}
	return b
}

// fill is n bytes of no meaning, none of them zero.
func fill(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*37 + 11 | 1)
	}
	return b
}

// berOf is an element of BER.
func berOf(tag byte, parts ...any) []byte {
	body := pack(parts...)
	if len(body) < 0x80 {
		return pack(int(tag), len(body), body)
	}
	return pack(int(tag), 0x82, be2(len(body)), body)
}

// wide is text in little-endian UTF-16.
func wide(s string) []byte {
	var b []byte
	for _, r := range s {
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
	}
	return b
}

// asks and answers are what a client and a server say at once.
func asks(parts ...any) said    { return said{dir: ToServer, b: pack(parts...)} }
func answers(parts ...any) said { return said{dir: ToClient, b: pack(parts...)} }

// fuzzPackets has a decoder of datagrams read what the conversations say, changed
// by the fuzzer, whatever its signature thinks of it. Decoders keep nothing of
// what they were lent, and little of the rest.
func fuzzPackets(f *testing.F, s signature, talks ...conversation) {
	for _, c := range talks {
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		var b [2][]byte
		for _, line := range all {
			b[line.dir] = line.b
		}
		f.Add(b[0], b[1], uint8(0))
	}
	f.Fuzz(func(t *testing.T, first, second []byte, cut uint8) {
		i := New(netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("192.0.2.2:40001"), &played{})
		i.stage, i.dec = reading, s.new()
		i.sig = candidateOf(s.proto, true)
		for n := 0; n < 8 && i.op == opNone; n++ {
			whole := [2][]byte{first, second}[n%2]
			if len(whole) == 0 {
				continue
			}
			b := append([]byte(nil), whole[:max(len(whole)-int(cut)*(n/2), 1)]...)
			m := s.packet(&sample{head: [2][]byte{b}, wire: len(whole)})
			if m > sure || len(b) == len(whole) && m == more {
				t.Fatalf("got %d for a whole datagram", m)
			}
			i.dec.(datagramDecoder).datagram(&i.c, Dir(n%2), b, len(whole))
			clear(b)
		}
		for _, d := range i.details {
			if s := asJSON(d); len(s) > 64<<10 {
				t.Fatalf("got a detail of %d bytes", len(s))
			}
		}
	})
}

// TestBinaryMatchAllocates requires that a look at a first message costs no
// memory, also where it is the protocol's own.
func TestBinaryMatchAllocates(t *testing.T) {
	for _, talks := range [][]conversation{
		postgresqlTalks, mysqlTalks, mongoTalks, mqttTalks, kafkaTalks, amqpTalks, stunTalks, rtpTalks, rtcpTalks, bittorrentTalks,
		smbTalks, netbiosDatagramTalks, rdpTalks, kerberosTalks, ldapTalks, snmpTalks, radiusTalks, ikeTalks, wireguardTalks, openvpnTalks, ntpTalks,
	} {
		for _, c := range talks {
			all, err := c.lines()
			if err != nil {
				t.Fatal(err)
			}
			s := sample{begun: true, wire: all[0].wire}
			s.head[all[0].dir] = all[0].b
			testkit.ZeroAllocs(t, c.proto.String()+": "+c.name, func() {
				for n := range signatures {
					if f := signatures[n].stream; f != nil && !c.udp {
						f(&s)
					}
					if f := signatures[n].packet; f != nil && c.udp {
						f(&s)
					}
				}
			})
		}
	}
}
