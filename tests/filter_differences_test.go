package tests

import (
	"testing"
)

// A filterTable is one of the tables of the corpora.
type filterTable string

const (
	inExpressions filterTable = "expressions"
	inMatches     filterTable = "matches"
	inPrograms    filterTable = "testrun_accept"
	inRefusals    filterTable = "testrun_reject"
	inApplied     filterTable = "testrun_apply"
)

// A filterDifference is where we do not follow the tables, on purpose. The
// reasons are in the documentation of parse/filter, too.
type filterDifference struct {
	reason string
	table  filterTable
	where  []string // link types or files
	exprs  []string
}

var filterDifferences = []filterDifference{}

// A filterList is the list of differences of one table, at work.
type filterList struct {
	t      *testing.T
	table  filterTable
	unmet  map[string]string // "where expr" to the reason
	listed map[string]bool
}

func newFilterList(t *testing.T, table filterTable) *filterList {
	l := &filterList{t: t, table: table, unmet: map[string]string{}, listed: map[string]bool{}}
	for _, d := range filterDifferences {
		if d.table != table {
			continue
		}
		for _, expr := range d.exprs {
			for _, where := range d.where {
				at := where + ": " + expr
				l.unmet[at], l.listed[at] = d.reason, true
			}
		}
	}
	return l
}

// differs reports a difference that is not listed.
func (l *filterList) differs(where, expr, what string) {
	l.t.Helper()
	at := where + ": " + expr
	if l.listed[at] {
		delete(l.unmet, at)
		return
	}
	l.t.Errorf("%s: %s", at, what)
}

// end reports what is listed and does not differ.
func (l *filterList) end() {
	l.t.Helper()
	for _, at := range sorted(l.unmet) {
		l.t.Errorf("%s: is listed as different (%s), and is not", at, l.unmet[at])
	}
}
