package main

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sockeye/capture"
	"sockeye/config"
	"sockeye/export"
	"sockeye/track"
)

// givenFlows is a table of which a test says what is in it.
type givenFlows []track.Row

func (g *givenFlows) Snapshot(s *track.Snapshot, r track.Request) {
	*s = track.Snapshot{Time: r.Now, Flows: *g, Groups: s.Groups}
}

// An alert is a line when it begins, and one when it ends.
func TestAlertLines(t *testing.T) {
	threshold := config.Amount(1000)
	a := &app{settings: &config.Config{Screen: config.Screen{
		AlertThreshold: &threshold, Alerts: []config.Alert{{On: "total", Metric: "new-destination", Name: "strangers"}},
	}}}
	names := newShownNames(export.Names{}, nil)
	l, err := a.newAlertLines(names)
	if err != nil {
		t.Fatal(err)
	}
	to := newEventLines(nil, export.Names{}, nil)
	flows := givenFlows{demoRow(1, "192.0.2.1", 500)}
	var got []string
	look := func(second int) {
		b := l.lines(nil, to, &flows, []capture.InterfaceStatus{{Name: "eth0"}}, demoStart.Add(time.Duration(second)*time.Second))
		for line := range strings.Lines(string(b)) {
			var e struct {
				Event string
				Time  time.Time
				Alert struct {
					Rule, On, Metric, State, Subject string
					Value, Above                     float64
					Flow                             uint64 `json:"flow_id"`
				}
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil || e.Event != "alert" {
				t.Fatalf("%q: %v", line, err)
			}
			got = append(got, strings.Join([]string{e.Time.UTC().Format("05"), e.Alert.Rule, e.Alert.Metric, e.Alert.State, e.Alert.Subject}, " "))
		}
	}
	look(0)
	flows = append(flows, demoRow(2, "192.0.2.2", 2000))
	look(1)
	look(2)
	flows = flows[:1]
	look(3)
	look(12)
	want := []string{
		"21  rate began 10.0.0.1 to 192.0.2.2", "21 strangers new-destination began 10.0.0.1 to 192.0.2.2",
		"23  rate ended 10.0.0.1 to 192.0.2.2", "32 strangers new-destination ended 10.0.0.1 to 192.0.2.2",
	}
	if sortedText(got) != sortedText(want) {
		t.Errorf("got\n%s\nwant\n%s", sortedText(got), sortedText(want))
	}
}

// demoRow returns a flow of 10.0.0.1 at a rate.
func demoRow(id uint64, remote string, rate float64) track.Row {
	r := track.Row{ID: id, Local: track.Endpoint{Addr: netip.MustParseAddr("10.0.0.1")}, Remote: track.Endpoint{Addr: netip.MustParseAddr(remote)}}
	r.Rate[0][track.Sent].Bytes = rate
	return r
}

func sortedText(all []string) string {
	all = slices.Sorted(slices.Values(all))
	return strings.Join(all, "\n")
}

// A rule that contradicts itself is an error that says which.
func TestAlertRulesAreChecked(t *testing.T) {
	a := &app{config: "c.yaml", settings: &config.Config{Screen: config.Screen{Alerts: []config.Alert{
		{On: "total", Metric: "rate", Above: 1}, {On: "process", Metric: "drops"}, {On: "total", Metric: "drops", Query: "prot:tcp"},
	}}}}
	rules, err := a.rules(newShownNames(export.Names{}, nil))
	if want := "c.yaml: key alerts, rule 3: "; len(rules) != 1 || err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %d rules and %v, want 1 and %s…", len(rules), err, want)
	}
}
