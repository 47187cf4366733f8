package main

import "testing"

func TestRightsOf(t *testing.T) {
	for _, c := range []struct {
		uid  int
		have capSet
		want string
	}{
		{0, allCaps, "root"},
		{0, allCaps &^ capSysAdmin, "root without cap_sys_admin"},
		{0, capNetRaw, "root with cap_net_raw"},
		{0, 0, "root with none"},
		{1000, capNetRaw | capBPF, "cap_net_raw, cap_bpf"},
		{1000, 0, "none"},
	} {
		if got := rightsOf(c.uid, c.have); got != c.want {
			t.Errorf("user %d with %x: got %q, want %q", c.uid, uint64(c.have), got, c.want)
		}
	}
}
