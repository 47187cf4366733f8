package ui

import "testing"

func TestSidePanelStandsBesideRows(t *testing.T) {
	s := newStage(t, 160, 40)
	s.hides("In all", "Busiest processes")
	s.press("I")
	s.shows("In all", "Busiest processes", "Flows", "In the table 11", "firefox 2001", "dropped by the kernel")
	s.press("f6")
	s.hides("Busiest processes") // Graphs has that itself
	s.press("f3")
	s.shows("Busiest processes")
	small := newStage(t, 110, 40, func(o *Options) { o.Prefs.SidePanel = true })
	small.hides("Busiest processes")
	small.shows("Flows")
}
