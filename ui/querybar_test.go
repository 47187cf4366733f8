package ui

import (
	"slices"
	"testing"
)

func TestPortIsOfferedLooselyAsItIsTyped(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("/")
	s.typed("proto:tcp port:44")
	s.shows("Tab: port:~44, also those that have 44 in them", "0 of 11 flows")
	s.press("tab")
	s.shows("/proto:tcp port:~44")
	s.hides("Tab: ")
	if s.model.Hits == 0 {
		t.Errorf("port:~44 finds nothing:\n%s", s.text())
	}
	s.press("esc", "/")
	s.typed("process:44")
	s.hides("Tab: ") // finds what contains it anyway
}

func TestQueriesAreRememberedOverARestart(t *testing.T) {
	s := newStage(t, 120, 30)
	s.press("/")
	s.typed("process:curl")
	s.press("enter", "0")
	s.settle()
	kept, _ := s.disk.saved["query_history"].([]string)
	if want := []string{"process:curl"}; !slices.Equal(kept, want) {
		t.Fatalf("kept %q, want %q", kept, want)
	}
	next := newStage(t, 120, 30, func(o *Options) { o.Prefs.History = kept })
	next.press("/", "ctrl-p")
	next.shows("/process:curl")
}
