package tab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/track/proc"
)

// manyRows returns n flows of some hundred processes with some thousand hosts, the same
// each time.
func manyRows(n int) []track.Row {
	random := rand.New(rand.NewPCG(1, 2))
	processes := make([]*proc.Process, 300)
	for i := range processes {
		name := [...]string{"firefox", "curl", "nginx", "postgres-worker", "Chromium"}[i%5]
		processes[i] = &proc.Process{ID: proc.ID{PID: int32(1000 + i), Start: uint64(i)}, Ref: proc.Ref(i + 1), Name: name}
	}
	apps := []*dpi.App{
		{Protocol: dpi.TLS, Confidence: dpi.Exact, Details: []dpi.Detail{&dpi.TLSDetail{SNI: "www.example.org"}}},
		{Protocol: dpi.DNS, Confidence: dpi.Exact}, nil,
	}
	rows := make([]track.Row, n)
	for i := range rows {
		r := &rows[i]
		*r = track.Row{
			ID: uint64(i + 1), Family: parse.FamilyIPv4, Proto: parse.ProtoTCP, InitiatorKnown: true,
			Local:  track.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: uint16(1024 + i%60000)},
			Remote: track.Endpoint{Addr: netip.AddrFrom4([4]byte{198, 51, byte(i % 40), byte(i)}), Port: 443},
			First:  kitNow - int64(n-i)*1e6, Last: kitNow,
			App: apps[i%3], Owner: proc.Owner{Process: processes[i%300], Source: proc.FromEBPF},
		}
		r.State[0] = track.Established
		if i%4 == 0 {
			r.Names = []names.Name{{Name: fmt.Sprintf("host%d.example%d.org", i%2000, i%50)}}
		}
		setRates(r, random.ExpFloat64()*1e5, random.ExpFloat64()*1e5)
		if i%7 == 0 {
			setRates(r, 0, 0)
		}
	}
	return rows
}

// setRates gives a flow a steady rate each way, bytes/s.
func setRates(r *track.Row, sent, received float64) {
	for w, rate := range [2]float64{sent, received} {
		for k := range r.Rate {
			r.Rate[k][w].Bytes = rate
		}
		r.Count[w].Bytes = uint64(rate * 10)
	}
}

// kitNow is the capture's clock.
const kitNow = int64(1_700_000_000_000_000_000)

// kitNames take names from the rows.
type kitNames struct{}

func (kitNames) Host(r *track.Row) string {
	if len(r.Names) > 0 {
		return r.Names[0].Name
	}
	return ""
}

func (kitNames) Service(r *track.Row) string {
	return map[uint16]string{443: "https", 53: "domain"}[r.Remote.Port]
}
func (kitNames) Port(r *track.Row) uint16 { return r.Remote.Port }
func (kitNames) Place(e *track.Endpoint) Place {
	if e.Addr.Is4() && e.Addr.As4()[3]%2 == 0 {
		return Place{Country: "DE", CountryName: "Germany"}
	}
	return Place{}
}
func (kitNames) Interface(uint16) string { return "eth0" }
func (kitNames) Vendor([6]byte) string   { return "" }

// kitModel is a dashboard of rows.
func kitModel(rows []track.Row) *Model {
	return &Model{
		Naming: kitNames{}, Frame: 1, Snap: &track.Snapshot{Time: kitNow, Flows: rows},
		Prefs: DefaultPrefs(), Theme: roleTheme, HoverX: -1, HoverY: -1, Send: func(Request) {},
	}
}

// next lets the model have another snapshot.
func (m *Model) next() { m.Frame++ }

// shownIDs returns the IDs of the flows in the list, in order; heads of groups are 0.
func shownIDs(f *flowsTab, m *Model) []uint64 {
	f.update(m)
	var ids []uint64
	for _, i := range f.list.items {
		if i.row < 0 {
			ids = append(ids, 0)
		} else {
			ids = append(ids, f.list.row(i.row).ID)
		}
	}
	return ids
}

func newFlows() *flowsTab { return NewFlows().(*flowsTab) }

// screenText returns the lines that a tab draws.
func screenText(t Tab, m *Model, w, h int) []string {
	return strings.Split(textOf(drawTab(t, m, w, h)), "\n")
}

// after returns a time later than kitNow.
func after(d time.Duration) int64 { return kitNow + int64(d) }
