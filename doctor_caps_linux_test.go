package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCapSet(t *testing.T) {
	for _, c := range []struct {
		name string
		set  capSet
		want string
	}{
		{"none", 0, "none"},
		{"all", allCaps, "all"},
		{"more than have names", ^capSet(0), "all"},
		{"one", capNetRaw, "cap_net_raw"},
		{"by number", capBPF | capPerfmon | capNetRaw, "cap_net_raw, cap_perfmon, cap_bpf"},
		{"all but one", allCaps &^ (1 << 24), "all but cap_sys_resource"},
	} {
		if got := c.set.String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got, err := json.Marshal(capNetRaw); err != nil || string(got) != `["cap_net_raw"]` {
		t.Errorf("as JSON: got %s, %v", got, err)
	}
	if got, err := json.Marshal(capSet(0)); err != nil || string(got) != `[]` {
		t.Errorf("none as JSON: got %s, %v", got, err)
	}
}

// TestCapNames compares the numbers of our own with what the kernel calls the
// last one.
func TestCapNames(t *testing.T) {
	for set, want := range map[capSet]string{
		capDACReadSearch: "cap_dac_read_search", capNetAdmin: "cap_net_admin", capNetRaw: "cap_net_raw",
		capSysPtrace: "cap_sys_ptrace", capSysAdmin: "cap_sys_admin", capPerfmon: "cap_perfmon", capBPF: "cap_bpf",
	} {
		if diff := cmp.Diff([]string{want}, set.names()); diff != "" {
			t.Errorf("want (-) got (+):\n%s", diff)
		}
	}
	last, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(last)); got == "40" && capNames[40] != "checkpoint_restore" || len(capNames) < 41 {
		t.Errorf("the kernel's last capability is %s, and the names end with %s", got, capNames[len(capNames)-1])
	}
}

func TestDecodeFileCaps(t *testing.T) {
	// As `setcap cap_net_raw,cap_perfmon,cap_bpf+ep` leaves it.
	good := []byte{
		0x01, 0x00, 0x00, 0x02, // revision 2, effective
		0x00, 0x20, 0x00, 0x00, // permitted, low: bit 13
		0x00, 0x00, 0x00, 0x00, // inheritable, low
		0xc0, 0x00, 0x00, 0x00, // permitted, high: bits 38 and 39
		0x00, 0x00, 0x00, 0x00, // inheritable, high
	}
	edit := func(at int, b byte) []byte {
		c := append([]byte(nil), good...)
		c[at] = b
		return c
	}
	for _, c := range []struct {
		name      string
		attribute []byte
		want      capSet
	}{
		{"revision 2", good, capNetRaw | capPerfmon | capBPF},
		{"revision 3 with its root", append(edit(3, 3), 0xe8, 3, 0, 0), capNetRaw | capPerfmon | capBPF},
		{"not effective", edit(0, 0), 0},
		{"unknown revision", edit(3, 4), 0},
		{"revision 1", edit(3, 1), 0},
		{"cut short", good[:19], 0},
		{"nothing", nil, 0},
	} {
		if got := decodeFileCaps(c.attribute); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzDecodeFileCaps(f *testing.F) {
	f.Add([]byte{1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 192, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, attribute []byte) {
		if got := decodeFileCaps(attribute); len(attribute) < 20 && got != 0 {
			t.Errorf("got %v from %d bytes, want none", got, len(attribute))
		}
	})
}
