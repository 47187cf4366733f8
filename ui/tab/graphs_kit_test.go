package tab

import (
	"net/netip"
	"time"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/proc"
)

// screenNames calls ends by a fixed list.
type screenNames map[string]string

func (n screenNames) Host(r *track.Row) string { return n[r.Remote.Addr.String()] }
func (screenNames) Service(r *track.Row) string {
	return map[uint16]string{443: "https", 53: "domain"}[r.Remote.Port]
}
func (screenNames) Port(r *track.Row) uint16     { return r.Remote.Port }
func (screenNames) Place(*track.Endpoint) Place  { return Place{} }
func (screenNames) Interface(slot uint16) string { return [...]string{"eth0", "wg0", "lo"}[slot] }
func (screenNames) Vendor([6]byte) string        { return "" }

// screenClock is when the pictures were taken.
var screenClock = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// screenModel is a dashboard on a machine whose traffic is always the same. What tabs ask
// of the loop goes to sent.
func screenModel(sent *[]Request) *Model {
	m := &Model{
		Now: screenClock, Prefs: DefaultPrefs(), Theme: roleTheme, Log: NewLog(), Series: NewSeries(),
		Naming: screenNames{"203.0.113.7": "example.org", "2001:db8::35": "dns.example", "198.51.100.9": "例え.jp"},
		Tab:    GraphsTab, HoverX: -1, HoverY: -1, Frame: 1,
		Facts: Facts{
			Version: "1.0", Build: "abc1234 go1.26 linux/amd64", Started: screenClock.Add(-20 * time.Minute),
			Filter: "tcp or udp", Rights: "cap_net_raw, cap_bpf",
		},
	}
	m.Send = func(r Request) {
		if sent != nil {
			*sent = append(*sent, r)
		}
	}
	return m
}

var (
	webApp = &dpi.App{Protocol: dpi.TLS, Confidence: dpi.Exact, Details: []dpi.Detail{&dpi.TLSDetail{SNI: "example.org", Version: "1.3"}}}
	dnsApp = &dpi.App{Protocol: dpi.DNS}
)

// screenRow returns a flow between this machine and another.
func screenRow(id uint64, proto uint16, remote string, port uint16) track.Row {
	return track.Row{
		ID: id, Family: parse.FamilyIPv4, Proto: proto, InitiatorKnown: true,
		Local:  track.Endpoint{Addr: netip.MustParseAddr("192.0.2.10"), Port: 40000 + uint16(id)},
		Remote: track.Endpoint{Addr: netip.MustParseAddr(remote), Port: port},
		Owner:  proc.Owner{Process: &proc.Process{ID: proc.ID{PID: 4711}, Name: "curl"}, Source: proc.FromEBPF},
	}
}

// traffic makes the snapshots of a run: a second apart, each with more than the last.
type traffic struct {
	snap track.Snapshot
	all  []capture.InterfaceStatus
	n    int64 // seconds since the start
}

func newTraffic(start time.Time) *traffic {
	f := &traffic{}
	f.snap.Start, f.snap.Time = start.UnixNano(), start.UnixNano()
	web, names, other := screenRow(1, parse.ProtoTCP, "203.0.113.7", 443), screenRow(2, parse.ProtoUDP, "198.51.100.9", 53),
		screenRow(3, parse.ProtoTCP, "198.51.100.9", 9000)
	web.App, names.App = webApp, dnsApp
	web.State, other.State = [2]track.State{track.Established, track.Established}, [2]track.State{track.SynSent, track.StateNone}
	web.Health.RTT[track.Sent] = 23 * time.Millisecond
	f.snap.Flows = []track.Row{web, names, other}
	for i := range f.snap.Flows {
		f.snap.Flows[i].First = f.snap.Start
	}
	f.snap.Interfaces = []track.InterfaceMeter{{Slot: 0}, {Slot: 1}}
	f.snap.Protocols = []track.ProtocolTotal{
		{Family: parse.FamilyIPv4, Proto: parse.ProtoTCP}, {Family: parse.FamilyIPv4, Proto: parse.ProtoUDP},
		{Family: parse.FamilyLink, Proto: parse.EtherTypeARP},
	}
	f.all = []capture.InterfaceStatus{
		{Slot: 0, Name: "eth0", Kind: "ethernet", State: capture.StateCapturing, Queues: 2, RingBytes: 32 << 20},
		{Slot: 1, Name: "wg0", Kind: "wireguard", State: capture.StateCapturing, Queues: 1, RingBytes: 8 << 20},
	}
	return f
}

// step is a second: sent and received bytes of the web flow, a tenth of them of names,
// and a packet for each 1000 bytes.
func (f *traffic) step(sent, received uint64) {
	f.n++
	s := &f.snap
	s.Time += aSecond
	web, names := &s.Flows[0], &s.Flows[1]
	count := func(bytes uint64) track.Count { return track.Count{Bytes: bytes, Packets: (bytes + 999) / 1000} }
	for way, bytes := range [2]uint64{sent, received} {
		c, tenth := count(bytes), count(bytes/10)
		web.Count[way].Add(c)
		names.Count[way].Add(tenth)
		s.Totals.Own.Count[way].Add(c)
		s.Totals.Own.Count[way].Add(tenth)
		s.Totals.All.Add(c)
		s.Totals.All.Add(tenth)
		s.Protocols[0].Count.Add(c)
		s.Protocols[1].Count.Add(tenth)
		s.Interfaces[0].Count[way].Add(c)
		s.Interfaces[0].Count[way].Add(tenth)
		s.Interfaces[1].Count[way].Add(c) // the same packets, within a tunnel
		web.Rate[0][way] = track.Rate{Bytes: float64(bytes), Packets: float64(c.Packets)}
	}
	arp := track.Count{Bytes: 42, Packets: 1} // it has no row
	s.Protocols[2].Count.Add(arp)
	s.Totals.All.Add(arp)
	s.Totals.Copies = s.Interfaces[1].Count[0]
	s.Totals.Copies.Add(s.Interfaces[1].Count[1])
	for i := range s.Interfaces {
		f.all[i].Packets = s.Interfaces[i].Count[0].Packets + s.Interfaces[i].Count[1].Packets
		f.all[i].Stats.Received = f.all[i].Packets + f.all[i].Stats.Dropped
	}
}

// open adds a flow that begins now.
func (f *traffic) open() *track.Row {
	row := screenRow(f.snap.Flows[len(f.snap.Flows)-1].ID+1, parse.ProtoTCP, "203.0.113.7", 443)
	row.First = f.snap.Time
	f.snap.Flows = append(f.snap.Flows, row)
	return &f.snap.Flows[len(f.snap.Flows)-1]
}

// screenTraffic fills the model with a run of so many seconds that ends now.
func screenTraffic(m *Model, secs int) *traffic {
	f := newTraffic(screenClock.Add(-time.Duration(secs) * time.Second))
	for i := range secs {
		wave := uint64(100_000 + 90_000*(i%20)/20)
		f.step(wave/4, wave)
		switch {
		case i%10 == 3:
			f.open()
		case i%10 == 8:
			last := &f.snap.Flows[len(f.snap.Flows)-1]
			last.Closed, last.Ended = track.ByFIN, f.snap.Time
		}
		if i == secs-30 {
			f.all[0].Stats.Dropped += 1234
			f.all[0].Stats.Freezes++
			f.snap.Flows[0].Health.Retransmits[track.Sent] += 40
			f.snap.Flows[0].Health.Spurious[track.Sent] += 10
		}
		m.Series.Observe(&f.snap, f.all)
	}
	m.Snap, m.Interfaces = &f.snap, f.all
	return f
}
