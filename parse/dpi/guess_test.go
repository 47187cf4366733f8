package dpi

import "testing"

func TestGuessApp(t *testing.T) {
	const tcp, udp, sctp = 6, 17, 132
	for _, tt := range []struct {
		name  string
		proto uint8
		a, b  uint16
		want  Protocol
	}{
		{"at home on one port", tcp, 50000, 22, SSH},
		{"over the other transport", udp, 50000, 22, Unknown},
		{"the lower of two", udp, 443, 53, DNS},
		{"nobody's port", tcp, 50000, 50001, Unknown},
		{"another transport", sctp, 50000, 443, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := GuessApp(tt.proto, tt.a, tt.b)
			if tt.want == Unknown {
				if app != nil {
					t.Errorf("got %v, want nothing", app.Protocol)
				}
				return
			}
			if app == nil || app.Protocol != tt.want || app.Confidence != ByPort || app != GuessApp(tt.proto, tt.b, tt.a) {
				t.Errorf("got %+v, want %v by port, once made", app, tt.want)
			}
		})
	}
}
