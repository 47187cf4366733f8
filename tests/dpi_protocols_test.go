package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// ndpiNames maps nDPI's protocols to ours; where there are several, nDPI does not
// tell them apart, or names what comes later in the flow.
var ndpiNames = map[string][]string{
	"AMQP":         {"amqp"},
	"BitTorrent":   {"bittorrent", "bittorrent-dht", "utp"},
	"DHCP":         {"dhcp"},
	"DHCPV6":       {"dhcpv6"},
	"DNS":          {"dns"},
	"DTLS":         {"dtls"},
	"DoH_DoT":      {"tls"},
	"FTP_CONTROL":  {"ftp"},
	"FTPS":         {"ftp", "tls"},
	"gRPC":         {"grpc"},
	"HTTP":         {"http", "http2", "websocket"},
	"HTTP2":        {"http2", "grpc"},
	"HTTP_Connect": {"http", "tls"},
	"HTTP_Proxy":   {"http"},
	"IMAP":         {"imap"},
	"IMAPS":        {"imap", "tls"},
	"IPSec":        {"ike"},
	"Kafka":        {"kafka"},
	"Kerberos":     {"kerberos"},
	"LDAP":         {"ldap"},
	"LLMNR":        {"llmnr"},
	"MDNS":         {"mdns"},
	"Memcached":    {"memcached"},
	"MongoDB":      {"mongodb"},
	"MQTT":         {"mqtt"},
	"MySQL":        {"mysql"},
	"Nats":         {"nats"},
	"NetBIOS":      {"netbios-ns", "netbios-dgm", "smb"},
	"NTP":          {"ntp"},
	"OpenVPN":      {"openvpn"},
	"POP3":         {"pop3"},
	"POPS":         {"pop3", "tls"},
	"PostgreSQL":   {"postgresql"},
	"QUIC":         {"quic"},
	"Radius":       {"radius"},
	"RDP":          {"rdp", "tls"},
	"Redis":        {"redis"},
	"RTCP":         {"rtcp"},
	"RTP":          {"rtp"},
	"SIP":          {"sip"},
	"SMBv1":        {"smb"},
	"SMBv23":       {"smb"},
	"SMTP":         {"smtp"},
	"SMTPS":        {"smtp", "tls"},
	"SNMP":         {"snmp"},
	"SOCKS":        {"socks"},
	"SSDP":         {"ssdp"},
	"SSH":          {"ssh"},
	"STUN":         {"stun", "dtls"},
	"Syslog":       {"syslog"},
	"Telnet":       {"telnet"},
	"TLS":          {"tls"},
	"WebSocket":    {"websocket"},
	"WireGuard":    {"wireguard"},
}

// ndpiFlow is one flow as nDPI sees it.
type ndpiFlow struct {
	expectedEnds
	Proto      string // "TLS.Google"
	Confidence string
}

// ndpiShare is how many of nDPI's names must be ours, too.
const ndpiShare = 0.95

// TestInspectProtocols compares protocols with those that nDPI told from the
// bytes, as far as we know them.
func TestInspectProtocols(t *testing.T) {
	dir := testkit.Corpora(t)
	all := corporaTold(t)
	e := newExceptions(t, protocolExceptions)
	var same, other int
	for file, flows := range ndpiFlows(t, dir) {
		for _, f := range flows {
			name, _, _ := strings.Cut(f.Proto, ".")
			want := ndpiNames[name]
			ours := all[file].byPair[f.pair()]
			if f.Confidence != "DPI" || want == nil || f.L4 != "TCP" && f.L4 != "UDP" || len(ours) == 0 {
				continue
			}
			var got []string
			for _, g := range ours {
				got = append(got, g.speaks()...)
			}
			slices.Sort(got)
			got = slices.Compact(got)
			ok := slices.ContainsFunc(got, func(p string) bool { return slices.Contains(want, p) })
			if ok {
				same++
			} else {
				other++
			}
			e.check(fmt.Sprintf("%s %s %s", file, name, strings.Join(got, "+")), ok, "%v", f.pair())
		}
	}
	e.finish("nDPI")
	if share := float64(same) / float64(same+other); share < ndpiShare {
		t.Errorf("%.1f %% of nDPI's names are ours, want %.0f %%", 100*share, 100*ndpiShare)
	} else {
		t.Logf("%.2f %% of nDPI's names are ours", 100*share)
	}
}

// ndpiFlows reads nDPI's own results, and for captures of others those of a run
// over them.
func ndpiFlows(t *testing.T, dir string) map[string][]ndpiFlow {
	t.Helper()
	all := map[string][]ndpiFlow{}
	for _, name := range []string{"ndpi.jsonl.gz", "ndpi_run.jsonl.gz"} {
		for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", name))) {
			var v struct {
				File, Cfg string
				Flows     []json.RawMessage
			}
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			file := strings.TrimPrefix(v.File, "pcaps/")
			if all[file] != nil || v.Cfg != "" && v.Cfg != "default" {
				continue
			}
			all[file] = []ndpiFlow{}
			for _, text := range v.Flows {
				var f ndpiFlow
				if json.Unmarshal(text, &f) == nil { // others are no flows of IP addresses
					all[file] = append(all[file], f)
				}
			}
		}
	}
	return all
}
