package track

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sockeye/track/proc"
)

// What matches all leaves what a snapshot itself would have ranked highest.
func TestSelectRanksAsSnapshotsDo(t *testing.T) {
	tab := randomTable(t, rand.New(rand.NewPCG(3, 4)))
	for _, by := range []Order{By2s, By10s, By40s, ByTotal} {
		for _, top := range []int{0, 1, 50, 10_000} {
			want, got := byBoth(), byBoth()
			tab.Snapshot(want, Request{Now: t0 + 45_000*ms, By: by, Top: top})
			tab.Snapshot(got, Request{Now: t0 + 45_000*ms, By: by})
			got.Select(func(*Row) bool { return true }, top, by)
			addsUp(t, got)
			groupsAddUp(t, got)
			if !reflect.DeepEqual(got.Flows, want.Flows) {
				t.Errorf("order %d: got other rows than the highest %d", by, top)
			}
			for i := range want.Groups {
				if !slices.Equal(got.Groups[i].Rows, want.Groups[i].Rows) {
					t.Errorf("order %d, group %d: got other rows than the highest %d", by, i, top)
				}
			}
			if fold := got.Totals.Unmatched; fold != (Fold{}) {
				t.Errorf("order %d: got unmatched %+v, want none", by, fold)
			}
		}
	}
}

func TestSelectCountsWhatItLeavesOut(t *testing.T) {
	tab := randomTable(t, rand.New(rand.NewPCG(5, 6)))
	s := byBoth()
	tab.Snapshot(s, Request{Now: t0 + 45_000*ms})
	isThird := func(r *Row) bool { return r.ID%3 == 0 }
	var want Fold
	for i := range s.Flows {
		if r := &s.Flows[i]; !isThird(r) {
			want.put(r)
		}
	}
	s.Select(isThird, 10, By10s)
	addsUp(t, s)
	groupsAddUp(t, s)
	if s.Totals.Unmatched != want {
		t.Errorf("unmatched: got %+v, want %+v", s.Totals.Unmatched, want)
	}
	if len(s.Flows) != 10 || !slices.IsSortedFunc(s.Flows, func(a, b Row) int { return int(a.ID) - int(b.ID) }) {
		t.Errorf("got %d rows, want 10 in the order of their IDs", len(s.Flows))
	}
	for i := range s.Flows {
		if !isThird(&s.Flows[i]) {
			t.Errorf("got a row that does not match: %+v", s.Flows[i])
		}
	}
}

// The rows of owners are made anew as a snapshot would make them, of those that match.
func TestSelectAddsUpByOwner(t *testing.T) {
	rows := queryRows()
	curl, nginx := rows['h'].Owner.Process, rows['s'].Owner.Process
	curl.Ref, nginx.Ref = 1, 2
	s := NewSnapshot(NewGrouping(GroupProcess, nil), NewGrouping(GroupUser, nil))
	for _, letter := range []byte("hsd") {
		s.Flows = append(s.Flows, *rows[letter])
	}
	within := *rows['d']
	within.ID, within.Count[Sent] = 9, Count{Packets: 1, Bytes: 70}
	within.Owner, within.Peer = proc.Owner{Process: curl}, proc.Owner{Process: nginx}
	forwarded := *rows['h']
	forwarded.ID, forwarded.Class = 10, Forwarded
	forwarded.Owner, forwarded.Peer = proc.Owner{Reason: proc.OtherHost}, proc.Owner{Process: nginx}
	s.Flows = append(s.Flows, within, forwarded)
	for i := range s.Flows {
		s.Totals.All.Add(s.Flows[i].Count[Sent])
		s.Totals.All.Add(s.Flows[i].Count[Received])
		for k := range s.Totals.Rate {
			s.Totals.Rate[k].add(s.Flows[i].Rate[k][Sent])
			s.Totals.Rate[k].add(s.Flows[i].Rate[k][Received])
		}
	}
	s.Select(func(r *Row) bool { return r.ID != 2 }, 0, ByTotal)
	groupsAddUp(t, s)
	got := s.Groups[0].Rows
	if len(got) != 3 || got[0].Process != nginx || got[1].Process != curl || got[2].Reason != proc.NoSocket {
		t.Fatalf("got rows %+v, want those of nginx, curl and of no socket", got)
	}
	if n := got[0]; n.Flows != 1 || n.Count[Sent] != forwarded.Count[Received] || n.Peer == nil || n.Peer.Count[Received].Bytes != 70 || n.Remotes != 2 {
		t.Errorf("nginx: got %+v with peer %+v, want the flow that it has behind this machine, turned, and 70 bytes as a peer", n, n.Peer)
	}
	if c := got[1]; c.Flows != 2 || c.Peer != nil || c.Remotes != 2 {
		t.Errorf("curl: got %+v, want two flows", c)
	}
	if users := s.Groups[1].Rows; len(users) != 3 || users[0].Process.User != "www-data" {
		t.Errorf("got users %+v", users)
	}
}
