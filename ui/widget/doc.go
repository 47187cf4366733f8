// Package widget holds the parts that the dashboard's screens are made of: tables, charts,
// cards, lists, an input line, boxes. Each draws on a term.Pane what it is given, in the
// roles of a theme, and keeps nothing but its place: what is selected, what is scrolled
// to. Every widget draws in any pane, down to one without a cell, and writes nothing
// outside of it.
package widget
