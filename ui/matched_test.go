package ui

import (
	"testing"
	"time"

	"sockeye/capture"
	"sockeye/internal/testkit/screen"
	"sockeye/ui/term"
)

func TestFilterSegmentCountsWhatItMatches(t *testing.T) {
	s := newStage(t, 160, 40)
	carry := func(filter string, packets uint64) {
		s.source.Change(func(s *screen.Source) {
			s.State.Filter = filter
			s.Devices = []capture.InterfaceStatus{
				{Name: "any", Packets: packets}, {Name: "eth0", Through: "any", Packets: packets},
			}
		})
		s.clock.move(time.Minute)
		s.refresh()
	}
	tell := func(want ...string) {
		t.Helper()
		x, y := s.find("filter")
		s.click(term.RightButton, x, y)
		s.shows(want...)
		s.press("esc")
	}
	carry("", 1000)
	tell("none: all packets", "packets in all        1000")
	carry("udp port 53", 1200)
	carry("udp port 53", 1234)
	tell("udp port 53", "matched               34", "since                 03:06:05", "packets in all        1234")
}
