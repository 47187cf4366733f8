package theme

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/config"
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
		if th.Name != "mono" { // which has no colours
			checkLegible(t, th)
		}
	}
}

// checkLegible measures text on what it stands on, and lines and bars on the background,
// on terminals of 2^24 colours and of 256.
func checkLegible(t *testing.T, th *Theme) {
	t.Helper()
	checkStyles(t, th, term.TrueColor)
	checkStyles(t, th, term.Colors256)
}

func checkStyles(t *testing.T, th *Theme, colors term.Colors) {
	t.Helper()
	background := term.Style{FG: term.Default, BG: th.Background}.Degrade(colors).BG
	for r := range Roles {
		s, least := th.Style(r).Degrade(colors), TextContrast
		if r == Border {
			least = LineContrast
		}
		if got, ok := Contrast(s.FG, s.BG); !ok || got < least {
			t.Errorf("%s in colors %d, role %v: got contrast %.2f, %v, want %.1f", th.Name, colors, r, got, ok, least)
		}
	}
	for _, r := range []Role{Bar, BarSent, BarReceived, Bar2} {
		if got, ok := Contrast(th.Style(r).Degrade(colors).BG, background); !ok || got < LineContrast {
			t.Errorf("%s in colors %d, bar %v: got contrast %.2f, %v, want %.1f", th.Name, colors, r, got, ok, LineContrast)
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

// TestSurfaces holds that names, labels and figures can be read in boxes, on the row
// under the pointer and in the bars of the screen as well.
func TestSurfaces(t *testing.T) {
	for _, th := range All() {
		if th.Name == "mono" {
			continue
		}
		for _, over := range []Role{Popup, Header, Status, Hover} {
			if over == Hover && th.Name == "ansi16" {
				continue // sixteen colours leave no room: the row is drawn in its style alone
			}
			for _, r := range textRoles {
				if got, _ := Contrast(th.Style(r).FG, th.Style(over).BG); got < TextContrast {
					t.Errorf("%s: role %v on surface %v has contrast %.2f, want %.1f", th.Name, r, over, got, TextContrast)
				}
			}
			if got, _ := Contrast(th.Style(Border).FG, th.Style(over).BG); got < LineContrast {
				t.Errorf("%s: lines on surface %v have contrast %.2f, want %.1f", th.Name, over, got, LineContrast)
			}
		}
	}
}

// TestOwnBackgrounds holds that what lies over the screen is seen to.
func TestOwnBackgrounds(t *testing.T) {
	for _, th := range All() {
		for _, r := range surfaceRoles {
			s := th.Style(r)
			if r == Popup && (th.Name == "mono" || th.Name == "ansi16") {
				continue // is told by its lines
			}
			if s.BG == th.Background && s.Attr&(term.Reverse|term.Underline|term.Italic|term.Bold) == 0 {
				t.Errorf("%s: surface %v looks like the background", th.Name, r)
			}
		}
		for _, pair := range [][2]Role{{Selected, Hover}, {Selected, Bar}, {Hover, Bar}, {Selected, Match}, {Hover, Match}, {Bar, Match}} {
			a, b := th.Style(pair[0]), th.Style(pair[1])
			if a.BG == b.BG && a.Attr == b.Attr {
				t.Errorf("%s: roles %v look the same", th.Name, pair)
			}
		}
	}
}

func TestSentAndReceived(t *testing.T) {
	for _, th := range All() {
		for _, pair := range [][2]Role{{Sent, Received}, {BarSent, BarReceived}} {
			a, b := th.Style(pair[0]), th.Style(pair[1])
			if th.Name == "mono" {
				if a.Attr == b.Attr {
					t.Errorf("mono: roles %v have the same attributes", pair)
				}
				continue
			}
			ac, bc := a.FG, b.FG
			if pair[0] == BarSent {
				ac, bc = a.BG, b.BG
			}
			for _, colors := range []term.Colors{term.TrueColor, term.Colors256} {
				shown := term.Style{FG: ac, BG: bc}.Degrade(colors)
				if got := apart(shown.FG, shown.BG); got < 0.08 {
					t.Errorf("%s in colors %d: roles %v are %.3f apart, want 0.08", th.Name, colors, pair, got)
				}
			}
		}
	}
}

func TestFind(t *testing.T) {
	seen := map[string]bool{}
	for _, th := range All() {
		if seen[plain(th.Name)] {
			t.Errorf("two themes are called %s", th.Name)
		}
		seen[plain(th.Name)] = true
		if th.Label == "" || th.From == "" {
			t.Errorf("%s: got label %q, from %q, want both", th.Name, th.Label, th.From)
		}
	}
	for name, want := range map[string]string{
		"NeonSprawl": "neon-sprawl", "Neon Sprawl": "neon-sprawl", "neon-sprawl": "neon-sprawl", "neon_sprawl": "neon-sprawl",
		"Iftopcolor": "iftopcolor", "GhostWire": "ghost-wire", "catppuccin-mocha": "catppuccin-mocha", "MONO": "mono",
	} {
		if th, ok := Find(name); !ok || th.Name != want {
			t.Errorf("Find(%q): got %v, %v, want %s", name, th, ok, want)
		}
	}
	if th, ok := Find("no such theme"); ok {
		t.Errorf("got %s, want none", th.Name)
	}
	byMaker := map[string]int{}
	for _, th := range All() {
		byMaker[th.From]++
	}
	if byMaker["iftoprs"] != 31 || byMaker["rustnet"] != 6 {
		t.Errorf("got %v, want iftoprs's 31 and RustNet's 6", byMaker)
	}
}

func TestDefault(t *testing.T) {
	for _, tt := range []struct {
		name       string
		background term.Color
		known      bool
		want       string
	}{
		{"unknown", term.Default, false, "muted"},
		{"black", term.RGB(0, 0, 0), true, "muted"},
		{"white", term.RGB(255, 255, 255), true, "light"},
		{"solarized light", term.RGB(0xfd, 0xf6, 0xe3), true, "light"},
		{"solarized dark", term.RGB(0x00, 0x2b, 0x36), true, "muted"},
		{"white that is only guessed", term.RGB(255, 255, 255), false, "muted"},
	} {
		if got := Default(tt.background, tt.known).Name; got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestDefaultFor(t *testing.T) {
	for colors, want := range map[term.Colors]string{term.TrueColor: "light", term.Colors256: "light", term.Colors16: "ansi16", term.NoColors: "mono"} {
		if got := DefaultFor(colors, term.RGB(255, 255, 255), true).Name; got != want {
			t.Errorf("colors %d: got %s, want %s", colors, got, want)
		}
	}
}

// FuzzNew holds that any six colours make a theme that can be read: people make their own.
func FuzzNew(f *testing.F) {
	f.Add([]byte{0, 0, 0, 255, 255, 255, 1, 2, 3, 16, 232, 231, 128, 128, 128, 0, 95, 0}, false)
	f.Add(make([]byte, 18), true)
	f.Fuzz(func(t *testing.T, parts []byte, light bool) {
		if len(parts) < 18 {
			return
		}
		p := Palette{Name: "mine", Light: light, Background: term.Default}
		for i := range p.Colors {
			p.Colors[i] = term.RGB(parts[3*i], parts[3*i+1], parts[3*i+2])
		}
		checkLegible(t, New(p))
	})
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New(iftoprsPalettes[0])
	}
}

// TestDocumented checks that docs/themes.md names every theme.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "themes.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range All() {
		if !strings.Contains(string(doc), "`"+th.Name+"`") {
			t.Errorf("docs/themes.md does not name %s", th.Name)
		}
	}
}

// TestRoleNames checks that every role has a name of its own.
func TestRoleNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range Roles {
		if name := r.String(); name == "" || seen[name] {
			t.Errorf("role %d: got name %q, want one of its own", r, name)
		}
		seen[r.String()] = true
	}
}

// TestCustom checks that a theme of one's own takes its colors from where they are said,
// and is as legible as any.
func TestCustom(t *testing.T) {
	p := config.Palette{Name: "mine", Light: true}
	p.Colors[1] = config.Color{ByParts: true, R: 0, G: 0, B: 120}
	p.Colors[0] = config.Color{Index: 52}
	th := Custom(p)
	checkLegible(t, th)
	if got := th.Style(Received).FG; got != term.RGB(0, 0, 120) {
		t.Errorf("received: got %v, want c2, which is dark enough as it is", got)
	}
	if got := th.Style(Heading).FG; got != term.RGB(95, 0, 0) {
		t.Errorf("heading: got %v, want color 52 of xterm, #5f0000", got)
	}
	if !th.Light || th.Background != paper || th.From != "yours" || th.Name != "mine" {
		t.Errorf("got %+v, want mine, of yours, on white", th)
	}
}
