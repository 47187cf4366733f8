package link

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"
)

// TestListAgrees compares List with the standard library's view, which is read
// in another way (NET_RT_IFLIST).
func TestListAgrees(t *testing.T) {
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(theirs) {
		t.Errorf("got %d interfaces, want %d", len(all), len(theirs))
	}
	for _, want := range theirs {
		got, ok := ByIndex(all, want.Index)
		if !ok {
			t.Errorf("interface %d (%s) is missing", want.Index, want.Name)
			continue
		}
		if got.Name != want.Name || got.MTU != want.MTU || !slices.Equal(got.MAC, want.HardwareAddr) {
			t.Errorf("got %s MTU %d MAC %s, want %s MTU %d MAC %s",
				got.Name, got.MTU, got.MAC, want.Name, want.MTU, want.HardwareAddr)
		}
		if up := want.Flags&net.FlagUp != 0; got.Up != up {
			t.Errorf("%s up: got %v, want %v", want.Name, got.Up, up)
		}
		if lo := want.Flags&net.FlagLoopback != 0; got.Loopback != lo {
			t.Errorf("%s loopback: got %v, want %v", want.Name, got.Loopback, lo)
		}
		compareAddrs(t, &got, want)
	}
}

func compareAddrs(t *testing.T, got *Interface, want net.Interface) {
	t.Helper()
	addrs, err := want.Addrs()
	if err != nil {
		t.Fatal(err)
	}
	var ours, theirs []string
	for _, p := range got.Addrs {
		ours = append(ours, p.String())
	}
	for _, a := range addrs {
		theirs = append(theirs, a.String())
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		t.Errorf("%s addresses: got %v, want %v", want.Name, ours, theirs)
	}
}

// TestWatchEnds: the poller takes a routing socket, so that a watch ends with
// its context though nothing changes.
func TestWatchEnds(t *testing.T) {
	sys, err := openSystem()
	if err != nil {
		t.Fatal(err)
	}
	defer sys.close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- sys.watch(ctx, func() {}) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("watch: got %v, want nil", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("watch did not end with its context")
	}
}
