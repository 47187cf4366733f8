package proc

import (
	"testing"
	"time"
)

func TestLookPace(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	l := lookPace{share: 0.01, left: lookSaved, at: start}
	for _, tt := range []struct {
		name       string
		at         time.Duration // since the start
		took, rest time.Duration
	}{
		{"what was saved", 0, lookSaved, 0},
		{"more", 0, 50 * time.Millisecond, 5 * time.Second},
		{"after that rest", 5 * time.Second, 0, 0},
		{"as much again", 5 * time.Second, 50 * time.Millisecond, 5 * time.Second},
		{"a long pause later", time.Hour, lookSaved, 0},
		{"which saved no more than that", time.Hour, time.Millisecond, 100 * time.Millisecond},
	} {
		if got := l.after(tt.took, start.Add(tt.at)); (got - tt.rest).Abs() > time.Microsecond {
			t.Errorf("%s: got a rest of %v want %v", tt.name, got, tt.rest)
		}
	}
}
