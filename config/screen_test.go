package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseScreen(t *testing.T) {
	tests := []struct {
		name, text string
		want       Screen
	}{
		{"theme", "theme: tokyo-night\n", Screen{Theme: new("tokyo-night")}},
		{"off is no boolean", "bar_style: off\n", Screen{BarStyle: new("off")}},
		{"amounts", "scale_max: 100Mbit/s\nalert_threshold: 10MB\n", Screen{ScaleMax: new(Amount(12.5e6)), AlertThreshold: new(Amount(10e6))}},
		{"order", "sort: {flows: -total, hosts: name}\n", Screen{Sort: map[string]Sort{"flows": {"total", true}, "hosts": {"name", false}}}},
		{"columns", "columns: {flows.rtt: no}\nwidths: {flows.process: 24}\n",
			Screen{Columns: map[string]bool{"flows.rtt": false}, Widths: map[string]int{"flows.process": 24}}},
		{"pins", "pins:\n- {process: curl, remote: a.example}\n- {remote: 192.0.2.1}\n", Screen{Pins: []Pin{{"curl", "a.example"}, {"", "192.0.2.1"}}}},
		{"queries and keys", "queries: {web: 'port:443'}\nkeys: {pause: [P, F9], quit: x, help: []}\n",
			Screen{Queries: map[string]string{"web": "port:443"}, Keys: map[string][]string{"pause": {"P", "F9"}, "quit": {"x"}, "help": nil}}},
		{"themes in their order", "themes:\n  b: {c1: 0, c2: 255, c3: '#0102ff', c4: 4, c5: 5, c6: 6, light: true}\n  a: {c6: 6, c5: 5, c4: 4, c3: 3, c2: 2, c1: 1}\n",
			Screen{Themes: Palettes{
				{"b", [6]Color{{Index: 0}, {Index: 255}, {ByParts: true, R: 1, G: 2, B: 255}, {Index: 4}, {Index: 5}, {Index: 6}}, true},
				{"a", [6]Color{{Index: 1}, {Index: 2}, {Index: 3}, {Index: 4}, {Index: 5}, {Index: 6}}, false}}}},
		{"alerts", "alerts:\n- {on: process, metric: rate, above: 5MB, clear_below: 3MB, for: 10s}\n- {metric: drops, action: [bell, log, bell], name: n, query: 'tcp'}\n- {on: remote, metric: new-destination, action: []}\n",
			Screen{Alerts: []Alert{
				{On: "process", Metric: "rate", Above: 5e6, Below: new(Amount(3e6)), For: 10 * time.Second},
				{On: "total", Metric: "drops", Actions: []string{"bell", "log"}, Name: "n", Query: "tcp"},
				{On: "remote", Metric: "new-destination", Actions: []string{}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse("f.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Screen); diff != "" {
				t.Errorf("want (-) got (+):\n%s", diff)
			}
		})
	}
}

func TestParseScreenErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no such tab", "sort:\n  flow: age\n", "f.yaml:2: key sort: want one of flows, processes, hosts, details, sockets, graphs, events, system, got \"flow\""},
		{"order without a column", "sort: {flows: '-'}\n", `f.yaml:1: key sort: want a column, got "-"`},
		{"order as a list", "sort: [flows]\n", "f.yaml:1: key sort: want a mapping of tabs to columns, got a list"},
		{"twice", "sort:\n  flows: a\n  flows: b\n", `f.yaml:3: key sort: "flows" is given twice`},
		{"column without a tab", "columns: {rtt: false}\n", `f.yaml:1: key columns: want a tab and a column such as flows.rtt, got "rtt"`},
		{"width", "widths:\n  flows.rtt: 0\n", `f.yaml:2: key widths: want a whole number from 1 to 1000, got "0"`},
		{"pin of nothing", "pins:\n- {}\n", "f.yaml:2: key pins: want process, remote or both"},
		{"pin of something else", "pins:\n- {process: a}\n- {host: b}\n", `f.yaml:3: key pins: want process or remote, got "host"`},
		{"name of a query", "queries: {a b: tcp}\n", `f.yaml:1: key queries: want a name of letters, digits, - and _, got "a b"`},
		{"empty query", "queries:\n\n  a: ''\n", `f.yaml:3: key queries: want a text, got ""`},
		{"keys", "keys:\n  pause: {a: b}\n", "f.yaml:2: key keys: want a key or a list of keys, got a mapping"},
		{"color", "themes:\n  a:\n    c1: 256\n", `f.yaml:3: key themes: want a color, 0 to 255 or such as '#87d7af', got "256"`},
		{"colors that are missing", "themes:\n  a: {c1: 1, c3: 3}\n", "f.yaml:2: key themes: theme a has 2 of 6 colors"},
		{"a seventh color", "themes:\n  a: {c7: 1}\n", `f.yaml:2: key themes: want c1 to c6 and perhaps light, got "c7"`},
		{"name that clears the screen", "theme: \"\\x1b[2J\"\n", `f.yaml:1: key theme: want a name of 40 bytes at most, got "\x1b[2J"`},
		{"alert without a limit", "alerts:\n- {on: flow}\n", "f.yaml:2: key alerts: a rule on the rate needs above: an amount"},
		{"alert that cannot have one", "alerts:\n- {metric: new-process, above: 5}\n", "f.yaml:2: key alerts: a rule on a new-process has no above"},
		{"alert that never ends", "alerts:\n- {above: 5, clear_below: 6}\n", "f.yaml:2: key alerts: want clear_below 5 at most, got 6"},
		{"alert for too long", "alerts:\n- above: 5\n  for: 25h\n", `f.yaml:3: key alerts: want a time such as 10s, 24h0m0s at most, got "25h"`},
		{"no such action", "alerts:\n- above: 5\n  action: [bell, mail]\n", `f.yaml:3: key alerts: want one of bell, flash, log, got "mail"`},
		{"no such field", "alerts:\n- above: 5\n  below: 6\n", `f.yaml:3: key alerts: want on, metric, above, clear_below, for, query, action or name, got "below"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestUnknownKeysHoldUpNobody checks that the other keys hold beside one that is not known.
func TestUnknownKeysHoldUpNobody(t *testing.T) {
	c, err := Parse("f.yaml", []byte("hue: red\ntop: 5\n"))
	if e, ok := err.(*Error); !ok || !e.Unknown || e.Line != 1 || c.Top == nil || *c.Top != 5 {
		t.Errorf("got %+v, %v, want top 5 and an *Error of line 1", c, err)
	}
	if c, err = Parse("f.yaml", []byte("hue: red\ntop: 5\nnames: maybe\n")); c.Top != nil || err == nil {
		t.Errorf("got %+v, %v, want the defaults where a key is wrong", c, err)
	}
}

func TestParseAmount(t *testing.T) {
	for text, want := range map[string]Amount{
		"0": 0, "1500": 1500, "10MB": 10e6, "10m": 10e6, "10 MB/s": 10e6, "1.5GB": 1.5e9, "1MiB": 1 << 20, "8kbit": 1000, "100Mbit/s": 12.5e6, "2T": 2e12,
		"80Mb": 10e6, "8kb/s": 1000, "8b": 1, "8B": 8, "1mib": 1 << 17, "1MIB": 1 << 20, "64bit": 8, // as rates are on the screen
	} {
		got, err := ParseAmount(text)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
		if again, err := ParseAmount(got.String()); err != nil || again != got {
			t.Errorf("%s: written as %s and read as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "MB", "-1", "1e99", "nan", "inf", "10 apples", "/s", "10bit/s/s", "10iB"} {
		if got, err := ParseAmount(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestParseColor(t *testing.T) {
	for text, want := range map[string]Color{"0": {}, "255": {Index: 255}, "#87D7af": {ByParts: true, R: 0x87, G: 0xd7, B: 0xaf}} {
		got, err := ParseColor(text)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
		if again, err := ParseColor(got.String()); err != nil || again != got {
			t.Errorf("%s: written as %s and read as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "256", "-1", "#fff", "#gggggg", "red", "#+1+2+3"} {
		if got, err := ParseColor(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}
