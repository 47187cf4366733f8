package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// table prints the results of a part: a heading, aligned rows, notes.
type table struct {
	w    io.Writer
	rows *tabwriter.Writer
}

// begin starts a part under a title, with the names of its columns.
func (t *table) begin(title string, columns ...string) {
	fmt.Fprintf(t.w, "\n%s\n", title)
	t.rows = tabwriter.NewWriter(t.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	t.row(columns...)
}

// row adds a row; it is printed by flush.
func (t *table) row(cells ...string) {
	fmt.Fprintln(t.rows, strings.Join(cells, "\t")+"\t")
}

func (t *table) flush() { t.rows.Flush() }

// note prints a line below the rows.
func (t *table) note(format string, args ...any) {
	fmt.Fprintf(t.w, "  "+format+"\n", args...)
}

// median returns the middle of the values, or the mean of the middle two.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// verdict compares a figure with a goal that it may not exceed; no goal is 0.
func verdict[T cmp.Ordered](got, goal T, text string) string {
	var none T
	switch {
	case goal == none:
		return ""
	case got <= goal:
		return text + " met"
	default:
		return text + " MISSED"
	}
}

// times prints a ratio.
func times(a, b float64) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f x", a/b)
}

// count prints a number of packets or flows in a short form.
func count(n uint64) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%d M", n/1_000_000)
	case n >= 1_000 && n%1_000 == 0:
		return fmt.Sprintf("%d k", n/1_000)
	default:
		return fmt.Sprint(n)
	}
}
