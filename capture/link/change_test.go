package link

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// summary writes changes as "name kind", in order.
func summary(changes []Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%s %s", c.Interface.Name, c.Kind))
	}
	return out
}

func TestDiff(t *testing.T) {
	lo := Interface{Name: "lo", Index: 1, Up: true}
	eth := Interface{Name: "eth0", Index: 2, Up: true, MTU: 1500}
	with := func(i Interface, f func(*Interface)) Interface { f(&i); return i }

	for _, tc := range []struct {
		name          string
		before, after []Interface
		want          []string
	}{
		{"nothing", []Interface{lo, eth}, []Interface{lo, eth}, nil},
		{"counters only", []Interface{eth}, []Interface{with(eth, func(i *Interface) { i.RxPackets = 9 })}, nil},
		{"appeared", []Interface{lo}, []Interface{lo, eth}, []string{"eth0 appeared"}},
		{"gone", []Interface{lo, eth}, []Interface{lo}, []string{"eth0 is gone"}},
		{
			"made again", []Interface{lo, eth}, []Interface{lo, with(eth, func(i *Interface) { i.Index = 7 })},
			[]string{"eth0 is gone", "eth0 appeared"},
		},
		{
			"renamed", []Interface{eth}, []Interface{with(eth, func(i *Interface) { i.Name = "wan" })},
			[]string{"eth0 is gone", "wan appeared"},
		},
		{
			"down", []Interface{eth}, []Interface{with(eth, func(i *Interface) { i.Up = false })},
			[]string{"eth0 went down"},
		},
		{
			"up with an address and a route", []Interface{with(eth, func(i *Interface) { i.Up = false })},
			[]Interface{with(eth, func(i *Interface) {
				i.Addrs, i.DefaultRoute = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}, true
			})},
			[]string{"eth0 went up", "eth0 changed addresses", "eth0 changed the default route"},
		},
		{
			"carrier", []Interface{eth}, []Interface{with(eth, func(i *Interface) { i.Running = true })},
			[]string{"eth0 was altered"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, summary(diff(tc.before, tc.after))); d != "" {
				t.Errorf("changes (-want +got):\n%s", d)
			}
		})
	}
}
