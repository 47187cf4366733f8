// Hot path: no allocation in the steady state.

package dpi

// A rester is a decoder of datagrams that may have heard all that it will: what it
// knows is in its detail then, and its Inspector can serve others meanwhile.
type rester interface {
	// resting reports whether that is so.
	resting() bool
	// wake makes a new decoder go on where the one was that gave the detail.
	wake(c *conv, d Detail)
}

// Rest returns the App of a flow that has probably said all, nil for any other: most
// questions of DNS are asked from a port of their own, and answered once. The
// Inspector's owner may keep the App instead of it, and have another Inspector go on
// if more comes.
func (i *Inspector) Rest() *App {
	if i.halves != nil || i.stage != reading || len(i.details) != 1 || i.flip != 0 {
		return nil
	}
	if r, ok := i.dec.(rester); !ok || !r.resting() {
		return nil
	}
	return i.App()
}

// Wake makes a new Inspector go on where the one was that rested with an App.
func (i *Inspector) Wake(a *App) {
	i.start(candidateOf(a.Protocol, true), a.Confidence)
	i.dec.(rester).wake(&i.c, a.Details[0])
	i.known, i.app, i.stale = known{a.Protocol, a.Confidence}, a, false
}

// resting reports whether the first question has its answer, and no other waits.
func (d *dnsDecoder) resting() bool {
	n := &d.detail
	return n.proto == DNS && !d.group && n.Opcode == "" && n.Queries == 1 && n.Responses == 1 && n.Unsolicited == 0 && len(d.pending) == 0
}

func (d *dnsDecoder) wake(c *conv, from Detail) {
	d.detail, d.shown = *from.(*DNSDetail), true
	d.pending = d.space[:0]
	d.last = dnsQuery{id: d.detail.ID, name: d.detail.Question, typ: d.detail.typ, class: d.detail.class}
	d.answers, d.questions = d.detail.Answers, d.detail.Questions
	c.detail(&d.detail)
}

// reuse drops what was kept of the last flow.
func (d *dnsDecoder) reuse() { *d = dnsDecoder{} }
