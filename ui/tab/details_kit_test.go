package tab

import (
	"net/netip"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/track/proc"
)

// detailNames are screenNames in a world of which more is known.
type detailNames struct{ screenNames }

func (detailNames) Place(e *track.Endpoint) Place {
	if e.Addr == netip.MustParseAddr("203.0.113.7") {
		return Place{Country: "DE", CountryName: "Germany", City: "Köln", ASN: 64496, Network: "EXAMPLE-NET"}
	}
	return Place{}
}

func (detailNames) Vendor(mac [6]byte) string {
	if mac[1] == 0x1b {
		return "Intel Corporate"
	}
	return ""
}

// detailRow is a flow of which all is known that can be.
func detailRow() track.Row {
	now := screenClock.UnixNano()
	r := screenRow(7, parse.ProtoTCP, "203.0.113.7", 443)
	r.First, r.Last = now-int64(90*time.Second), now-int64(250*time.Millisecond)
	r.State = [2]track.State{track.Established, track.CloseWait}
	r.Count = [2]track.Count{{Packets: 1350, Bytes: 1_080_060, IPBytes: 1_061_160, Payload: 990_001}, {Packets: 90_000, Bytes: 130_500_060, IPBytes: 129_240_060, Payload: 124_560_002}}
	for k, share := range []float64{1, 0.8, 0.5} {
		r.Rate[k] = [2]track.Rate{{Bytes: 12_000 * share, Packets: 0.4}, {Bytes: 1_450_000 * share, Packets: 1000 * share}}
	}
	r.Peak = [3]float64{18_000, 2_175_000, 2_190_000}
	r.Ifaces, r.VLAN, r.Stale, r.Migrated = 1|1<<1, 42, 0.8, 2
	r.Error = track.Report{Count: 3, Type: 3, Code: 4, From: netip.MustParseAddr("198.51.100.1")}
	r.Health = track.Health{
		Handshake: 24 * time.Millisecond, RTT: [2]time.Duration{23 * time.Millisecond, 50 * time.Microsecond},
		MinRTT: [2]time.Duration{11500 * time.Microsecond, 0}, Retransmits: [2]uint32{0, 4}, FastRetransmits: [2]uint32{0, 3},
		Spurious: [2]uint32{0, 1}, OutOfOrder: [2]uint32{5, 0}, DuplicateACKs: [2]uint32{6, 7}, ZeroWindows: [2]uint32{8, 0},
		Missed: [2]uint32{0, 2}, MissedBytes: [2]uint64{0, 2896}, Window: [2]uint32{64_240, 131_072}, Scale: [2]int8{7, -1},
		MSS: [2]uint16{1460, 0}, SACK: true,
	}
	r.App = &dpi.App{Protocol: dpi.TLS, Confidence: dpi.Exact, Details: []dpi.Detail{
		&dpi.SOCKSDetail{Version: "5", Command: "connect", Host: "example.org"},
		&dpi.TLSDetail{
			SNI: "example.org", Version: "1.3", ALPNOffered: []string{"h2", "http/1.1"}, Cipher: "TLS_AES_128_GCM_SHA256",
			Certificate: &dpi.Certificate{Subject: "CN=example.org", NotBefore: screenClock.AddDate(0, -1, 0), NotAfter: screenClock.AddDate(0, 2, 0), Names: []string{"example.org", "www.example.org"}},
			HandshakeMS: 41.2,
		},
	}}
	r.Names = []names.Name{
		{Name: "www.example.org", Source: names.SNI, Outer: true},
		{Name: "edge.example.net", Source: names.DNS, Expires: now + int64(90*time.Second)},
	}
	r.Owner = proc.Owner{Process: detailProcess(), Source: proc.FromEBPF, Took: 300 * time.Microsecond}
	r.Peer = proc.Owner{Reason: proc.NoRights}
	end := func(s string) track.Endpoint {
		a := netip.MustParseAddrPort(s)
		return track.Endpoint{Addr: a.Addr(), Port: a.Port()}
	}
	r.NAT = &track.Translation{Local: end("198.51.100.99:61000"), Remote: end("203.0.113.7:443")}
	return r
}

func detailProcess() *proc.Process {
	return &proc.Process{
		ID: proc.ID{PID: 4711, Start: 1}, Name: "chrome-sandbox-helper", Comm: "chrome-sandbox-", Exe: "/opt/chrome/chrome",
		Deleted: true, Args: []string{"/opt/chrome/chrome", "--title", "two words", ""}, Script: "/usr/bin/run.py", UID: 1000, GID: 100,
		User: "anna", Group: "users", Started: screenClock.Add(-time.Hour),
		Parents: []proc.Parent{{ID: proc.ID{PID: 900}, Name: "bash"}, {ID: proc.ID{PID: 1}, Name: "systemd"}},
		Cgroup:  "/system.slice/docker-0123.scope", NetNS: 4026531840, Unit: "docker-0123.scope",
		Container: &proc.Container{Runtime: "docker", ID: "0123456789abcdef", Name: "web", Image: "nginx:1.27", Pod: "shop", Namespace: "prod", PodUID: "1-2-3"},
		Package:   &proc.Package{Manager: "dpkg", Name: "chrome", Version: "1.2-3", Arch: "amd64"}, SHA256: "9f86d081884c7d65",
		Lacks: []proc.Lack{{Fact: "package files", Reason: proc.NoRights}}, For: &proc.Parent{ID: proc.ID{PID: 77}, Name: "store"},
	}
}

// recallSource is a Source that knows nothing but what flows carried lately.
type recallSource struct {
	Source
	sparks map[uint64]Spark
	asked  int
}

func (s *recallSource) Recent(to []Spark, ids []uint64) []Spark {
	s.asked++
	for _, id := range ids {
		to = append(to, s.sparks[id])
	}
	return to
}

// detailModel is a dashboard whose selected flow has been there for a while.
func detailModel(r track.Row) *Model {
	m := screenModel(nil)
	m.Tab, m.Selected = DetailsTab, r.ID
	m.Naming = detailNames{screenNames{"203.0.113.7": "www.example.org"}}
	other := screenRow(3, parse.ProtoUDP, "198.51.100.9", 53)
	m.Snap = &track.Snapshot{Time: screenClock.UnixNano(), Until: screenClock.UnixNano(), Flows: []track.Row{other, r}}
	m.Neighbors = []track.Neighbor{{Addr: r.Remote.Addr, MAC: [6]byte{0, 0x1b, 0x21, 1, 2, 3}, Router: true, Others: 1}}
	m.Sockets = []proc.Socket{{
		Family: afINET, Proto: parse.ProtoTCP, State: "ESTABLISHED", Local: netip.AddrPortFrom(r.Local.Addr, r.Local.Port),
		Remote: netip.AddrPortFrom(r.Remote.Addr, r.Remote.Port), Inode: 31337, UID: 1000, ReceiveQueue: 12, Drops: 9,
		Owner: r.Owner, Others: []*proc.Process{{ID: proc.ID{PID: 12}, Name: "nginx"}},
		TCP: &proc.KernelTCP{RTT: 22 * time.Millisecond, RTTVar: time.Millisecond, MinRTT: 20 * time.Millisecond, Window: 10, MSS: 1448,
			Retransmits: 4, Unacked: 2, Sent: 990_000, Received: 124_560_001, DeliveryRate: 1_000_000, Congestion: "bbr"},
	}}
	spark := Spark{Len: SparkSeconds}
	for i := range SparkSeconds {
		spark.Bytes[track.Sent][i], spark.Bytes[track.Received][i] = uint32(300*i), uint32(1_450_000*(i%10)/10)
	}
	m.Source = &recallSource{sparks: map[uint64]Spark{r.ID: spark}}
	return m
}

const afINET = 2

// step lets a second pass in which the selected flow carries this much.
func (m *Model) step(d time.Duration, sent, received uint64) {
	m.next()
	flows := append([]track.Row(nil), m.Snap.Flows...)
	m.Snap = &track.Snapshot{Time: m.Snap.Time + int64(d), Until: m.Snap.Until + int64(d), Flows: flows}
	for i := range flows {
		if flows[i].ID == m.Selected {
			flows[i].Count[track.Sent].Bytes += sent
			flows[i].Count[track.Received].Bytes += received
		}
	}
}
