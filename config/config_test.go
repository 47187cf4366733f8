package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       Config
	}{
		{"empty", "", Config{}},
		{"only comments", "# nothing\n---\n", Config{}},
		{"one interface", "interface: eth0\n", Config{Interface: []string{"eth0"}}},
		{"interfaces", "interface: [eth0, wlan0]\n", Config{Interface: []string{"eth0", "wlan0"}}},
		{"interface that looks like a number", "interface: 123\n", Config{Interface: []string{"123"}}},
		{"milliseconds", "refresh_interval: 500\n", Config{RefreshInterval: new(Interval(500 * time.Millisecond))}},
		{"seconds", "refresh_interval: 2s\n", Config{RefreshInterval: new(Interval(2 * time.Second))}},
		{"size", "ring_size: 64MiB\n", Config{RingSize: new(Size(64 << 20))}},
		{"false", "names: false\nports: no\n", Config{Names: new(false), Ports: new(false)}},
		{"level off is no boolean", "log_level: off\n", Config{LogLevel: new("off")}},
		{"all flows", "top: 0\nmax_flows: 5000\n", Config{Top: new(0), MaxFlows: new(5000)}},
		{"as many as may be", "queues: 64\nmax_flows: 1073741824\n", Config{Queues: new(64), MaxFlows: new(1 << 30)}},
		{"filter", "filter: tcp port 443 and not host 10.0.0.1\n", Config{Filter: new("tcp port 443 and not host 10.0.0.1")}},
		{"filter that looks like a number", "filter: 0x10\n", Config{Filter: new("0x10")}},
		{"no filter", "filter: ''\n", Config{Filter: new("")}},
		{"off is no boolean", "attribution: off\nhash: true\n", Config{Attribution: new("off"), Hash: new(true)}},
		{"one group", "group: host\n", Config{Group: []string{"host"}}},
		{"prefixes", "net_filter:\n  - 10.0.0.0/8\n  - fd00::/8\n", Config{NetFilter: []string{"10.0.0.0/8", "fd00::/8"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse("f.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("want (-) got (+):\n%s", diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "# first\n\nintreface: eth0\n", "f.yaml:3: key intreface: no such key"},
		{"twice", "top: 1\ntop: 2\n", "f.yaml:2: key top: given before, on line 1"},
		{"no value", "names: true\ntop:\n", "f.yaml:2: key top: has no value"},
		{"not a boolean", "names: maybe\n", `f.yaml:1: key names: want true or false, got "maybe"`},
		{"not a number", "top: many\n", `f.yaml:1: key top: want a whole number, 0 or more, got "many"`},
		{"negative", "\nqueues: -1\n", `f.yaml:2: key queues: want a whole number, 1 or more, got "-1"`},
		{"fraction", "top: 1.5\n", `f.yaml:1: key top: want a whole number, 0 or more, got "1.5"`},
		{"too many queues", "queues: 65\n", "f.yaml:1: key queues: want 64 at most, got 65"},
		{"too many flows", "max_flows: 1073741825\n", "f.yaml:1: key max_flows: want 1073741824 at most, got 1073741825"},
		{"not a choice", "order: size\n", `f.yaml:1: key order: want one of 2s, 10s, 40s, source, destination, total, got "size"`},
		{"not one of the choices", "group: [host, hosts]\n", `f.yaml:1: key group: want some of host, port, process, container, user, unit, package, none, got "hosts"`},
		{"list for a number", "top: [1]\n", "f.yaml:1: key top: want a whole number, 0 or more, got a list"},
		{"list for a filter", "filter: [tcp]\n", "f.yaml:1: key filter: want one value, got a list"},
		{"mapping for a text", "interface: {a: b}\n", "f.yaml:1: key interface: want a text or a list of texts"},
		{"short interval", "refresh_interval: 1\n", `f.yaml:1: key refresh_interval: want a time from 50ms to 24h0m0s (a plain number is milliseconds), got "1"`},
		{"size", "ring_size: lots\n", `f.yaml:1: key ring_size: want an amount of memory such as 64MiB, less than 2GiB, got "lots"`},
		{"a list", "- interface\n", `f.yaml:1: want lines of the form "key: value"`},
		{"tabs", "interface:\n\t- eth0\n", "f.yaml:2: found character that cannot start any token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(tt.text))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
			if want := tt.name == "unknown key"; e.Unknown != want {
				t.Errorf("Unknown: got %v, want %v", e.Unknown, want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: got %v, want fs.ErrNotExist", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("folder: got %v, want a complaint that it is not a regular file", err)
	}
	t.Setenv("XDG_CONFIG_HOME", dir)
	c, path, err := LoadDefault(User{Home: "/nowhere"})
	if want := filepath.Join(dir, "sockeye", "config.yaml"); err != nil || path != want || c.Top != nil {
		t.Errorf("no default file: got %+v, %s, %v, want nothing set, %s, no error", c, path, err, want)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("top: 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, _, err = LoadDefault(User{Home: "/nowhere"}); err != nil || c.Top == nil || *c.Top != 7 {
		t.Errorf("default file: got %+v, %v, want top 7", c, err)
	}
}

func TestPaths(t *testing.T) {
	u := User{Home: "/home/ada"}
	tests := []struct{ name, config, state, wantConfig, wantState string }{
		{"unset", "", "", "/home/ada/.config/sockeye/config.yaml", "/home/ada/.local/state"},
		{"set", "/c", "/s", "/c/sockeye/config.yaml", "/s"},
		{"relative ones do not count", "c", "./s", "/home/ada/.config/sockeye/config.yaml", "/home/ada/.local/state"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("XDG_CONFIG_HOME", tt.config)
			t.Setenv("XDG_STATE_HOME", tt.state)
			if got := DefaultPath(u); got != tt.wantConfig {
				t.Errorf("DefaultPath: got %s, want %s", got, tt.wantConfig)
			}
			if got := StateHome(u); got != tt.wantState {
				t.Errorf("StateHome: got %s, want %s", got, tt.wantState)
			}
		})
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]Size{
		"1048576": 1 << 20, "64MiB": 64 << 20, "64m": 64 << 20, "64 MB": 64e6, "1.5k": 1536, "1GiB": 1 << 30, "8b": 8,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q): got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "0", "4GiB", "1e99", "nan", "inf", "1x"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q): got %d, want an error", text, got)
		}
	}
}

func TestParseInterval(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"500": 500 * time.Millisecond, "500ms": 500 * time.Millisecond, "2s": 2 * time.Second, "1m30s": 90 * time.Second,
	} {
		if got, err := ParseInterval(text); err != nil || time.Duration(got) != want {
			t.Errorf("ParseInterval(%q): got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "1", "-1s", "25h", "99999999999999999", "2 s", "fast"} {
		if got, err := ParseInterval(text); err == nil {
			t.Errorf("ParseInterval(%q): got %v, want an error", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"interface: eth0\ntop: 5", "a: &a [*a]", "names: [", "? top\n: 1", "top: !!binary x", "<<: {top: 1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("f", text)
		var e *Error
		if broken := errors.As(err, &e) && !e.Unknown; c == nil || broken && !cmp.Equal(c, &Config{}) {
			t.Errorf("got %v and %v, want the defaults with an error", c, err)
		}
		if err != nil && (!errors.As(err, &e) || e.Reason == "" || strings.Contains(err.Error(), "\n")) {
			t.Errorf("got %q, want an *Error of one line", err)
		}
	})
}
