package proc

import (
	"strings"
	"testing"
)

// lossyWatcher is a Watcher that has lost something.
type lossyWatcher struct {
	*fakeWatcher
	stats WatcherStats
}

func (w *lossyWatcher) Stats() WatcherStats { return w.stats }

func TestTellLosses(t *testing.T) {
	for _, c := range []struct {
		name    string
		watcher WatcherStats
		full    uint64 // sockets for which the Attributor had no room
		want    []string
	}{
		{"nothing", WatcherStats{Events: 9}, 0, nil},
		{"the table is full", WatcherStats{}, 3, []string{"5 sockets at a time"}},
		{"the kernel is full", WatcherStats{Full: 1}, 0, []string{"no room to keep"}},
		{"events are lost", WatcherStats{Lost: 1}, 0, []string{"events came faster"}},
		{"all of it", WatcherStats{Lost: 1, Full: 1}, 1, []string{"5 sockets at a time", "no room to keep", "events came faster"}},
	} {
		var got []string
		a := assemble(Config{
			Watcher: &lossyWatcher{newFakeWatcher(), c.watcher}, Sockets: 5,
			Notify: func(n Notice) { got = append(got, n.Text) },
		}, sources{ownSpace: ownNS})
		a.watched.full = c.full
		a.tellLosses()
		a.tellLosses() // says nothing again
		if len(got) != len(c.want) {
			t.Errorf("%s: got %q, want %d notices", c.name, got, len(c.want))
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: got %q, want %q in it", c.name, got[i], want)
			}
		}
	}
	a := assemble(Config{Mode: OnlyDiag, Notify: func(n Notice) { t.Errorf("without a Watcher: got %q", n.Text) }}, sources{})
	a.tellLosses()
}
