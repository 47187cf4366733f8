package tab

import (
	"cmp"
	"math"
	"strings"

	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// flowColumn is a column of the flows. Its widget.Column.Drop says in which order columns
// go where there is too little room: the curve first, then age, country, 40 s, service,
// local end, 10 s, RTT, protocol, total, state and direction; process, remote end,
// application and the rates of 2 s stay to the last.
type flowColumn struct {
	widget.Column
	name  string // for people, where Title is cut short
	apart bool   // not shown unless asked for
	role  theme.Role

	// Of a column of numbers. NaN is not known, and comes last in any order.
	number func(a *amounts, w ways) float64
	format func(m *Model, v float64) string
	jumpy  bool // rates: their order has hysteresis
	whole  bool // of the flow, not of one of its ways

	// Of a column of text: what a row says, and its place in the order.
	text  func(m *Model, r *track.Row) string
	sort  func(m *Model, r *track.Row) textKey
	below func(m *Model, r *track.Row) string // on the second line, if there is one
	finds []string                            // the fields of queries that it shows
}

// textKey is the place of a row among others of a column of text. Those of a lower class
// come first, then by text without regard to case, then by number.
type textKey struct {
	class  uint8
	text   string
	second string
	number [2]uint64
}

// unknownClass is the class of what is not known, which comes last in any order.
const unknownClass = math.MaxUint8

// wideClass is that of numbers of 128 bits. Those of others have 56 at most.
const wideClass = 2

const flowKeys = "flows." // begins the columns' keys in Prefs

// The columns of the flows, from left to right.
var flowColumns = []flowColumn{
	{
		Column: widget.Column{Key: flowKeys + "proto", Title: "Proto", Min: 5, Drop: 9}, name: "Protocol", role: theme.Muted,
		text:  func(_ *Model, r *track.Row) string { return protoText(r) },
		sort:  func(_ *Model, r *track.Row) textKey { return textKey{text: protoText(r)} },
		finds: []string{"proto"},
	},
	{
		Column: widget.Column{Key: flowKeys + "process", Title: "Process", Min: 12, Max: 28, Weight: 2}, role: theme.Process,
		text: processCell, sort: processOrder,
		below: processBelow,
		finds: []string{"process", "pid", "user", "container", "pod"},
	},
	{
		Column: widget.Column{Key: flowKeys + "local", Title: "Local", Min: 21, Max: 47, Weight: 1, Middle: true, Drop: 6}, role: theme.Local,
		text:  func(m *Model, r *track.Row) string { return endText(m, r, track.Sent) },
		sort:  func(m *Model, r *track.Row) textKey { return endOrder(m, r, track.Sent) },
		finds: []string{"src", "ip.addr", "ip.src", "ip.dst", "port", "sport"},
	},
	{
		Column: widget.Column{Key: flowKeys + "dir", Min: 1, Drop: 12}, name: "Direction", role: theme.Muted,
		text:  directionCell,
		sort:  func(_ *Model, r *track.Row) textKey { return textKey{number: [2]uint64{uint64(r.Class)}} },
		below: func(m *Model, _ *track.Row) string { return sign(m, "←") },
	},
	{
		Column: widget.Column{Key: flowKeys + "remote", Title: "Remote", Min: 18, Max: 60, Weight: 4, Middle: true}, role: theme.Remote,
		text:  func(m *Model, r *track.Row) string { return endText(m, r, track.Received) },
		sort:  func(m *Model, r *track.Row) textKey { return endOrder(m, r, track.Received) },
		below: remoteBelow,
		finds: []string{"host", "dst", "domain", "ip.addr", "ip.src", "ip.dst", "port", "dport"},
	},
	{
		Column: widget.Column{Key: flowKeys + "country", Title: "CC", Min: 2, Drop: 3}, name: "Country", role: theme.Muted,
		text:  countryText,
		sort:  func(m *Model, r *track.Row) textKey { return textKnown(countryText(m, r), "") },
		finds: []string{"country"},
	},
	{
		Column: widget.Column{Key: flowKeys + "service", Title: "Service", Min: 7, Max: 14, Weight: 1, Drop: 5}, role: theme.Service,
		text: serviceText, sort: serviceOrder,
		finds: []string{"service", "port", "sport", "dport"},
	},
	{
		Column: widget.Column{Key: flowKeys + "app", Title: "Application", Min: 11, Max: 50, Weight: 3}, role: theme.Service,
		text:  func(_ *Model, r *track.Row) string { return appText(r.App) },
		sort:  func(_ *Model, r *track.Row) textKey { return textKnown(appName(r.App), r.App.Subject()) },
		finds: []string{"app", "sni", "http.host"},
	},
	{
		Column: widget.Column{Key: flowKeys + "state", Title: "State", Min: 11, Max: 15, Weight: 1, Drop: 11},
		text:   func(_ *Model, r *track.Row) string { return stateText(r) },
		sort:   stateOrder,
		finds:  []string{"state", "reason"},
	},
	{
		Column: widget.Column{Key: flowKeys + "rtt", Title: "RTT", Min: 6, Right: true, Drop: 8}, whole: true,
		number: func(a *amounts, _ ways) float64 {
			if rtt := a.rtt(); rtt != 0 {
				return rtt.Seconds()
			}
			return math.NaN()
		},
		format: func(_ *Model, v float64) string { return widget.Duration(seconds(v)) },
	},
	{
		Column: widget.Column{Key: flowKeys + "sent", Title: "Sent", Min: 6, Right: true}, name: "Sent, 2 s", role: theme.Sent, jumpy: true,
		number: func(a *amounts, _ ways) float64 { return a.rateOver(0, onlySent) }, format: rateText,
	},
	{
		Column: widget.Column{Key: flowKeys + "received", Title: "Recv", Min: 6, Right: true}, name: "Received, 2 s", role: theme.Received, jumpy: true,
		number: func(a *amounts, _ ways) float64 { return a.rateOver(0, onlyReceived) }, format: rateText,
	},
	{
		Column: widget.Column{Key: flowKeys + "rate2", Title: "2s", Min: 6, Right: true}, name: "2 s", apart: true, role: theme.Rate2, jumpy: true,
		number: func(a *amounts, w ways) float64 { return a.rateOver(0, w) }, format: rateText,
	},
	{
		Column: widget.Column{Key: flowKeys + "rate10", Title: "10s", Min: 6, Right: true, Drop: 7}, name: "10 s", role: theme.Rate10, jumpy: true,
		number: func(a *amounts, w ways) float64 { return a.rateOver(1, w) }, format: rateText,
	},
	{
		Column: widget.Column{Key: flowKeys + "rate40", Title: "40s", Min: 6, Right: true, Drop: 4}, name: "40 s", role: theme.Rate40, jumpy: true,
		number: func(a *amounts, w ways) float64 { return a.rateOver(2, w) }, format: rateText,
	},
	{
		Column: widget.Column{Key: flowKeys + "total", Title: "Total", Min: 6, Right: true, Drop: 10}, role: theme.Both,
		number: func(a *amounts, w ways) float64 { return float64(a.total(w)) },
		format: func(_ *Model, v float64) string { return widget.Bytes(uint64(v)) },
	},
	{
		Column: widget.Column{Key: flowKeys + "age", Title: "Age", Min: 6, Right: true, Drop: 2}, role: theme.Muted, whole: true,
		number: func(a *amounts, _ ways) float64 { return a.age().Seconds() },
		format: func(_ *Model, v float64) string { return widget.Duration(seconds(v)) },
	},
	{
		Column: widget.Column{Key: flowKeys + sparkColumn, Title: "Last 40 s", Min: 10, Max: SparkSeconds, Weight: 1, Drop: 1}, role: theme.Both,
	},
}

const sparkColumn = "spark"

// id is the column's name in Prefs.Sort, and in exports.
func (c *flowColumn) id() string { return strings.TrimPrefix(c.Key, flowKeys) }

// label is the column's name for people.
func (c *flowColumn) label() string { return cmp.Or(c.name, c.Title) }

// sortable reports whether rows can be put in the column's order.
func (c *flowColumn) sortable() bool { return c.number != nil || c.sort != nil }

// descendsFirst reports whether the column's first order is from the highest down:
// numbers are, texts are not.
func (c *flowColumn) descendsFirst() bool { return c.number != nil }

// flowColumnOf returns the column with a name, nil for none.
func flowColumnOf(id string) *flowColumn {
	for i := range flowColumns {
		if c := &flowColumns[i]; c.id() == id {
			return c
		}
	}
	return nil
}

// shown reports whether a column is wanted, be there room for it or not. With a line for
// each way there is one column of rates over 2 s, as each line is about its own way.
func (c *flowColumn) shown(p *Prefs) bool {
	want := !c.apart
	switch c.id() {
	case "sent":
		want = p.LineMode == OneLine || p.LineMode == SentOnly
	case "received":
		want = p.LineMode == OneLine || p.LineMode == ReceivedOnly
	case "rate2":
		want = p.LineMode == TwoLines
	}
	if chosen, ok := p.Columns[c.Key]; ok {
		want = chosen
	}
	return want && (c.id() != "process" || p.ProcessColumn)
}
