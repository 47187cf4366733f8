package tab

import (
	"fmt"
	"testing"

	"sockeye/track"
	"sockeye/track/query"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// BenchmarkFlows builds a frame from a snapshot: flows are searched, put in order and drawn
// at 200x60.
func BenchmarkFlows(b *testing.B) {
	fields := track.QueryFields(track.QueryNames{Host: kitNames{}.Host, Service: kitNames{}.Service})
	for _, n := range []int{1000, 100_000} {
		for _, c := range []struct {
			name, query string
			sort        string
			group       GroupBy
		}{
			{"created", "", "", Ungrouped},
			{"rate", "", "rate2", Ungrouped},
			{"rate query", "proto:tcp and host:example", "rate2", Ungrouped},
			{"word query", "example", "rate2", Ungrouped},
			{"process", "", "process", Ungrouped},
			{"remote", "", "remote", Ungrouped},
			{"application", "", "app", Ungrouped},
			{"rate by process", "", "rate2", ByProcess},
			{"rate by domain", "", "rate2", ByDomain},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, c.name), func(b *testing.B) {
				m := kitModel(manyRows(n))
				m.Prefs.Sort[FlowsTab] = Sort{c.sort, flowColumnOf(c.sort) != nil && flowColumnOf(c.sort).descendsFirst()}
				m.Prefs.Group = c.group
				q, err := query.Compile(c.query, fields, query.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if c.query != "" {
					m.Query = q
				}
				f, canvas := newFlows(), term.NewCanvas(200, 60)
				frame := func() {
					m.next()
					canvas.Clear(m.Style(theme.Text))
					f.Draw(canvas.Pane(), m)
				}
				for range 3 { // memory that is kept is there then
					frame()
				}
				b.ReportAllocs()
				for b.Loop() {
					frame()
				}
			})
		}
	}
}
