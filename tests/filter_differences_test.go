package tests

import (
	"slices"
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

// A filterDifference is where we do not follow a table, on purpose. The
// documentation of parse/filter has the reasons, too.
type filterDifference struct {
	reason string
	table  filterTable
	where  []string // link types or files; none for all
	exprs  []string
}

var filterDifferences = []filterDifference{
	{
		reason: "the reserved bits of an IS-IS PDU type do not count, as in libpcap's git",
		table:  inExpressions,
		exprs: []string{"l1", "l2", "iih", "csnp", "isis proto 16", "isis proto 0x1a or 0x1b", "isis proto 0x11 or 0x0f or 0x10",
			"isis proto 0x1b or 0x1a or 0x18 or 0x19"},
	},
	{
		reason: "git knows these EtherTypes, and its optimiser finds that no packet has them",
		table:  inExpressions,
		where:  []string{"RAW", "NULL"},
		exprs:  []string{"ether proto lldp", "ether proto slow"},
	},
	{
		reason: "the byte order of the address family is that of the file, Options.Swapped",
		table:  inPrograms,
		where:  []string{"NULL"},
		exprs:  []string{`link proto \ip6`},
	},
	{
		reason: "only BSDs have this link type, so it has none of Linux's address families",
		table:  inPrograms,
		where:  []string{"LOOP"},
		exprs:  []string{`link proto \ip6`},
	},
	{
		reason: "tcpdump -r gives a netmask of 0",
		table:  inRefusals,
		where:  []string{"EN10MB"},
		exprs:  []string{"ip broadcast"},
	},
	{
		reason: "protochain is unrolled",
		table:  inRefusals,
		where:  []string{"EN10MB"},
		exprs:  []string{"protochain 17"},
	},
}

// A filterList is the list of differences of one table, at work.
type filterList struct {
	t     *testing.T
	table filterTable
	met   map[string]bool // reasons
}

func newFilterList(t *testing.T, table filterTable) *filterList {
	return &filterList{t: t, table: table, met: map[string]bool{}}
}

// differs reports a difference that is not listed.
func (l *filterList) differs(where, expr, what string) {
	l.t.Helper()
	for _, d := range filterDifferences {
		if d.table == l.table && slices.Contains(d.exprs, expr) && (len(d.where) == 0 || slices.Contains(d.where, where)) {
			l.met[d.reason] = true
			return
		}
	}
	l.t.Errorf("%s: %s: %s", where, expr, what)
}

// end reports the reasons that nothing differs for.
func (l *filterList) end() {
	l.t.Helper()
	for _, d := range filterDifferences {
		if d.table == l.table && !l.met[d.reason] {
			l.t.Errorf("nothing differs because %s", d.reason)
		}
	}
}
