package tab

import (
	"fmt"
	"net/netip"
	"testing"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// manySums is a dashboard of 100,000 flows of as many hosts and 10,000 processes.
func manySums() *Model {
	m := kitModel(manyRows(100_000))
	processes := make([]*proc.Process, 10_000)
	for i := range processes {
		processes[i] = &proc.Process{ID: proc.ID{PID: int32(i + 1)}, Ref: proc.Ref(i + 1), Name: fmt.Sprint("worker", i%50)}
	}
	for i := range m.Snap.Flows {
		r := &m.Snap.Flows[i]
		r.Remote.Addr = netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)})
		r.Owner.Process = processes[i%len(processes)]
	}
	flows := m.Snap.Flows
	m.Snap = track.NewSnapshot(track.NewGrouping(track.GroupHost, nil), track.NewGrouping(track.GroupProcess, nil))
	m.Snap.Flows, m.Snap.Time = flows, kitNow
	for i := range m.Snap.Groups {
		m.Snap.Groups[i].AddUp(func(yield func(*track.Row) bool) {
			for k := range flows {
				yield(&flows[k])
			}
		})
	}
	for i := range flows {
		for way := range 2 {
			m.Snap.Totals.All.Add(flows[i].Count[way])
			m.Snap.Totals.Rate[0].Bytes += flows[i].Rate[0][way].Bytes
		}
	}
	return m
}

// BenchmarkSums builds a frame at 200x60: of a new snapshot, and of one that was shown.
func BenchmarkSums(b *testing.B) {
	for _, c := range []struct {
		name string
		tab  func() Tab
		do   []Action
		sort Sort
	}{
		{"processes/rate", NewProcesses, nil, Sort{"rate2", true}},
		{"processes/name", NewProcesses, nil, Sort{"name", false}},
		{"hosts/rate", NewHosts, nil, Sort{"rate2", true}},
		{"hosts/host", NewHosts, nil, Sort{"host", false}},
		{"domains/rate", NewHosts, []Action{DoGroupNext}, Sort{"rate2", true}},
	} {
		for _, fresh := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/new=%v", c.name, fresh), func(b *testing.B) {
				m, t, canvas := manySums(), c.tab(), term.NewCanvas(200, 60)
				m.Prefs.Sort[ProcessesTab], m.Prefs.Sort[HostsTab] = c.sort, c.sort
				frame := func() {
					if fresh {
						m.next()
					}
					canvas.Clear(m.Style(theme.Text))
					t.Draw(canvas.Pane(), m)
				}
				for _, a := range c.do {
					t.Act(m, a)
				}
				for range 3 {
					frame()
				}
				b.ReportAllocs()
				for b.Loop() {
					frame()
				}
			})
		}
	}
}
