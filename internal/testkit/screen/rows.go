package screen

import (
	"net/netip"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/track/proc"
)

// Now is the capture's clock in all fixtures: 2026-01-02 03:04:05 UTC.
var Now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// ago returns a time before Now, ns since the Unix epoch.
func ago(d time.Duration) int64 { return Now.Add(-d).UnixNano() }

// The processes of the rows.
var (
	firefox = process(2001, "firefox", "/usr/lib/firefox/firefox", 1000, "anna")
	curl    = process(4711, "curl", "/usr/bin/curl", 1000, "anna")
	sshd    = process(812, "sshd", "/usr/sbin/sshd", 0, "root")
	nginx   = process(900, "nginx", "/usr/sbin/nginx", 33, "www-data")
	// What a process calls itself is its own choice.
	hostile = process(6666, "evil\x1b[31m\u202egnp.exe", "/tmp/[x](fg:red)", 1000, "anna")
)

func process(pid int32, name, exe string, uid uint32, user string) *proc.Process {
	return &proc.Process{
		ID: proc.ID{PID: pid, Start: uint64(pid) * 10}, Ref: proc.Ref(pid), Name: name, Comm: name[:min(15, len(name))], Exe: exe,
		Args: []string{exe, "--option"}, UID: uid, User: user, Started: Now.Add(-time.Hour), Unit: name + ".service",
		Parents: []proc.Parent{{ID: proc.ID{PID: 1, Start: 1}, Name: "systemd"}},
		Package: &proc.Package{Manager: "dpkg", Name: name, Version: "1.2-3", Arch: "amd64"},
	}
}

func init() {
	nginx.Container = &proc.Container{
		Runtime: "docker", ID: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", Name: "web", Image: "nginx:1.27",
	}
}

func owned(p *proc.Process) proc.Owner {
	return proc.Owner{Process: p, Source: proc.FromEBPF, Took: 300 * time.Microsecond}
}

func unowned(why proc.Reason) proc.Owner { return proc.Owner{Reason: why} }

// flow makes a row that began some time ago and carries that many bytes a second.
func flow(id uint64, protocol uint16, local, remote string, began time.Duration, sent, received float64) track.Row {
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	row := track.Row{
		ID: id, Family: parse.FamilyIPv4, Proto: protocol, InitiatorKnown: true,
		Local: track.Endpoint{Addr: l.Addr(), Port: l.Port()}, Remote: track.Endpoint{Addr: r.Addr(), Port: r.Port()},
		First: ago(began), Last: ago(100 * time.Millisecond), Ifaces: 1,
	}
	if l.Addr().Is6() {
		row.Family = parse.FamilyIPv6
	}
	seconds := min(began.Seconds(), 40)
	for way, rate := range []float64{sent, received} {
		n := uint64(rate * seconds)
		row.Count[way] = track.Count{Packets: n/800 + 1, Bytes: n + 60, IPBytes: n + 46, Payload: n}
		for w, share := range []float64{1, 0.8, 0.5} {
			row.Rate[w][way] = track.Rate{Bytes: rate * share, Packets: rate * share / 800}
		}
		row.Peak[way] = rate * 1.5
	}
	row.Peak[2] = row.Peak[0] + row.Peak[1]
	return row
}

func named(r track.Row, host string, from names.Source) track.Row {
	r.Names = []names.Name{{Name: host, Source: from, At: r.First}}
	return r
}

func connected(r track.Row, rtt time.Duration) track.Row {
	r.State = [2]track.State{track.Established, track.Established}
	r.Health = track.Health{
		Handshake: rtt + time.Millisecond, RTT: [2]time.Duration{rtt, 50 * time.Microsecond}, MinRTT: [2]time.Duration{rtt / 2, 0},
		Window: [2]uint32{64240, 131072}, Scale: [2]int8{7, 9}, MSS: [2]uint16{1460, 1400}, SACK: true, Timestamps: true,
	}
	return r
}

func speaks(r track.Row, p dpi.Protocol, details ...dpi.Detail) track.Row {
	r.App = &dpi.App{Protocol: p, Confidence: dpi.Exact, Details: details}
	return r
}

func of(r track.Row, o proc.Owner) track.Row {
	r.Owner = o
	return r
}

// Rows returns flows as they are met: over IPv4 and IPv6, with names and without, in
// Chinese, and with names that try to change the screen. They are the caller's.
func Rows() []track.Row {
	const tcp, udp, icmp = parse.ProtoTCP, parse.ProtoUDP, parse.ProtoICMP
	rows := []track.Row{
		of(speaks(connected(named(flow(1, tcp, "192.168.1.10:51234", "140.82.121.4:443", 90*time.Second, 12_000, 1_450_000), "github.com", names.SNI), 23*time.Millisecond),
			dpi.TLS, &dpi.TLSDetail{SNI: "github.com", Version: "1.3", ALPNOffered: []string{"h2"}, Cipher: "TLS_AES_128_GCM_SHA256"}), owned(firefox)),
		of(speaks(named(flow(2, udp, "192.168.1.10:60123", "142.250.74.110:443", 30*time.Second, 45_000, 380_000), "www.youtube.com", names.SNI),
			dpi.QUIC, &dpi.QUICDetail{Version: "1", Phase: "QUIC_CONNECTED"}), owned(firefox)),
		of(speaks(connected(named(flow(3, tcp, "[2001:db8::10]:40001", "[2001:db8:ffff:1234:5678:9abc:def0:1]:443", 5*time.Second, 910_000, 8_000), "uploads.example.org", names.DNS), 110*time.Millisecond),
			dpi.TLS, &dpi.TLSDetail{SNI: "uploads.example.org", Version: "1.2"}), owned(curl)),
		of(speaks(connected(flow(4, tcp, "192.168.1.10:22", "203.0.113.77:50022", 2*time.Hour, 900, 300), 48*time.Millisecond),
			dpi.SSH, &dpi.SSHDetail{Version: "2.0", ServerSoftware: "OpenSSH_9.9"}), owned(sshd)),
		of(speaks(connected(flow(5, tcp, "172.17.0.2:80", "198.51.100.23:33333", 12*time.Second, 52_000, 1_200), 9*time.Millisecond),
			dpi.HTTP, &dpi.HTTPDetail{Version: "1.1", Method: "GET", Host: "shop.example", Path: "/cart", Status: 200}), owned(nginx)),
		of(speaks(named(flow(6, udp, "192.168.1.10:53535", "192.168.1.1:53", time.Second, 70, 210), "router.lan", names.DNS),
			dpi.DNS, &dpi.DNSDetail{Queries: 3, Responses: 3}), unowned(proc.NoSocket)),
		of(flow(7, icmp, "192.168.1.10:0", "1.1.1.1:0", 20*time.Second, 98, 98), unowned(proc.Kernel)),
		of(connected(named(flow(8, tcp, "192.168.1.10:44444", "192.0.2.200:8443", 3*time.Minute, 0, 0), "例え.テスト", names.DNS), 250*time.Millisecond), owned(curl)),
		of(named(flow(9, tcp, "192.168.1.10:44445", "192.0.2.66:6667", 50*time.Second, 2_000, 2_000), "bad\x1b]0;x\x07.example", names.ReverseDNS), owned(hostile)),
		of(flow(10, udp, "127.0.0.1:5000", "127.0.0.1:5001", 15*time.Second, 30_000, 0), unowned(proc.NoRights)),
		of(flow(11, tcp, "10.9.0.5:1024", "10.8.0.7:445", 40*time.Second, 7_000, 5_000), unowned(proc.OtherHost)),
	}
	for _, i := range []int{3, 4} {
		rows[i].Class = track.Incoming
	}
	rows[7].Stale = 0.95
	rows[1].State[0], rows[5].State[0], rows[6].State[0] = track.QUICConnected, track.DNSResponse, track.EchoReply
	rows[0].Health.Retransmits = [2]uint32{0, 4}
	rows[9].Class, rows[10].Class = track.Loopback, track.Forwarded
	rows[10].InitiatorKnown = false
	return rows
}

// Past returns flows that have ended.
func Past() []track.Row {
	r := of(speaks(named(flow(100, parse.ProtoTCP, "192.168.1.10:39999", "93.184.215.14:80", time.Minute, 0, 0), "example.com", names.Host),
		dpi.HTTP, &dpi.HTTPDetail{Version: "1.1", Method: "GET", Host: "example.com", Status: 404}), owned(curl))
	r.State = [2]track.State{track.Closed, track.Closed}
	r.Closed, r.Ended, r.Last = track.ByFIN, ago(20*time.Second), ago(20*time.Second)
	return []track.Row{r}
}
