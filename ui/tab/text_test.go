package tab

import (
	"net/netip"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/track/proc"
)

func textRow(proto uint16, local, remote string) *track.Row {
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	row := &track.Row{
		Family: parse.FamilyIPv4, Proto: proto,
		Local: track.Endpoint{Addr: l.Addr(), Port: l.Port()}, Remote: track.Endpoint{Addr: r.Addr(), Port: r.Port()},
	}
	if l.Addr().Is6() {
		row.Family = parse.FamilyIPv6
	}
	return row
}

func TestEndTexts(t *testing.T) {
	four := textRow(parse.ProtoTCP, "192.0.2.1:50000", "198.51.100.7:443")
	six := textRow(parse.ProtoTCP, "[2001:db8::1]:50000", "[2001:db8::2]:443")
	named := textRow(parse.ProtoTCP, "192.0.2.1:50000", "198.51.100.7:443")
	named.Names = []names.Name{{Name: "example.org"}}
	ping := textRow(parse.ProtoICMP, "192.0.2.1:77", "198.51.100.7:77")
	link := &track.Row{Family: parse.FamilyLink, Proto: 0x88cc, Remote: track.Endpoint{MAC: [6]byte{1, 2, 3, 4, 5, 6}}}
	for _, c := range []struct {
		name                     string
		row                      *track.Row
		noNames, noPorts, number bool
		want                     string
	}{
		{name: "address", row: four, number: true, want: "198.51.100.7:443"},
		{name: "service", row: four, want: "198.51.100.7:https"},
		{name: "no port", row: four, noPorts: true, want: "198.51.100.7"},
		{name: "ipv6", row: six, number: true, want: "[2001:db8::2]:443"},
		{name: "ipv6 without port", row: six, noPorts: true, want: "2001:db8::2"},
		{name: "name", row: named, want: "example.org:https"},
		{name: "names off", row: named, noNames: true, want: "198.51.100.7:https"},
		{name: "icmp", row: ping, want: "198.51.100.7"},
		{name: "link", row: link, want: "01:02:03:04:05:06"},
		{name: "nothing", row: &track.Row{}, want: "?"},
	} {
		m := kitModel(nil)
		m.Prefs.Resolve, m.Prefs.Ports, m.Prefs.ServiceNames = !c.noNames, !c.noPorts, !c.number
		if got := endText(m, c.row, track.Received); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOwnerTexts(t *testing.T) {
	curl := &proc.Process{ID: proc.ID{PID: 4711}, Name: "curl"}
	for _, c := range []struct {
		name string
		o    proc.Owner
		want string
	}{
		{"process", proc.Owner{Process: curl, Source: proc.FromEBPF}, "curl 4711"},
		{"listener", proc.Owner{Process: curl, Source: proc.Listener}, "~curl 4711"},
		{"user", proc.Owner{Process: &proc.Process{UID: 1000}, Reason: proc.NoRights}, "user 1000"},
		{"kernel", proc.Owner{Process: &proc.Process{Kernel: true}}, "kernel"},
		{"pending", proc.Owner{Reason: proc.Pending}, "…"},
		{"no socket", proc.Owner{Reason: proc.NoSocket}, "(no socket)"},
		{"exited", proc.Owner{Reason: proc.Exited}, "(exited)"},
		{"other host", proc.Owner{Reason: proc.OtherHost}, ""},
		{"off", proc.Owner{Reason: proc.Off}, ""},
	} {
		if got := ownerText(&c.o); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRTTOf(t *testing.T) {
	tcp := func(class track.Class, sent, received time.Duration) *track.Row {
		return &track.Row{Class: class, Health: track.Health{RTT: [2]time.Duration{sent, received}}}
	}
	quic := &track.Row{App: &dpi.App{Protocol: dpi.QUIC, Details: []dpi.Detail{&dpi.QUICDetail{RTTMS: 12.5}}}}
	for _, c := range []struct {
		name string
		row  *track.Row
		want time.Duration
	}{
		{"client", tcp(track.Outgoing, 20, 40), 20},
		{"server", tcp(track.Incoming, 20, 40), 20},
		{"between others", tcp(track.Forwarded, 20, 40), 60},
		{"between others, half of it", tcp(track.Forwarded, 20, 0), 0},
		{"only this machine's delay", tcp(track.Outgoing, 0, 40), 0},
		{"quic", quic, 12500 * time.Microsecond},
		{"not known", &track.Row{}, 0},
	} {
		if got := rttOf(c.row); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestStateAndAppTexts(t *testing.T) {
	row := &track.Row{State: [2]track.State{track.FinWait1, track.CloseWait}}
	if got := stateText(row); got != "FIN_WAIT1" {
		t.Errorf("state: got %q", got)
	}
	row.Closed = track.ByTimeout
	if got := stateText(row); got != "closed timeout" {
		t.Errorf("closed: got %q", got)
	}
	tls := &dpi.App{Protocol: dpi.TLS, Confidence: dpi.Exact, Details: []dpi.Detail{&dpi.TLSDetail{SNI: "example.org"}}}
	for want, app := range map[string]*dpi.App{"": nil, "tls example.org": tls, "dns?": {Protocol: dpi.DNS}} {
		if got := appText(app); got != want {
			t.Errorf("app: got %q, want %q", got, want)
		}
	}
}
