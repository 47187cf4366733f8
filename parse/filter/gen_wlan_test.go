package filter

import (
	"slices"
	"testing"

	"sockeye/parse"
)

// TestWLAN tests the addresses and the kinds of 802.11 frames, whose four
// addresses end in 1 to 4, behind each radio header.
func TestWLAN(t *testing.T) {
	const (
		addr1, addr2, addr3, addr4 = "0a0000000001", "0a0000000002", "0a0000000003", "0a0000000004"
	)
	frames := map[string]string{ // frame control, duration, addresses
		"beacon":   "8000 0000 ffffffffffff" + addr2 + addr3 + "0000",
		"rts":      "b400 0000" + addr1 + addr2,
		"cts":      "c400 0000" + addr1,
		"ack":      "d400 0000" + addr1,
		"in cell":  "0800 0000" + addr1 + addr2 + addr3 + "0000" + "aaaa03000000 0800",
		"to ds":    "0801 0000" + addr1 + addr2 + addr3 + "0000" + "aaaa03000000 0800",
		"from ds":  "8802 0000" + addr1 + addr2 + addr3 + "0000 0000" + "aaaa03000000 0800",
		"wds":      "0803 0000" + addr1 + addr2 + addr3 + "0000" + addr4,
		"null":     "4801 0000" + addr1 + addr2 + addr3 + "0000",
		"reserved": "0c00 0000" + addr1 + addr2 + addr3 + "0000",
	}
	data := []string{"in cell", "to ds", "from ds", "wds", "null"}
	tests := []struct {
		text string
		want []string
	}{
		{"wlan src a:0:0:0:0:2", []string{"beacon", "in cell", "to ds", "null"}},
		{"wlan src a:0:0:0:0:3", []string{"from ds"}},
		{"wlan src a:0:0:0:0:4", []string{"wds"}},
		{"wlan dst a:0:0:0:0:1", []string{"in cell", "from ds"}},
		{"wlan dst a:0:0:0:0:3", []string{"to ds", "wds", "null"}},
		{"wlan host a:0:0:0:0:3", []string{"to ds", "from ds", "wds", "null"}},
		{"wlan src and dst a:0:0:0:0:3", nil},
		{"not wlan host a:0:0:0:0:3", []string{"beacon", "rts", "cts", "ack", "in cell", "reserved"}},
		{"wlan addr1 a:0:0:0:0:1", []string{"rts", "cts", "ack", "in cell", "to ds", "from ds", "wds", "null", "reserved"}},
		{"wlan addr2 a:0:0:0:0:2", []string{"beacon", "rts", "in cell", "to ds", "from ds", "wds", "null", "reserved"}},
		{"wlan addr3 a:0:0:0:0:3", append([]string{"beacon", "reserved"}, data...)},
		{"wlan addr4 a:0:0:0:0:4", []string{"wds"}},
		{"wlan ra a:0:0:0:0:1", append([]string{"reserved"}, data...)},
		{"wlan ta a:0:0:0:0:2", append([]string{"reserved"}, data...)},
		{"broadcast", []string{"beacon"}},
		{"wlan multicast", []string{"beacon"}},
		{"type mgt", []string{"beacon"}},
		{"type ctl", []string{"rts", "cts", "ack"}},
		{"type 8", data},
		{"wlan type ctl subtype rts", []string{"rts"}},
		{"type ctl subtype 0xd0", []string{"ack"}},
		{"subtype beacon", []string{"beacon"}},
		{"subtype QoS-Data", []string{"from ds"}},
		{"subtype null", []string{"null"}},
		{"dir tods", []string{"to ds", "null"}},
		{"dir fromds", []string{"from ds"}},
		{"dir dstods and type data", []string{"wds"}},
		{"direction 0", []string{"beacon", "rts", "cts", "ack", "in cell", "reserved"}},
		{"llc", data},
		{"ip", []string{"in cell", "to ds", "from ds"}},
		{"ip or rarp or type ctl", []string{"in cell", "to ds", "from ds", "rts", "cts", "ack"}},
		{"link[0] & 0x0c = 0x04", []string{"rts", "cts", "ack"}},
	}
	radios := map[parse.LinkType]string{
		parse.Link80211:    "",
		parse.LinkRadiotap: "00000900 02000000 00",
		parse.LinkAVS:      "80211001 00000008",
		parse.LinkPPI:      "00000800 69000000",
	}
	for link, radio := range radios {
		for _, test := range tests {
			t.Run(link.String()+" "+test.text, func(t *testing.T) {
				for name, frame := range frames {
					// Zeros behind a frame keep loads inside the packet.
					b := slices.Concat(unhex(t, radio), unhex(t, frame), make([]byte, 30))
					if got, want := match(t, test.text, Options{Link: link}, b), slices.Contains(test.want, name); got != want {
						t.Errorf("match of %s: got %v, want %v", name, got, want)
					}
				}
			})
		}
	}
	other := unhex(t, "00000800 01000000 0800 0000 0a0000000001") // PPI with an Ethernet frame
	if match(t, "wlan addr1 a:0:0:0:0:1 or link[0] = 8 or ip", Options{Link: parse.LinkPPI}, append(other, make([]byte, 60)...)) {
		t.Error("PPI with Ethernet: got a match, want none")
	}
}
