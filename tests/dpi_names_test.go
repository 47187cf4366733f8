package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// A namesField is a field of the list of names and where the program says it.
type namesField struct {
	name string
	ours func(f *toldFlow) []string
	as   func(theirs string) string // writes their value as we do; nil for the same
	last bool                       // we tell the last value only: one of theirs
}

var namesFields = []namesField{
	{name: "tls_sni", ours: func(f *toldFlow) []string { return collect(hellosOf([]*toldFlow{f}), tlsSNI) }},
	{name: "ja3s", ours: func(f *toldFlow) []string { return collect(hellosOf([]*toldFlow{f}), tlsJA3S) }},
	{name: "alpn_offered", ours: offeredALPN},
	{name: "gquic_sni", ours: quicSNI},
	{name: "http_host", ours: httpHosts, as: hostName},
	{name: "http_method", ours: httpMethods},
	{name: "http_uri", ours: httpPaths, as: onlyPath},
	{name: "http_status", ours: httpStatus, as: finalStatus},
	{name: "http_user_agent", ours: httpAgents},
	{name: "http_server", ours: httpServers},
	{name: "dns_qname", ours: dnsQuestions, as: dnsName},
	{name: "dns_a", ours: dnsData("A")},
	{name: "dns_aaaa", ours: dnsData("AAAA")},
	{name: "dns_cname", ours: dnsData("CNAME"), as: dnsName},
	{name: "nbns_name", ours: netbiosNames, as: netbiosName},
	{name: "ssh_banner", ours: sshBanners, as: strings.TrimSpace},
	{name: "hassh", ours: sshClient},
	{name: "hassh_server", ours: sshServer},
	{name: "dhcp_hostname", ours: dhcpHosts},
	{name: "dhcp_vendor_class", ours: dhcpVendor, last: true},
	{name: "sip_method", ours: sipMethods},
	{name: "mqtt_clientid", ours: mqttClient},
	{name: "mqtt_topic", ours: mqttTopics},
	{name: "ntp_version", ours: ntpVersion, last: true},
	{name: "ntp_mode", ours: ntpMode, as: func(s string) string { return ntpModeNames[s] }, last: true},
	{name: "snmp_version", ours: snmpVersion, as: func(s string) string { return snmpVersionNames[s] }, last: true},
	{name: "stun_type", ours: stunMethod, as: stunMethodName, last: true},
	{name: "bt_infohash", ours: infoHash},
}

// TestInspectNames compares the names that the corpora's flows carry with those
// that tshark found in them.
func TestInspectNames(t *testing.T) {
	dir := testkit.Corpora(t)
	all := corporaTold(t)
	e := newExceptions(t, namesExceptions)
	counts := map[string]int{}
	for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", "names.jsonl.gz"))) {
		var ends expectedEnds
		var values map[string]any
		if err := json.Unmarshal(line, &ends); err != nil {
			t.Fatalf("names.jsonl.gz: %v", err)
		}
		if err := json.Unmarshal(line, &values); err != nil {
			t.Fatalf("names.jsonl.gz: %v", err)
		}
		flows := all[ends.file()].byPair[ends.pair()]
		for _, field := range namesFields {
			if strings.HasPrefix(field.name, "http_") && slices.Contains(texts(values["stack"]), "ssdp") {
				continue // tshark shows what SSDP has in common with HTTP as HTTP
			}
			want := texts(values[field.name])
			if len(want) > 0 {
				counts[field.name] += len(want)
				at := fmt.Sprintf("%s %s.%v %s", ends.file(), ends.L4, values["stream"], field.name)
				compareNames(e, at, &field, flows, want)
			}
		}
	}
	e.finish(fmt.Sprint("names.jsonl.gz ", counts))
}

// compareNames compares the values of one field of one flow.
func compareNames(e *exceptions, at string, field *namesField, flows []*toldFlow, want []string) {
	e.t.Helper()
	var got []string
	for _, f := range flows {
		if f.App != nil {
			got = append(got, field.ours(f)...)
		}
	}
	found := 0
	var missing []string
	for _, w := range want {
		if field.as != nil {
			w = field.as(w)
		}
		if w == "" || slices.Contains(got, w) {
			found++
		} else {
			missing = append(missing, w)
		}
	}
	same := found == len(want) || field.last && found > 0
	e.check(at, same, "missing %.300q; got %.300q in %d flows", missing, got, len(flows))
}

// texts returns the strings of a list.
func texts(v any) (all []string) {
	list, _ := v.([]any)
	for _, x := range list {
		all = append(all, fmt.Sprint(x))
	}
	return all
}

// collect returns what of says of each value.
func collect[T any](values []T, of func(*T) string) (all []string) {
	for i := range values {
		all = append(all, of(&values[i]))
	}
	return all
}

// onlyPath drops what is behind the path of a target, of which we keep the names
// only. The target of CONNECT is a host, not a path.
func onlyPath(target string) string {
	if _, rest, ok := strings.Cut(target, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		target = "/" + path
	}
	if !strings.HasPrefix(target, "/") && strings.Contains(target, ":") {
		return ""
	}
	if end := strings.IndexAny(target, "?;"); end >= 0 {
		target = target[:end]
	}
	return target
}

// finalStatus leaves out interim responses, which answer nothing.
func finalStatus(code string) string {
	if strings.HasPrefix(code, "1") && code != "101" {
		return ""
	}
	return code
}

// hostName writes a host as we do: case does not matter, and an address is
// without brackets.
func hostName(host string) string {
	return strings.ToLower(strings.NewReplacer("[", "", "]", "").Replace(host))
}

// dnsName writes a name of tshark's as we do.
func dnsName(name string) string {
	if name == "<Root>" {
		return "."
	}
	return name
}

// netbiosName drops what tshark says of a name, and what is no name. But for the
// last one, <01> stands for a byte that is not printable.
func netbiosName(name string) string {
	name, _, _ = strings.Cut(name, " (")
	if strings.HasPrefix(name, "Illegal ") {
		return ""
	}
	last := strings.LastIndex(name, "<")
	if last < 0 {
		return name
	}
	return netbiosByte.ReplaceAllStringFunc(name[:last], func(s string) string {
		n, _ := strconv.ParseUint(s[1:3], 16, 8)
		return fmt.Sprintf("\\%03d", n)
	}) + name[last:]
}

var netbiosByte = regexp.MustCompile("<[0-9a-f]{2}>")

var (
	ntpModeNames = map[string]string{"1": "symmetric_active", "2": "symmetric_passive", "3": "client", "4": "server",
		"5": "broadcast", "6": "control", "7": "private"}
	snmpVersionNames = map[string]string{"0": "1", "1": "2c", "3": "3"}
	stunMethodNames  = map[uint64]string{1: "binding", 2: "shared_secret", 3: "allocate", 4: "refresh", 6: "send", 7: "data",
		8: "create_permission", 9: "channel_bind"}
)

// stunMethodName returns the method in a message type (RFC 8489 §5).
func stunMethodName(kind string) string {
	n, err := strconv.ParseUint(kind, 0, 16)
	if err != nil {
		return kind
	}
	return stunMethodNames[n&0xf|n>>1&0x70|n>>2&0xf80]
}
