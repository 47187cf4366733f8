package ui

import "testing"

// TestClearDeselects keeps Flows and Details from turning to a stranger, since what comes
// next gets the numbers of the flows that were forgotten.
func TestClearDeselects(t *testing.T) {
	s := newStage(t, 100, 24)
	s.press("j")
	if s.model.Selected == 0 {
		t.Fatal("j selects no flow")
	}
	s.press("X", "X")
	s.settle()
	if got := s.model.Selected; got != 0 {
		t.Errorf("got flow %d selected, want none", got)
	}
}
