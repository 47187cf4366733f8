package export

import (
	"net/netip"
	"strings"
	"testing"

	"sockeye/track"
	"sockeye/track/names"
)

// TestNamesOnce checks that a name which is in this machine's table, too, is listed
// once, with the source that is believed more.
func TestNamesOnce(t *testing.T) {
	n := Names{Hosts: names.ReadHosts(strings.NewReader("192.0.2.1 Router.lan\n192.0.2.2 other.lan\n"))}
	for addr, want := range map[string]string{
		"192.0.2.1": "dns router.lan", "192.0.2.2": "dns router.lan, hosts other.lan", "192.0.2.3": "dns router.lan",
	} {
		row := track.Row{
			Remote: track.Endpoint{Addr: netip.MustParseAddr(addr)},
			Names:  []names.Name{{Name: "router.lan", Source: names.DNS}},
		}
		var got []string
		for _, name := range n.all(nil, &row) {
			got = append(got, name.Source+" "+name.Name)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %q, want %q", addr, got, want)
		}
	}
}
