package main

import (
	"bytes"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: want (-) got (+):\n%s", path, diff)
	}
}

// parsed returns an app whose command line is read, but not run.
func parsed(t *testing.T, args ...string) *app {
	t.Helper()
	a := &app{stdout: os.Stdout, stderr: os.Stderr}
	if err := a.grammar(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.parser.Parse(args); err != nil {
		t.Fatalf("parse %q: %v", args, err)
	}
	return a
}

func TestNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.1.2.3/8": "10.0.0.0/8", "10.0.0.0/255.255.0.0": "10.0.0.0/16",
		"fd00::/8": "fd00::/8", "2001:db8::1/128": "2001:db8::1/128", "0.0.0.0/0": "0.0.0.0/0",
	} {
		var n network
		if err := n.UnmarshalText([]byte(text)); err != nil || netip.Prefix(n).String() != want {
			t.Errorf("%s: got %v, %v, want %s", text, netip.Prefix(n), err, want)
		}
	}
	for _, text := range []string{
		"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "10.0.0.0/255.0.255.0",
		"fd00::/129", "fd00::/255.0.0.0", "fe80::1%eth0/64", "localhost/8",
	} {
		var n network
		if err := n.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s: got %v, want an error", text, netip.Prefix(n))
		}
	}
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{"10": 10 * time.Second, "2.5": 2500 * time.Millisecond, "1m30s": 90 * time.Second} {
		var s seconds
		if err := s.UnmarshalText([]byte(text)); err != nil || time.Duration(s) != want {
			t.Errorf("%s: got %v, %v, want %v", text, time.Duration(s), err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "soon", "1e400"} {
		var s seconds
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s: got %v, want an error", text, time.Duration(s))
		}
	}
}

// TestConfigReachesFlags checks that every key but those of the dashboard changes an
// option, and that the option on the command line wins over it.
func TestConfigReachesFlags(t *testing.T) {
	keys := map[string]struct {
		value string   // not the default
		args  []string // say what is not the value
	}{
		"interface":        {"eth7", []string{"-i", "eth8"}},
		"filter":           {"tcp", []string{"-f", "udp"}},
		"net_filter":       {"10.0.0.0/8", []string{"-F", "fd00::/8"}},
		"promiscuous":      {"true", []string{"--no-promiscuous"}},
		"snaplen":          {"99", []string{"-s", "98"}},
		"ring_size":        {"1MiB", []string{"--ring-size", "2MiB"}},
		"queues":           {"3", []string{"--queues", "4"}},
		"direction":        {"in", []string{"--direction", "out"}},
		"decap":            {"true", []string{"--no-decap"}},
		"dpi":              {"false", []string{"--dpi"}},
		"refresh_interval": {"5s", []string{"-r", "6s"}},
		"names":            {"false", []string{"--names"}},
		"port_names":       {"false", []string{"--port-names"}},
		"ports":            {"false", []string{"--ports"}},
		"bars":             {"false", []string{"--bars"}},
		"bytes":            {"true", []string{"--bits"}},
		"show_localhost":   {"true", []string{"--no-localhost"}},
		"top":              {"5", []string{"--top", "6"}},
		"max_flows":        {"70", []string{"--max-flows", "71"}},
		"timeout":          {"udp=9s", []string{"--timeout", "udp=8s"}},
		"attribution":      {"proc", []string{"--attribution", "ebpf"}},
		"max_sockets":      {"70", []string{"--max-sockets", "71"}},
		"hash":             {"true", []string{"--no-hash"}},
		"processes":        {"false", []string{"--processes"}},
		"reverse_dns":      {"true", []string{"--no-reverse-dns"}},
		"geoip":            {"false", []string{"--geoip"}},
		"geoip_country_db": {"/a", []string{"--geoip-country-db", "/b"}},
		"geoip_city_db":    {"/a", []string{"--geoip-city-db", "/b"}},
		"geoip_asn_db":     {"/a", []string{"--geoip-asn-db", "/b"}},
		"group":            {"[host, port]", []string{"--group", "none"}},
		"order":            {"total", []string{"-o", "10s"}},
		"log_level":        {"info", []string{"--log-level", "debug"}},
	}
	for _, name := range config.Keys() {
		if config.OfScreen(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			key, ok := keys[name]
			if !ok {
				t.Fatal("the key has no row in this test")
			}
			path := filepath.Join(t.TempDir(), "c.yaml")
			if err := os.WriteFile(path, []byte(name+": "+key.value+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			configured := func(args ...string) (with, without cli) {
				a := parsed(t, append(args, "--config", path)...)
				without = a.cli
				ctx, err := a.parser.Parse(append(args, "--config", path))
				if err != nil {
					t.Fatal(err)
				}
				if err := a.configure(ctx, config.User{}); err != nil {
					t.Fatal(err)
				}
				return a.cli, without
			}
			if with, without := configured(); reflect.DeepEqual(with, without) {
				t.Errorf("%s: %s changes nothing", name, key.value)
			}
			// localhostSet says that the default no longer counts, which is so
			// whoever said it.
			with, without := configured(key.args...)
			without.Live.localhostSet = with.Live.localhostSet
			if !reflect.DeepEqual(with.Live, without.Live) || with.LogLevel != without.LogLevel {
				t.Errorf("%s: %s wins over %q on the command line", name, key.value, key.args)
			}
		})
	}
}

// TestDefaultsChangeNothing checks that the file that "sockeye config" prints says of
// every option what holds without it.
func TestDefaultsChangeNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, config.DefaultFile(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"live", "processes", "sockets"} {
		a := parsed(t, command, "--config", path)
		without := a.cli
		ctx, err := a.parser.Parse([]string{command, "--config", path})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.configure(ctx, config.User{}); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a.cli, without) {
			t.Errorf("%s: got  %+v\nwant %+v", command, a.cli, without)
		}
	}
}

func TestConfigErrorsNameTheKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte("net_filter: [10.0.0.0/8, nowhere]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := parsed(t)
	a.cli.Config = path
	ctx, err := a.parser.Parse([]string{"--config", path})
	if err != nil {
		t.Fatal(err)
	}
	err = a.configure(ctx, config.User{})
	if want := path + `: key net_filter: want a network`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s …", err, want)
	}
}

// TestDocumented checks that the documents name every option and every key.
func TestDocumented(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("docs", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	doc := read("cli.md")
	a := parsed(t)
	for _, node := range append(a.parser.Model.Children, a.parser.Model.Node) {
		if node.Name != "sockeye" && !strings.Contains(doc, "sockeye "+node.Name) {
			t.Errorf("docs/cli.md does not name the command %s", node.Name)
		}
		for _, f := range node.Flags {
			for _, name := range spellings(f) {
				if !strings.Contains(doc, "`"+name) && name != "--no-dns" && name != "--ports" {
					t.Errorf("docs/cli.md does not name the option %s", name)
				}
			}
		}
	}
	doc = read("config.md")
	for _, key := range config.Keys() {
		if !strings.Contains(doc, "| `"+key+"` |") {
			t.Errorf("docs/config.md does not name the key %s", key)
		}
	}
}

func TestPrintVersion(t *testing.T) {
	info := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.modified", Value: "true"},
	}}
	var b bytes.Buffer
	if err := printVersion(&b, info); err != nil {
		t.Fatal(err)
	}
	if want := "sockeye v1.2.3\ncommit 0123abcd with changes\ngo1."; !strings.HasPrefix(b.String(), want) {
		t.Errorf("got %q, want %q …", b.String(), want)
	}
	b.Reset()
	if err := printVersion(&b, nil); err != nil || !strings.HasPrefix(b.String(), "sockeye unknown\ncommit unknown\n") {
		t.Errorf("without build information: got %q, %v", b.String(), err)
	}
}

func TestPrintInterfaces(t *testing.T) {
	var b bytes.Buffer
	err := printInterfaces(&b, []listedInterface{
		{Name: "lo", State: "up", Kind: "loopback", LinkType: "ETHERNET", MTU: 65536, Addrs: []string{"127.0.0.1/8", "::1/128"}},
		{Name: "enp0s31f6", State: "up", Kind: "ethernet", LinkType: "ETHERNET", MTU: 1500, Speed: 1000, MAC: "02:00:00:00:00:01", Default: true, Addrs: []string{"192.0.2.2/24"}},
		{Name: "wg0", State: "down", Kind: "wireguard", LinkType: "COOKED", MTU: 1420},
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "interfaces.txt", b.String())
}
