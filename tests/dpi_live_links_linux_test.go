package tests

import (
	"encoding/json"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestLiveAccepted: at the server a connection is established as soon as the client
// has acknowledged, before anything was said.
func TestLiveAccepted(t *testing.T) {
	t.Parallel()
	a, b, _, ifB := testkit.Veth(t)
	run := live(t, b, "-i", ifB)
	for _, addr := range []string{testkit.AddrB4, testkit.AddrB6} {
		c := mustDial(t, a, "tcp", listenTCP(t, b, addr).Addr().String())
		run.await("the connection established", func(r *export.Record) bool {
			return slices.ContainsFunc(r.Flows, func(f export.Flow) bool {
				return f.Direction == "incoming" && f.Source == c.RemoteAddr().String() &&
					f.State == "ESTABLISHED" && f.StateRemote == "ESTABLISHED" && f.Packets == 3
			})
		})
	}
	run.end(6)
}

// TestLiveNeighbors: who answers ARP is listed.
func TestLiveNeighbors(t *testing.T) {
	t.Parallel()
	a, b, ifA, ifB := testkit.Veth(t)
	for ns, dev := range map[*testkit.Netns]string{a: ifA, b: ifB} {
		ns.IP(t, "link", "set", dev, "arp", "on")
	}
	cmd := a.Command(testkit.Binary(t), "neighbors", "-i", ifA, "-G", "2", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Start(t, cmd)
	probe := listen(t, a, testkit.AddrA4)
	ask := time.NewTicker(100 * time.Millisecond)
	defer ask.Stop()
	ended := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(out) // what is cut is no JSON
		ended <- b
	}()
	for {
		select {
		case <-ask.C:
			a.IP(t, "neigh", "replace", testkit.AddrB4, "dev", ifA, "nud", "none")
			_, _ = probe.WriteToUDPAddrPort([]byte{1}, netip.MustParseAddrPort(endText(testkit.AddrB4, 9)))
		case b := <-ended:
			var all []struct{ IP, MAC string }
			if err := json.Unmarshal(b, &all); err != nil {
				t.Fatalf("%v in %q", err, b)
			}
			if !slices.Contains(all, struct{ IP, MAC string }{testkit.AddrB4, testkit.MACB}) {
				t.Errorf("got %+v, want %s at %s", all, testkit.AddrB4, testkit.MACB)
			}
			return
		}
	}
}
