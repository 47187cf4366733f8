package tab

import (
	"net/netip"
	"strings"
	"testing"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

func TestDetailsPictures(t *testing.T) {
	for _, size := range screenSizes {
		comparePicture(t, "details", drawTab(NewDetails(), detailModel(detailRow()), size[0], size[1]))
	}
}

// wantFacts checks facts by card and label. A value that is "" stands for no such fact;
// of several facts with a label the first that begins so is taken.
func wantFacts(t *testing.T, cards []widget.Card, all []wantFact) {
	t.Helper()
	for _, want := range all {
		var seen []widget.Fact
		for _, card := range cards {
			for _, f := range card.Facts {
				if card.Title == want.card && f.Label == want.label {
					seen = append(seen, f)
				}
			}
		}
		found := want.value == "" && len(seen) == 0
		for _, f := range seen {
			found = found || want.value != "" && strings.HasPrefix(f.Value, want.value) && f.Role == want.role
		}
		if !found {
			t.Errorf("%s, %s: got %v, want %q as %s", want.card, want.label, seen, want.value, roleNames[want.role])
		}
	}
}

type wantFact struct {
	card, label, value string
	role               theme.Role
}

// TestDetailsFacts says each fact under its name.
func TestDetailsFacts(t *testing.T) {
	d := newDetails(detailModel(detailRow()))
	wantFacts(t, d.facts.cards.Cards, []wantFact{
		{"Connection", "Protocol", "tcp over IPv4", theme.Text},
		{"Connection", "Local", "192.0.2.10:40007", theme.Local},
		{"Connection", "Remote", "203.0.113.7:443", theme.Remote},
		{"Connection", "Service", "https 443", theme.Service},
		{"Connection", "Direction", "outgoing", theme.Text},
		{"Connection", "State", "local ESTABLISHED, remote CLOSE_WAIT", theme.Warn},
		{"Connection", "Closed", "", theme.Text},
		{"Connection", "Client moved", "2 times", theme.Warn},
		{"Process", "Process", "chrome-sandbox-helper 4711", theme.Process},
		{"Process", "Tree", "systemd 1", theme.Muted},
		{"Process", "", " bash 900", theme.Muted},
		{"Process", "", "  chrome-sandbox-helper 4711", theme.Process},
		{"Process", "On behalf of", "store 77", theme.Process},
		{"Process", "Executable", "/opt/chrome/chrome (deleted)", theme.Text},
		{"Process", "Arguments", `/opt/chrome/chrome --title "two words" ""`, theme.Text},
		{"Process", "Kernel's name", "chrome-sandbox-", theme.Text},
		{"Process", "User", "anna, 1000", theme.Text},
		{"Process", "Group", "users, 100", theme.Text},
		{"Process", "Started", "2026-03-14 14:09:26.000, 1h00m ago", theme.Text},
		{"Process", "Container", "docker web", theme.Accent},
		{"Process", "Pod", "prod/shop", theme.Accent},
		{"Process", "Package", "dpkg chrome 1.2-3 amd64", theme.Text},
		{"Process", "SHA-256", "9f86d081884c7d65", theme.Text},
		{"Process", "No package files", "no rights", theme.Warn},
		{"Process", "Found by", "ebpf, 300µs after the first packet", theme.Muted},
		{"Process at the other end", "Process", "not known: it is another user's", theme.Warn},
		{"Traffic", "2s", "↑96.0kb  ↓11.6Mb  =11.7Mb", theme.Rate2},
		{"Traffic", "10s", "↑76.8kb  ↓9.28Mb  =9.36Mb", theme.Rate10},
		{"Traffic", "40s", "↑48.0kb  ↓5.80Mb  =5.85Mb", theme.Rate40},
		{"Traffic", "Packets/s", "↑<1  ↓1.00k  =1.00k", theme.Text},
		{"Traffic", "Peak, 1s", "↑144kb  ↓17.4Mb  =17.5Mb", theme.Text},
		{"Traffic", "Packets", "↑1350  ↓90000  =91350", theme.Text},
		{"Traffic", "Wire bytes", "↑1080060  ↓130500060  =131580120", theme.Text},
		{"Traffic", "IP bytes", "↑1061160  ↓129240060  =130301220", theme.Text},
		{"Traffic", "Payload", "↑990001  ↓124560002  =125550003", theme.Text},
		{"Traffic", "First", "2026-03-14 15:07:56.000, 1m30s ago", theme.Text},
		{"Traffic", "Last", "2026-03-14 15:09:25.750, 250ms ago", theme.Text},
		{"Traffic", "Age", "1m30s", theme.Text},
		{"Traffic", "Stale", "80% of its time limit", theme.Warn},
		{"Network", "Name", "www.example.org (sni, outer name of an encrypted hello)", theme.Remote},
		{"Network", "Name", "edge.example.net (dns, for 1m30s)", theme.Remote},
		{"Network", "Domain", "example.org", theme.Text},
		{"Network", "Remote country", "Germany (DE)", theme.Text},
		{"Network", "Remote city", "Köln", theme.Text},
		{"Network", "Remote network", "AS64496 EXAMPLE-NET", theme.Text},
		{"Network", "Remote scope", "documentation", theme.Text},
		{"Network", "Remote MAC", "00:1b:21:01:02:03 Intel Corporate", theme.Text},
		{"Network", "", "seen with 1 other MAC address, too", theme.Warn},
		{"Network", "Local country", "", theme.Text},
		{"Network", "Interface", "eth0, wg0", theme.Text},
		{"Network", "VLAN", "42", theme.Text},
		{"Network", "Translated to", "198.51.100.99:61000 → 203.0.113.7:443", theme.Accent},
		{"Network", "ICMP error", "fragmentation needed (type 3, code 4) from 198.51.100.1, 3 times", theme.Bad},
		{"Application", "Protocol", "tls", theme.Service},
		{"Application: socks", "command", "connect", theme.Text},
		{"Application: tls", "sni", "example.org", theme.Text},
		{"Application: tls", "alpn offered", "h2, http/1.1", theme.Text},
		{"Application: tls", "certificate names", "example.org, www.example.org", theme.Text},
		{"Transport", "Handshake", "24.0ms", theme.Text},
		{"Transport", "Round trip", "23.0ms", theme.Text},
		{"Transport", "RTT", "↑23.0ms  ↓50µs", theme.Text},
		{"Transport", "Least RTT", "↑11.5ms  ↓-", theme.Text},
		{"Transport", "Retransmits", "↑0  ↓4", theme.Warn},
		{"Transport", "- fast", "↑0  ↓3", theme.Warn},
		{"Transport", "- spurious", "↑0  ↓1", theme.Warn},
		{"Transport", "Out of order", "↑5  ↓0", theme.Warn},
		{"Transport", "Duplicate ACKs", "↑6  ↓7", theme.Warn},
		{"Transport", "Zero windows", "local 8, remote 0", theme.Warn},
		{"Transport", "Not captured", "↑0  ↓2", theme.Bad},
		{"Transport", "- bytes", "↑0  ↓2896", theme.Bad},
		{"Transport", "Window", "local 64240, remote 131072", theme.Text},
		{"Transport", "Window scale", "local 7, remote none, or not seen", theme.Text},
		{"Transport", "MSS", "local 1460, remote not seen", theme.Text},
		{"Transport", "SACK", "yes, both ends", theme.Text},
		{"Transport", "Timestamps", "no, or not seen", theme.Text},
		{"Kernel's socket", "State", "ESTABLISHED", theme.Text},
		{"Kernel's socket", "Also held by", "nginx 12", theme.Process},
		{"Kernel's socket", "Drops", "9 packets", theme.Bad},
		{"Kernel's socket", "Congestion", "bbr window 10 segments of 1448 bytes", theme.Text},
		{"Kernel's socket", "Inode", "31337", theme.Muted},
	})
}

// TestDetailsOfLittle says what is not known, and invents nothing.
func TestDetailsOfLittle(t *testing.T) {
	r := track.Row{ID: 5, Family: parse.FamilyIPv4, Proto: parse.ProtoTCP, Class: track.Forwarded}
	r.Local.Addr, r.Remote.Addr = netip.MustParseAddr("10.9.0.5"), netip.MustParseAddr("10.8.0.7")
	r.Local.Port, r.Remote.Port = 1024, 445
	r.Owner.Reason = proc.OtherHost
	r.Health.Scale = [2]int8{-1, -1}
	m := detailModel(r)
	m.Naming = kitNames{}
	wantFacts(t, newDetails(m).facts.cards.Cards, []wantFact{
		{"Connection", "From", "10.9.0.5:1024", theme.Local},
		{"Connection", "To", "10.8.0.7:445", theme.Remote},
		{"Connection", "Direction", "forwarded, who began it is guessed", theme.Text},
		{"Process", "Process", "not known: neither end is this machine", theme.Warn},
		{"Process", "Found by", "", theme.Text},
		{"Process at the other end", "Process", "", theme.Text},
		{"Traffic", "2s", "↑0b  ↓0b  =0b", theme.Rate2},
		{"Traffic", "Peak, 1s", "", theme.Text},
		{"Network", "Name", "none is known", theme.Muted},
		{"Network", "From scope", "private", theme.Text},
		{"Network", "ICMP error", "", theme.Text},
		{"Application", "Protocol", "not recognised", theme.Muted},
		{"Transport", "Handshake", "not seen", theme.Text},
		{"Transport", "Round trip", "not known", theme.Text},
		{"Transport", "Retransmits", "↑0  ↓0", theme.Good},
		{"Transport", "Window", "from 0, to 0", theme.Text},
		{"Kernel's socket", "State", "", theme.Text}, // of another machine's flow there is none here
	})
}

func TestDetailsOfOtherProtocols(t *testing.T) {
	arp := track.Row{ID: 5, Family: parse.FamilyARP, Proto: parse.EtherTypeARP}
	arp.Remote.Addr = netip.MustParseAddr("192.0.2.1")
	link := track.Row{ID: 5, Family: parse.FamilyLink, Proto: 0x88cc}
	link.Remote.MAC = [6]byte{0, 0x1b, 1, 2, 3, 4}
	quic := screenRow(5, parse.ProtoUDP, "203.0.113.7", 443)
	quic.App = &dpi.App{Protocol: dpi.QUIC, Confidence: dpi.Exact, Details: []dpi.Detail{&dpi.QUICDetail{RTTMS: 12.5}}}
	guess := screenRow(5, parse.ProtoUDP, "203.0.113.7", 53)
	guess.App = &dpi.App{Protocol: dpi.DNS, Confidence: dpi.ByPort}
	guess.Owner = proc.Owner{Process: &proc.Process{UID: 33, User: "www-data"}, Reason: proc.NoRights, Source: proc.FromDiag}
	for _, c := range []struct {
		name string
		row  track.Row
		want []wantFact
	}{
		{"ARP", arp, []wantFact{{"Connection", "Protocol", "arp", theme.Text}, {"Transport", "", "only connections of TCP", theme.Muted}}},
		{"a link protocol", link, []wantFact{{"Connection", "Remote", "00:1b:01:02:03:04", theme.Remote}, {"Network", "Remote vendor", "Intel Corporate", theme.Text}}},
		{"QUIC", quic, []wantFact{{"Transport", "Round trip", "12.5ms", theme.Text}, {"Application: quic", "rtt ms", "12.5", theme.Text}}},
		{"known by its port", guess, []wantFact{
			{"Application", "Known", "by its port alone", theme.Muted}, {"Process", "User", "www-data, 33", theme.Text},
			{"Process", "Process", "not known: it is another user's", theme.Warn}, {"Process", "Group", "", theme.Text},
		}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFacts(t, newDetails(detailModel(c.row)).facts.cards.Cards, c.want) })
	}
}

// TestDetailsSayWhy has words for each reason for which an owner is not known.
func TestDetailsSayWhy(t *testing.T) {
	for why := proc.Pending; why <= proc.Failed; why++ {
		card := ownerCard(detailModel(detailRow()), "Process", &proc.Owner{Reason: why})
		if got := card.Facts[0].Value; !strings.HasPrefix(got, "not known: ") || len(got) < 20 {
			t.Errorf("%v: got %q", why, got)
		}
	}
	card := ownerCard(detailModel(detailRow()), "Process", &proc.Owner{Process: detailProcess(), Source: proc.Listener, Took: proc.MaxTook})
	wantFacts(t, []widget.Card{card}, []wantFact{
		{"Process", "", "listens here; who has taken the connection is not known", theme.Warn},
		{"Process", "Found by", "listener, more than 6.55s after", theme.Muted},
	})
}
