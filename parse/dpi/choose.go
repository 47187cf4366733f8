// Hot path: no allocation in the steady state.

package dpi

// obey does what the decoder asked for during its last call.
func (i *Inspector) obey() {
	if i.turn {
		i.turn = false
		i.turnRound()
	}
	what := i.op
	i.op = opNone
	switch what {
	case opDone:
		i.stop()
	case opWrong:
		i.reject()
	case opBecome:
		i.hop()
		if s := candidateOf(i.to, i.halves == nil); s != nil && i.stage == looking {
			i.start(s, Exact)
			return
		}
		i.stop()
	case opAgain:
		i.hop()
	}
}

// start hands the flow to a decoder. One that is not sure gives the flow its name
// when it has something to say.
func (i *Inspector) start(s *candidate, how Confidence) {
	i.turns++
	i.stage = reading
	i.sig, i.dec, i.next, i.moved = s, i.pool.decoder(s), how, false
	i.base, i.was = len(i.details), i.known
	if i.halves != nil {
		i.halves[0].fresh()
		i.halves[1].fresh()
	}
	if how == Exact && i.base == 0 {
		i.named(s.proto)
	}
}

// named makes a protocol the flow's.
func (i *Inspector) named(p Protocol) {
	if now := (known{p, i.next}); p != Unknown && i.known != now {
		i.known, i.stale = now, true
	}
}

// reject drops a decoder that was chosen in vain, with all that it said. The others
// have their turn, with what is unread. Where that is not all, they must be sure.
func (i *Inspector) reject() {
	clear(i.details[i.base:])
	i.details = i.details[:i.base]
	i.known, i.stale = i.was, true
	i.look.tried |= 1 << i.sig.n
	i.look.seen, i.look.refused = 0, 0
	if i.moved {
		i.look.begun, i.look.strange = false, true
	}
	if i.turns++; i.turns >= maxTurns {
		i.stop()
		return
	}
	i.stage = looking
}

// hop begins to look anew, as if the flow began here.
func (i *Inspector) hop() {
	i.turns++
	if i.hops++; i.hops > maxHops || i.turns >= maxTurns {
		i.stop()
		return
	}
	i.stage = looking
	i.look.again()
	if i.halves == nil {
		return
	}
	for d := range i.halves {
		if n := len(i.halves[d].Unread()); n > 0 {
			i.look.note(Dir(d), uint32(n))
		}
	}
}

// turnRound makes the client the server.
func (i *Inspector) turnRound() {
	i.flip = 1 - i.flip
	i.c.ends[0], i.c.ends[1] = i.c.ends[1], i.c.ends[0]
}

// finish ends the inspection from outside of the decoder.
func (i *Inspector) finish() {
	if e, ok := i.dec.(endDecoder); ok && i.stage == reading {
		e.end(&i.c)
		i.op, i.turn = opNone, false
	}
	i.stop()
}

// stop ends the inspection. What is known stays.
func (i *Inspector) stop() {
	i.stage = finished
	if i.halves != nil {
		i.halves[0].begin(i.pool.mem)
		i.halves[1].begin(i.pool.mem)
	}
}

func (i *Inspector) addDetail(d Detail) {
	if len(i.details) < maxDetails {
		i.details = append(i.details, d)
		i.stale = true
		i.named(d.Protocol())
	}
}

// confirm raises the confidence, and names what was only likely until now.
func (i *Inspector) confirm() {
	i.next = Exact
	if len(i.details) > i.base {
		i.named(i.proto)
	} else {
		i.named(i.sig.proto)
	}
}
