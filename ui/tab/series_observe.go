package tab

import (
	"time"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
)

// seriesReader turns snapshots into points: it keeps what the counters were.
type seriesReader struct {
	begun   bool
	last    reading
	before  []flowRead // of the last snapshot, by ID
	now     []flowRead // memory for the next one
	rtts    []time.Duration
	slots   places[uint16]
	protos  places[protocolKey]
	apps    places[appKey]
	links   [maxPointInterfaces][2]Volume // counters of the last snapshot, by place
	volumes [maxPointProtocols]Volume
}

// reading is what the counters of a snapshot were.
type reading struct {
	time, start          int64
	own                  [2]Volume
	all                  Volume
	tcp                  uint64
	lost, queue, evicted uint64
}

// flowRead is what a flow's counters were.
type flowRead struct {
	id                                        uint64
	bytes                                     uint64
	retransmits, spurious, outOfOrder, missed uint32
	over                                      bool
}

// protocolKey is a protocol of IPv4 and IPv6 together, or an EtherType.
type protocolKey struct {
	ip    bool
	proto uint16
}

// appKey is an application, or where it is not known the protocol below.
type appKey struct {
	app     dpi.Protocol
	guessed bool // by the port alone
	protocolKey
}

// hiddenFor is how long before a reading a flow must have begun to count as one that
// had no row until now, rather than as a new one: rows come late by less.
const hiddenFor = int64(10 * time.Second)

// Observe adds what a snapshot says, and all what the kernel dropped by then. It is to
// be called once for every snapshot, which has all rows. Where the capture's clock was
// set back, or counting began anew, all that was before is forgotten.
func (s *Series) Observe(snap *track.Snapshot, all []capture.InterfaceStatus) {
	r := &s.reader
	n := readingOf(snap, all)
	if r.begun && (n.time < r.last.time || n.start != r.last.start || n.all.Packets < r.last.all.Packets) {
		s.Reset()
	}
	if !r.begun {
		r.last = reading{time: min(n.start, n.time), start: n.start}
	}
	if n.all.Packets == 0 && !r.begun || n.time == r.last.time {
		return // nothing has begun yet, or nothing can have passed
	}
	r.begun = true
	p := Point{Time: n.time, Span: n.time - r.last.time}
	r.totals(&p, &n)
	r.interfaces(&p, snap.Interfaces)
	r.protocols(&p, snap.Protocols)
	r.flows(&p, snap.Flows)
	r.last = n
	s.Add(&p)
}

// readingOf reads the counters that are about the whole capture.
func readingOf(snap *track.Snapshot, all []capture.InterfaceStatus) reading {
	t := &snap.Totals
	n := reading{time: snap.Time, start: snap.Start, queue: snap.Losses.Handoff, evicted: snap.Losses.Evicted}
	n.all = volumeOf(t.All)
	for way := range n.own {
		n.own[way] = volumeOf(t.Own.Count[way])
	}
	for i := range snap.Protocols {
		if q := &snap.Protocols[i]; isIP(q.Family) && q.Proto == parse.ProtoTCP {
			n.tcp += q.Count.Packets
		}
	}
	for i := range all {
		if all[i].Through == "" { // else what was lost is that of "any"
			n.lost += all[i].Stats.Dropped
		}
	}
	return n
}

func volumeOf(c track.Count) Volume { return Volume{c.Bytes, c.Packets} }

// rise returns by how much a counter rose. One that fell began anew.
func rise(from, to uint64) uint64 {
	if to < from {
		return to
	}
	return to - from
}

func (v Volume) since(w Volume) Volume {
	return Volume{rise(w.Bytes, v.Bytes), rise(w.Packets, v.Packets)}
}

// totals fills in what passed since the last reading.
func (r *seriesReader) totals(p *Point, n *reading) {
	for way := range p.Own {
		p.Own[way] = n.own[way].since(r.last.own[way])
	}
	p.All = n.all.since(r.last.all)
	p.Peak = [3]float64{p.Rate(track.Sent), p.Rate(track.Received), p.AllRate()}
	p.TCP = rise(r.last.tcp, n.tcp)
	p.Lost = n.lost - min(n.lost, r.last.lost) // the sum falls where an interface goes over to "any"
	p.Queue = rise(r.last.queue, n.queue)
	p.Evicted = rise(r.last.evicted, n.evicted)
}

func (r *seriesReader) interfaces(p *Point, all []track.InterfaceMeter) {
	var sums [maxPointInterfaces][2]Volume
	for i := range all {
		at := r.slots.of(all[i].Slot, maxPointInterfaces)
		for way := range all[i].Count {
			sums[at][way].add(volumeOf(all[i].Count[way]))
		}
	}
	for at := range sums {
		for way := range sums[at] {
			p.Interfaces[at][way] = sums[at][way].since(r.links[at][way])
		}
	}
	r.links = sums
}

func (r *seriesReader) protocols(p *Point, all []track.ProtocolTotal) {
	var sums [maxPointProtocols]Volume
	for i := range all {
		key := protocolKey{isIP(all[i].Family), all[i].Proto}
		sums[r.protos.of(key, maxPointProtocols)].add(volumeOf(all[i].Count))
	}
	for at := range sums {
		p.Protocols[at] = sums[at].since(r.volumes[at])
	}
	r.volumes = sums
}

// flows compares the rows with those of the last snapshot: both are in the order of ID.
func (r *seriesReader) flows(p *Point, rows []track.Row) {
	r.now, r.rtts = r.now[:0], r.rtts[:0]
	rowed, old := uint64(0), r.before
	for i := range rows {
		row := &rows[i]
		for len(old) > 0 && old[0].id < row.ID {
			p.gone(&old[0])
			old = old[1:]
		}
		now := readFlow(row)
		var was flowRead
		switch {
		case len(old) > 0 && old[0].id == row.ID:
			was, old = old[0], old[1:]
		case row.First < r.last.time-hiddenFor:
			was = now
		default:
			p.Opened++
		}
		if n := rise(was.bytes, now.bytes); was.bytes <= now.bytes {
			p.Apps[r.apps.of(appOf(row), maxPointApps)] += n
			rowed += n
		}
		p.health(&was, &now)
		r.state(p, row)
		r.now = append(r.now, now)
	}
	for i := range old {
		p.gone(&old[i])
	}
	p.MostActive = p.Active
	p.Unrowed = max(p.All.Bytes, rowed) - rowed
	r.median(p)
	r.before, r.now = r.now, r.before
}

// gone counts the end of a flow that has no row any more.
func (p *Point) gone(f *flowRead) {
	if !f.over {
		p.Closed++
	}
}

func readFlow(row *track.Row) flowRead {
	h := &row.Health
	return flowRead{
		id: row.ID, bytes: row.Count[0].Bytes + row.Count[1].Bytes, over: row.Closed != track.Open,
		retransmits: h.Retransmits[0] + h.Retransmits[1], outOfOrder: h.OutOfOrder[0] + h.OutOfOrder[1],
		missed: h.Missed[0] + h.Missed[1], spurious: h.Spurious[0] + h.Spurious[1],
	}
}

// health counts how a flow fared since it was read last.
func (p *Point) health(was, now *flowRead) {
	p.Retransmits += uint64(max(now.retransmits, was.retransmits) - was.retransmits)
	p.Spurious += uint64(max(now.spurious, was.spurious) - was.spurious)
	p.OutOfOrder += uint64(max(now.outOfOrder, was.outOfOrder) - was.outOfOrder)
	p.Missed += uint64(max(now.missed, was.missed) - was.missed) // a gap may turn out to be none
	if now.over && !was.over {
		p.Closed++
	}
}

// state counts the states of a row, and takes its round trip for the median.
func (r *seriesReader) state(p *Point, row *track.Row) {
	if row.Closed == track.Open {
		p.Active++
	}
	if s := row.State[0]; s >= track.SynSent && s <= track.Closed {
		p.States[s-track.SynSent]++
	}
	if row.Rate[0][0].Packets+row.Rate[0][1].Packets == 0 || !isIP(row.Family) || row.Proto != parse.ProtoTCP {
		return
	}
	if rtt := rttOf(row); rtt > 0 {
		r.rtts = append(r.rtts, rtt)
	}
}

// median fills in the median of the round trips.
func (r *seriesReader) median(p *Point) {
	if len(r.rtts) == 0 {
		return
	}
	p.RTT = nth(r.rtts, len(r.rtts)/2)
	p.RTTSpan, p.HighestRTT = p.Span, p.RTT
}

// nth returns the value that would have place n were all sorted. It moves values about.
func nth(all []time.Duration, n int) time.Duration {
	for len(all) > 1 {
		pivot := all[len(all)/2]
		left, right := 0, len(all)-1
		for left <= right {
			switch {
			case all[left] < pivot:
				left++
			case all[right] > pivot:
				right--
			default:
				all[left], all[right] = all[right], all[left]
				left++
				right--
			}
		}
		switch {
		case n <= right:
			all = all[:right+1]
		case n >= left:
			all, n = all[left:], n-left
		default:
			return pivot
		}
	}
	return all[0]
}

func appOf(row *track.Row) appKey {
	k := appKey{protocolKey: protocolKey{isIP(row.Family), row.Proto}}
	if row.App != nil && row.App.Protocol != dpi.Unknown {
		k = appKey{app: row.App.Protocol, guessed: row.App.Confidence == dpi.ByPort}
	}
	return k
}

// places gives things a place each, in the order in which they are met. The last place
// is everybody's who comes too late for one of his own.
type places[K comparable] struct {
	at  map[K]int
	all []K
}

// of returns the place of a thing, of most.
func (p *places[K]) of(k K, most int) int {
	if i, ok := p.at[k]; ok {
		return i
	}
	if len(p.all) == most-1 {
		return most - 1
	}
	if p.at == nil {
		p.at = make(map[K]int)
	}
	p.at[k] = len(p.all)
	p.all = append(p.all, k)
	return len(p.all) - 1
}

// Interfaces returns the slots whose traffic is at each place of Point.Interfaces. What
// is beyond them is of all others.
func (s *Series) Interfaces() []uint16 { return s.reader.slots.all }

// ProtocolName returns what a place of Point.Protocols stands for.
func (s *Series) ProtocolName(at int) string {
	if at >= len(s.reader.protos.all) {
		return "others"
	}
	return s.reader.protos.all[at].String()
}

// AppName returns what a place of Point.Apps stands for: an application, with a "?" where
// nothing but the port says so, or a protocol that has none, or one within which none was
// recognised.
func (s *Series) AppName(at int) string {
	if at >= len(s.reader.apps.all) {
		return "others"
	}
	k := s.reader.apps.all[at]
	switch {
	case k.guessed:
		return k.app.String() + "?"
	case k.app != dpi.Unknown:
		return k.app.String()
	case k.ip && (k.proto == parse.ProtoTCP || k.proto == parse.ProtoUDP || k.proto == parse.ProtoSCTP):
		return "unknown " + k.String()
	}
	return k.String()
}

// String returns the protocol's short name.
func (k protocolKey) String() string {
	switch {
	case k.ip:
		return parse.ProtoName(uint8(k.proto))
	case k.proto == 0:
		return "unknown"
	}
	return parse.EtherTypeName(k.proto)
}
