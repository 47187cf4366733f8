package widget

import "slices"

// Column is one column of a table.
type Column struct {
	Key, Title string
	Min        int  // columns of the screen that it needs to be worth its place
	Max        int  // that it can use; 0 for any number
	Weight     int  // its share of what is left over; 0 keeps it at Min
	Right      bool // its text stands at the right edge
	Middle     bool // of text that is too long the middle is left out
	Drop       int  // the order in which columns go on narrow panes, the lowest first; 0 never
}

// Placed is where a column is shown: W columns of the screen from X.
type Placed struct{ Column, X, W int }

// layout keeps the memory of places for the next time.
type layout struct{ placed []Placed }

// place gives columns their places within a width, from left to right with a space
// between them. Where there is too little for their minimums, columns go in the order of
// Drop, of equals the last; those that never go are narrowed. What is left over goes to
// dragged columns until they have the width that they were given, then to all by weight.
// The result depends on nothing but the arguments, and is valid until the next call.
func (l *layout) place(columns []Column, width int, dragged map[string]int) []Placed {
	width = max(0, width)
	all := l.placed[:0]
	for i := range columns {
		all = append(all, Placed{Column: i, W: minimum(&columns[i], dragged)})
	}
	for span(all) > width {
		i := leastWanted(all, columns)
		if i < 0 {
			break
		}
		all = slices.Delete(all, i, i+1)
	}
	all = narrow(all, width)
	rest := width - span(all)
	rest = giveDragged(all, columns, rest, dragged)
	giveByWeight(all, columns, rest, dragged)
	x := 0
	for i := range all {
		all[i].X = x
		x += all[i].W + 1
	}
	l.placed = all
	return all
}

// minimum returns the width that a column gets before there is anything left over: a
// person may narrow a column by hand, but widening one costs no other its place.
func minimum(c *Column, dragged map[string]int) int {
	least := max(1, c.Min)
	if w, ok := dragged[c.Key]; ok {
		return max(1, min(w, least))
	}
	return least
}

// span returns the columns of the screen that all take with the spaces between them.
func span(all []Placed) int {
	n := len(all) - 1
	for _, p := range all {
		n += p.W
	}
	return n
}

// leastWanted returns the place of the column that goes next, -1 where none may.
func leastWanted(all []Placed, columns []Column) int {
	found := -1
	for i, p := range all {
		drop := columns[p.Column].Drop
		if drop > 0 && (found < 0 || drop <= columns[all[found].Column].Drop) {
			found = i
		}
	}
	return found
}

// narrow takes from the widest columns until all have room. Where even one column of the
// screen is too much for each, the last ones go.
func narrow(all []Placed, width int) []Placed {
	for len(all) > 0 && 2*len(all)-1 > width {
		all = all[:len(all)-1]
	}
	for span(all) > width {
		widest := 0
		for i := range all {
			if all[i].W > all[widest].W {
				widest = i
			}
		}
		all[widest].W--
	}
	return all
}

// giveDragged widens columns to what they were dragged to, and returns what is left.
func giveDragged(all []Placed, columns []Column, rest int, dragged map[string]int) int {
	for i := range all {
		if w, ok := dragged[columns[all[i].Column].Key]; ok && w > all[i].W {
			more := min(rest, w-all[i].W)
			all[i].W += more
			rest -= more
		}
	}
	return rest
}

// giveByWeight shares what is left over among the columns that were not dragged.
func giveByWeight(all []Placed, columns []Column, rest int, dragged map[string]int) {
	for rest > 0 {
		weights := 0
		for i := range all {
			weights += weight(&columns[all[i].Column], all[i].W, dragged)
		}
		if weights == 0 {
			return
		}
		round := rest
		for i := range all {
			c := &columns[all[i].Column]
			w := weight(c, all[i].W, dragged)
			if w == 0 || rest == 0 {
				continue
			}
			more := min(rest, max(1, round*w/weights))
			if c.Max > 0 {
				more = min(more, c.Max-all[i].W)
			}
			all[i].W += more
			rest -= more
		}
	}
}

// weight returns a column's share of what is left over: none once it has all it can use.
func weight(c *Column, w int, dragged map[string]int) int {
	if _, ok := dragged[c.Key]; ok || c.Max > 0 && w >= c.Max {
		return 0
	}
	return max(0, c.Weight)
}
