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
	"dns":        {"dns", "mdns", "llmnr", "netbios-ns"},
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
	zeekConnections(t, dir, func(file string, ends pair, c *zeekConnection) {
		for name := range strings.SplitSeq(c.Service, ",") {
			compare(file, name, ends)
		}
	})
	arkimeProtocols(t, dir, compare)
	e.finish("Zeek and Arkime")
}

// A zeekConnection is a connection in one of Zeek's logs.
type zeekConnection struct {
	Src     netip.Addr `json:"id.orig_h"`
	Dst     netip.Addr `json:"id.resp_h"`
	SrcPort uint16     `json:"id.orig_p,string"`
	DstPort uint16     `json:"id.resp_p,string"`
	Proto   string     `json:"proto"`
	Service string     `json:"service"`
	State   string     `json:"conn_state"`
	History string     `json:"history"`
}

// zeekConnections calls f for each connection in Zeek's logs.
func zeekConnections(t *testing.T, dir string, f func(file string, ends pair, c *zeekConnection)) {
	t.Helper()
	for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", "zeek.jsonl.gz"))) {
		var log struct {
			File, Log string
			Records   []zeekConnection
		}
		if json.Unmarshal(line, &log) != nil || log.Log != "conn" {
			continue // another log, whose records have other fields
		}
		for i := range log.Records {
			c := &log.Records[i]
			ends := newPair(c.Proto, netip.AddrPortFrom(c.Src, c.SrcPort), netip.AddrPortFrom(c.Dst, c.DstPort))
			f(strings.TrimPrefix(log.File, "pcaps/"), ends, c)
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
