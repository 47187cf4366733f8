package tab_test

import (
	"testing"

	"sockeye/internal/testkit/screen"
	"sockeye/track"
	"sockeye/ui/tab"
)

// sumsModel is a dashboard of the fixed flows, which are added up in each way.
func sumsModel(change func(m *tab.Model)) *tab.Model {
	return flowsModel(func(m *tab.Model) {
		regroup(m, screen.Rows())
		m.Neighbors = screen.New().Neighbors(nil)
		if change != nil {
			change(m)
		}
	})
}

// regroup gives the model a snapshot of rows.
func regroup(m *tab.Model, rows []track.Row) {
	var by []*track.Grouping
	for _, g := range []track.GroupBy{
		track.GroupHost, track.GroupProcess, track.GroupContainer, track.GroupUser, track.GroupUnit, track.GroupPackage,
	} {
		by = append(by, track.NewGrouping(g, nil))
	}
	m.Snap = track.NewSnapshot(by...)
	screen.Fill(m.Snap, rows, screen.Now)
	m.Frame++
}

func TestProcessesPictures(t *testing.T) {
	for _, size := range tab.ScreenSizes {
		m, p := sumsModel(nil), tab.NewProcesses()
		tab.DrawTab(p, m, size[0], size[1])
		p.Act(m, tab.DoRowDown)
		tab.ComparePicture(t, "processes", tab.DrawTab(p, m, size[0], size[1]))
	}
}
