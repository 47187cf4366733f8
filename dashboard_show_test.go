package main

import (
	"testing"
	"time"

	"sockeye/capture"
	"sockeye/track"
)

func TestFarewell(t *testing.T) {
	s := &track.Snapshot{Start: 1, Time: 1 + int64(90*time.Second), Flows: make([]track.Row, 1)}
	s.Totals.All = track.Count{Packets: 1234, Bytes: 5_600_000}
	s.Totals.Own.Count[track.Sent].Bytes, s.Totals.Own.Count[track.Received].Bytes = 999, 5_599_001
	s.Totals.Other.Flows = 41
	all := []capture.InterfaceStatus{{Name: "any"}, {Name: "eth0", Through: "any", Stats: capture.Stats{Dropped: 7}}}
	const counted = "1m30s: 1234 packets, 5.6 MB; 999 B sent, 5.6 MB received; 42 flows"
	if got := farewellText(s, all); got != counted {
		t.Errorf("got %q, want %q", got, counted)
	}
	all[0].Stats.Dropped, s.Losses.Handoff = 7, 1
	if got, want := farewellText(s, all), counted+"; 8 packets were lost"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDecimalBytes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 1 << 63: "9.2 EB"} {
		if got := decimalBytes(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
