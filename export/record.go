package export

import (
	"cmp"
	"slices"
	"time"

	"sockeye/capture"
	"sockeye/track"
	"sockeye/track/proc"
)

// Capture describes where the packets of a record come from.
type Capture struct {
	Source     Source
	Interfaces []capture.InterfaceStatus
	Owners     *proc.Stats // of the Attributor; nil where there is none
}

// Builder builds records. It is for one goroutine, and for one capture: it
// keeps the time of the last record and what had been lost by then.
type Builder struct {
	Names Names

	rec    Record
	slots  slotNames
	ends   *endsCache
	whose  processes
	begun  bool   // last is there
	last   int64  // Snapshot.Time of the last record
	drops  uint64 // packets lost to the rates
	dropAt int64  // Snapshot.Time of the record that last saw more of them
	lossy  bool
}

// Build returns the record of a snapshot. It is valid until the next call.
func (b *Builder) Build(s *track.Snapshot, c Capture, final bool) *Record {
	r := &b.rec
	start := s.Start
	if s.Totals.All.Packets == 0 && start == 0 {
		start = s.Time // a file without a packet
	}
	since := start
	if b.begun {
		since = b.last
	}
	b.begun, b.last = true, s.Time

	r.Schema, r.Time, r.Start = Schema, Time(s.Time), Time(start)
	r.Interval = rounded(time.Duration(max(s.Time-since, 0)).Seconds())
	r.Windows = Windows{W2: seconds(s.Window[0]), W10: seconds(s.Window[1]), W40: seconds(s.Window[2])}
	r.Source, r.Final = c.Source, final
	r.Totals = totalsOf(&s.Totals)
	r.Filtered, r.Other = foldOf(s.Totals.Filtered), foldOf(s.Totals.Other)
	r.Unmatched = nil
	if c.Source.Query != "" {
		r.Unmatched = new(foldOf(s.Totals.Unmatched))
	}
	r.Live, r.Ownership = s.Live, ownershipOf(r.Ownership, c.Owners)
	b.interfaces(s, c.Interfaces)
	b.protocols(s)
	b.losses(s)
	b.groups(s)
	b.flows(s)
	return r
}

func seconds(d time.Duration) float64 { return rounded(d.Seconds()) }

// interfaces joins what the engine knows of each slot with what track counted
// there. It comes before flows, which take the names from it.
func (b *Builder) interfaces(s *track.Snapshot, all []capture.InterfaceStatus) {
	b.rec.Interfaces = resize(b.rec.Interfaces, len(all))
	for i := range all {
		st := &all[i]
		b.slots.set(st.Slot, st.Name)
		out := &b.rec.Interfaces[i]
		*out = Interface{
			Name: b.slots.name(st.Slot), Kind: st.Kind, LinkType: st.Link.String(), State: st.State.String(),
			Through: st.Through, Queues: st.Queues, Ring: st.RingBytes,
			Kernel: Kernel{
				Received: st.Stats.Received, Dropped: st.Stats.Dropped, Delivered: st.Packets,
				Excluded: st.Excluded, Unread: st.Unread, Freezes: st.Stats.Freezes, Damaged: st.Stats.Damaged,
			},
			Gaps: st.Gaps, GapTime: seconds(st.GapTime),
		}
		if st.Err != nil {
			out.Error = st.Err.Error()
		}
		j, ok := slices.BinarySearchFunc(s.Interfaces, st.Slot, func(m track.InterfaceMeter, slot uint16) int {
			return cmp.Compare(m.Slot, slot)
		})
		if ok {
			m := &s.Interfaces[j]
			out.Volume, out.Ways = bothWays(m.Count), waysOf(m.Count)
			out.Rates, out.WayRates, out.Peaks = bothRates(&m.Rate), wayRatesOf(&m.Rate), peaksOf(m.Peak)
			out.Malformed, out.Truncated = m.Parse.Malformed, m.Parse.Truncated
		}
	}
}

func (b *Builder) protocols(s *track.Snapshot) {
	b.rec.Protocols = resize(b.rec.Protocols, len(s.Protocols))
	for i, p := range s.Protocols {
		b.rec.Protocols[i] = Protocol{
			Name: protoText(p.Family, p.Proto), Family: familyTexts[p.Family], Number: p.Proto,
			Flows: p.Flows, Volume: volumeOf(p.Count), Evicted: volumeOf(p.Evicted),
		}
	}
}

// losses sums what the interfaces lost. The rates of a record are lower bounds
// while the longest window holds a packet that the kernel dropped, or that is in
// no row because it did not reach its flow's owner.
func (b *Builder) losses(s *track.Snapshot) {
	d := Drops{
		Table: s.Losses.Evicted, Expired: s.Losses.Expired,
		Queue: s.Losses.Handoff, Untimely: s.Losses.Untimely,
		Events: s.Losses.Events, Uninspected: s.Losses.Uninspected,
	}
	for i := range b.rec.Interfaces {
		in := &b.rec.Interfaces[i]
		d.Malformed += in.Malformed
		d.Truncated += in.Truncated
		d.Gaps += in.Gaps
		if in.Through == "" { // else the same losses are those of "any"
			d.Kernel += in.Kernel.Dropped
			d.Freezes += in.Kernel.Freezes
			d.Unread += in.Kernel.Unread
			d.Damaged += in.Kernel.Damaged
		}
	}
	b.rec.Drops = d
	if lost := d.Kernel + d.Queue; lost > b.drops {
		b.drops, b.dropAt, b.lossy = lost, s.Time, true
	}
	b.dropAt = min(b.dropAt, s.Time) // the clock may have been set back
	longest := int64(track.Windows[len(track.Windows)-1] + statsAge)
	b.rec.LowerBounds = b.lossy && s.Time-b.dropAt <= longest
}

// statsAge is how old the kernel's counters may be: see
// capture.InterfaceStatus.
const statsAge = time.Second

func (b *Builder) flows(s *track.Snapshot) {
	if b.ends == nil {
		b.ends = new(endsCache)
	}
	b.rec.Flows = resize(b.rec.Flows, len(s.Flows))
	for i := range s.Flows {
		b.flow(&b.rec.Flows[i], &s.Flows[i])
	}
}

// resize returns a slice of n elements in the memory of s where that suffices,
// and is never nil: an empty list is [] in JSON.
func resize[T any](s []T, n int) []T {
	if s == nil || cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
