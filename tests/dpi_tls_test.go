package tests

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse/dpi"
)

// expectedHello is one ClientHello as other programs read it.
type expectedHello struct {
	File      string
	Frame     int
	Transport string // "" in the list of QUIC, which is "quic"
	Src, Dst  netip.Addr
	SPort     uint16
	DPort     uint16
	SNI       []string
	ALPN      []string
	JA3       optional
	JA4       optional
	Versions  []string `json:"quic_version"`
}

// optional is a text, or null or an empty list where there is none.
type optional string

func (o *optional) UnmarshalJSON(b []byte) error {
	if b[0] != '"' {
		return nil
	}
	return json.Unmarshal(b, (*string)(o))
}

// TestInspectTLS compares the fingerprints and names of every ClientHello of the
// corpora.
func TestInspectTLS(t *testing.T) {
	compareHellos(t, "tls.jsonl", tlsExceptions)
}

// TestInspectQUIC does so for those that had to be decrypted, and compares the
// versions of QUIC.
func TestInspectQUIC(t *testing.T) {
	compareHellos(t, "quic.jsonl", quicExceptions)
}

func compareHellos(t *testing.T, list string, known []exception) {
	dir := testkit.Corpora(t)
	all := corporaTold(t)
	e := newExceptions(t, known)
	for _, want := range jsonLines[expectedHello](t, filepath.Join(dir, "expected", list)) {
		proto := "udp"
		if want.Transport == "tcp" {
			proto = "tcp"
		}
		file := strings.TrimPrefix(want.File, "pcaps/")
		ends := newPair(proto, netip.AddrPortFrom(want.Src, want.SPort), netip.AddrPortFrom(want.Dst, want.DPort))
		got := hellosOf(all[file].byPair[ends])
		at := func(what string) string { return fmt.Sprintf("%s %d %s", file, want.Frame, what) }
		one := func(what, value string, of func(*dpi.TLSDetail) string) {
			var ours []string
			for i := range got {
				ours = append(ours, of(&got[i]))
			}
			e.check(at(what), slices.Contains(ours, value), "got %q want %q", ours, value)
		}
		if want.JA3 != "" {
			one("ja3", string(want.JA3), func(d *dpi.TLSDetail) string { return d.JA3 })
		}
		if want.JA4 != "" {
			one("ja4", string(want.JA4), func(d *dpi.TLSDetail) string { return d.JA4 })
		}
		one("sni", strings.Join(want.SNI, " "), func(d *dpi.TLSDetail) string { return d.SNI })
		one("alpn", strings.Join(want.ALPN, " "), func(d *dpi.TLSDetail) string { return strings.Join(d.ALPNOffered, " ") })
		for _, number := range want.Versions {
			version := quicVersions[number]
			ok := slices.ContainsFunc(all[file].byPair[ends], func(f *toldFlow) bool {
				return f.App != nil && f.App.QUIC != nil && f.App.QUIC.Version == version
			})
			e.check(at("version"), ok, "want version %q (%s)", version, number)
		}
	}
	e.finish(list)
}

// hellosOf returns the handshakes of all generations of a tuple.
func hellosOf(flows []*toldFlow) (all []dpi.TLSDetail) {
	for _, f := range flows {
		all = append(all, f.tls...)
		if f.App != nil && f.App.TLS != nil {
			all = append(all, *f.App.TLS)
		}
	}
	return all
}

var quicVersions = map[string]string{
	"0x00000001": "1",
	"0x54303530": "T050",
	"0x6b3343cf": "2",
	"0xfaceb00e": "mvfst-exp",
	"0xff000017": "draft-23",
	"0xff00001c": "draft-28",
	"0xff00001d": "draft-29",
	"0xff000022": "draft-34",
}

// versionBefore: the server asks for another version, which is then the flow's.
var versionBefore = exception{
	"the version before the server asked for another",
	[]string{"ndpi/quic-28.pcap 1 version"},
}

var quicExceptions = []exception{versionBefore}

var tlsExceptions = []exception{
	versionBefore,
	{
		"the second hello of a handshake, after a cookie or another hello was asked for: the first one's are kept",
		[]string{
			"ndpi/dtls.pcap 9 ja3",
			"zeek/tls__dtls13-cid.pcap 6 ja3",
			"zeek/tls__dtls13-cid.pcap 28 ja3",
		},
	},
	{
		"a second hello that nobody asked for: the first one's are kept",
		[]string{"suricata-verify/tls-duplicate-hello__input.pcap 9 ja[34]"},
	},
	{
		"without cipher suites and extensions the fingerprint is that of 769,,,,; tshark takes 769,,",
		[]string{"ndpi/tls_cipher_lens.pcap 5 ja3"},
	},
	{
		"within OpenVPN, whose packets are not put together",
		[]string{"ndpi/443-opvn.pcap 10 *"},
	},
	{
		"within CAPWAP, which is no tunnel that --decap enters",
		[]string{"ndpi/capwap_data.pcapng 9 *"},
	},
	{
		"within RDP-UDP version 2",
		[]string{"zeek/rdp__rdpeudp2-handshake-success.pcap 3 *"},
	},
	{
		"EAP-TLS within 802.1X, which is no flow of IP",
		[]string{
			"wireshark/wpa-eap-tls.pcap 6 *",
			"wireshark/wpa2-ft-eap.pcapng 13 *",
		},
	},
}
