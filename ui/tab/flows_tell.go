package tab

import (
	"encoding/json"
	"strings"
	"time"

	"sockeye/track"
	"sockeye/ui/widget"
)

// Tip implements Tab: what there is to know of a flow at a glance.
func (f *flowsTab) Tip(m *Model, x, y int) func(*Model) *Tip {
	f.update(m)
	line, ok := f.table.RowAt(y - f.body.Y)
	if !ok || y-f.body.Y < 1 || x < 0 {
		return nil
	}
	item := f.list.items[line]
	if item.row < 0 {
		key := f.list.groups[item.group].key
		return func(m *Model) *Tip { return f.groupTip(m, key) }
	}
	id := f.list.row(item.row).ID
	return func(m *Model) *Tip { return f.flowTip(m, id) }
}

// flowTip words a flow as it is now, nil where it has left.
func (f *flowsTab) flowTip(m *Model, id uint64) *Tip {
	f.update(m)
	n, ok := f.list.refOf(id)
	if !ok {
		return nil
	}
	r := f.list.row(n)
	a := amountsOf(r, f.list.now)
	t := &Tip{Title: protoText(r) + " " + wayText(r)}
	t.Lines = []TipLine{
		{"Local", endText(m, r, track.Sent)},
		{"Remote", endText(m, r, track.Received)},
		{"Address", addressText(r, &r.Remote)},
		{"Process", ownerText(ownerOf(r))},
		{"Application", appText(r.App)},
		{"State", stateText(r)},
		{},
	}
	t.Lines = append(t.Lines, amountLines(m, &a)...)
	var spark sparks
	spark.ask(m, []uint64{id})
	values, _ := spark.rates(id, bothWays)
	t.Spark = append(t.Spark, values...)
	return t
}

// groupTip words a group as it is now, nil where it is gone.
func (f *flowsTab) groupTip(m *Model, key groupKey) *Tip {
	f.update(m)
	n, ok := f.list.byKey[key]
	if !ok || int(n) >= len(f.list.groups) {
		return nil
	}
	g := &f.list.groups[n]
	t := &Tip{Title: f.list.groupLabel(m, g), Lines: []TipLine{{"Flows", widget.Count(uint64(g.flows))}, {}}}
	t.Lines = append(t.Lines, amountLines(m, &g.amounts)...)
	return t
}

// amountLines words rates and totals: sent, received and both.
func amountLines(m *Model, a *amounts) []TipLine {
	three := func(value func(w ways) string) string {
		return sign(m, "↑") + value(onlySent) + "  " + sign(m, "↓") + value(onlyReceived) + "  =" + value(bothWays)
	}
	var lines []TipLine
	for k, window := range track.Windows {
		lines = append(lines, TipLine{window.String(), three(func(w ways) string { return rateText(m, a.rateOver(k, w)) })})
	}
	return append(lines,
		TipLine{"Total", three(func(w ways) string { return widget.Bytes(a.total(w)) })},
		TipLine{"Age", widget.Duration(a.age())},
	)
}

// Copy implements Tab. The remote end is copied as address and port, which other programs
// understand; the row has the name, too.
func (f *flowsTab) Copy(m *Model, remote bool) string {
	f.update(m)
	r := f.selected(m)
	if r == nil {
		return ""
	}
	if remote {
		return plainEnd(r, track.Received)
	}
	parts := []string{protoText(r), plainEnd(r, track.Sent), wayMark(r), plainEnd(r, track.Received)}
	for _, s := range []string{remoteName(m, r), ownerText(ownerOf(r)), appText(r.App), stateText(r)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// plainEnd returns an end without names: "192.0.2.1:443", "[2001:db8::1]:443", or the
// address alone where there is no port.
func plainEnd(r *track.Row, way int) string {
	m := Model{Prefs: &Prefs{Ports: true}}
	return endText(&m, r, way)
}

// Sheet implements Tab: a row for each flow, whether its group is open or not.
func (f *flowsTab) Sheet(m *Model) *Sheet {
	f.update(m)
	s := &Sheet{Name: "flows", Objects: func() ([]byte, error) { return f.objects(m) }}
	var columns []*flowColumn
	for i := range flowColumns {
		if c := &flowColumns[i]; c.sortable() {
			columns = append(columns, c)
			s.Columns = append(s.Columns, c.label())
		}
	}
	for _, x := range f.list.rows {
		r, a := f.list.row(x.row), f.amounts(x.row)
		var cells []string
		for _, c := range columns {
			if c.number == nil {
				cells = append(cells, c.text(m, r))
			} else {
				cells = append(cells, c.numberCell(m, a, bothWays).Text)
			}
		}
		s.Rows = append(s.Rows, cells)
	}
	return s
}

// flowObject is a flow in an export, with the names that records have.
type flowObject struct {
	ID          uint64    `json:"id"`
	Proto       string    `json:"proto"`
	Direction   string    `json:"direction"`
	Process     string    `json:"process,omitempty"`
	PID         int32     `json:"pid,omitempty"`
	Local       string    `json:"local"`
	Remote      string    `json:"remote"`
	Name        string    `json:"name,omitempty"`
	Country     string    `json:"country,omitempty"`
	Service     string    `json:"service,omitempty"`
	Application string    `json:"app,omitempty"`
	Subject     string    `json:"subject,omitempty"`
	State       string    `json:"state,omitempty"`
	Closed      string    `json:"close_reason,omitempty"`
	RTT         float64   `json:"rtt_ms,omitempty"`
	Sent        uint64    `json:"bytes_sent"`
	Received    uint64    `json:"bytes_received"`
	Sent2       float64   `json:"sent_2s"` // bytes/s
	Sent10      float64   `json:"sent_10s"`
	Sent40      float64   `json:"sent_40s"`
	Received2   float64   `json:"received_2s"` // bytes/s
	Received10  float64   `json:"received_10s"`
	Received40  float64   `json:"received_40s"`
	First       time.Time `json:"first"`
	Last        time.Time `json:"last"`
}

func (f *flowsTab) objects(m *Model) ([]byte, error) {
	f.update(m)
	all := make([]flowObject, 0, len(f.list.rows))
	for _, x := range f.list.rows {
		all = append(all, objectOf(m, f.list.row(x.row)))
	}
	return json.MarshalIndent(all, "", "  ")
}

func objectOf(m *Model, r *track.Row) flowObject {
	const sent, received = track.Sent, track.Received
	out := flowObject{
		ID: r.ID, Proto: protoText(r), Direction: classTexts[r.Class],
		Local: plainEnd(r, sent), Remote: plainEnd(r, received), Name: remoteName(m, r),
		Country: countryText(m, r), Service: serviceText(m, r), Application: appName(r.App), Subject: r.App.Subject(),
		State: r.State[0].String(), Closed: r.Closed.String(), RTT: float64(rttOf(r)) / float64(time.Millisecond),
		Sent: r.Count[sent].Bytes, Received: r.Count[received].Bytes,
		Sent2: r.Rate[0][sent].Bytes, Sent10: r.Rate[1][sent].Bytes, Sent40: r.Rate[2][sent].Bytes,
		Received2: r.Rate[0][received].Bytes, Received10: r.Rate[1][received].Bytes, Received40: r.Rate[2][received].Bytes,
		First: time.Unix(0, r.First).UTC(), Last: time.Unix(0, r.Last).UTC(),
	}
	if p := ownerOf(r).Process; p != nil {
		out.Process, out.PID = processName(p), p.PID
	}
	return out
}
