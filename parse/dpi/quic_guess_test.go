package dpi

import (
	"math/rand/v2"
	"testing"
)

// quicMidway is a connection whose handshake was missed: n packets each way, with
// the IDs by which the ends are called.
func quicMidway(n int, toServer, toClient string) []said {
	rng := rand.New(rand.NewPCG(9, 9))
	var all []said
	for i := range 2 * n {
		id := []string{toServer, toClient}[i%2]
		b := append([]byte{0x40 | byte(rng.IntN(32))}, id...)
		for range 30 + rng.IntN(100) {
			b = append(b, byte(rng.Uint32()))
		}
		all = append(all, said{dir: Dir(i % 2), b: b, wire: len(b)})
	}
	return all
}

var quicMidways = register(
	conversation{name: "midway", proto: QUIC, udp: true, said: quicMidway(6, "\xdf\xc0\xfe\x62\xc6\x40\x77\x3c", "")},
	conversation{name: "midway, long IDs", proto: QUIC, udp: true, said: quicMidway(6, "\x01\xdf\xc0\xfe\x62\xc6\x40\x77\x3c\xde\xce\xfe\x01\xc6\x45\x78\xae\x81\x46\x60", "\xe2\x89\xe7\x5e\xe2\xcc\xda\x38")},
)

func TestQUICMidway(t *testing.T) {
	for _, v := range quicMidways {
		out := play(t, v)
		d := detail[*QUICDetail](t, out.App, "quic")
		if out.App.Confidence != Heuristic || d.Phase != quicStateConnected || d.Version != "" {
			t.Errorf("%s: got %v, %+v; want a guess that is connected", v.name, out.App.Confidence, d)
		}
	}
	change := func(change func(i int, s *said)) []said {
		all := quicMidway(8, "\xdf\xc0\xfe\x62\xc6\x40\x77\x3c", "")
		for i := range all {
			change(i, &all[i])
		}
		return all
	}
	for _, v := range []struct {
		name string
		said []said
	}{
		{"no ID in common", quicMidway(8, "", "")},
		{"a short ID", quicMidway(8, "\xdf\xc0\xfe\x62", "")},
		{"an ID that is none", quicMidway(8, "\x00\x00\x00\x00\x00\x00\x00\x01", "")},
		{"few packets", quicMidway(5, "\xdf\xc0\xfe\x62\xc6\x40\x77\x3c", "")[:6]},
		{"the first byte stays the same", change(func(_ int, s *said) { s.b[0] = 0x41 })},
		{"the same packet again and again", change(func(_ int, s *said) { copy(s.b, "A12345678901234567890123456") })},
		{"one packet without the fixed bit", change(func(i int, s *said) {
			if i == 8 {
				s.b[0] &^= 0x40
			}
		})},
	} {
		out := conversation{name: v.name, udp: true, said: v.said}.once(t, manner{})
		if got := out.App.protocol(); got != Unknown {
			t.Errorf("%s: got %v, want nothing", v.name, got)
		}
	}
}
