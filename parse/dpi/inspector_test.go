package dpi

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/parse/stream"
)

// A scripted decoder notes what it is shown in its detail, and does what a test
// wants it to do then.
type scripted struct {
	d     *scriptedDetail
	calls int
	does  func(c *conv, dir Dir, b []byte) int
}

type scriptedDetail struct {
	Log   string
	proto Protocol
}

func (d *scriptedDetail) Protocol() Protocol { return d.proto }
func (d *scriptedDetail) Key() string        { return d.proto.String() }
func (d *scriptedDetail) Subject() string    { return "" }
func (d *scriptedDetail) clone() Detail      { c := *d; return &c }

func (s *scripted) note(c *conv, format string, a ...any) {
	if s.d.Log == "" {
		c.detail(s.d)
	}
	s.d.Log += fmt.Sprintf(format, a...)
	c.changed()
}

func (s *scripted) stream(c *conv, dir Dir, b []byte) int {
	s.calls++
	n := s.does(c, dir, b)
	if c.i.op != opWrong && n > 0 {
		s.note(c, "%d%s ", dir, b[:min(n, len(b))])
	}
	return n
}

func (s *scripted) datagram(c *conv, dir Dir, b []byte, wire int) {
	if s.does(c, dir, b); c.i.op != opWrong {
		s.note(c, "%d%s/%d ", dir, b, wire)
	}
}

func (s *scripted) end(c *conv) { s.note(c, "end") }

// gapped is one that can go on after a gap.
type gapped struct{ scripted }

func (g *gapped) gap(c *conv, dir Dir, n uint32) { g.note(c, "%d<%d> ", dir, n) }

// all reads everything.
func all(_ *conv, _ Dir, b []byte) int { return len(b) }

// script makes decoders of the test the only ones. Each matches a prefix of what
// either end says first.
func script(t *testing.T, signatures ...signature) {
	before := [2]candidates{streamCandidates, packetCandidates}
	t.Cleanup(func() { streamCandidates, packetCandidates = before[0], before[1] })
	streamCandidates, packetCandidates = candidates{}, candidates{}
	for n := range signatures {
		s := &signatures[n]
		streamCandidates.add(s, s.stream, "")
		packetCandidates.add(s, s.stream, "")
	}
}

func scriptedSignature(p Protocol, prefix string, m match, does func(*conv, Dir, []byte) int) signature {
	return signature{
		proto: p,
		stream: func(s *sample) match {
			for _, b := range s.head {
				n := min(len(b), len(prefix))
				switch {
				case n == 0 || string(b[:n]) != prefix[:n]:
				case n < len(prefix):
					return more
				default:
					return m
				}
			}
			return no
		},
		new: func() decoder { return &gapped{scripted{d: &scriptedDetail{proto: p}, does: does}} },
	}
}

// log returns what all decoders noted.
func (p played) log() string {
	var all []string
	if p.App != nil {
		for _, d := range p.App.Details {
			all = append(all, d.Key()+": "+d.(*scriptedDetail).Log)
		}
	}
	return strings.Join(all, "| ")
}

func TestInspector(t *testing.T) {
	lines := func(_ *conv, _ Dir, b []byte) int { return bytes.LastIndexByte(b, '\n') + 1 }
	tests := []struct {
		name       string
		signatures []signature
		c          conversation
		want       string
		proto      Protocol
		confidence Confidence
	}{
		{"sure wins at once", []signature{
			scriptedSignature(HTTP, "ab", likely, all), scriptedSignature(FTP, "abc", sure, all),
		}, conversation{text: "c \"abc\"\ns \"x\""}, "ftp: 0abc 1x end", FTP, Exact},
		{"likely waits for who wants more", []signature{
			scriptedSignature(HTTP, "ab", likely, all), scriptedSignature(FTP, "abc", sure, all),
		}, conversation{text: "c \"ab\"\nc \"c\"\ns \"x\""}, "ftp: 0abc 1x end", FTP, Exact},
		{"likely wins in the end", []signature{
			scriptedSignature(HTTP, "ab", likely, all), scriptedSignature(FTP, "abc", sure, all),
		}, conversation{text: "c \"ab\""}, "http: 0ab end", HTTP, Heuristic},
		{"what was said first is read first", []signature{{
			proto: FTP,
			stream: func(s *sample) match {
				if len(s.head[ToServer]) == 0 {
					return more
				}
				return sure
			},
			new: scriptedSignature(FTP, "", sure, all).new,
		}}, conversation{text: "s \"220\"\nc \"abc\""}, "ftp: 1220 0abc end", FTP, Exact},
		{"a part is shown again with the rest", []signature{scriptedSignature(FTP, "a", sure, lines)},
			conversation{text: "c \"ab\"\nc \"c\\nd\"\nc \"\\n\""}, "ftp: 0abc\n 0d\n end", FTP, Exact},
		{"more than there is", []signature{scriptedSignature(FTP, "a", sure, func(_ *conv, _ Dir, b []byte) int { return len(b) + 5 })},
			conversation{text: "c \"a\"\nc \"12345b\"\nc \"12\"\nc \"345\"\nc \"c\""}, "ftp: 0a 0b 0c end", FTP, Exact},
		{"a gap", []signature{scriptedSignature(FTP, "a", sure, lines)},
			conversation{text: "c \"a\\nb\"\nc gap 100\nc \"d\\n\""}, "ftp: 0a\n 0<101> 0d\n end", FTP, Exact},
		{"a gap that nobody acknowledges", []signature{scriptedSignature(FTP, "a", sure, all)},
			conversation{text: "c \"a\"\nc gap 5\nc \"b\"\nc gap 7\nc \"c\"", oneSide: true, open: true},
			"ftp: 0a 0<5> 0b 0<7> 0c end", FTP, Exact},
		{"a gap before anything is known", []signature{scriptedSignature(FTP, "abc", sure, all)},
			conversation{text: "c \"ab\"\nc gap 100\nc \"abcd\""}, "ftp: 0abcd end", FTP, Exact},
		{"wrong, and the next one", []signature{
			scriptedSignature(HTTP, "a", sure, func(c *conv, _ Dir, b []byte) int { c.wrong(); return len(b) }),
			scriptedSignature(FTP, "a", likely, all),
		}, conversation{text: "c \"abc\""}, "ftp: 0abc end", FTP, Heuristic},
		{"wrong after it has read", []signature{
			scriptedSignature(HTTP, "a", sure, func(c *conv, dir Dir, b []byte) int {
				if dir == ToClient {
					c.wrong()
				}
				return len(b)
			}),
			scriptedSignature(FTP, "b", sure, all),
		}, conversation{text: "c \"abc\"\ns \"bcd\"\nc \"x\""}, "ftp: 1bcd 0x end", FTP, Exact},
		{"another protocol from here on", []signature{
			scriptedSignature(SMTP, "a", sure, func(c *conv, _ Dir, b []byte) int { c.become(TLS); return 2 }),
			scriptedSignature(TLS, "never", sure, all),
		}, conversation{text: "c \"a\\nb\"\ns \"x\""}, "smtp: 0a\n | tls: 0b 1x end", TLS, Exact},
		{"anything from here on", []signature{
			scriptedSignature(HTTP, "a", sure, func(c *conv, _ Dir, b []byte) int { c.again(); return 2 }),
			scriptedSignature(FTP, "b", likely, all),
		}, conversation{text: "c \"a\\nb\"\ns \"x\""}, "http: 0a\n | ftp: 0b 1x end", FTP, Heuristic},
		{"for ever the same", []signature{
			scriptedSignature(HTTP, "a", sure, func(c *conv, _ Dir, b []byte) int { c.again(); return 1 }),
		}, conversation{text: "c \"aaaaaaaaaaaaaaaaaaaaaaaa\""}, strings.Repeat("http: 0a | ", maxHops) + "http: 0a ", HTTP, Exact},
		{"done", []signature{scriptedSignature(FTP, "a", sure, func(c *conv, _ Dir, b []byte) int { c.done(); return len(b) })},
			conversation{text: "c \"a\"\nc \"b\""}, "ftp: 0a ", FTP, Exact},
		{"strange first", []signature{scriptedSignature(FTP, "a", sure, all)},
			conversation{text: "c \"x\"\ns \"y\"\nc \"a\""}, "ftp: 0a end", FTP, Exact},
		{"strange first, then only likely", []signature{scriptedSignature(FTP, "a", likely, all)},
			conversation{text: "c \"x\"\ns \"y\"\nc \"a\""}, "", Unknown, ByPort},
		{"the middle of a connection", []signature{scriptedSignature(FTP, "a", likely, all)},
			conversation{text: "c \"x\"\nc \"ab\"\ns \"y\"", mid: true}, "ftp: 0ab 1y end", FTP, Heuristic},
		{"a datagram of which much is missing", []signature{scriptedSignature(NTP, "a", likely, all)},
			conversation{text: "c cut 50 \"a\"", udp: true}, "ntp: 0a/50 end", NTP, Heuristic},
		{"wrong at a later datagram", []signature{
			scriptedSignature(RTP, "a", likely, func(c *conv, _ Dir, b []byte) int {
				if b[1] == 'x' {
					c.wrong()
				}
				return 0
			}),
			scriptedSignature(NTP, "a", likely, all),
		}, conversation{text: "c \"ab\"\ns \"ax\"\nc \"ac\"", udp: true}, "ntp: 1ax/2 0ac/2 end", NTP, Heuristic},
		{"a datagram of another protocol", []signature{
			scriptedSignature(STUN, "a", sure, func(c *conv, _ Dir, b []byte) int {
				if b[0] == 'd' {
					c.become(DTLS)
				}
				return 0
			}),
			scriptedSignature(DTLS, "never", sure, all),
		}, conversation{text: "c \"a\"\ns \"d\"", udp: true}, "stun: 0a/1 1d/1 | dtls: 1d/1 end", DTLS, Exact},
		{"anything from the next datagram on", []signature{
			scriptedSignature(STUN, "a", sure, func(c *conv, _ Dir, b []byte) int { c.again(); return 0 }),
			scriptedSignature(DTLS, "b", likely, all),
		}, conversation{text: "c \"a\"\ns \"b\"", udp: true}, "stun: 0a/1 | dtls: 1b/1 end", DTLS, Heuristic},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			script(t, tt.signatures...)
			out := tt.c.once(t, manner{})
			if got := out.log(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := tt.c.once(t, manner{lent: true}).log(); got != tt.want {
				t.Errorf("with another Inspector when blank: got %q, want %q", got, tt.want)
			}
			if got := out.App.protocol(); got != tt.proto {
				t.Errorf("got %v, want %v", got, tt.proto)
			}
			if out.App != nil && out.App.Confidence != tt.confidence {
				t.Errorf("got %v, want %v", out.App.Confidence, tt.confidence)
			}
		})
	}
}

// TestRun looks, in the middle of a connection, into the first two segments of what
// an end writes at once, into its last, and into what comes after that.
func TestRun(t *testing.T) {
	const more, last = parse.FlagACK, parse.FlagACK | parse.FlagPSH
	type segment struct {
		dir   Dir
		flags uint8
		b     string
	}
	for _, tt := range []struct {
		name     string
		segments []segment
		found    bool
	}{
		{"the first", []segment{{0, more, "a"}}, true},
		{"the second", []segment{{0, more, "x"}, {0, more, "a"}}, true},
		{"the third", []segment{{0, more, "x"}, {0, more, "x"}, {0, more, "a"}}, false},
		{"the last of three", []segment{{0, more, "x"}, {0, more, "x"}, {0, last, "a"}}, true},
		{"behind the last", []segment{{0, more, "x"}, {0, more, "x"}, {0, last, "x"}, {0, more, "a"}}, true},
		{"the answer", []segment{{0, more, "x"}, {0, more, "x"}, {0, more, "x"}, {1, more, "a"}}, true},
		{"behind the answer", []segment{{0, more, "x"}, {0, more, "x"}, {0, more, "x"}, {1, last, "x"}, {0, more, "a"}}, true},
	} {
		for _, lent := range []bool{false, true} {
			script(t, scriptedSignature(FTP, "a", sure, func(_ *conv, _ Dir, b []byte) int { return len(b) }))
			ends := conversation{}.ends(false)
			w := wire{m: manner{lent: lent}, i: New(ends[0], ends[1], nil)}
			for _, s := range tt.segments {
				w.send(s.dir, s.flags, w.seq[s.dir], []byte(s.b), len(s.b))
				w.seq[s.dir] += uint32(len(s.b))
			}
			if got := w.i.App() != nil; got != tt.found {
				t.Errorf("%s, Inspector lent %t: found %t, want %t", tt.name, lent, got, tt.found)
			}
		}
	}
}

// TestRunEnds requires that segments which are not looked into count: the Inspector is
// done with a connection of which it knows nothing after as many as ever.
func TestRunEnds(t *testing.T) {
	var b Blank
	i := New(netip.AddrPort{}, netip.AddrPort{}, nil)
	p := parse.Packet{TCPFlags: parse.FlagACK, Data: make([]byte, 129), Payload: 1, PayLen: 128}
	for n := 1; n <= maxLook; n++ {
		if i.Done() {
			t.Fatalf("done after %d segments, want %d", n-1, maxLook)
		}
		if n > inRun {
			var done bool
			if b, done, _ = b.Count(&p, 0); done != (n == maxLook) {
				t.Errorf("segment %d: the Blank is done %t", n, done)
			}
		}
		i.Segment(&p, 0)
		p.Seq += p.PayLen
		if n == inRun {
			b, _ = i.Blank()
		}
	}
	if !i.Done() {
		t.Errorf("not done after %d segments", maxLook)
	}
}

// TestUnsaid requires that what is only likely has no name until it has something
// to say.
func TestUnsaid(t *testing.T) {
	script(t, scriptedSignature(RTP, "a", likely, func(c *conv, _ Dir, b []byte) int {
		if string(b) == "ab" {
			c.confirm()
		}
		return 0
	}))
	i := New(netip.AddrPort{}, netip.AddrPort{}, nil)
	i.Segment(segment(1, []byte("a")), ToServer)
	if got := i.App(); got != nil {
		t.Errorf("got %v, want nothing", got.Protocol)
	}
	i.Segment(segment(2, []byte("b")), ToServer)
	if got := i.App(); got.protocol() != RTP || got.Confidence != Exact {
		t.Errorf("got %s, want rtp, exact", asJSON(got))
	}
}

// TestAppStays requires that an App which was handed out does not change, and that
// there is another one only when there is something new.
func TestAppStays(t *testing.T) {
	script(t, scriptedSignature(FTP, "a", sure, all))
	i := New(netip.AddrPort{}, netip.AddrPort{}, nil)
	i.Segment(segment(1, []byte("a")), ToServer)
	first := i.App()
	before := asJSON(first)
	if i.App() != first {
		t.Error("got another App, with nothing new")
	}
	i.Segment(segment(2, []byte("b")), ToServer)
	if asJSON(first) != before {
		t.Errorf("got %s, want %s as before", asJSON(first), before)
	}
	if second := i.App(); second == first || second.Details[0].(*scriptedDetail).Log != "0a 0b " {
		t.Errorf("got %s, want all that was read", asJSON(second))
	}
}

// TestNeed requires that a decoder is called again only when what it needs is
// there, or the end.
func TestNeed(t *testing.T) {
	var seen []int
	script(t, scriptedSignature(FTP, "a", sure, func(c *conv, dir Dir, b []byte) int {
		seen = append(seen, len(b))
		c.need(dir, 4)
		return 0
	}))
	c := conversation{text: "c \"a\"\nc \"b\"\nc \"c\"\ns \"x\"\nc \"d\"\nc \"e\""}
	c.once(t, manner{})
	if got := fmt.Sprint(seen); got != "[1 1 4 5]" {
		t.Errorf("got calls with %s bytes, want [1 1 4 5]", got)
	}
}

// TestLinear sends a message of 16 KiB in segments of one byte to a decoder that
// looks at all of it each time, and takes nothing.
func TestLinear(t *testing.T) {
	shown := 0
	script(t, scriptedSignature(FTP, "a", sure, func(_ *conv, _ Dir, b []byte) int { shown += len(b); return 0 }))
	c := conversation{said: []said{{b: bytes.Repeat([]byte("a"), stream.Limit-1)}}}
	c.once(t, manner{cut: func(int) int { return 1 }})
	if limit := 2 * maxWaste; shown > limit {
		t.Errorf("got %d bytes shown, want at most %d", shown, limit)
	}
}

// TestStuck requires that a message which is too long for the memory ends the
// inspection, or is a gap to those who can go on.
func TestStuck(t *testing.T) {
	script(t, scriptedSignature(FTP, "a", sure, func(_ *conv, _ Dir, b []byte) int {
		return len(b) * (1 - int(b[0]&1)) // takes nothing of what begins with an "a"
	}))
	long := bytes.Repeat([]byte("a"), stream.Limit)
	c := conversation{said: []said{{b: append(long, "bcd"...)}, {b: []byte("f")}}}
	want := fmt.Sprintf("ftp: 0<%d> 0bcd 0f end", stream.Limit)
	if got := c.once(t, manner{cut: func(left int) int { return min(left, 1024) }}).log(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMemory requires that Inspectors hold nothing when they wait for nothing, and
// give everything back.
func TestMemory(t *testing.T) {
	script(t, scriptedSignature(FTP, "a", sure, func(_ *conv, _ Dir, b []byte) int {
		return bytes.LastIndexByte(b, '\n') + 1
	}))
	var pool Pool
	i := pool.Get(netip.AddrPort{}, netip.AddrPort{}, nil)
	i.Segment(segment(1, []byte("ab\nc")), ToServer)
	if pool.mem.Lent() == 0 {
		t.Error("got nothing lent for a part of a line")
	}
	i.Segment(segment(5, []byte("d\n")), ToServer)
	if got := pool.mem.Lent(); got != 0 {
		t.Errorf("got %d bytes lent when all is read, want 0", got)
	}
	i.Segment(segment(7, []byte("e")), ToServer)
	i.Segment(segment(900, []byte("f")), ToServer)
	app := i.App()
	if pool.Put(i); pool.mem.Lent() != 0 {
		t.Errorf("got %d bytes lent after Put, want 0", pool.mem.Lent())
	}
	if next := pool.Get(netip.AddrPort{}, netip.AddrPort{}, nil); next != i || next.App() != nil || next.Done() {
		t.Error("got another Inspector, or one that knows something")
	} else if app.protocol() != FTP {
		t.Error("the App of an Inspector that was put back has changed")
	}
}

// TestReset requires that only an RST with the number that is next ends anything,
// and only when something has been said; and no FIN of an end that was silent.
func TestReset(t *testing.T) {
	script(t, scriptedSignature(FTP, "a", sure, all))
	i := New(netip.AddrPort{}, netip.AddrPort{}, nil)
	i.Segment(&parse.Packet{Proto: 6, TCPFlags: parse.FlagSYN, Seq: 0}, ToServer)
	i.Segment(&parse.Packet{Proto: 6, TCPFlags: parse.FlagRST, Seq: 1}, ToServer)
	i.Segment(&parse.Packet{Proto: 6, TCPFlags: parse.FlagFIN, Seq: 1}, ToClient)
	i.Segment(segment(1, []byte("a")), ToServer)
	for _, seq := range []uint32{0, 3, 1 << 31} {
		if i.Segment(&parse.Packet{Proto: 6, TCPFlags: parse.FlagRST, Seq: seq}, ToServer); i.Done() {
			t.Fatalf("got an end by an RST with number %d, want none", seq)
		}
	}
	if i.Segment(&parse.Packet{Proto: 6, TCPFlags: parse.FlagRST, Seq: 2}, ToServer); !i.Done() {
		t.Error("got no end by an RST")
	}
}

// TestPadding requires that the zeros which fill up a frame are not taken for the
// first bytes.
func TestPadding(t *testing.T) {
	script(t, scriptedSignature(FTP, "ab", sure, all))
	i := New(netip.AddrPort{}, netip.AddrPort{}, nil)
	i.Start(ToServer, 1)
	i.Segment(segment(1, make([]byte, 6)), ToServer)
	i.Segment(segment(1, []byte("ab")), ToServer)
	if got := i.App().protocol(); got != FTP {
		t.Errorf("got %v, want ftp", got)
	}
}

// TestEveryDecoder requires that each signature's decoder reads what the signature
// is for.
func TestEveryDecoder(t *testing.T) {
	for _, s := range signatures {
		d := s.new()
		if _, ok := d.(streamDecoder); s.stream != nil && !ok {
			t.Errorf("%v: got a decoder that reads no streams", s.proto)
		}
		if _, ok := d.(datagramDecoder); s.packet != nil && !ok {
			t.Errorf("%v: got a decoder that reads no datagrams", s.proto)
		}
	}
	for _, t2 := range []*candidates{&streamCandidates, &packetCandidates} {
		if len(t2.list) > 64 {
			t.Errorf("got %d candidates, want at most as many as a set holds", len(t2.list))
		}
	}
}

func TestPortGuess(t *testing.T) {
	tests := []struct {
		proto uint8
		a, b  uint16
		want  Protocol
	}{
		{6, 50000, 22, SSH}, {6, 22, 50000, SSH}, {17, 50000, 53, DNS}, {17, 50000, 22, Unknown},
		{6, 50000, 50001, Unknown}, {1, 22, 22, Unknown}, {17, 5353, 53, DNS},
	}
	for _, tt := range tests {
		if got := PortGuess(tt.proto, tt.a, tt.b); got != tt.want {
			t.Errorf("%d, %d, %d: got %v, want %v", tt.proto, tt.a, tt.b, got, tt.want)
		}
	}
	testkit.ZeroAllocs(t, "PortGuess", func() { PortGuess(6, 1, 2) })
}

func TestAppJSON(t *testing.T) {
	a := &App{Protocol: TLS, Confidence: Exact, Details: []Detail{
		&scriptedDetail{Log: "first", proto: HTTP}, &scriptedDetail{Log: "<a>", proto: TLS},
		&scriptedDetail{Log: "second", proto: HTTP},
	}}
	want := `{"protocol":"tls","confidence":"exact","tls":{"Log":"<a>"},"http":{"Log":"second"}}`
	if got, err := a.MarshalJSON(); err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
