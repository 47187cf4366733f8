package tab

import (
	"math"
	"time"

	"sockeye/track"
)

// rateSeconds is how far back the curves of Details go.
const rateSeconds = 60

// flowRates is what one flow carried lately: sampled from its counters and, for the time
// before it was selected, what the source remembers.
type flowRates struct {
	id    uint64
	frame uint64     // of the model, in which it was observed last
	parts []ratePart // the oldest first; none overlaps another
	now   int64      // the capture's clock at the last sample; 0 before the first
	count [2]uint64  // wire bytes by then
}

// ratePart is what passed in a stretch of time.
type ratePart struct {
	from, to int64 // ns since the Unix epoch
	bytes    [2]float64
}

// keep forgets another flow's rates.
func (h *flowRates) keep(id uint64) {
	if h.id != id {
		*h = flowRates{id: id, parts: h.parts[:0]}
	}
}

// observe takes a sample of a flow that is in the snapshot, once for each.
func (h *flowRates) observe(m *Model, r *track.Row) {
	h.keep(r.ID)
	if h.frame == m.Frame+1 {
		return
	}
	h.frame = m.Frame + 1
	now, count := m.Snap.Time, [2]uint64{r.Count[track.Sent].Bytes, r.Count[track.Received].Bytes}
	if now < h.now || count[0] < h.count[0] || count[1] < h.count[1] {
		h.parts, h.now = h.parts[:0], 0 // a file was wound back, or the table was cleared
	}
	switch step := now - h.now; {
	case h.now != 0 && step == 0:
	case h.now != 0 && step <= longestStep(m):
		h.parts = append(h.parts, ratePart{h.now, now, [2]float64{float64(count[0] - h.count[0]), float64(count[1] - h.count[1])}})
	default:
		h.recall(m, r)
	}
	h.now, h.count = now, count
	h.forget(now - (rateSeconds+1)*int64(time.Second))
}

// longestStep returns how far apart two samples may be to be joined by an average, ns:
// what is between those that are farther apart was not looked at.
func longestStep(m *Model) int64 { return 2 * int64(max(m.Prefs.Refresh, time.Second)) }

// recall asks the source for the seconds that nobody looked at. They end somewhere in the
// second before the end of the snapshot's windows. While the picture is paused nobody is
// asked: the answer would be younger than the rest.
func (h *flowRates) recall(m *Model, r *track.Row) {
	if m.Source == nil || !m.Paused.IsZero() {
		return
	}
	said := m.Source.Recent(nil, []uint64{r.ID})
	if len(said) != 1 {
		return
	}
	const second = int64(time.Second)
	looked := int64(math.MinInt64) // until when the parts go
	if n := len(h.parts); n > 0 {
		looked = h.parts[n-1].to
	}
	end := min(m.Snap.Until, m.Snap.Time)
	for i := SparkSeconds - said[0].Len; i < SparkSeconds; i++ {
		to := end - int64(SparkSeconds-1-i)*second
		from := max(to-second, looked)
		if to <= from || to <= r.First {
			continue // known already, or before the flow began
		}
		part := float64(to-from) / float64(second)
		h.parts = append(h.parts, ratePart{from, to, [2]float64{
			part * float64(said[0].Bytes[track.Sent][i]), part * float64(said[0].Bytes[track.Received][i]),
		}})
	}
}

// forget drops what was before a time.
func (h *flowRates) forget(before int64) {
	n := 0
	for n < len(h.parts) && h.parts[n].to <= before {
		n++
	}
	h.parts = h.parts[:copy(h.parts, h.parts[n:])]
}

// values fills in bytes/s by way of each of the seconds before the last sample, NaN where
// less than half of one is known. It returns false where nothing is.
func (h *flowRates) values(to *[2][rateSeconds]float64) (ok bool) {
	const second = int64(time.Second)
	for i := range rateSeconds {
		end := h.now - int64(rateSeconds-1-i)*second
		var sum [2]float64
		covered := int64(0)
		for k := range h.parts {
			p := &h.parts[k]
			shared := min(p.to, end) - max(p.from, end-second)
			if shared <= 0 {
				continue
			}
			covered += shared
			for w := range sum {
				sum[w] += p.bytes[w] * float64(shared) / float64(p.to-p.from)
			}
		}
		for w := range sum {
			to[w][i] = math.NaN()
			if covered >= second/2 {
				to[w][i] = sum[w] * float64(second) / float64(covered)
				ok = true
			}
		}
	}
	return ok
}
