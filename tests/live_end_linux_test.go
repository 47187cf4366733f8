package tests

import (
	"sync"
	"syscall"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// TestLiveEnd: flows that go on while the capture ends have one row each. The kernel
// shares them out to the rings anew when one is closed.
func TestLiveEnd(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "--queues", "4", "--attribution", "off")
	const flows = 16
	server := listen(t, b, testkit.AddrB4)
	talks := make([]*talk, flows)
	for i := range talks {
		talks[i] = &talk{t, listen(t, a, testkit.AddrA4), server}
	}
	done := make(chan struct{})
	var sender sync.WaitGroup
	sender.Go(func() {
		for {
			for _, k := range talks {
				if _, err := k.a.WriteTo([]byte("ping"), server.LocalAddr()); err != nil {
					t.Error(err)
					return
				}
			}
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	w.awaitPackets(10 * flows)
	w.signal(syscall.SIGINT)
	r := w.last()
	close(done)
	sender.Wait()
	if len(r.Flows) != flows {
		t.Errorf("got %d flows, want %d: %s", len(r.Flows), flows, outline(r))
	}
}
