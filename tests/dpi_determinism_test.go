package tests

import (
	"os/exec"
	"reflect"
	"sync"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestInspectDeterminism reads every capture again, on one processor: each byte is
// as it was on two.
func TestInspectDeterminism(t *testing.T) {
	dir := testkit.Corpora(t)
	binary := testkit.Binary(t)
	all := corporaTold(t)
	eachCapture(t, dir, func(file, path string) {
		cmd := exec.Command(binary, "read", path, "--json-events", "--decap")
		cmd.Env = []string{"HOME=/nonexistent", "GOMAXPROCS=1"}
		got, want := testkit.Run(t, cmd), all[file].result
		if got.Stdout != want.Stdout || got.Stderr != want.Stderr || got.Code != want.Code {
			t.Errorf("%s: on one processor exit code %d want %d; stderr %q want %q; %s",
				file, got.Code, want.Code, got.Stderr, want.Stderr, firstDifference(want.Stdout, got.Stdout))
		}
	})
}

// TestInspectEvents: each flow is opened once, closed once, and not spoken of
// before or after; the flows that were closed add up to the totals.
func TestInspectEvents(t *testing.T) {
	flows := 0
	for file, c := range corporaTold(t) {
		checkTold(t, file, c)
		flows += len(c.flows)
	}
	t.Logf("%d flows", flows)
}

// checkTold checks the lines of one run.
func checkTold(t *testing.T, file string, c *told) {
	t.Helper()
	var sum export.Volume
	for i := range c.flows {
		f := &c.flows[i]
		addVolume(&sum, f.Volume)
		if c.opened[f.ID] != 1 || c.closed[f.ID] != 1 {
			t.Errorf("%s: flow %d was opened %d times and closed %d times", file, f.ID, c.opened[f.ID], c.closed[f.ID])
		}
		if f.Reason == "" {
			t.Errorf("%s: flow %d was closed for no reason", file, f.ID)
		}
	}
	if len(c.opened) != len(c.flows) {
		t.Errorf("%s: %d flows were opened, %d closed", file, len(c.opened), len(c.flows))
	}
	if c.dropped != 0 || c.untimely != 0 {
		t.Errorf("%s: %d events dropped; %d lines about a flow before it was opened or after it was closed", file, c.dropped, c.untimely)
	}
	if sum != c.totals {
		t.Errorf("%s: the flows that were closed have %+v, the total is %+v", file, sum, c.totals)
	}
}

// TestInspectNothing: without inspection the same is counted. The captures that
// are compared are the largest and some others.
func TestInspectNothing(t *testing.T) {
	dir := testkit.Corpora(t)
	binary := testkit.Binary(t)
	all := corporaTold(t)
	var mu sync.Mutex
	compared := 0
	eachCapture(t, dir, func(file, path string) {
		const large, every = 40, 8
		if len(all[file].flows) < large && len(file)%every != 0 {
			return
		}
		args := []string{path, "--json", "--once", "--top", "0"}
		with := decodeRecords(t, runRead(t, binary, nil, args...).Stdout)
		without := decodeRecords(t, runRead(t, binary, nil, append(args, "--no-dpi")...).Stdout)
		if len(with) != len(without) {
			t.Errorf("%s: got %d records without inspection, %d with it", file, len(without), len(with))
			return
		}
		for i := range with {
			compareCounted(t, file, &with[i], &without[i])
		}
		mu.Lock()
		defer mu.Unlock()
		compared += len(with)
	})
	if compared < 100 {
		t.Errorf("compared %d records, want 100 and more", compared)
	}
}

// compareCounted compares all that is counted in two records.
func compareCounted(t *testing.T, file string, with, without *export.Record) {
	t.Helper()
	for _, f := range without.Flows {
		if f.App != nil && f.App.Details != nil {
			t.Errorf("%s: flow %d: inspected although it should not be: %v", file, f.ID, f.App)
		}
	}
	for _, r := range []*export.Record{with, without} {
		for i := range r.Flows {
			f := &r.Flows[i]
			f.App, f.Names, f.Local.Name, f.Remote.Name = nil, nil, "", ""
			if f.Proto != "tcp" {
				f.State = "" // of DNS and QUIC it comes from the payload
			}
		}
	}
	switch {
	case !reflect.DeepEqual(with.Totals, without.Totals):
		t.Errorf("%s: totals without inspection: got %+v want %+v", file, without.Totals, with.Totals)
	case !reflect.DeepEqual(with.Protocols, without.Protocols):
		t.Errorf("%s: protocols without inspection: got %+v want %+v", file, without.Protocols, with.Protocols)
	case len(with.Flows) != len(without.Flows):
		t.Errorf("%s: got %d flows without inspection, want %d", file, len(without.Flows), len(with.Flows))
	default:
		i := 0
		for i < len(with.Flows) && reflect.DeepEqual(with.Flows[i], without.Flows[i]) {
			i++
		}
		if i < len(with.Flows) {
			t.Errorf("%s: a flow without inspection: got %+v want %+v", file, without.Flows[i], with.Flows[i])
		}
	}
}
