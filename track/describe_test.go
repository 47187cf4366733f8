package track

import (
	"fmt"
	"testing"

	"sockeye/parse"
)

// A port says what a flow may speak only where nobody has looked at its bytes.
func TestAppByPort(t *testing.T) {
	for _, tt := range []struct {
		name    string
		inspect bool
		packet  pkt
		want    string
	}{
		{"a SYN alone", true, pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:22", proto: parse.ProtoTCP, flags: parse.FlagSYN, n: 42}, "ssh port"},
		{"payload that is nothing", true, pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53"}, ""},
		{"payload that nobody looks at", false, pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53"}, "dns port"},
		{"nobody's port", true, pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:40001", n: 42}, ""},
		{"no ports", true, pkt{src: "10.0.0.1:22", dst: "192.0.2.1:22", proto: 132, n: 42}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab := newTable(t, Config{Inspect: tt.inspect})
			feed(tab, 0, tt.packet)
			got := ""
			if app := only(t, snapshot(tab, 1e9)).App; app != nil {
				got = fmt.Sprint(app.Protocol, " ", app.Confidence)
			}
			if got != tt.want {
				t.Errorf("got %q want %q", got, tt.want)
			}
		})
	}
}
