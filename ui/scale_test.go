package ui

import (
	"testing"

	"sockeye/config"
)

func TestScaleEndIsSetOnTheScreen(t *testing.T) {
	s := newStage(t, 120, 40)
	s.press("L", "B") // linear, bytes
	s.press("E")
	s.typed("40MB")
	s.press("enter")
	s.shows("bars end at 40.0MB/s", "40.0MB│")
	s.settle()
	if got := s.disk.saved["scale_max"]; got != config.Amount(40e6) {
		t.Errorf("saved %v, want 40MB", got)
	}
	s.press("E", "ctrl-u")
	s.typed("fast")
	s.press("enter") // stays open, and says why
	s.shows("bars end at (bytes/s): fast")
	s.press("ctrl-u", "enter")
	s.shows("bars follow the traffic")
	s.hides("40.0MB│")
}
