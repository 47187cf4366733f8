package tab

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sockeye/track"
)

// valuesOf returns a number of the rows in the order in which they are shown.
func valuesOf(f *flowsTab, m *Model, column string) []float64 {
	f.update(m)
	c := flowColumnOf(column)
	var all []float64
	for _, i := range f.list.items {
		a := amountsOf(f.list.row(i.row), f.list.now)
		all = append(all, c.number(&a, bothWays))
	}
	return all
}

// Whatever rates do, no row is above one whose rate is more than 10 % higher.
func TestFlowsOrderIsNeverWrongByMoreThanSlack(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	m := kitModel(manyRows(500))
	m.Prefs.Sort[FlowsTab] = Sort{"rate2", true}
	f := newFlows()
	for range 50 {
		for i := range m.Snap.Flows {
			r := &m.Snap.Flows[i]
			change := 0.9 + 0.2*random.Float64()
			setRates(r, r.Rate[0][track.Sent].Bytes*change, r.Rate[0][track.Received].Bytes*change)
			if random.IntN(50) == 0 {
				setRates(r, random.Float64()*1e6, 0)
			}
		}
		m.next()
		rates := valuesOf(f, m, "rate2")
		highest := math.Inf(1)
		for i, v := range rates {
			if v > highest*1.1*(1+1e-9) {
				t.Fatalf("row %d has %v B/s, a row above it %v", i, v, highest)
			}
			highest = min(highest, v)
		}
		if len(rates) != len(m.Snap.Flows) {
			t.Fatalf("got %d rows, want %d", len(rates), len(m.Snap.Flows))
		}
	}
}

// Rates that tremble by less than the slack move no row.
func TestFlowsOrderDoesNotTremble(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	m := kitModel(manyRows(300))
	m.Prefs.Sort[FlowsTab] = Sort{"rate2", true}
	f := newFlows()
	want := shownIDs(f, m)
	base := slices.Clone(m.Snap.Flows)
	for range 20 {
		for i := range m.Snap.Flows {
			change := 1 + 0.04*(2*random.Float64()-1)
			setRates(&m.Snap.Flows[i], base[i].Rate[0][track.Sent].Bytes*change, base[i].Rate[0][track.Received].Bytes*change)
		}
		m.next()
		if got := shownIDs(f, m); !slices.Equal(got, want) {
			t.Fatal("rows moved")
		}
	}
}

// A flow that falls silent goes down at once, and one that gets loud goes up.
func TestFlowsOrderFollowsRealChanges(t *testing.T) {
	m := kitModel(manyRows(4))
	for i := range m.Snap.Flows {
		setRates(&m.Snap.Flows[i], float64(1000*(4-i)), 0)
	}
	m.Prefs.Sort[FlowsTab] = Sort{"rate2", true}
	f := newFlows()
	for _, step := range []struct {
		flow int
		rate float64
		want []uint64
	}{
		{0, 4000, []uint64{1, 2, 3, 4}},
		{0, 0, []uint64{2, 3, 4, 1}},
		{3, 9000, []uint64{4, 2, 3, 1}},
		{2, 3050, []uint64{4, 3, 2, 1}},
		{1, 3120, []uint64{4, 3, 2, 1}}, // no more than it had, nearly
		{1, 3500, []uint64{4, 2, 3, 1}},
	} {
		setRates(&m.Snap.Flows[step.flow], step.rate, 0)
		m.next()
		if got := shownIDs(f, m); !slices.Equal(got, step.want) {
			t.Errorf("flow %d at %v B/s: got %v, want %v", step.flow+1, step.rate, got, step.want)
		}
	}
}

// Every column orders its rows both ways; what is not known comes last.
func TestFlowsOrderOfEachColumn(t *testing.T) {
	for i := range flowColumns {
		c := &flowColumns[i]
		if !c.sortable() {
			continue
		}
		for _, descending := range []bool{false, true} {
			m := kitModel(manyRows(3000))
			for j := range m.Snap.Flows {
				r := &m.Snap.Flows[j]
				r.Class = track.Class(j % 4)
				if j%3 == 0 {
					r.Health.RTT[track.Sent] = 1000 * (1 + track.Windows[0]/1e6)
				}
				if j%11 == 0 {
					r.Closed, r.Ended = track.Reason(1+j%5), kitNow
				}
			}
			m.Prefs.Sort[FlowsTab] = Sort{c.id(), descending}
			f := newFlows()
			f.update(m)
			checkOrder(t, f, m, c, descending)
		}
	}
}

// checkOrder compares neighbours.
func checkOrder(t *testing.T, f *flowsTab, m *Model, c *flowColumn, descending bool) {
	t.Helper()
	seen := map[uint64]bool{}
	for i := range f.list.items {
		row := f.list.row(f.list.items[i].row)
		seen[row.ID] = true
		if i == 0 {
			continue
		}
		before := f.list.row(f.list.items[i-1].row)
		way, known := compareBy(f, m, c, before, row)
		if known && descending {
			way = -way
		}
		if way > 0 || way == 0 && before.ID > row.ID {
			t.Fatalf("%s, descending %v: flow %d stands before %d", c.id(), descending, before.ID, row.ID)
		}
	}
	if len(seen) != len(m.Snap.Flows) {
		t.Fatalf("%s: %d flows are shown of %d", c.id(), len(seen), len(m.Snap.Flows))
	}
}

// compareBy compares rows without the shortcuts of the order. known is not set where one
// of them is not known: it comes last in any direction.
func compareBy(f *flowsTab, m *Model, c *flowColumn, a, b *track.Row) (way int, known bool) {
	if c.number != nil {
		x, y := amountsOf(a, f.list.now), amountsOf(b, f.list.now)
		v, w := c.number(&x, bothWays), c.number(&y, bothWays)
		switch {
		case math.IsNaN(v) && math.IsNaN(w):
			return 0, false
		case math.IsNaN(v):
			return 1, false
		case math.IsNaN(w):
			return -1, false
		case v < w:
			return -1, true
		case v > w:
			return 1, true
		}
		return 0, true
	}
	x, y := c.sort(m, a), c.sort(m, b)
	if x.class == unknownClass || y.class == unknownClass {
		return int(x.class) - int(y.class), x.class == y.class
	}
	return x.compare(&y), true
}

// The radix sort is compared with the plain one.
func TestFlowsSort(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{0, 1, 2, 127, 128, 129, 5000} {
		var o orderer
		for i := range n {
			key := random.Uint64()
			switch i % 3 {
			case 0:
				key %= 5
			case 1:
				key = unknownKey
			}
			o.rows = append(o.rows, ranked{key, ref(i)})
		}
		want := slices.Clone(o.rows)
		slices.SortStableFunc(want, func(a, b ranked) int {
			switch {
			case a.key < b.key:
				return -1
			case a.key > b.key:
				return 1
			}
			return 0
		})
		o.sort()
		if !slices.Equal(o.rows, want) {
			t.Errorf("%d rows are in the wrong order", n)
		}
	}
}

// s goes from left to right over what is shown, then back to the order of coming.
func TestFlowsSortGoesThroughTheColumns(t *testing.T) {
	m := kitModel(manyRows(10))
	m.Prefs.Sort[FlowsTab] = Sort{}
	m.Prefs.Columns = map[string]bool{"flows.state": false}
	f := newFlows()
	var got []string
	for range 40 {
		f.Act(m, DoSortNext)
		by := m.Prefs.Sort[FlowsTab]
		if by.Column == "" {
			break
		}
		if c := flowColumnOf(by.Column); by.Descending != (c.number != nil) {
			t.Errorf("%s begins descending: %v", by.Column, by.Descending)
		}
		got = append(got, by.Column)
	}
	want := []string{"proto", "process", "local", "dir", "remote", "country", "service", "app", "rtt", "sent", "received", "rate10", "rate40", "total", "age"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
