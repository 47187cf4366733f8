// Hot path: no allocation in the steady state.

package track

import "sockeye/parse"

// report is what ICMP errors said of a flow: the record of one that has the flag
// reported.
type report struct {
	time       int64 // of the last error
	hi, lo     uint64
	count      uint32
	iface      uint16 // on which the last one was seen
	kind, code uint8
	family     parse.Family
}

func (r *report) row() Report {
	return Report{Count: r.count, Type: r.kind, Code: r.code, From: end{hi: r.hi, lo: r.lo, family: r.family}.addr()}
}

// aside marks a packet that a Feed gives to another shard than its own, to be read
// but not to be counted there.
const aside parse.Status = 1 << 15

// quoted returns the packet that an ICMP error quotes, without its bytes. Who sends
// an error sends it to the source of that packet (RFC 1122, 3.2.2): ok is false for
// any other.
func quoted(p *parse.Packet) (q parse.Packet, ok bool) {
	if p.Status&parse.ICMPError == 0 || p.Status&parse.Fragment != 0 || p.Payload == 0 {
		return q, false
	}
	q = parse.Packet{Data: p.PayloadBytes(), Link: parse.LinkRaw, Time: p.Time}
	q.Decode()
	q.Data = nil
	if q.Family != p.Family || q.Status&parse.NoPorts != 0 {
		return q, false
	}
	to, from := endB(&p.Key), endA(&q.Key)
	if p.Swapped {
		to = endA(&p.Key)
	}
	if q.Swapped {
		from = endB(&q.Key)
	}
	return q, to.hi == from.hi && to.lo == from.lo
}

// report notes an ICMP error at the flow that it is about: here, or in another
// shard that a message finds. It never makes one.
func (sh *Shard) report(p *parse.Packet) {
	q, ok := quoted(p)
	if !ok {
		return
	}
	from := endA(&p.Key)
	if p.Swapped {
		from = endB(&p.Key)
	}
	r := report{
		time: p.Time, hi: from.hi, lo: from.lo, count: 1, iface: p.Iface,
		kind: p.ICMPType, code: p.ICMPCode, family: from.family,
	}
	h := q.Key.Hash(sh.t.seed)
	if f, slot := sh.find(&q.Key, h); f != nil {
		sh.reported(f, slot, &q, &r)
	} else if sh.t.fed.Load() > 1 {
		sh.pass(&message{kind: askReport, p: q, about: r}, h)
	}
}

// reported adds an error about the packet q to what is known of its flow. A copy
// of it on another interface is the same error, and one about a segment that was
// never sent is made up.
func (sh *Shard) reported(f *flow, slot uint32, q *parse.Packet, r *report) {
	if f.isTCP() && !sh.conns.wire(slot).sent(wayOf(q.Swapped), q.Seq) {
		return
	}
	known := sh.reports.at(slot)
	if f.life&reported == 0 {
		f.life |= reported
		*known = report{}
	} else if known.iface != r.iface && r.time-known.time <= copyDelay {
		return
	}
	count := known.count
	*known = *r
	known.count = count + 1
}
