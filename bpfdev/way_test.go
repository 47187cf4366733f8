package bpfdev

import "testing"

func TestWay(t *testing.T) {
	own := []byte{2, 0, 0, 0, 0, 1}
	frame := func(to, from string) []byte { return unhex(t, to+from+"0800") }
	const us, them, third = "020000000001", "020000000002", "020000000003"
	tests := []struct {
		name   string
		record Record
		mac    []byte
		want   Way
	}{
		{"the kernel says out", Record{Data: frame(them, us), Extended: true, Out: true}, own, WayOut},
		{"out, though the source is another's (bridge)", Record{Data: frame(them, third), Extended: true, Out: true}, own, WayOut},
		{"in, to us", Record{Data: frame(us, them), Extended: true}, own, WayHost},
		{"in, to all", Record{Data: frame("ffffffffffff", them), Extended: true}, own, WayBroadcast},
		{"in, to a group", Record{Data: frame("01005e0000fb", them), Extended: true}, own, WayMulticast},
		{"in, to another machine", Record{Data: frame(third, them), Extended: true}, own, WayOther},
		{"in, from our own address (a looped broadcast)", Record{Data: frame("ffffffffffff", us), Extended: true}, own, WayBroadcast},
		{"in, no link addresses", Record{Data: unhex(t, "02000000 45000014"), Extended: true}, nil, WayHost},
		{"out, no link addresses", Record{Data: unhex(t, "02000000 45000014"), Extended: true, Out: true}, nil, WayOut},
		{"in, cut within the addresses", Record{Data: frame(us, them)[:11], Extended: true}, own, WayHost},
		{"plain, from us", Record{Data: frame(them, us)}, own, WayOut},
		{"plain, from us to all", Record{Data: frame("ffffffffffff", us)}, own, WayOut},
		{"plain, to us", Record{Data: frame(us, them)}, own, WayHost},
		{"plain, to a group", Record{Data: frame("333300000001", them)}, own, WayMulticast},
		{"plain, to another machine", Record{Data: frame(third, them)}, own, WayOther},
		{"plain, no link addresses", Record{Data: unhex(t, "02000000 45000014")}, nil, WayUnknown},
		{"plain, cut within the addresses", Record{Data: frame(us, them)[:11]}, own, WayUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.record.Way(tt.mac); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
