package names

import (
	"bytes"
	"compress/flate"
	"net/netip"
	"strings"
	"testing"
)

func TestDomain(t *testing.T) {
	for name, want := range map[string]string{
		"www.example.com":             "example.com",
		"WWW.Example.CO.UK.":          "example.co.uk",
		"a.b.me.github.io":            "me.github.io",
		"co.uk":                       "co.uk",
		"localhost":                   "localhost",
		"printer.local":               "printer.local",
		"192.0.2.1":                   "192.0.2.1",
		"2001:db8::1.2.3.4":           "2001:db8::1.2.3.4",
		"a.xn--85x722f.xn--55qx5d.cn": "xn--85x722f.xn--55qx5d.cn",
		"www.食狮.公司.cn":                "公司.cn", // not in the form of DNS: the list does not know it
		"4.3.2.1.in-addr.arpa":        "1.in-addr.arpa",
		"":                            "",
		".":                           ".",
		"a..b":                        "a..b",
	} {
		if got := Domain(name); got != want {
			t.Errorf("Domain(%q): got %q, want %q", name, got, want)
		}
	}
}

func TestScope(t *testing.T) {
	for addr, want := range map[string]string{
		"0.0.0.0": "UNSPECIFIED", "::": "UNSPECIFIED", "0.1.2.3": "RESERVED",
		"127.0.0.1": "LOOPBACK", "::1": "LOOPBACK",
		"10.0.0.1": "PRIVATE", "172.16.0.1": "PRIVATE", "172.31.255.255": "PRIVATE", "172.32.0.0": "PUBLIC", "192.168.1.1": "PRIVATE",
		"100.64.0.1": "CGNAT", "100.127.255.255": "CGNAT", "100.128.0.0": "PUBLIC",
		"169.254.1.1": "LINK-LOCAL", "fe80::1%eth0": "LINK-LOCAL", "febf::1": "LINK-LOCAL",
		"192.0.0.8": "RESERVED", "192.0.0.9": "PUBLIC", "192.88.99.1": "RESERVED",
		"192.0.2.1": "DOCUMENTATION", "198.51.100.1": "DOCUMENTATION", "203.0.113.1": "DOCUMENTATION",
		"2001:db8::1": "DOCUMENTATION", "3fff:fff::1": "DOCUMENTATION",
		"198.18.0.1": "BENCHMARKING", "198.19.255.255": "BENCHMARKING", "198.20.0.0": "PUBLIC", "2001:2::1": "BENCHMARKING",
		"224.0.0.251": "MULTICAST", "239.255.255.255": "MULTICAST", "ff02::fb": "MULTICAST",
		"255.255.255.255": "BROADCAST", "240.0.0.1": "RESERVED",
		"100::1": "DISCARD", "100:0:0:1::1": "RESERVED",
		"fc00::1": "UNIQUE-LOCAL", "fdff::1": "UNIQUE-LOCAL", "fec0::1": "RESERVED",
		"::ffff:192.0.2.1": "IPV4-MAPPED", "64:ff9b::1.2.3.4": "PUBLIC", "64:ff9b:1::1": "RESERVED",
		"2001::1": "PUBLIC", "2001:5::1": "RESERVED", "2001:200::1": "PUBLIC", "2002::1": "PUBLIC", "5f00::1": "RESERVED", "4000::1": "RESERVED",
		"8.8.8.8": "PUBLIC", "2606:4700::1111": "PUBLIC",
	} {
		if got := Scope(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Scope(%s): got %q, want %q", addr, got, want)
		}
	}
	if got := Scope(netip.Addr{}); got != "" {
		t.Errorf("no address: got %q", got)
	}
}

func TestVendor(t *testing.T) {
	tests := []struct {
		name string
		mac  [6]byte
		want string
	}{
		{"MA-L", [6]byte{0xb8, 0x27, 0xeb, 1, 2, 3}, "Raspberry Pi Foundation"},
		{"the first", [6]byte{0, 0, 0, 1, 2, 3}, "XEROX CORPORATION"},
		{"MA-M, of which MA-L is IEEE's own", [6]byte{0x74, 0x1a, 0xe0, 0x82, 3, 4}, "Broadcast Wireless Systems Ltd"},
		{"MA-S", [6]byte{0x70, 0xb3, 0xd5, 0xf2, 0xf1, 2}, "TELEPLATFORMS"},
		{"assigned with the bit of local ones", [6]byte{2, 0x60, 0x8c, 1, 2, 3}, "3COM"},
		{"local", [6]byte{2, 0x42, 1, 2, 3, 4}, "locally administered"},
		{"QEMU", [6]byte{0x52, 0x54, 0, 1, 2, 3}, "QEMU/KVM"},
		{"multicast", [6]byte{1, 0, 0x5e, 0, 0, 0xfb}, "multicast"},
		{"broadcast", [6]byte{255, 255, 255, 255, 255, 255}, "broadcast"},
		{"zeros", [6]byte{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Vendor(tt.mac); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if !strings.Contains(VendorSource(), "IEEE") {
		t.Errorf("source: got %q", VendorSource())
	}
	if v := loadVendors(); len(v.blocks[0]) < 35000 || len(v.blocks[1]) < 6000 || len(v.blocks[2]) < 6000 {
		t.Errorf("got %d, %d and %d prefixes", len(v.blocks[0]), len(v.blocks[1]), len(v.blocks[2]))
	}
}

// FuzzReadVendors reads tables of any bytes.
func FuzzReadVendors(f *testing.F) {
	f.Add([]byte("source\nA\nB\n\n\x02\x05\x01\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("source\n\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(table); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		v, err := readVendors(packed.Bytes())
		if err != nil {
			return
		}
		for i := range v.blocks {
			if len(v.blocks[i]) != len(v.assigned[i]) {
				t.Errorf("registry %d: got %d prefixes, %d places", i, len(v.blocks[i]), len(v.assigned[i]))
			}
			for _, prefix := range v.blocks[i] {
				v.find(prefix << (48 - ouiBits[i]) & (1<<48 - 1)) // finds something, or nothing where they are not sorted
			}
		}
	})
}

func BenchmarkVendor(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		Vendor([6]byte{0xb8, 0x27, byte(i), 1, 2, 3})
	}
}
