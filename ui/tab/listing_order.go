package tab

// listOrder is how the items of a listing came to their places.
type listOrder[K comparable] struct {
	ranks  orderer
	kept   map[K]float64 // hysteresis: the rates by which the first ones have their places
	next   map[K]float64 // memory for those to come
	frozen map[K]int     // the places that are held; nil while none are
	by     Sort          // what kept and frozen are about
}

// steadyRows is how many of the first rows have hysteresis: nobody sees others dance.
const steadyRows = 1000

// sort puts the items in the order that people chose. While that is frozen each stays
// where it was, and those that are new come last: what is shown shall add up.
func (l *listing[K, T]) sort(m *Model) {
	by, o := *l.sorted(m.Prefs), &l.order
	if by != o.by {
		o.by, o.kept, o.frozen = by, nil, nil
	}
	if !m.Frozen {
		o.frozen = nil
	}
	o.ranks.rows = o.ranks.rows[:0]
	c := l.columnOf(by.Column)
	switch {
	case o.frozen != nil:
		l.asFrozen()
	case c == nil:
		l.byBirth(by.Descending)
	case c.number != nil:
		l.byNumber(m, c, by.Descending)
	default:
		l.byText(m, c, by.Descending)
	}
	l.spare = l.spare[:0]
	for _, r := range o.ranks.rows {
		l.spare = append(l.spare, l.items[r.row])
	}
	l.items, l.spare = l.spare, l.items
	if m.Frozen && o.frozen == nil {
		o.frozen = make(map[K]int, len(l.items))
		for i := range l.items {
			o.frozen[l.key(&l.items[i])] = i
		}
	}
}

func (l *listing[K, T]) asFrozen() {
	for i := range l.items {
		place, old := l.order.frozen[l.key(&l.items[i])]
		if !old {
			place = len(l.order.frozen) + i
		}
		l.order.ranks.rows = append(l.order.ranks.rows, ranked{uint64(place), ref(i)})
	}
	l.order.ranks.sort()
}

// birth returns when an item came to be, 0 where that is not known.
func (l *listing[K, T]) birth(t *T) uint64 {
	if l.born == nil {
		return 0
	}
	return uint64(max(0, l.born(t)))
}

// byBirth puts the items in the order in which they came.
func (l *listing[K, T]) byBirth(descending bool) {
	for i := range l.items {
		l.order.ranks.rows = append(l.order.ranks.rows, ranked{turned(l.birth(&l.items[i]), descending), ref(i)})
	}
	l.order.ranks.sort()
}

func (l *listing[K, T]) byNumber(m *Model, c *listColumn[T], descending bool) {
	o := &l.order
	for i := range l.items {
		o.ranks.rows = append(o.ranks.rows, ranked{numberKey(c.number(m, &l.items[i]), descending), ref(i)})
	}
	o.ranks.sort()
	if c.jumpy {
		l.keepPlaces(descending)
	}
	if l.born == nil {
		return
	}
	o.ranks.eachRun(func(run []ranked) {
		for i := range run {
			run[i].key = l.birth(&l.items[run[i].row])
		}
		o.ranks.settleRun(run)
	})
}

// keepPlaces puts those that are first in the order of the rates by which they have their
// places already.
func (l *listing[K, T]) keepPlaces(descending bool) {
	first := l.order.ranks.rows[:min(steadyRows, len(l.order.ranks.rows))]
	kept := l.order.next
	if kept == nil {
		kept = make(map[K]float64, len(first))
	}
	clear(kept)
	for i := range first {
		v := numberOf(first[i].key, descending)
		if v == 0 {
			continue
		}
		k := l.key(&l.items[first[i].row])
		v = steady(l.order.kept[k], v)
		kept[k] = v
		first[i].key = numberKey(v, descending)
	}
	l.order.kept, l.order.next = kept, l.order.kept
	l.order.ranks.settleRun(first)
}

func (l *listing[K, T]) byText(m *Model, c *listColumn[T], descending bool) {
	o := &l.order
	o.ranks.keys = o.ranks.keys[:0]
	for i := range l.items {
		k := l.textOf(m, c, &l.items[i])
		o.ranks.keys = append(o.ranks.keys, k)
		o.ranks.rows = append(o.ranks.rows, ranked{k.prefix(descending), ref(i)})
	}
	o.ranks.sort()
	o.ranks.eachRun(func(run []ranked) {
		if run[0].key != unknownKey {
			o.ranks.settle(run, descending)
		}
	})
}

// textOf returns the place of an item among the texts of a column.
func (l *listing[K, T]) textOf(m *Model, c *listColumn[T], t *T) textKey {
	if c.order != nil {
		return c.order(m, t)
	}
	k := textKey{text: c.text(m, t), number: [2]uint64{l.birth(t)}}
	if k.text == "" {
		k.class = unknownClass
	}
	return k
}

// eachRun calls f for the rows of each key that several have.
func (o *orderer) eachRun(f func(run []ranked)) {
	for from := 0; from < len(o.rows); {
		to := from + 1
		for to < len(o.rows) && o.rows[to].key == o.rows[from].key {
			to++
		}
		if to-from > 1 {
			f(o.rows[from:to])
		}
		from = to
	}
}

// settleRun sorts some of the rows by their keys, where they are.
func (o *orderer) settleRun(run []ranked) {
	part := orderer{rows: run, spare: o.spare}
	part.sort()
	copy(run, part.rows)
}
