package main

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"time"

	"sockeye/parse"
)

// demoKind is what a conversation of the demonstration speaks.
type demoKind uint8

const (
	demoTLS demoKind = iota
	demoHTTP
	demoSSH
	demoPing
	demoNTP
	demoRefused // nobody listens
)

// demoHost is somebody at the other end.
type demoHost struct {
	name string // that DNS tells; "" for none
	addr netip.Addr
	rtt  time.Duration
}

// demoPlan says who talks with whom, and how much. A conversation comes again after its
// pause.
type demoPlan struct {
	kind     demoKind
	process  uint32 // of demoProcesses, from 1; 0 for none
	host     demoHost
	port     uint16        // of the one who is called
	in       bool          // the host calls
	down, up float64       // bytes/s to and from this machine, on average
	swing    time.Duration // in which the rates rise and fall; 0 for steady ones
	begin    time.Duration // of the first one
	life     time.Duration
	pause    time.Duration // less than 0 for once only
}

// timed is a packet at its time.
type timed struct {
	demoPacket
	at      int64
	process uint32
}

// demoTalk is a conversation under way.
type demoTalk struct {
	plan  *demoPlan
	rng   *rand.Rand
	queue []timed
	stage int

	local, remote netip.AddrPort
	clock, begun  int64
	paid          int64      // until when owed is counted
	sent          [2]uint32  // sequence numbers: of this machine, of the host
	owed          [2]float64 // bytes that wait until they are worth a packet
	pings         uint32
	forgets       int64 // when the host's address has to be looked up again
}

// The stages of a conversation.
const (
	talkOpens = iota
	talkGoesOn
	talkIsOver
)

// demoTTL is how long an address holds that was looked up.
const demoTTL = time.Minute

func newDemoTalk(p *demoPlan, seed uint64, start int64) *demoTalk {
	t := &demoTalk{plan: p, rng: rand.New(rand.NewPCG(seed, 7)), clock: start + int64(p.begin)}
	t.fill()
	return t
}

// next returns the next packet, which is there until pop; nil when there will be none.
func (t *demoTalk) next() *timed {
	if len(t.queue) == 0 {
		return nil
	}
	return &t.queue[0]
}

// pop is done with a packet.
func (t *demoTalk) pop() {
	if t.queue = t.queue[1:]; len(t.queue) == 0 {
		t.fill()
	}
}

// fill puts the next packets into the queue.
func (t *demoTalk) fill() {
	t.queue = t.queue[:0]
	for len(t.queue) == 0 && t.stage != talkIsOver {
		switch {
		case t.stage == talkOpens:
			t.open()
			t.stage = talkGoesOn
		case time.Duration(t.clock-t.begun) < t.plan.life:
			t.goOn()
		default:
			t.close()
			t.clock += int64(t.plan.pause)
			if t.stage = talkOpens; t.plan.pause < 0 {
				t.stage = talkIsOver
			}
		}
	}
}

// open begins a conversation from a port of its own: after a look-up of the host's name
// if that has one.
func (t *demoTalk) open() {
	p := t.plan
	t.begun, t.paid = t.clock, t.clock
	own := demoAddr4
	if p.host.addr.Is6() {
		own = demoAddr6
	}
	ephemeral := 32768 + uint16(t.rng.Uint32N(28000))
	t.local, t.remote = netip.AddrPortFrom(own, ephemeral), netip.AddrPortFrom(p.host.addr, p.port)
	if p.in {
		t.local, t.remote = netip.AddrPortFrom(own, p.port), netip.AddrPortFrom(p.host.addr, ephemeral)
	} else if p.host.name != "" && t.clock >= t.forgets {
		t.lookUp()
		t.forgets = t.clock + int64(demoTTL)
	}
	t.sent = [2]uint32{t.rng.Uint32(), t.rng.Uint32()}
	switch p.kind {
	case demoPing, demoNTP:
		return
	}
	t.tcp(!p.in, parse.FlagSYN, nil, 0)
	if p.kind == demoRefused {
		t.wait(200 * time.Microsecond)
		t.tcp(p.in, parse.FlagRST|parse.FlagACK, nil, 0)
		return
	}
	t.halfTrip(!p.in)
	t.tcp(p.in, parse.FlagSYN|parse.FlagACK, nil, 0)
	t.halfTrip(p.in)
	t.tcp(!p.in, parse.FlagACK, nil, 0)
	t.greet()
}

// greet says what tells which protocol it is.
func (t *demoTalk) greet() {
	p := t.plan
	switch p.kind {
	case demoTLS:
		t.tcp(!p.in, parse.FlagPSH|parse.FlagACK, clientHello(t.rng, p.host.name, "h2", "http/1.1"), 0)
		t.halfTrip(!p.in)
		t.tcp(p.in, parse.FlagPSH|parse.FlagACK, serverHello(t.rng), 0)
		t.halfTrip(p.in)
		t.tcp(!p.in, parse.FlagPSH|parse.FlagACK, encrypted(t.rng, 60), 0)
	case demoHTTP:
		t.tcp(!p.in, parse.FlagPSH|parse.FlagACK, httpRequest(p.host.name, "/debian/pool/main/l/linux.deb", "Debian APT-HTTP/1.3"), 0)
		t.halfTrip(!p.in)
		t.tcp(p.in, parse.FlagPSH|parse.FlagACK, httpResponse("application/octet-stream"), 0)
	case demoSSH:
		t.tcp(p.in, parse.FlagPSH|parse.FlagACK, sshBanner("OpenSSH_9.7"), 0)
		t.wait(2 * time.Millisecond)
		t.tcp(!p.in, parse.FlagPSH|parse.FlagACK, sshBanner("OpenSSH_9.6"), 0)
	}
}

// goOn carries on for a moment.
func (t *demoTalk) goOn() {
	switch t.plan.kind {
	case demoPing:
		t.pings++
		t.say(true, demoPacket{proto: parse.ProtoICMP, icmp: 8, size: 56, seq: t.pings})
		t.wait(t.plan.host.rtt)
		t.say(false, demoPacket{proto: parse.ProtoICMP, icmp: 0, size: 56, seq: t.pings})
		t.wait(time.Second - t.plan.host.rtt)
		return
	case demoNTP:
		t.say(true, demoPacket{proto: parse.ProtoUDP, payload: ntpMessage(false)})
		t.wait(t.plan.host.rtt)
		t.say(false, demoPacket{proto: parse.ProtoUDP, payload: ntpMessage(true)})
		t.wait(t.plan.life)
		return
	case demoRefused:
		t.wait(t.plan.life)
		return
	}
	factor, passed := t.factor(), time.Duration(t.clock-t.paid).Seconds()
	t.paid = t.clock
	for way, rate := range [2]float64{t.plan.up, t.plan.down} {
		t.owed[way] += rate * factor * passed
	}
	t.transfer()
	t.wait(time.Duration(20+t.rng.IntN(60)) * time.Millisecond)
}

// factor is what the rates are multiplied by at the moment.
func (t *demoTalk) factor() float64 {
	f := 0.8 + 0.4*t.rng.Float64()
	if t.plan.swing > 0 {
		f *= 1 + 0.85*math.Sin(2*math.Pi*float64(t.clock-t.begun)/float64(t.plan.swing))
	}
	return f
}

// transfer sends what is owed, in full segments. This machine acknowledges each second
// one, the host all of them. Now and then one is sent again.
func (t *demoTalk) transfer() {
	const segment = 1448
	for way := range t.owed {
		out, n := way == 0, 0
		least := float64(min(segment, 120+t.rng.IntN(600)))
		for t.owed[way] >= least {
			size := int(min(t.owed[way], segment))
			t.owed[way] -= float64(size)
			t.tcp(out, parse.FlagACK, nil, size)
			if t.rng.IntN(900) == 0 {
				t.sent[way] -= uint32(size)
				t.wait(t.plan.host.rtt)
				t.tcp(out, parse.FlagACK, nil, size)
			}
			if n++; n%2 == 0 && !out {
				t.tcp(!out, parse.FlagACK, nil, 0)
			}
			t.wait(120 * time.Microsecond)
		}
		if n%2 == 1 || n > 0 && out {
			t.halfTrip(out)
			t.tcp(!out, parse.FlagACK, nil, 0)
		}
	}
}

// close ends a connection in both directions.
func (t *demoTalk) close() {
	switch t.plan.kind {
	case demoPing, demoNTP, demoRefused:
		return
	}
	out := !t.plan.in
	t.tcp(out, parse.FlagFIN|parse.FlagACK, nil, 0)
	t.halfTrip(out)
	t.tcp(!out, parse.FlagFIN|parse.FlagACK, nil, 0)
	t.halfTrip(!out)
	t.tcp(out, parse.FlagACK, nil, 0)
}

// lookUp asks the router for the host's address, by the machine's resolver.
func (t *demoTalk) lookUp() {
	id := uint16(t.rng.Uint32())
	from := netip.AddrPortFrom(demoAddr4, 32768+uint16(t.rng.Uint32N(28000)))
	to := netip.AddrPortFrom(demoRouter, 53)
	host := &t.plan.host
	t.queue = append(t.queue, timed{at: t.clock, process: demoResolver, demoPacket: demoPacket{
		out: true, proto: parse.ProtoUDP, src: from, dst: to, payload: dnsQuestion(id, host.name, host.addr.Is6()),
	}})
	t.wait(8 * time.Millisecond)
	t.queue = append(t.queue, timed{at: t.clock, demoPacket: demoPacket{
		proto: parse.ProtoUDP, src: to, dst: from, payload: dnsAnswer(id, host.name, host.addr),
	}})
	t.wait(3 * time.Millisecond)
}

// wait lets time pass.
func (t *demoTalk) wait(d time.Duration) { t.clock += int64(d) }

// halfTrip lets pass what a packet takes between the host and the place of the capture,
// which is this machine: only what goes out and comes back takes time.
func (t *demoTalk) halfTrip(out bool) {
	d := 60 * time.Microsecond
	if out {
		d = t.plan.host.rtt + time.Duration(t.rng.Int64N(int64(t.plan.host.rtt/8)+1))
	}
	t.wait(d)
}

// tcp sends a segment.
func (t *demoTalk) tcp(out bool, flags uint8, payload []byte, size int) {
	way := 0
	if !out {
		way = 1
	}
	p := demoPacket{proto: parse.ProtoTCP, flags: flags, payload: payload, size: size, seq: t.sent[way]}
	if flags&parse.FlagACK != 0 {
		p.ack = t.sent[1-way]
	}
	t.sent[way] += uint32(max(size, len(payload)))
	if flags&(parse.FlagSYN|parse.FlagFIN) != 0 {
		t.sent[way]++
	}
	t.say(out, p)
}

// say puts a packet into the queue. Whose it is is told of what this machine sends, and
// where it was called only with content: before that its socket merely listens.
func (t *demoTalk) say(out bool, p demoPacket) {
	p.out, p.src, p.dst = out, t.remote, t.local
	process := uint32(0)
	if out {
		p.src, p.dst = p.dst, p.src
		if !t.plan.in || max(p.size, len(p.payload)) > 0 {
			process = t.plan.process
		}
	}
	t.queue = append(t.queue, timed{p, t.clock, process})
}
