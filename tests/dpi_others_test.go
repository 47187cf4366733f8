package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// otherNames maps protocols of Zeek and Arkime to ours. Those that are left out are
// not told by the payload, or are none that we know.
var otherNames = map[string][]string{
	"bittorrent": {"bittorrent", "bittorrent-dht"},
	"dhcp":       {"dhcp"},
	"dns":        {"dns", "mdns", "llmnr"},
	"dtls":       {"dtls"},
	"ftp":        {"ftp"},
	"http":       {"http", "websocket"},
	"http2":      {"http2"},
	"imap":       {"imap"},
	"isakmp":     {"ike"},
	"kafka":      {"kafka"},
	"krb5":       {"kerberos"},
	"ldap":       {"ldap"},
	"ldap_tcp":   {"ldap"},
	"mongo":      {"mongodb"},
	"mqtt":       {"mqtt"},
	"mysql":      {"mysql"},
	"nbds":       {"netbios-dgm"},
	"nbns":       {"netbios-ns"},
	"ntp":        {"ntp"},
	"openvpn":    {"openvpn"},
	"pop3":       {"pop3"},
	"postgresql": {"postgresql"},
	"quic":       {"quic"},
	"radius":     {"radius"},
	"sip":        {"sip"},
	"smb":        {"smb"},
	"smtp":       {"smtp"},
	"snmp":       {"snmp"},
	"socks":      {"socks"},
	"ssh":        {"ssh"},
	"ssl":        {"tls"},
	"stun":       {"stun"},
	"syslog":     {"syslog"},
	"telnet":     {"telnet"},
	"tls":        {"tls"},
}

// TestInspectServices compares protocols with those in the logs of Zeek and the
// sessions of Arkime.
func TestInspectServices(t *testing.T) {
	dir := testkit.Corpora(t)
	all := corporaTold(t)
	e := newExceptions(t, serviceExceptions)
	compare := func(file, name string, ends pair) {
		flows, want := all[file].byPair[ends], otherNames[name]
		if want == nil || len(flows) == 0 {
			return
		}
		var got []string
		for _, f := range flows {
			got = append(got, f.speaks()...)
		}
		slices.Sort(got)
		got = slices.Compact(got)
		ok := slices.ContainsFunc(got, func(p string) bool { return slices.Contains(want, p) })
		e.check(fmt.Sprintf("%s %s %s", file, name, strings.Join(got, "+")), ok, "%v", ends)
	}
	zeekServices(t, dir, compare)
	arkimeProtocols(t, dir, compare)
	e.finish("Zeek and Arkime")
}

// zeekServices calls f for each service of a connection in Zeek's logs.
func zeekServices(t *testing.T, dir string, f func(file, name string, ends pair)) {
	t.Helper()
	for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", "zeek.jsonl.gz"))) {
		var log struct {
			File, Log string
			Records   []struct {
				Src     netip.Addr `json:"src_ip"`
				Dst     netip.Addr `json:"dst_ip"`
				SrcPort uint16     `json:"src_port,string"`
				DstPort uint16     `json:"dst_port,string"`
				Proto   string     `json:"proto"`
				Service string     `json:"service"`
			}
		}
		if json.Unmarshal(line, &log) != nil || log.Log != "conn" {
			continue // another log, whose records have other fields
		}
		for _, r := range log.Records {
			for name := range strings.SplitSeq(r.Service, ",") {
				ends := newPair(r.Proto, netip.AddrPortFrom(r.Src, r.SrcPort), netip.AddrPortFrom(r.Dst, r.DstPort))
				f(strings.TrimPrefix(log.File, "pcaps/"), name, ends)
			}
		}
	}
}

// arkimeProtocols calls f for each protocol of a session of Arkime's.
func arkimeProtocols(t *testing.T, dir string, f func(file, name string, ends pair)) {
	t.Helper()
	type end struct {
		IP   netip.Addr
		Port uint16
	}
	for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", "arkime.jsonl.gz"))) {
		var v struct {
			File     string
			Sessions []struct {
				Protocol            []string
				Source, Destination end
			}
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("arkime.jsonl.gz: %v", err)
		}
		for _, s := range v.Sessions {
			for _, proto := range []string{"tcp", "udp"} {
				if !slices.Contains(s.Protocol, proto) {
					continue
				}
				ends := newPair(proto, netip.AddrPortFrom(s.Source.IP, s.Source.Port), netip.AddrPortFrom(s.Destination.IP, s.Destination.Port))
				for _, name := range s.Protocol {
					f(strings.TrimPrefix(v.File, "pcaps/"), name, ends)
				}
			}
		}
	}
}
