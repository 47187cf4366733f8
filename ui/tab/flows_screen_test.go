package tab_test

import (
	"testing"

	"sockeye/internal/testkit/screen"
	"sockeye/track"
	"sockeye/ui/tab"
)

// flowsModel is a dashboard that shows the fixed flows.
func flowsModel(change func(m *tab.Model)) *tab.Model {
	source := screen.New()
	m := &tab.Model{
		Source: source, Naming: source.Naming(), Facts: source.Facts(), Now: screen.Now, Frame: 1,
		Snap: new(track.Snapshot), Past: screen.Past(), Prefs: tab.DefaultPrefs(), Theme: tab.RoleTheme,
		HoverX: -1, HoverY: -1, Send: func(tab.Request) {},
	}
	screen.Fill(m.Snap, screen.Rows(), screen.Now)
	m.Prefs.Sort[tab.FlowsTab] = tab.Sort{Column: "rate2", Descending: true}
	if change != nil {
		change(m)
	}
	return m
}

// Each picture shows the flows in another way; all are taken at the four sizes.
func TestFlowsPictures(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(m *tab.Model)
		act    []tab.Action
	}{
		{name: "flows"},
		{name: "flows-grouped", change: func(m *tab.Model) { m.Prefs.Group = tab.ByProcess }, act: []tab.Action{tab.DoFirst, tab.DoExpand}},
		{name: "flows-lines", change: func(m *tab.Model) { m.Prefs.LineMode = tab.TwoLines; m.Prefs.InlineSpark = true }, act: []tab.Action{tab.DoRowDown, tab.DoRowDown}},
	} {
		for _, size := range tab.ScreenSizes {
			m := flowsModel(c.change)
			f := tab.NewFlows()
			tab.DrawTab(f, m, size[0], size[1])
			for _, a := range c.act {
				f.Act(m, a)
			}
			tab.ComparePicture(t, c.name, tab.DrawTab(f, m, size[0], size[1]))
		}
	}
}
