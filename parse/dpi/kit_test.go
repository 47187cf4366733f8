package dpi

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"sockeye/parse"
)

// A conversation is what the two ends of a flow say. It is played through a real
// Inspector, in many ways that must not matter: see play.
//
// Its text has one line for each thing that one end says at once. The first word
// says who: c the client, s the server. Then come Go string literals and hex:
//
//	c "GET / HTTP/1.1\r\n" "Host: a\r\n\r\n"
//	s 16 03 03 0002 "ab"   # what follows a # within spaces is a comment
//	s gap 1000             # bytes that were not captured
//	s cut 500 "HTTP/1.1"   # 500 bytes on the wire, of which these were captured
type conversation struct {
	name  string
	text  string
	said  []said    // behind what text holds
	ports [2]uint16 // of client, server; 0: 50000 and the first one where proto is at home
	proto Protocol  // what it must be found to be
	udp   bool
	mid   bool // of TCP: begins without a SYN
	open  bool // of TCP: does not end with FINs

	whole   bool // it matters how it is cut into segments
	atHome  bool // it is only found on its port
	oneSide bool // what acknowledges is not captured
}

// said is one thing that one end says at once.
type said struct {
	dir  Dir
	b    []byte
	wire int // if larger than len(b): the rest was not captured
}

// played is what came of a conversation.
type played struct {
	App     *App
	Events  []Event
	Namings []Naming

	inspector *Inspector
}

// Event and Naming make played a Sink.
func (p *played) Event(e Event)   { p.Events = append(p.Events, e) }
func (p *played) Naming(n Naming) { p.Namings = append(p.Namings, n) }

// detail returns the detail with a key, of type D; it fails without one.
func detail[D Detail](t testing.TB, a *App, key string) D {
	t.Helper()
	d, ok := a.Find(key).(D)
	if !ok {
		t.Fatalf("got no detail %q in %s", key, asJSON(a))
	}
	return d
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// registered holds the conversations of all decoders' tests, for the cross test.
var registered []conversation

// register adds conversations to those that the cross test plays, and returns
// them: var sshTalks = register(conversation{…}, …).
func register(c ...conversation) []conversation {
	registered = append(registered, c...)
	return c
}

// play plays a conversation as it is written, and then in every way that must not
// change what is found: cut into single bytes and at random, in another order,
// with everything sent twice, with other ports, and with the ends mistaken for
// one another. It returns what came of the first.
func play(t testing.TB, c conversation) played {
	t.Helper()
	first := c.once(t, manner{})
	want := asJSON(first)
	same := func(how string, m manner) {
		t.Helper()
		out := c.once(t, m)
		if m.moved && out.App != nil && first.App != nil { // at home, less is enough to tell it by
			out.App.Confidence = first.App.Confidence
		}
		if got := asJSON(out); got != want {
			t.Errorf("%s, %s:\n got %s\nwant %s", c.name, how, got, want)
		}
	}
	if got := first.App.protocol(); got != c.proto {
		t.Errorf("%s: got %v, want %v", c.name, got, c.proto)
	}
	if !c.atHome {
		same("ports moved", manner{moved: true})
	}
	same("another Inspector when blank", manner{lent: true})
	if c.udp {
		return first
	}
	if !c.mid {
		same("ends mistaken", manner{mistaken: true})
	}
	same("everything twice", manner{twice: true})
	if !c.whole {
		same("byte by byte", manner{cut: func(int) int { return 1 }})
		for seed := range uint64(8) {
			rng := rand.New(rand.NewPCG(seed, 7))
			m := manner{cut: func(left int) int { return 1 + rng.IntN(left) }}
			same(fmt.Sprintf("cut at random (seed %d)", seed), m)
			if !c.mid {
				m.shuffle = rng
				same(fmt.Sprintf("cut and shuffled (seed %d)", seed), m)
			}
		}
	}
	return first
}

// protocol is nil-safe.
func (a *App) protocol() Protocol {
	if a == nil {
		return Unknown
	}
	return a.Protocol
}

// manner is how a conversation is played.
type manner struct {
	cut      func(left int) int // how long the next segment is
	shuffle  *rand.Rand         // swaps segments of what is said at once
	twice    bool
	moved    bool // all ports are between 40000 and 60000
	mistaken bool // the owner takes the server for the client
	lent     bool // whenever an Inspector is blank or rests, another one goes on
}

// once plays the conversation.
func (c conversation) once(t testing.TB, m manner) played {
	t.Helper()
	all, err := c.lines()
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	ends := c.ends(m.moved)
	w := wire{m: m, now: startTime}
	out := played{}
	from, to := ends[0], ends[1]
	if m.mistaken {
		from, to = to, from
	}
	w.i = New(from, to, &out)
	w.seq = [2]uint32{1<<32 - 50, 1000} // the client's numbers wrap
	if !c.udp && !c.mid {
		w.open()
	}
	for _, s := range all {
		w.now += 1e6
		if c.udp {
			w.datagram(s)
		} else {
			w.say(s, c.oneSide)
		}
	}
	w.now += 1e6
	if !c.udp && !c.open {
		w.fin(0)
		w.fin(1)
	}
	w.i.End(w.now)
	out.App, out.inspector = w.i.App(), w.i
	return out
}

// startTime is when a conversation begins, ns.
const startTime = 1_700_000_000_000_000_000

func (c conversation) ends(moved bool) [2]netip.AddrPort {
	p := c.ports
	if p[0] == 0 {
		p[0] = 50000
	}
	if p[1] == 0 {
		p[1] = homeOf(c.proto, c.udp)
	}
	if moved {
		p[0], p[1] = 40000+p[0]%20000, 40000+p[1]%20000
	}
	return [2]netip.AddrPort{
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), p[0]),
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, 2}), p[1]),
	}
}

func homeOf(p Protocol, udp bool) uint16 {
	if s := candidateOf(p, udp); s != nil && len(s.ports) > 0 {
		return s.ports[0]
	}
	return 9999
}

// wire sends segments to an Inspector.
type wire struct {
	i     *Inspector
	m     manner
	now   int64
	seq   [2]uint32 // of the next byte
	acked [2]uint32
}

func (w *wire) send(dir Dir, flags uint8, seq uint32, b []byte, n int) {
	p := parse.Packet{
		Time: w.now, Proto: 6, TCPFlags: flags, Seq: seq, Ack: w.acked[dir],
		Data: append([]byte{0}, b...), Payload: 1, PayLen: uint32(n), // a header of one byte
	}
	if w.m.mistaken {
		dir = dir.other()
	}
	if !w.counts(&p, dir) {
		w.i.Segment(&p, dir)
	}
	clear(p.Data) // it was only lent
	w.lend()
}

// counts lets a Blank count the packet where it can.
func (w *wire) counts(p *parse.Packet, dir Dir) bool {
	b, ok := w.i.Blank()
	if !ok || !w.m.lent || p.PayLen == 0 {
		return false
	}
	after, done, ok := b.Count(p, dir)
	switch {
	case done:
		w.i.stop()
	case ok:
		w.i.Resume(after)
	}
	return ok
}

// lend has another Inspector go on when this one is blank or rests.
func (w *wire) lend() {
	if b, ok := w.i.Blank(); ok && w.m.lent {
		old := w.i
		from, to := old.c.ends[old.flip], old.c.ends[1-old.flip]
		w.i = New(from, to, old.sink)
		w.i.Resume(b)
	}
	if a := w.i.Rest(); a != nil && w.m.lent {
		old := w.i
		ends, pool, sink := old.c.ends, old.pool, old.sink
		pool.Put(old)
		w.i = pool.Get(ends[0], ends[1], sink)
		w.i.Wake(a)
	}
}

func (w *wire) open() {
	w.send(0, parse.FlagSYN, w.seq[0], nil, 0)
	w.seq[0]++
	w.acked[1] = w.seq[0]
	w.send(1, parse.FlagSYN|parse.FlagACK, w.seq[1], nil, 0)
	w.seq[1]++
	w.acked[0] = w.seq[1]
	w.send(0, parse.FlagACK, w.seq[0], nil, 0)
}

func (w *wire) fin(dir Dir) {
	w.send(dir, parse.FlagFIN|parse.FlagACK, w.seq[dir], nil, 0)
	w.seq[dir]++
	w.acked[dir.other()] = w.seq[dir]
}

// say sends what is said at once, in one segment or in many.
func (w *wire) say(s said, oneSide bool) {
	type piece struct {
		seq  uint32
		b    []byte
		wire int
	}
	var pieces []piece
	for left := s; left.wire > 0; {
		n := len(left.b)
		if w.m.cut != nil && n > 0 {
			n = w.m.cut(n)
		}
		p := piece{w.seq[s.dir], left.b[:n], n}
		if left.b = left.b[n:]; len(left.b) == 0 {
			p.wire = left.wire
		}
		left.wire -= p.wire
		w.seq[s.dir] += uint32(p.wire)
		if len(p.b) == 0 {
			continue // a gap: the segment was not captured
		}
		pieces = append(pieces, p)
	}
	if w.m.shuffle != nil {
		for i := range pieces[:max(len(pieces)-1, 0)] {
			if w.m.shuffle.IntN(2) == 0 {
				pieces[i], pieces[i+1] = pieces[i+1], pieces[i]
			}
		}
	}
	for _, p := range pieces {
		const padding = 6 // so few zeros without PSH fill up a short frame
		flags := uint8(parse.FlagACK)
		if p.seq+uint32(p.wire) == w.seq[s.dir] || p.wire <= padding {
			flags |= parse.FlagPSH
		}
		w.send(s.dir, flags, p.seq, p.b, p.wire)
		if w.m.twice {
			w.send(s.dir, flags, p.seq, p.b, p.wire)
		}
	}
	if o := s.dir.other(); !oneSide {
		w.acked[o] = w.seq[s.dir]
		w.send(o, parse.FlagACK, w.seq[o], nil, 0)
	}
}

func (w *wire) datagram(s said) {
	p := parse.Packet{
		Time: w.now, Proto: 17, Data: append([]byte{0}, s.b...), Payload: 1, PayLen: uint32(s.wire),
	}
	dir := s.dir
	if w.m.mistaken {
		dir = dir.other()
	}
	w.i.Datagram(&p, dir)
	clear(p.Data)
	w.lend()
}

// lines reads the text.
func (c conversation) lines() ([]said, error) {
	var all []said
	for n, text := range strings.Split(c.text, "\n") {
		s, err := readLine(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		if s.wire > 0 {
			all = append(all, s)
		}
	}
	for _, s := range c.said {
		s.wire = max(s.wire, len(s.b))
		all = append(all, s)
	}
	return all, nil
}

func readLine(text string) (said, error) {
	var s said
	if text == "" || text[0] == '#' {
		return s, nil
	}
	switch who, rest, _ := strings.Cut(text, " "); who {
	case "c":
		text = rest
	case "s":
		s.dir, text = ToClient, rest
	default:
		return s, fmt.Errorf("got %q, want c or s", who)
	}
	for word := ""; ; {
		text = strings.TrimLeft(text, " \t")
		switch {
		case text == "" || text[0] == '#':
			s.wire = max(s.wire, len(s.b))
			return s, nil
		case text[0] == '"' || text[0] == '`':
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return s, err
			}
			plain, err := strconv.Unquote(quoted)
			if err != nil {
				return s, err
			}
			s.b, text = append(s.b, plain...), text[len(quoted):]
			continue
		}
		before := word
		word, text, _ = strings.Cut(text, " ")
		if err := s.word(before, word); err != nil {
			return s, err
		}
	}
}

// word reads hex, or a number behind "gap" or "cut".
func (s *said) word(before, word string) error {
	if word == "gap" || word == "cut" {
		return nil
	}
	if before == "gap" || before == "cut" {
		n, err := strconv.Atoi(word)
		s.wire = n
		return err
	}
	b, err := hex.DecodeString(word)
	s.b = append(s.b, b...)
	return err
}

// TestCross plays every conversation that a decoder's test has registered: it is
// found to be what it is, and no other protocol is sure to be meant.
func TestCross(t *testing.T) {
	for _, c := range registered {
		t.Run(c.proto.String()+"/"+c.name, func(t *testing.T) {
			out := c.once(t, manner{})
			if got := out.App.protocol(); got != c.proto {
				t.Errorf("got %v, want %v", got, c.proto)
			}
			for _, p := range c.rivals(t) {
				t.Errorf("got sure from %v, too", p)
			}
		})
	}
}

// rivals returns the other protocols that are sure about the first datagram, or
// about what both ends say first.
func (c conversation) rivals(t *testing.T) []Protocol {
	all, err := c.lines()
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	ends := c.ends(true)
	s := sample{begun: !c.mid, ports: [2]uint16{ends[0].Port(), ends[1].Port()}}
	list := streamCandidates.list
	if c.udp {
		list, s.wire = packetCandidates.list, all[0].wire
		all = all[:1]
	}
	for _, line := range all {
		if len(s.head[line.dir]) == 0 {
			s.head[line.dir] = line.b
		}
	}
	var rivals []Protocol
	own := false
	for n := range list {
		switch {
		case list[n].matches(&s) != sure:
		case list[n].proto == c.proto:
			own = true
		default:
			rivals = append(rivals, list[n].proto)
		}
	}
	if !own {
		return nil // it became that on the way, or is found by its decoder
	}
	return rivals
}

// TestRandomBytesAreNothing requires that random payloads are not taken for any
// protocol.
func TestRandomBytesAreNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	random := func() []byte {
		b := make([]byte, 1+rng.IntN(1400))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	found := map[Protocol]int{}
	for range 10000 {
		c := conversation{name: "random", udp: rng.IntN(2) == 0, mid: rng.IntN(2) == 0, ports: [2]uint16{45678, 45679}}
		for range 6 {
			b := random()
			c.said = append(c.said, said{dir: Dir(rng.IntN(2)), b: b})
		}
		if p := c.once(t, manner{}).App.protocol(); p != Unknown {
			found[p]++
		}
	}
	for p, n := range found {
		t.Errorf("%v: got %d of 10000 flows of random bytes, want none", p, n)
	}
}
