package track

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// TestTCPSegmentAllocs plays a transfer with losses and closed windows.
func TestTCPSegmentAllocs(t *testing.T) {
	ps := play{}.packets(t, stamped+`
		c PA 1 1 len=100 ts=1100/9041
		c PA 201 1 len=100 ts=1100/9041
		s A 1 101 ts=9100/1100 blocks=201-301
		s A 1 101 ts=9100/1100 blocks=201-301
		c PA 101 1 len=100 ts=1100/9041
		s A 1 301 ts=9100/1100 win=0
		s PA 1 301 len=1000 ts=9100/1100
		c FA 301 1001 ts=1100/9041
		s FA 1001 302 ts=1100/9041
		c A 302 1002 ts=1100/9041`)
	c, f, r := new(conn), new(flow), new(Row)
	testkit.ZeroAllocs(t, "segment", func() {
		c.reset()
		for i := range ps {
			c.renews(&ps[i], wayOf(ps[i].Swapped))
			c.segment(&ps[i], wayOf(ps[i].Swapped))
		}
		c.fill(r, f)
	})
}

// TestTCPSteady checks that an ordinary transfer is taken care of in segment, and
// counts there as it would in examine.
func TestTCPSteady(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	fast, _ := play{}.run(t, shake+"s A 1 1")
	slow := *fast
	if !fast.end[0].steady || !fast.end[1].steady {
		t.Fatal("after the handshake: got not steady")
	}
	nxt, acked := [2]uint32{1, 1}, [2]uint32{1, 1}
	p := parse.Packet{Time: t0 + 10*ms, TCPFlags: parse.FlagACK, Payload: 54, Window: 1000, L4: 34, Data: make([]byte, 54)}
	for range 10_000 {
		way := rng.IntN(2)
		p.Time += rng.Int64N(ms)
		p.PayLen = rng.Uint32N(2) * (1 + rng.Uint32N(3000))
		p.Seq, p.Window = nxt[way], uint16(1+rng.IntN(0xffff))
		acked[way] += rng.Uint32N(nxt[1-way] - acked[way] + 1)
		p.Ack = acked[way]
		nxt[way] += p.PayLen
		if p.PayLen == 0 {
			acked[way] = nxt[1-way] // else it may be a duplicate
			p.Ack = acked[way]
		}
		fast.segment(&p, way)
		if !fast.end[0].steady || !fast.end[1].steady {
			t.Fatalf("%+v: got not steady", p)
		}
		slow.examine(&p, way)
		if *fast != slow {
			t.Fatalf("%+v:\n got %+v\nwant %+v", p, *fast, slow)
		}
	}
	if fast.srtt[0] == 0 || fast.srtt[1] == 0 {
		t.Error("no round trip was measured")
	}
}

// TestTCPRows checks whose state comes first.
func TestTCPRows(t *testing.T) {
	client, server := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	for _, row := range []struct {
		name  string
		own   []netip.Addr // of this machine; the client is 10.0.0.1
		class Class
		want  [2]State
	}{
		{"outgoing", []netip.Addr{client}, Outgoing, [2]State{Established, SynRecv}},
		{"incoming", []netip.Addr{server}, Incoming, [2]State{SynRecv, Established}},
		{"loopback", []netip.Addr{client, server}, Loopback, [2]State{Established, SynRecv}},
		{"forwarded", []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Forwarded, [2]State{Established, SynRecv}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, s := range []play{{}, {mirrored: true}} {
				tab := newTable(t, Config{ShowLoopback: true})
				own := slices.Clone(row.own)
				for i, a := range own {
					if s.mirrored && a == client {
						own[i] = server
					} else if s.mirrored && a == server {
						own[i] = client
					}
				}
				tab.SetLocal(own)
				ps := s.packets(t, "c S 0 mss=1460\n s SA 0 1 mss=1200")
				if row.class == Forwarded {
					for i := range ps {
						ps[i].Hint = parse.HintOther
					}
				}
				w := tab.Shard(0)
				w.Packets(ps)
				w.EndBlock()
				r := only(t, snapshot(tab, 1000*ms))
				if r.Class != row.class || r.State != row.want {
					t.Errorf("%+v: got class %d, states %v, want %d, %v", s, r.Class, r.State, row.class, row.want)
				}
				want := [2]uint16{1460, 1200}
				if row.class == Incoming {
					want[0], want[1] = want[1], want[0]
				}
				if r.Health.MSS != want {
					t.Errorf("%+v: got MSS %v, want %v", s, r.Health.MSS, want)
				}
			}
		})
	}
}

// TestTCPCopies shows the packets of a connection on two interfaces, the copy on
// the second one late: it is the same connection, and nothing was sent again.
func TestTCPCopies(t *testing.T) {
	tab := newTable(t, Config{})
	s := play{}
	ps := s.packets(t, shake+"c PA 1 1 len=100\n s PA 1 101 len=100\n c FA 101 101\n s FA 101 102\n c A 102 102")
	w := tab.Shard(0)
	const late = 2
	for i := range len(ps) + late {
		if i < len(ps) {
			w.Packets(ps[i : i+1])
		}
		if i >= late {
			p := ps[i-late]
			p.Iface = 1
			w.Packets([]parse.Packet{p})
		}
	}
	w.EndBlock()
	snap := snapshot(tab, 1000*ms)
	addsUp(t, snap)
	r := only(t, snap)
	if got, want := tell(r), "TIME_WAIT CLOSED by fin"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTCPFragments sends a segment in fragments of IP: what they hold cannot be told
// from the outside, so it is no gap that the capture missed.
func TestTCPFragments(t *testing.T) {
	tab := newTable(t, Config{})
	s := play{}
	ip := packet.IPv4{Src: packet.IP("10.0.0.1"), Dst: packet.IP("10.0.0.2"), ID: 7}
	segment := packet.TCP{Src: 40000, Dst: 443, Seq: 1, Ack: 1, Flags: packet.ACK}
	ps := s.packets(t, shake+"s A 1 1")
	at := ps[len(ps)-1].Time
	for _, data := range packet.Fragments([]packet.Layer{packet.Ethernet{}}, ip, 600, segment, packet.Zeros(1400)) {
		p := parse.Packet{Data: data, WireLen: uint32(len(data)), Link: parse.LinkEthernet, Time: at}
		p.Decode()
		ps = append(ps, p)
	}
	ps = append(ps, s.packets(t, "+10ms\n c PA 1401 1 len=100\n s A 1 1501")...)
	w := tab.Shard(0)
	w.Packets(ps)
	w.EndBlock()
	if got := tell(only(t, snapshot(tab, 1000*ms))); got != isOpen {
		t.Errorf("got %s, want %s", got, isOpen)
	}
}

// TestTCPAdopt moves a connection to another shard, which knows nothing of it, or
// a little.
func TestTCPAdopt(t *testing.T) {
	s := play{}
	g, _ := s.run(t, stamped+"c PA 1 1 len=100 ts=1/1\n +300ms\n c PA 1 1 len=100 ts=2/1")
	c := new(conn)
	c.adopt(g)
	if *c != *g {
		t.Errorf("by a new one: got %+v, want %+v", *c, *g)
	}
	c, _ = s.run(t, "s PA 1 101 len=100\n c PA 101 101 len=100\n c PA 101 101 len=100")
	c.adopt(g)
	if got, want := s.story(c), isOpen+"; c: retransmits 2"; got != want {
		t.Errorf("by one that knows a little: got %s, want %s", got, want)
	}
	if h := s.row(c).Health; !h.SACK || h.MSS != [2]uint16{1460, 1400} || h.Handshake == 0 {
		t.Errorf("by one that knows a little: got %+v, want what the SYNs said", h)
	}
}

// FuzzTCP plays random segments and checks what must hold whatever they are.
func FuzzTCP(f *testing.F) {
	f.Add([]byte{0, 2, 0, 0, 0, 0, 1, 0x12, 0, 1, 0, 0})
	seed := make([]byte, 600)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		for i := range seed {
			seed[i] = byte(rng.Uint32())
		}
		f.Add(append([]byte(nil), seed...))
	}
	f.Fuzz(checkSegments)
}

// TestTCPRandom plays random segments of which most follow one another, as those
// that FuzzTCP begins with do not.
func TestTCPRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		b := []byte{0, 2, 0, 0, 0, 99, 5, 1, 1, 0x12, 0, 0, 0, 99, 5, 1, 0, 0x10, 0, 0, 0, 99, 5, 1}
		for range 100 {
			s := [8]byte{6: 5, 7: byte(rng.IntN(30))}
			for i := range 6 {
				s[i] = byte(rng.Uint32())
			}
			if rng.IntN(30) != 0 {
				s[1] |= 0x40
			}
			for _, i := range []int{2, 3} {
				if rng.IntN(3) != 0 {
					s[i] = 0 // the next number
				}
			}
			b = append(b, s[:]...)
		}
		checkSegments(t, b)
	}
}

// checkSegments plays segments, each of eight bytes, and checks what must hold
// whatever they are.
func checkSegments(t *testing.T, b []byte) {
	var c, mirror conn
	var sent [2]uint64
	for at := t0; len(b) >= 8; b = b[8:] {
		p, way := segmentOf(b, &c)
		at += int64(b[7]) * int64(b[7]) * 20_000
		p.Time = at
		before := c
		renewed := c.renews(&p, way)
		if c != before {
			t.Fatalf("renews changed %+v to %+v", before, c)
		}
		if renewed {
			sent = [2]uint64{}
		}
		c.segment(&p, way)
		sent[way] += uint64(max(p.Segs, 1))
		mirror.segment(&p, 1-way)
		checkConn(t, &c, sent)
		checkMirror(t, &c, &mirror)
	}
}

// segmentOf makes a segment from eight bytes: its numbers lie about where the
// connection is, so that most of them mean something.
func segmentOf(b []byte, c *conn) (p parse.Packet, way int) {
	way = int(b[0] & 1)
	near := func(n uint32, by byte) uint32 {
		switch d := int8(by); {
		case d == 127:
			return n + 1<<20
		case d == -128:
			return n - 1<<31
		case d < 100 && d > -100:
			return n + uint32(d/4)
		default:
			return n + uint32(d)*100
		}
	}
	e, o := &c.end[way], &c.end[1-way]
	p = parse.Packet{
		TCPFlags: b[1] & 0x3f, Seq: near(e.nxt, b[2]), Ack: near(o.nxt, b[3]),
		PayLen: uint32(b[4]) * uint32(b[0]>>4), Window: uint16(b[5]) << 6, Segs: uint16(b[0] >> 2 & 3), L4: 34, Payload: 54,
	}
	if b[1]&0x40 != 0 {
		p.TCPFlags = parse.FlagACK // most are
	}
	switch b[6] & 7 {
	case 0:
		p.Status, p.Payload = parse.Truncated, 0
	case 1:
		p.Status = parse.Fragment | parse.FirstFrag
	case 2:
		stamp := binary.BigEndian.AppendUint32([]byte{1, 1, 8, 10}, uint32(b[6]))
		p.Data = append(make([]byte, 54), append(stamp, 0, 0, 0, b[7])...)
	case 3:
		p.Data = append(make([]byte, 54), 2, 4, b[7], b[6], 1, 3, 3, b[7], 4, 2)
	case 4:
		block := binary.BigEndian.AppendUint32([]byte{1, 1, 5, 10}, near(o.nxt, b[7]))
		p.Data = append(make([]byte, 54), binary.BigEndian.AppendUint32(block, near(o.nxt, b[7]+20))...)
	default:
		return p, way
	}
	if p.Data != nil {
		p.Data[34+12] = byte(len(p.Data)-34+3) / 4 << 4
	}
	return p, way
}

// checkConn checks that a connection agrees with itself, and with how many
// segments each end has sent.
func checkConn(t *testing.T, c *conn, sent [2]uint64) {
	t.Helper()
	for w := range 2 {
		if s := c.end[w].state; s > Closed {
			t.Fatalf("got state %v, want one of TCP", s)
		}
		if n := uint64(c.retransmits[w]) + uint64(c.outOfOrder[w]); n > sent[w] {
			t.Fatalf("got %d retransmits and segments out of order, want at most the %d sent", n, sent[w])
		}
		if c.fast[w] > c.retransmits[w] || c.spurious[w] > c.retransmits[w] {
			t.Fatalf("got %d fast and %d spurious, want at most the %d retransmits", c.fast[w], c.spurious[w], c.retransmits[w])
		}
		if n := uint64(c.duplicateACKs[w]) + uint64(c.zeroes[w]); n > 2*sent[w] {
			t.Fatalf("got %d duplicate ACKs and closed windows, want at most two for each of %d segments", n, sent[w])
		}
		if n := uint64(c.missed[w]); n > 2*(sent[0]+sent[1]) || (n == 0) != (c.missedBytes[w] == 0) {
			t.Fatalf("got %d gaps of %d bytes", n, c.missedBytes[w])
		}
		if c.minRTT[w] > c.srtt[w]/8+1 {
			t.Fatalf("got a least round trip of %d µs, want at most the smoothed %d", c.minRTT[w], c.srtt[w]/8)
		}
	}
	if c.over() != (c.overAt() != 0) || c.over() != (c.closed() != Open) {
		t.Fatalf("over is %v, at %d, by %v", c.over(), c.overAt(), c.closed())
	}
}

// checkMirror checks that A and B mean nothing.
func checkMirror(t *testing.T, c, m *conn) {
	t.Helper()
	var a, b Row
	turned := flow{flags: localB}
	c.fill(&a, new(flow))
	m.fill(&b, &turned)
	if a.State != b.State || a.Health != b.Health || a.Closed != b.Closed {
		t.Fatalf("with the ends exchanged:\n got %+v\nwant %+v", b, a)
	}
}

// BenchmarkTCPSegment plays a bulk transfer, in which two segments are
// acknowledged by one; requests and answers, in which each acknowledges the other;
// and a transfer of which only the data was captured.
func BenchmarkTCPSegment(b *testing.B) {
	for _, bench := range []struct {
		name    string
		begin   string
		payload [3]uint32 // of two segments one way, one the other way
		n       int       // how many of these are captured
	}{
		{"download", shake + "s A 1 1", [3]uint32{1448, 1448, 0}, 3},
		{"requests", shake + "s A 1 1", [3]uint32{300, 100, 50}, 3},
		{"one way", "", [3]uint32{1448, 1448, 0}, 2},
	} {
		b.Run(bench.name, func(b *testing.B) {
			start, _ := play{}.run(b, bench.begin)
			conns, err := newConns(64)
			if err != nil {
				b.Fatal(err)
			}
			defer conns.release()
			for slot := range uint32(64) {
				c := *start
				conns.store(&c, slot)
			}
			p := parse.Packet{Time: t0 + 10*ms, TCPFlags: parse.FlagACK, Payload: 54, Window: 1000}
			nxt := [2]uint32{1, 1}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k := i % bench.n
				way := 1 - k/2
				p.Time += 1000
				p.Seq, p.PayLen, p.Ack = nxt[way], bench.payload[k], nxt[1-way]
				for slot := range uint32(64) {
					conns.segment(slot, &p, way)
				}
				nxt[way] += p.PayLen
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*64), "ns/packet")
		})
	}
}

// FuzzTCPOptions reads options from any bytes.
func FuzzTCPOptions(f *testing.F) {
	f.Add([]byte{2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}, uint8(10))
	f.Add([]byte{1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4}, uint8(10))
	f.Add([]byte{8, 0}, uint8(15))
	f.Fuzz(func(t *testing.T, b []byte, words uint8) {
		p := parse.Packet{L4: 34, Data: append(make([]byte, 54), b...)}
		p.Data[46] = words << 4
		o := readOptions(&p)
		if o.scale > maxScale || int(o.blocks) > len(o.sack) {
			t.Fatalf("got %+v", o)
		}
		// What is behind the options says nothing.
		end := max(54, min(len(p.Data), 34+int(words&15)*4))
		p.Data = p.Data[:end]
		if cut := readOptions(&p); cut != o {
			t.Fatalf("without what is behind the options:\n got %+v\nwant %+v", cut, o)
		}
	})
}

// TestTCPLong sends so much that sequence numbers come around, after a segment that
// was sent again: round trips are still measured, and nothing slows down.
func TestTCPLong(t *testing.T) {
	const size = 60_000
	var c conn
	at := t0
	send := func(way int, p parse.Packet) {
		p.Time, p.Window, p.L4, p.Payload = at, 60_000, 34, 54
		if p.TCPFlags == 0 {
			p.TCPFlags = parse.FlagACK
		}
		c.segment(&p, way)
	}
	send(0, parse.Packet{TCPFlags: parse.FlagSYN})
	send(1, parse.Packet{TCPFlags: parse.FlagSYN | parse.FlagACK, Ack: 1})
	send(0, parse.Packet{Seq: 1, Ack: 1})
	seq := uint32(1)
	for range 2 {
		send(0, parse.Packet{Seq: seq, Ack: 1, PayLen: size})
	}
	for n := range uint64(5) << 30 / size { // 5 GiB
		seq += size
		send(1, parse.Packet{Seq: 1, Ack: seq})
		if n%100 == 0 {
			send(1, parse.Packet{Seq: 1, Ack: seq}) // says nothing new: the slow way
		}
		send(0, parse.Packet{Seq: seq, Ack: 1, PayLen: size})
		if at += 10 * ms; n > 100 && (!c.end[0].steady && n%100 > 1 || c.srtt[0] == 0) {
			t.Fatalf("after %d bytes: steady %t, round trip %d µs, want that it goes on", n*size, c.end[0].steady, c.srtt[0]/8)
		}
	}
	if c.retransmits[0] != 1 || c.spurious[0] != 0 {
		t.Errorf("got %d retransmits, %d spurious, want 1, 0", c.retransmits[0], c.spurious[0])
	}
}
