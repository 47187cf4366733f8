package link

import (
	"slices"
	"testing"
)

func TestNear(t *testing.T) {
	names := []string{"lo", "eth0", "eth1", "wlan0", "docker0", "wg0", "enp0s31f6"}
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"swapped letters", "eht0", []string{"eth0"}},
		{"missing letter", "wlan", []string{"wlan0"}},
		{"letter too many", "dockerr0", []string{"docker0"}},
		{"wrong number", "eth2", []string{"eth0", "eth1"}},
		{"other case", "ETH1", []string{"eth1", "eth0"}},
		{"beginning only", "enp0", []string{"enp0s31f6"}},
		{"nothing like it", "tailscale0", []string{}},
		{"empty", "", []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Near(tc.in, names); !slices.Equal(got, tc.want) {
				t.Errorf("Near(%q): got %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestNearIsShort(t *testing.T) {
	names := []string{"eth1", "eth2", "eth3", "eth4", "eth5"}
	if got := Near("eth0", names); len(got) != maxNear {
		t.Errorf("got %q, want %d names", got, maxNear)
	}
}
