package ui

import (
	"testing"

	"sockeye/ui/tab"
)

func TestEscGoesBackTheWay(t *testing.T) {
	s := newStage(t, 120, 30)
	at := func(place, steps int) {
		t.Helper()
		if s.model.Tab != place || len(s.model.Drill) != steps {
			t.Fatalf("got tab %d, %d steps want %d, %d", s.model.Tab, len(s.model.Drill), place, steps)
		}
	}
	drill := func() {
		s.press("f2")
		s.request(tab.Request{Tab: tab.FlowsTab, Drill: &tab.Step{By: "process", Label: "curl"}})
		s.press("g")
		s.request(tab.Request{Tab: tab.DetailsTab})
		at(tab.DetailsTab, 1)
	}

	drill()
	s.press("esc")
	at(tab.FlowsTab, 1)
	s.press("esc")
	at(tab.ProcessesTab, 0)
	s.press("esc")
	at(tab.ProcessesTab, 0)

	drill()
	s.press("f3") // a person goes elsewhere, and stays there
	at(tab.HostsTab, 1)
	s.press("esc")
	at(tab.HostsTab, 0)
	s.press("esc")
	at(tab.HostsTab, 0)

	drill()
	s.press("R")
	s.press("esc")
	at(tab.DetailsTab, 0)
}
