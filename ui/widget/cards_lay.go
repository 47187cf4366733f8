package widget

import (
	"strings"

	"sockeye/ui/term"
)

// mostValueLines is how many lines of a value are shown: one that came from outside may
// be of any length.
const mostValueLines = 6

// lay gives every card its place: each goes below the others in the column that is the
// shortest by then. The cards keep their order as far as that lets them.
func (c *Cards) lay(width int) {
	c.places = c.places[:0]
	c.lines = 0
	if width < 1 {
		return
	}
	least := c.Width
	if least <= 0 {
		least = cardWidth
	}
	n := max(1, min((width+2)/(least+2), mostColumns, len(c.Cards)))
	w := (width - 2*(n-1)) / n
	if w < 1 {
		n, w = 1, width
	}
	var heights [mostColumns]int
	index := 0
	for i := range c.Cards {
		column := 0
		for k := range n {
			if heights[k] < heights[column] {
				column = k
			}
		}
		y := heights[column]
		if y > 0 {
			y++ // a line between two cards
		}
		heights[column] = c.layCard(i, index, column*(w+2), y, w)
		c.lines = max(c.lines, heights[column])
		index += len(c.Cards[i].Facts)
	}
}

// layCard lays a card from x, y on, and returns the line below it.
func (c *Cards) layCard(card, index, x, y, w int) int {
	if c.Cards[card].Title != "" {
		c.places = append(c.places, place{card: card, fact: -1, area: term.Rect{X: x, Y: y, W: w, H: 1}})
		y++
	}
	facts := c.Cards[card].Facts
	label := labelWidth(facts, w)
	room := w - label
	if label > 0 {
		room--
	}
	for i := range facts {
		value := valueLines(facts[i].Value, room)
		h := max(1, len(value))
		c.places = append(c.places, place{
			card: card, fact: i, index: index + i, label: label, value: value,
			area: term.Rect{X: x, Y: y, W: w, H: h},
		})
		y += h
	}
	return y
}

// labelWidth returns the columns that the labels of a card take: at most two fifths.
func labelWidth(facts []Fact, w int) int {
	widest := 0
	for i := range facts {
		widest = max(widest, term.Width(facts[i].Label))
	}
	return min(widest, w*2/5)
}

// valueLines breaks a value into the lines that are shown of it. The last one is cut by
// whoever draws it.
func valueLines(s string, width int) []string {
	if width < 1 {
		return nil
	}
	lines := make([]string, 0, 1)
	for len(lines) < mostValueLines-1 && !fits(s, width) {
		at := breakAt(s, width)
		lines = append(lines, s[:at])
		s = strings.TrimLeft(s[at:], " ")
	}
	if s != "" {
		lines = append(lines, s)
	}
	return lines
}
