package theme

import (
	"testing"

	"sockeye/ui/term"
)

// textRoles are read on the theme's background and on the surfaces over it.
var textRoles = []Role{Text, Muted, Faint, Label, Heading, Title, Accent, Good, Warn, Bad, Sent, Received, Both,
	Rate2, Rate10, Rate40, Local, Remote, Process, Service, Key}

// surfaceRoles have a background of their own.
var surfaceRoles = []Role{Alert, Selected, Hover, Bar, BarSent, BarReceived, Bar2, Status, Header, Popup, Input, Cursor, Match}

// TestContrast holds what the project promises of every theme.
func TestContrast(t *testing.T) {
	for _, th := range All() {
		if th.Name == "mono" {
			continue // has no colours
		}
		for r := range Roles {
			s := th.Style(r)
			least := TextContrast
			if r == Border {
				least = LineContrast
			}
			if got, ok := Contrast(s.FG, s.BG); !ok || got < least {
				t.Errorf("%s, role %d: got contrast %.2f, %v, want %.1f", th.Name, r, got, ok, least)
			}
		}
		for _, r := range []Role{Bar, BarSent, BarReceived, Bar2} {
			if got, ok := Contrast(th.Style(r).BG, th.Background); !ok || got < LineContrast {
				t.Errorf("%s, bar %d: got contrast %.2f, %v, want %.1f", th.Name, r, got, ok, LineContrast)
			}
		}
	}
}

func TestWCAG(t *testing.T) {
	for _, tt := range []struct {
		a, b term.Color
		want float64
	}{
		{term.RGB(0, 0, 0), term.RGB(255, 255, 255), 21},
		{term.RGB(0x77, 0x77, 0x77), term.RGB(255, 255, 255), 4.48}, // the greys round the limit that WCAG's authors name
		{term.RGB(0x76, 0x76, 0x76), term.RGB(255, 255, 255), 4.54},
	} {
		if got, ok := Contrast(tt.a, tt.b); !ok || got < tt.want-0.01 || got > tt.want+0.01 {
			t.Errorf("got %.3f, %v, want %.2f", got, ok, tt.want)
		}
	}
	if _, ok := Contrast(term.Default, term.RGB(0, 0, 0)); ok {
		t.Error("the contrast of the terminal's own colour is known, want that it is not")
	}
}
