package track

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// A play is a conversation as a test writes it: a segment a line, 1 ms after the
// one before, with numbers relative to each end's first:
//
//	c S 0 mss=1460 ws=7 sackok ts=1/0
//	s SA 0 1
//	+20ms
//	c A 1 1
//	c PA 1 1 len=100 segs=2 win=0 blocks=200-300 snap=54 frag=60
//
// The end c is the client; the letters are the flags.
type play struct {
	mirrored bool   // the client is B
	base     uint32 // the first number of both ends
}

// plays are the ways to play a conversation that must not make a difference.
var plays = []play{{}, {mirrored: true}, {base: 1<<32 - 150}, {mirrored: true, base: 1<<31 - 150}}

// packets makes the packets of a script.
func (s play) packets(tb testing.TB, script string) (ps []parse.Packet) {
	tb.Helper()
	at := t0
	for text := range strings.Lines(script) {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if wait, ok := strings.CutPrefix(text, "+"); ok {
			d, err := time.ParseDuration(wait)
			if err != nil {
				tb.Fatalf("line %q: %v", text, err)
			}
			at += int64(d)
			continue
		}
		at += ms
		p, err := s.packet(strings.Fields(text))
		if err != nil {
			tb.Fatalf("line %q: %v", text, err)
		}
		p.Time = at
		ps = append(ps, p)
	}
	return ps
}

// A line is what a line of a script says.
type line struct {
	segment        packet.TCP
	numbers        []uint32 // sequence and acknowledgement
	size           int
	segs           uint16
	snap, fragment int  // of the packet, if not 0
	closed         bool // the window is 0, which packet.TCP cannot say
}

// read reads the words behind the end's letter.
func (s play) read(words []string) (l line, err error) {
	l.segment = packet.TCP{Window: 1000, Flags: flagsOf(words[0])}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "len":
			l.size = n
		case "segs":
			l.segs = uint16(n)
		case "win":
			l.segment.Window, l.closed = uint16(n), n == 0
		case "snap":
			l.snap = n
		case "frag": // the first fragment alone, of n bytes
			l.fragment = n
		default:
			if o := s.option(key, value); o != nil {
				l.segment.Options = append(l.segment.Options, o...)
			} else if n, err := strconv.ParseUint(word, 10, 32); err == nil {
				l.numbers = append(l.numbers, uint32(n)+s.base)
			} else {
				return l, fmt.Errorf("unknown word %q", word)
			}
		}
	}
	for len(l.segment.Options)%4 != 0 {
		l.segment.Options = append(l.segment.Options, 1)
	}
	return l, nil
}

// packet makes the packet of one line.
func (s play) packet(words []string) (p parse.Packet, err error) {
	l, err := s.read(words[1:])
	if err != nil {
		return p, err
	}
	l.segment.Src, l.segment.Dst = 40000, 443
	l.segment.Seq = l.numbers[0]
	if len(l.numbers) > 1 {
		l.segment.Ack = l.numbers[1]
	}
	ip := packet.IPv4{Src: packet.IP("10.0.0.1"), Dst: packet.IP("10.0.0.2")}
	if s.mirrored != (words[0] == "s") {
		ip.Src, ip.Dst = ip.Dst, ip.Src
	}
	if words[0] == "s" {
		l.segment.Src, l.segment.Dst = l.segment.Dst, l.segment.Src
	}
	p.Data = packet.Build(packet.Ethernet{}, ip, l.segment, packet.Zeros(l.size))
	p.WireLen, p.Segs, p.Link = uint32(len(p.Data)), l.segs, parse.LinkEthernet
	if l.closed {
		clear(p.Data[48:50])
	}
	if l.snap != 0 {
		p.Data = p.Data[:l.snap]
	}
	p.Decode()
	if l.fragment != 0 {
		p.Status |= parse.Fragment | parse.FirstFrag
		p.PayLen = uint32(l.fragment)
	}
	return p, nil
}

// option makes a TCP option, or nil.
func (s play) option(key, value string) []byte {
	be32 := func(b []byte, text string, base uint32) []byte {
		n, _ := strconv.ParseUint(text, 10, 32)
		return binary.BigEndian.AppendUint32(b, uint32(n)+base)
	}
	n, _ := strconv.Atoi(value)
	switch key {
	case "mss":
		return []byte{2, 4, byte(n >> 8), byte(n)}
	case "ws":
		return []byte{1, 3, 3, byte(n)}
	case "sackok":
		return []byte{1, 1, 4, 2}
	case "ts":
		stamp, echo, _ := strings.Cut(value, "/")
		return be32(be32([]byte{1, 1, 8, 10}, stamp, 0), echo, 0)
	case "blocks":
		list := strings.Split(value, ",")
		b := []byte{1, 1, 5, byte(2 + 8*len(list))}
		for _, block := range list {
			from, to, _ := strings.Cut(block, "-")
			b = be32(be32(b, from, s.base), to, s.base)
		}
		return b
	}
	return nil
}

func flagsOf(letters string) (flags uint8) {
	for _, l := range letters {
		if i := strings.IndexRune("FSRPAUEC", l); i >= 0 { // "-" is none
			flags |= 1 << i
		}
	}
	return flags
}

// segment plays a packet as a shard does.
func (c *conn) segment(p *parse.Packet, way int) {
	s := kept(c)
	s.segment(0, p, way)
	c.take(s)
}

// oneConn is where kept keeps: a table's slabs are larger.
var oneConn = sync.OnceValues(func() (*conns, error) { return newConns(1) })

// kept keeps a connection as the only one of a shard.
func kept(c *conn) *conns {
	s, err := oneConn()
	if err != nil {
		panic(err)
	}
	c.flags &^= inParts
	s.store(c, 0)
	return s
}

// take takes it back.
func (c *conn) take(s *conns) {
	s.load(c, 0)
	c.flags &^= inParts
	s.drop(0)
}

// run plays a script and returns its connection, the last one should there be
// several, and how many there were.
func (s play) run(tb testing.TB, script string) (c *conn, connections int) {
	tb.Helper()
	c, connections = new(conn), 1
	for _, p := range s.packets(tb, script) {
		way := wayOf(p.Swapped)
		if c.renews(&p, way) {
			connections++
			c.reset()
		}
		c.segment(&p, way)
	}
	return c, connections
}

// row is the connection as a row shows it whose local end is the client.
func (s play) row(c *conn) *Row {
	f, r := new(flow), new(Row)
	if s.mirrored {
		f.flags |= localB
	}
	c.fill(r, f)
	return r
}

// story is what tell says of the connection with the client as the local end.
func (s play) story(c *conn) string { return tell(s.row(c)) }

// tell tells where the connection of a row stands and what befell it:
// "ESTABLISHED CLOSE_WAIT; c: retransmits 2, fast 1; s: duplicates 3". The local
// end is the client.
func tell(r *Row) string {
	h := &r.Health
	b := new(strings.Builder)
	fmt.Fprintf(b, "%v %v", r.State[0], r.State[1])
	if r.Closed != Open {
		fmt.Fprintf(b, " by %v", r.Closed)
	}
	for w := range 2 {
		var list []string
		for _, n := range []struct {
			name  string
			count uint64
		}{
			{"retransmits", uint64(h.Retransmits[w])}, {"fast", uint64(h.FastRetransmits[w])},
			{"spurious", uint64(h.Spurious[w])}, {"out of order", uint64(h.OutOfOrder[w])},
			{"duplicates", uint64(h.DuplicateACKs[w])}, {"closed windows", uint64(h.ZeroWindows[w])},
			{"missed", uint64(h.Missed[w])}, {"missed bytes", h.MissedBytes[w]},
		} {
			if n.count != 0 {
				list = append(list, fmt.Sprintf("%s %d", n.name, n.count))
			}
		}
		if len(list) > 0 {
			fmt.Fprintf(b, "; %c: %s", "cs"[w], strings.Join(list, ", "))
		}
	}
	return b.String()
}

// A scene is a row of a table of conversations.
type scene struct {
	name, script, want string
	connections        int // 0 means 1
}

// test plays the scene in every way.
func (sc scene) test(t *testing.T) {
	for _, s := range plays {
		c, n := s.run(t, sc.script)
		if got := s.story(c); got != sc.want {
			t.Errorf("%+v:\n got %s\nwant %s", s, got, sc.want)
		}
		if want := max(sc.connections, 1); n != want {
			t.Errorf("%+v: got %d connections, want %d", s, n, want)
		}
	}
}
