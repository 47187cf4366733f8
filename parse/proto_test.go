package parse

import "testing"

func TestProtoName(t *testing.T) {
	for proto, want := range map[uint8]string{
		1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 33: "dccp", 41: "ipv6", 47: "gre", 50: "esp", 51: "ah",
		58: "icmp6", 132: "sctp", 136: "udplite", 253: "253",
	} {
		if got := ProtoName(proto); got != want {
			t.Errorf("%d: got %q, want %q", proto, got, want)
		}
	}
}

func TestEtherTypeName(t *testing.T) {
	for et, want := range map[uint16]string{
		0x0004: "llc", 0x0800: "ipv4", 0x0806: "arp", 0x86dd: "ipv6", 0x88cc: "lldp", 0x1234: "0x1234", 0: "0x0000",
	} {
		if got := EtherTypeName(et); got != want {
			t.Errorf("%#04x: got %q, want %q", et, got, want)
		}
	}
}

func TestLinkTypeNames(t *testing.T) {
	for l := range LinkType(400) {
		if got, ok := LinkTypeFor(l.String()); !ok || got != l {
			t.Errorf("%d: LinkTypeFor(%q) gives %d, %v", l, l.String(), got, ok)
		}
	}
	for name, want := range map[string]LinkType{
		"ETHERNET": 1, "LINKTYPE_ETHERNET": 1, "DLT_EN10MB": 1, "en10mb": 1, "linux_sll2": 276, "276": 276, "COOKED": LinkCooked,
	} {
		if got, ok := LinkTypeFor(name); !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "NONSENSE", "70000", "-1"} {
		if got, ok := LinkTypeFor(name); ok {
			t.Errorf("%q: got %d, want none", name, got)
		}
	}
	if got, want := LinkType(9999).String(), "LINKTYPE_9999"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
