package main

import (
	"errors"
	"strings"
	"testing"
)

// TestObstacle checks when the main job can be done, and what is told where not.
func TestObstacle(t *testing.T) {
	found := func(name string, what job, state verdict) finding {
		return finding{Name: name, job: what, State: state}
	}
	for _, c := range []struct {
		name   string
		checks []finding
		want   string // name of the obstacle, "" where the job can be done
	}{
		{"all is well", []finding{found("a", capturing, works), found("b", attributes, works)}, ""},
		{"one way of several", []finding{found("a", capturing, limited), found("b", attributes, fails), found("c", attributes, limited)}, ""},
		{"what is no job", []finding{found("a", capturing, works), found("b", attributes, works), found("c", noJob, fails)}, ""},
		{"no packets", []finding{found("a", capturing, fails), found("b", attributes, works)}, "a"},
		{"no owners", []finding{found("a", capturing, works), found("b", attributes, fails), found("c", attributes, fails)}, "b"},
	} {
		d := &diagnosis{Checks: c.checks}
		d.conclude()
		got := ""
		if f := d.obstacle(); f != nil {
			got = f.Name
		}
		if got != c.want || d.Works != (c.want == "") {
			t.Errorf("%s: got works %v, obstacle %q, want %q", c.name, d.Works, got, c.want)
		}
	}
}

func TestScreenFindings(t *testing.T) {
	good := screen{is: true, columns: 120, rows: 40, term: "xterm-256color", locale: "de_DE.UTF-8"}
	for _, c := range []struct {
		name   string
		change func(*screen)
		which  string
		state  verdict
		words  string
	}{
		{"size", func(*screen) {}, "terminal", works, "120 columns"},
		{"narrow", func(s *screen) { s.columns = 60 }, "terminal", limited, "below 80"},
		{"tiny", func(s *screen) { s.rows = 5 }, "terminal", fails, "least"},
		{"pipe", func(s *screen) { s.is = false }, "terminal", limited, "no terminal"},
		{"TERM", func(*screen) {}, "TERM", works, "xterm-256color"},
		{"dumb", func(s *screen) { s.term = "dumb" }, "TERM", limited, "TERM is dumb"},
		{"no TERM", func(s *screen) { s.term = "" }, "TERM", limited, "not set"},
		{"256 colors", func(*screen) {}, "colors", works, "256"},
		{"true colors", func(s *screen) { s.color = "truecolor" }, "colors", works, "16 million"},
		{"few colors", func(s *screen) { s.term = "xterm" }, "colors", limited, "8 or 16"},
		{"dumb has no colors", func(s *screen) { s.term = "dumb" }, "colors", limited, "no colors"},
		{"NO_COLOR", func(s *screen) { s.noColor = true }, "colors", limited, "NO_COLOR"},
		{"UTF-8", func(*screen) {}, "letters", works, "UTF-8"},
		{"utf8", func(s *screen) { s.locale = "C.utf8" }, "letters", works, "UTF-8"},
		{"Latin-1", func(s *screen) { s.locale = "de_DE" }, "letters", limited, "de_DE"},
		{"no locale", func(s *screen) { s.locale = "" }, "letters", limited, "no locale"},
	} {
		s := good
		c.change(&s)
		for _, f := range s.findings() {
			if f.Name == c.which && (f.State != c.state || !strings.Contains(f.Means+" "+f.Why, c.words)) {
				t.Errorf("%s: got %s, %q, why %q; want %s with %q", c.name, f.State, f.Means, f.Why, c.state, c.words)
			}
		}
	}
}

// TestScreenLocale checks which of the variables counts.
func TestScreenLocale(t *testing.T) {
	env := map[string]string{"LC_CTYPE": "C.UTF-8", "LANG": "de_DE"}
	get := func(name string) string { return env[name] }
	if s := newScreen(nil, get); s.locale != "C.UTF-8" {
		t.Errorf("got %q, want LC_CTYPE before LANG", s.locale)
	}
	env["LC_ALL"] = "C"
	if s := newScreen(nil, get); s.locale != "C" {
		t.Errorf("got %q, want LC_ALL first", s.locale)
	}
}

func TestSettingsFinding(t *testing.T) {
	if f := settingsFinding("/nowhere/config.yaml", nil); f.State != works || !strings.Contains(f.Means, "defaults") {
		t.Errorf("no file: got %+v", f)
	}
	wrong := &usageError{err: errors.New("config.yaml:3: unknown key filtre"), hint: "did you mean filter?"}
	if f := settingsFinding("", wrong); f.State != fails || f.Why != wrong.Error() || f.Fix != wrong.hint {
		t.Errorf("a wrong file: got %+v", f)
	}
}
