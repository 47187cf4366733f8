package main

import (
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
)

// askedOwners keeps what is asked.
type askedOwners struct {
	*demoOwners
	asked []proc.Question
}

func (o *askedOwners) Ask(qs []proc.Question) { o.asked = append(o.asked, qs...) }

// After Clear everything counts from nothing: no answer to the former table's questions,
// and none of its sums, gets into the new one.
func TestCountingClear(t *testing.T) {
	owners := &askedOwners{demoOwners: newDemoOwners()}
	c, err := newCounting(track.Config{MaxFlows: 1 << 12, Owners: owners, Start: demoStart.UnixNano()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m, src := openDemo(t, "")
	c.SetLocal(m.Addrs())
	sink := c.Sink(0)
	count := func(d time.Duration) (packets uint64) {
		readDemo(t, src, d, func(ps []parse.Packet) {
			packets += uint64(len(ps))
			for i := range ps {
				ps[i].Process = 0
			}
			sink.Packets(ps)
			sink.EndBlock()
		})
		return packets
	}
	s := track.NewSnapshot(track.NewGrouping(track.GroupProcess, nil), track.NewGrouping(track.GroupHost, nil))
	look := func(d time.Duration) { c.Snapshot(s, track.Request{Now: demoStart.Add(d).UnixNano()}) }
	if n := count(5 * time.Second); n == 0 {
		t.Fatal("no packets")
	}
	look(5 * time.Second)
	former := owners.asked
	owners.asked = nil

	if err := c.Clear(demoStart.Add(5 * time.Second).UnixNano()); err != nil {
		t.Fatal(err)
	}
	n := count(10 * time.Second)
	answer := func(qs []proc.Question, ref proc.Ref) {
		var as []proc.Answer
		for _, q := range qs {
			found := proc.Found{Ref: ref, Source: proc.FromEBPF}
			as = append(as, proc.Answer{Flow: q.Flow, Place: q.Place, Ends: [2]proc.Found{found, found}})
		}
		c.Answer(as)
	}
	answer(former, proc.Ref(demoMail))
	look(10 * time.Second)
	if s.Totals.All.Packets != n {
		t.Errorf("got %d packets, want the %d since", s.Totals.All.Packets, n)
	}
	for i := range s.Flows {
		if p := s.Flows[i].Owner.Process; p != nil {
			t.Errorf("flow %d is said to be of %s, by an answer about a former one", s.Flows[i].ID, p.Name)
		}
	}
	answer(owners.asked, proc.Ref(demoPlayer))
	look(10 * time.Second)
	named := 0
	for i := range s.Flows {
		if p := s.Flows[i].Owner.Process; p != nil && p.Name == "mpv" {
			named++
		}
	}
	if named == 0 {
		t.Error("no flow has an owner, though all were answered")
	}
	if len(s.Groups) != 2 || s.Groups[0].By() != track.GroupProcess || len(s.Groups[0].Rows) == 0 {
		t.Errorf("got groups %+v", s.Groups)
	}
}
