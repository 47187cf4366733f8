package tab

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sockeye/track"
)

// ref is the place of a row in a frame: in Snapshot.Flows, or behind those in Model.Past.
type ref = int32

// ranked is a row with its place in the order: keys ascend.
type ranked struct {
	key uint64
	row ref
}

// orderer puts rows in the order of a column: begin, then add for each row in the order of
// their IDs, then finish. Its memory is used again.
type orderer struct {
	by   Sort
	c    *flowColumn // nil for the order in which flows came
	ways ways        // that numbers are about

	rows, spare []ranked
	keys        []textKey // of text, by the place of rows as they were added
	amounts     amounts   // of the row that is looked at
	highest     float64   // rate of a row one way, over 2 s, bytes/s

	keptOf     string // the column that kept is about
	kept, next []kept
	at         int // in kept
}

// kept is the rate by which a flow is in its place.
type kept struct {
	id   uint64
	rate float64
}

// Hysteresis: a flow keeps the rate by which it is in its place until the real one is
// more than slack times that, or less than that by it. So of two rows the lower one may
// have the higher rate, but by no more than slack*slack: 10 %.
var slack = math.Sqrt(1.1)

// Keys of numbers and of texts are below unknownKey, so that they can be turned around.
const unknownKey = 1 << 63

// begin takes over which order people chose.
func (o *orderer) begin(p *Prefs) {
	o.by, o.c = p.Sort[FlowsTab], flowColumnOf(p.Sort[FlowsTab].Column)
	if o.c != nil && !o.c.sortable() {
		o.c = nil
	}
	if w := waysOf(p.LineMode, 0, true); w != o.ways || o.keptOf != o.by.Column {
		o.ways, o.keptOf, o.kept = w, o.by.Column, o.kept[:0]
	}
	o.rows, o.keys, o.next = o.rows[:0], o.keys[:0], o.next[:0]
	o.highest, o.at = 0, 0
}

// add takes a row in.
func (o *orderer) add(m *Model, n ref, r *track.Row) {
	o.note(r)
	switch c := o.c; {
	case c == nil:
		o.rows = append(o.rows, ranked{turned(uint64(max(0, r.First)), o.by.Descending), n})
	case c.number != nil:
		o.amounts = amountsOf(r, m.Snap.Time)
		v := c.number(&o.amounts, o.ways)
		if c.jumpy && v > 0 {
			v = o.keep(r.ID, v)
		}
		o.rows = append(o.rows, ranked{numberKey(v, o.by.Descending), n})
	default:
		k := c.sort(m, r)
		o.rows = append(o.rows, ranked{k.prefix(o.by.Descending), ref(len(o.keys))})
		o.keys = append(o.keys, k)
	}
}

// finish returns the rows, which are all, in their order. Those that are equal are in the
// order in which they were added.
func (o *orderer) finish(all []ref) []ranked {
	o.kept, o.next = o.next, o.kept
	o.sort()
	if o.c != nil && o.c.number == nil {
		o.settleAll(all)
	}
	return o.rows
}

// note finds the highest rate.
func (o *orderer) note(r *track.Row) {
	o.highest = max(o.highest, r.Rate[0][track.Sent].Bytes, r.Rate[0][track.Received].Bytes)
}

// keep returns the rate by which a flow is in its place.
func (o *orderer) keep(id uint64, v float64) float64 {
	for o.at < len(o.kept) && o.kept[o.at].id < id {
		o.at++
	}
	if o.at < len(o.kept) && o.kept[o.at].id == id {
		v = steady(o.kept[o.at].rate, v)
	}
	o.next = append(o.next, kept{id, v})
	return v
}

// steady returns the rate by which a flow is in its place: what it was, if the new one is
// near.
func steady(old, v float64) float64 {
	if v > 0 && v <= old*slack && v*slack >= old {
		return old
	}
	return v
}

// numberKey makes a key of a number that is 0 or more.
func numberKey(v float64, descending bool) uint64 {
	if math.IsNaN(v) {
		return unknownKey
	}
	return turned(math.Float64bits(max(0, v)), descending)
}

// numberOf is what numberKey was given.
func numberOf(key uint64, descending bool) float64 {
	if key == unknownKey {
		return 0
	}
	return math.Float64frombits(turned(key, descending))
}

// turned turns a key below unknownKey around if descending is set.
func turned(key uint64, descending bool) uint64 {
	if descending {
		return unknownKey - 1 - key
	}
	return key
}

// settleAll puts those in order that have the same key, and then the rows in the place of
// their texts.
func (o *orderer) settleAll(all []ref) {
	for from := 0; from < len(o.rows); {
		to := from + 1
		for to < len(o.rows) && o.rows[to].key == o.rows[from].key {
			to++
		}
		if to-from > 1 && o.rows[from].key != unknownKey {
			o.settle(o.rows[from:to], o.by.Descending)
		}
		from = to
	}
	for i := range o.rows {
		o.rows[i].row = all[o.rows[i].row]
	}
}

// settle puts rows in order whose texts begin alike: by number where they are all the
// same, which they are of a process with many flows.
func (o *orderer) settle(rows []ranked, descending bool) {
	first := &o.keys[rows[0].row]
	texts, numbers := true, true
	for _, x := range rows[1:] {
		k := &o.keys[x.row]
		texts = texts && k.text == first.text && k.second == first.second
		numbers = numbers && k.number == first.number
	}
	switch {
	case texts && numbers:
	case texts && first.class != wideClass:
		prefix := rows[0].key
		for i := range rows {
			rows[i].key = turned(o.keys[rows[i].row].number[0], descending)
		}
		part := orderer{rows: rows, spare: o.spare}
		part.sort()
		copy(rows, part.rows)
		for i := range rows {
			rows[i].key = prefix
		}
	default:
		slices.SortFunc(rows, func(a, b ranked) int {
			way := o.keys[a.row].compare(&o.keys[b.row])
			if descending {
				way = -way
			}
			return cmp.Or(way, cmp.Compare(a.row, b.row))
		})
	}
}

// prefix makes a key of the class and the beginning of the text, or of the number where
// there is no text.
func (k *textKey) prefix(descending bool) uint64 {
	const bytes = 7
	if k.class == unknownClass {
		return unknownKey
	}
	var v uint64
	switch {
	case k.text != "":
		for i := range bytes {
			v <<= 8
			if i < len(k.text) {
				v |= uint64(lower(k.text[i]))
			}
		}
	case k.class == wideClass:
		v = k.number[0] >> 8
	default:
		v = k.number[0]
	}
	return turned(uint64(k.class)<<(8*bytes)|v, descending)
}

// compare orders keys of one class.
func (k *textKey) compare(with *textKey) int {
	return cmp.Or(
		cmp.Compare(k.class, with.class),
		compareFold(k.text, with.text),
		compareFold(k.second, with.second),
		cmp.Compare(k.number[0], with.number[0]),
		cmp.Compare(k.number[1], with.number[1]),
	)
}

// compareFold orders texts without regard to the case of ASCII letters, and those that
// differ in nothing else by it.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}

// sort puts o.rows in the order of their keys; equal ones stay as they are. It is a radix
// sort: of 100,000 rows it takes a third of what comparisons do (BenchmarkFlowsList).
func (o *orderer) sort() {
	const few = 128
	if len(o.rows) < few {
		slices.SortStableFunc(o.rows, func(a, b ranked) int { return cmp.Compare(a.key, b.key) })
		return
	}
	var counts [8][256]int32
	for i := range o.rows {
		k := o.rows[i].key
		for d := range counts {
			counts[d][byte(k>>(8*d))]++
		}
	}
	from, to := o.rows, slices.Grow(o.spare[:0], len(o.rows))[:len(o.rows)]
	for d := range counts {
		c := &counts[d]
		if c[byte(from[0].key>>(8*d))] == int32(len(from)) {
			continue // all the same
		}
		at := int32(0)
		for i, n := range c {
			c[i] = at
			at += n
		}
		for _, x := range from {
			digit := byte(x.key >> (8 * d))
			to[c[digit]] = x
			c[digit]++
		}
		from, to = to, from
	}
	o.rows, o.spare = from, to
}

// pinsFirst moves rows that are pinned to the front. The order stays otherwise.
func (o *orderer) pinsFirst(rows []ranked, pinned func(ref) bool) {
	o.spare = o.spare[:0]
	n := 0
	for _, x := range rows {
		if pinned(x.row) {
			rows[n] = x
			n++
		} else {
			o.spare = append(o.spare, x)
		}
	}
	copy(rows[n:], o.spare)
}
