package dpi

import "net/netip"

// Dir is a direction of a flow.
type Dir uint8

const (
	ToServer Dir = iota // from the end that began the flow, as far as that is known
	ToClient
)

// other returns the opposite direction.
func (d Dir) other() Dir { return 1 - d }

// A decoder follows one protocol through one flow. It implements streamDecoder
// for TCP, datagramDecoder for UDP, or both. Bytes that it is given are borrowed
// until it returns.
type decoder any

type streamDecoder interface {
	// stream reads from one direction of a connection. b holds everything that
	// has come and was not read yet, in order and without gaps; it is not empty.
	// The result says how many bytes are done with. That may be more than len(b):
	// what lies between is passed over without being shown or kept, which is how
	// the body of a message is skipped. With less than len(b) it waits for more
	// bytes (conv.need says how many there must be); a message longer than the
	// buffer (16 KiB) can never be read whole.
	stream(c *conv, dir Dir, b []byte) int
}

type datagramDecoder interface {
	// datagram reads one datagram. b is what was captured of it; it is shorter
	// than wire when the capture cut it.
	datagram(c *conv, dir Dir, b []byte, wire int)
}

// A gapDecoder can go on after bytes that were not captured. Of any other, the
// inspection ends there.
type gapDecoder interface {
	// gap tells that n bytes of one direction are missing before what stream will
	// be given next.
	gap(c *conv, dir Dir, n uint32)
}

// An endDecoder wants to know when nothing more will come: to pass on what waits
// for an answer, or what is not complete.
type endDecoder interface {
	// end is called once, unless the decoder itself has said done, wrong, become or
	// again: when the connection or the flow is over, or after bytes that are missing
	// if it cannot go on without. Then c.time is that of the end.
	end(c *conv)
}

// conv is what a decoder knows of the flow, and how it says what it found.
type conv struct {
	time int64             // of the packet that is being read, ns since the Unix epoch
	ends [2]netip.AddrPort // the sender of ToServer, the sender of ToClient

	i *Inspector
}

// detail adds a detail to the App. The decoder keeps it and may write to it
// until the inspection ends, calling changed after that. Slices in it only grow
// by append.
func (c *conv) detail(d Detail) { c.i.addDetail(d) }

// changed tells that a detail was written to.
func (c *conv) changed() { c.i.stale = true }

// confirm raises the confidence: what followed can be nothing else.
func (c *conv) confirm() { c.i.confirm() }

// name gives the flow a more precise protocol: gRPC for HTTP/2.
func (c *conv) name(p Protocol) { c.i.named(p) }

// event passes a finished message on. It shares no memory with what the decoder
// writes to later.
func (c *conv) event(d Detail) {
	if c.heard() {
		c.i.sink.Event(Event{Time: c.time, Detail: d})
	}
}

// heard reports whether anybody takes events: else they need not be made.
func (c *conv) heard() bool { return c.i.sink != nil && !c.i.pool.NoEvents }

// naming passes on a name that a message gave to an address.
func (c *conv) naming(n Naming) {
	if c.i.sink != nil {
		c.i.sink.Naming(n)
	}
}

// text is text for what several flows may say.
func (c *conv) text(b []byte) string { return c.i.pool.shared.text(b) }

// need says that stream is not worth calling for this direction before n unread
// bytes are there (or the connection ends).
func (c *conv) need(dir Dir, n int) {
	if c.i.halves != nil {
		c.i.halves[dir^c.i.flip].need = n
	}
}

// done says that there is nothing more to learn. What comes is not looked at.
func (c *conv) done() { c.i.op = opDone }

// wrong says that this is not the decoder's protocol after all. Its details are
// dropped and the others are tried, unless too much was read.
func (c *conv) wrong() { c.i.op = opWrong }

// become hands the rest of the flow, in both directions, to the decoder of another
// protocol: after STARTTLS. The bytes that stream returns as read are still this
// decoder's; a datagram is read again by the other one.
func (c *conv) become(p Protocol) { c.i.op, c.i.to = opBecome, p }

// again has the rest of the connection looked at as if it began here: after
// CONNECT, and an upgrade to something unnamed.
func (c *conv) again() { c.i.op = opAgain }

// swap says that the ends are the other way round: the one taken for the client
// is the server. Later calls have the right Dir; dir of this call is the old one.
func (c *conv) swap() { c.i.turn = true }
