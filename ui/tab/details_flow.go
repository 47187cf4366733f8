package tab

import (
	"cmp"
	"slices"

	"sockeye/track"
	"sockeye/track/proc"
)

// shownFlow is the flow that Details are about, as it was when it was seen last.
type shownFlow struct {
	id    uint64
	frame uint64 // of the model, in which it was looked for last
	row   track.Row
	now   int64 // the capture's clock when it was in the table last; 0 if never
	known bool  // row is the flow's
	here  bool  // it is in the table
	over  bool  // it has left, and row is its last
}

// find returns the selected flow: from the table, from those that have left it, or else
// from memory. It is nil where nothing is known of it, and valid until the next call.
func (f *shownFlow) find(m *Model) *track.Row {
	if f.id != m.Selected {
		*f = shownFlow{id: m.Selected}
	}
	if f.id == 0 {
		return nil
	}
	if f.frame != m.Frame+1 || !f.known {
		f.frame = m.Frame + 1
		f.look(m)
	}
	if !f.known {
		return nil
	}
	return &f.row
}

// look looks for the flow in what the source said last.
func (f *shownFlow) look(m *Model) {
	f.here = false
	if m.Snap != nil {
		i, ok := slices.BinarySearchFunc(m.Snap.Flows, f.id, func(r track.Row, id uint64) int { return cmp.Compare(r.ID, id) })
		if ok {
			f.row, f.now, f.known, f.here, f.over = m.Snap.Flows[i], m.Snap.Time, true, true, false
			return
		}
	}
	if f.over {
		return
	}
	for i := len(m.Past) - 1; i >= 0; i-- {
		if m.Past[i].ID == f.id {
			f.end(&m.Past[i])
			return
		}
	}
	if m.Log == nil {
		return
	}
	all := m.Log.All()
	for i := len(all) - 1; i >= 0; i-- {
		if e := &all[i]; e.Kind == track.FlowClosed && e.Row.ID == f.id {
			f.end(&e.Row)
			return
		}
	}
}

// end takes the last row of a flow. What is not told with it stays as it was.
func (f *shownFlow) end(last *track.Row) {
	was := f.row
	f.row, f.known, f.over = *last, true, true
	r := &f.row
	if r.Names == nil {
		r.Names = was.Names
	}
	if r.Owner == (proc.Owner{}) {
		r.Owner = was.Owner
	}
	if r.Peer == (proc.Owner{}) {
		r.Peer = was.Peer
	}
	if r.NAT == nil {
		r.NAT = was.NAT
	}
}

// closedWhys say why a flow is over.
var closedWhys = [...]string{
	track.Open: "why is not known", track.ByFIN: "both ends closed it", track.ByRST: "one end reset it",
	track.ByClose: "its protocol closed it", track.ByTimeout: "it was silent for longer than its state allows",
	track.ByEviction: "the table was full", track.BySuccessor: "another connection took its ports",
	track.ByShutdown: "the capture ended",
}

func closedWhy(r *track.Row) string { return closedWhys[r.Closed] }
