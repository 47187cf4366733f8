package tab

import (
	"testing"

	"sockeye/track"
)

// TestLog has a Log keep what a list would, whatever the sizes of what is added.
func TestLog(t *testing.T) {
	var l Log
	var list []track.Event
	n := int64(0)
	for _, size := range []int{0, 1, 4998, 1, 1, 7, maxLog, maxLog + 3, 3*maxLog + 1, 1, 2500, 2499, 2501, 1} {
		var all []track.Event
		for range size {
			n++
			all = append(all, track.Event{Time: n})
		}
		l.Add(all)
		list = append(list, all...)
		got, want := l.All(), list[max(0, len(list)-maxLog):]
		if len(got) != len(want) || l.Gone() != uint64(len(list)-len(want)) {
			t.Fatalf("after %d events: got %d, and %d gone, want %d and %d", len(list), len(got), l.Gone(), len(want), len(list)-len(want))
		}
		for i := range got {
			if got[i].Time != want[i].Time {
				t.Fatalf("after %d events: event %d is number %d, want %d", len(list), i, got[i].Time, want[i].Time)
			}
		}
		if most := 2 * maxLog; len(l.events) > most {
			t.Fatalf("%d events are kept, want at most %d", len(l.events), most)
		}
	}
	c := l.Clone()
	l.Add([]track.Event{{Time: 1}})
	if last := c.All()[len(c.All())-1]; last.Time == 1 {
		t.Error("the copy changed")
	}
	l.Reset()
	if len(l.All()) != 0 || l.Gone() != 0 {
		t.Errorf("after Reset: %d events, %d gone", len(l.All()), l.Gone())
	}
}
