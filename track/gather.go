package track

import (
	"encoding/binary"

	"sockeye/parse"
	"sockeye/parse/stream"
)

// gathering is what is kept of a datagram to look into it when it is whole.
type gathering struct {
	pieces *stream.Pieces // nil while there are none
	head   parse.Packet   // the first fragment, without data; with its Fragment bit
	over   bool           // it has been looked into, or never will be
}

// gatherBytes bounds what all datagrams under way may take in a shard. Beyond that
// they are not looked into: all that is counted is counted.
const gatherBytes = 1 << 20

// gather takes what a fragment carries, and looks into the datagram when that makes it
// whole. Several fragments of a flow may be of one datagram, but a flow is inspected in
// the shard that has it.
func (sh *Shard) gather(d *datagram, p *parse.Packet) {
	if d.over || !sh.t.cfg.Inspect || p.L4 == 0 || p.Proto != parse.ProtoUDP && p.Proto != parse.ProtoTCP {
		return
	}
	if d.pieces == nil {
		if sh.frags.bytes >= gatherBytes {
			d.over = true
			return
		}
		d.pieces = new(stream.Pieces)
	}
	if p.Status&parse.FirstFrag != 0 {
		d.head = *p
		d.head.Data = nil
	}
	at, size := int(p.L4), d.pieces.Size()
	wire := int(p.IPLen) - (at - int(p.L3))
	ok := d.pieces.Add(int(p.FragOff)*8, wire, p.Data[min(at, len(p.Data)):], p.Status&parse.MoreFrags != 0)
	sh.frags.bytes += d.pieces.Size() - size
	b, wire := d.pieces.Whole()
	switch {
	case !ok:
		sh.letGo(d)
		d.over = true
	case b != nil:
		q, readable := d.whole(b, wire)
		q.Time = p.Time
		sh.letGo(d)
		d.over = true
		if readable {
			sh.deliverWhole(&q)
		}
	}
}

// letGo gives up the memory of a datagram.
func (sh *Shard) letGo(d *datagram) {
	if d.pieces != nil {
		sh.frags.bytes -= d.pieces.Size()
	}
	d.gathering = gathering{}
}

// whole makes a packet of a datagram that is. It is not readable where the first
// fragment did not have the whole transport header. Its Data is its own, since it may
// travel to another shard; a byte stands for the headers below.
func (d *datagram) whole(b []byte, wire int) (q parse.Packet, readable bool) {
	q = d.head
	header := int(q.Payload) - int(q.L4)
	if q.Payload == 0 || header > len(b) || header > wire {
		return q, false
	}
	payload := wire - header
	if q.Proto == parse.ProtoUDP {
		if n := int(binary.BigEndian.Uint16(b[4:])) - header; n >= 0 {
			payload = min(payload, n)
		}
	}
	const below = 1
	q.Data = append(make([]byte, below, below+len(b)), b...)
	q.L3, q.L4, q.Payload = 0, below, uint16(below+header)
	q.PayLen = uint32(payload)
	q.Key, q.Swapped = d.flow, d.turned
	q.Status &^= parse.Fragment | parse.FirstFrag | parse.NoPorts | parse.MoreFrags
	return q, true
}

// deliverWhole has a datagram inspected where its flow is.
func (sh *Shard) deliverWhole(q *parse.Packet) {
	h := q.Key.Hash(sh.t.seed)
	if f, slot := sh.find(&q.Key, h); f != nil {
		sh.inspectWhole(f, slot, q)
	} else if sh.t.fed.Load() > 1 {
		sh.pass(&message{kind: askInspect, p: *q}, h)
	}
}

// inspectWhole looks into a datagram, whose fragments have been counted.
func (sh *Shard) inspectWhole(f *flow, slot uint32, q *parse.Packet) {
	if f.tag&inspected != 0 {
		sh.inspect(f, slot, q)
	}
}
