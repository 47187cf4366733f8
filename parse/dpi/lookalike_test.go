package dpi

import (
	"strings"
	"testing"
)

// TestLookalikes sends what other protocols and devices send, which no decoder here
// reads: it has no name, or where its bytes are just as those of another a doubtful
// one.
func TestLookalikes(t *testing.T) {
	counted := func(n byte) []byte { // as games count their messages
		return pack(4, 0, 0, 0, 1, 0, 0, 0, int(n), 0, 0, 0, 0, 0, 0, 0, fill(64))
	}
	tests := []struct {
		name string
		udp  bool
		b    []byte
		want Protocol
	}{
		{"NetFlow 9", false, pack(be2(9), be2(1), be4(1234567), be4(1_700_000_000), make([]byte, 56)), Unknown},
		{"NetFlow 9", true, pack(be2(9), be2(1), be4(1234567), be4(1_700_000_000), make([]byte, 56)), Unknown},
		{"Modbus", false, pack(be2(1), be2(0), be2(6), 1, 3, be2(107), be2(3)), Unknown},
		{"Sun RPC", false, pack(be4(1<<31|40), be4(0x5ac3e1d2), be4(0), be4(2), be4(100003), be4(3), be4(0), be8(0), be8(0)), Unknown},
		{"Cassandra", false, pack(4, 0, be2(0), 5, be4(0)), Unknown},
		{"BGP", false, pack(strings.Repeat("\xff", 16), be2(29), 1, 4, be2(64512), be2(180), be4(0x0a000001), 0), Unknown},
		{"ZooKeeper", false, pack(be4(44), be4(0), be8(0), be4(30000), be8(0), be4(16), make([]byte, 16)), Unknown},
		{"Thrift", false, pack(be4(20), be4(0x80010001), be4(4), "ping", be4(1), 0), Unknown},
		{"StatsD", true, []byte("requests:1|c\n"), Unknown},
		{"VXLAN", true, pack(be4(0x08000000), be4(0x100), fill(90)), Unknown},
		{"ESP", true, pack(be4(0xc1020304), be4(7), fill(100)), Unknown},
		{"a query of a game server", true, pack(be4(1<<32-1), "TSource Engine Query", 0), Unknown},
		{"nothing but zeros", true, make([]byte, 48), Unknown},
		{"nothing but ones", false, []byte(strings.Repeat("\xff", 200)), Unknown},
		{"a counter", true, counted(0), WireGuard},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := conversation{name: test.name, udp: test.udp}
			for n := range byte(20) {
				b := test.b
				if test.name == "a counter" {
					b = counted(n)
				}
				c.said = append(c.said, said{dir: Dir(n & 1), b: b})
			}
			out := c.once(t, manner{})
			if got := out.App.protocol(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if out.App != nil && out.App.Confidence == Exact {
				t.Errorf("got %s, want a doubt", asJSON(out.App))
			}
		})
	}
}
