package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"sockeye/capture"
	"sockeye/parse/filter"
	"sockeye/parse/pcap"
)

func TestReport(t *testing.T) {
	rights := &capture.PermissionError{Needs: "CAP_NET_RAW", Remedy: "run it with sudo", Err: fs.ErrPermission}
	tests := []struct {
		name string
		err  error
		code int
		want string
	}{
		{"nothing", nil, 0, ""},
		{"anything", errors.New("a\nb"), 1, "error: a; b\n"},
		{"escape sequences", errors.New("open \x1b[2J\u009b2J"), 1, "error: open  [2J 2J\n"},
		{"usage", fmt.Errorf("x: %w", &usageError{errors.New("bad"), "do y"}), 2, "error: x: bad\nhint: do y\n"},
		{"usage without a hint", &usageError{err: errors.New("bad")}, 2, "error: bad\n"},
		{"no rights", fmt.Errorf("live: %w", rights), 1, "error: live: permission denied (needs CAP_NET_RAW)\nhint: run it with sudo\n"},
		{"interface down", &capture.InterfaceDownError{Name: "eth0"}, 1, "error: capture eth0: interface is down\nhint: sudo ip link set eth0 up\n"},
		{"near interface", &capture.NoSuchInterfaceError{Name: "eth9", Near: []string{"eth0"}}, 1, "error: no interface \"eth9\": did you mean eth0?\nhint: sockeye interfaces lists all of them\n"},
		{"no near interface", &capture.NoSuchInterfaceError{Name: "x", All: []string{"lo", "eth0"}}, 1, "error: no interface \"x\"\nhint: the interfaces are lo, eth0\n"},
		{"no interface", capture.ErrNoInterface, 1, "error: no interface is up\nhint: sudo ip link set NAME up; sockeye interfaces lists the names\n"},
		{"damaged file", fmt.Errorf("read a: %w", &pcap.DamagedError{Reason: "cut"}), 3, "error: read a: damaged at byte 0, after 0 packets: cut\n"},
		{"no capture file", &pcap.FormatError{Start: []byte("hello")}, 1, "error: not a capture file: starts with \"hello\"\nhint: sockeye reads pcap and pcapng, plain or compressed by gzip or zstd\n"},
		{"filter", fmt.Errorf("open eth0: %w", &filter.Error{Text: "tcp\tprot 80", Offset: 4, Reason: "no such word", Hint: "did you mean port?"}), 2,
			"error: open eth0: filter, column 5: no such word\n  tcp prot 80\n      ^\nhint: did you mean port?\n"},
		{"empty filter", &filter.Error{Reason: "nothing"}, 2, "error: filter, column 1: nothing\n"},
		{"stalled reader", errStalled, 1, "error: write output: the reader has stopped reading\nhint: the last record may be cut short\n"},
		{"unreadable file", &fs.PathError{Op: "open", Path: "a.pcap", Err: fs.ErrPermission}, 1, "error: open a.pcap: permission denied\nhint: the file must be readable: ls -l a.pcap\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := os.CreateTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			code := (&app{stderr: out}).report(tt.err)
			got, err := os.ReadFile(out.Name())
			if err != nil {
				t.Fatal(err)
			}
			if code != tt.code || string(got) != tt.want {
				t.Errorf("got %d\n%swant %d\n%s", code, got, tt.code, tt.want)
			}
		})
	}
}

func TestPointer(t *testing.T) {
	long := strings.Repeat("0123456789", 10)
	tests := []struct {
		name, text string
		offset     int
		want       string
	}{
		{"start", "ip6", 0, "  ip6\n  ^\n"},
		{"end", "ip and", 6, "  ip and\n        ^\n"},
		{"behind the end", "ip", 9, "  ip\n    ^\n"},
		{"behind letters of several bytes", "höst x", 6, "  höst x\n       ^\n"},
		{"start of a long text", long, 3, "  " + long[:72] + "…\n     ^\n"},
		{"middle of a long text", long, 50, "  …" + long[14:86] + "…\n  " + strings.Repeat(" ", 37) + "^\n"},
		{"end of a long text", long, 100, "  …" + long[28:] + "\n  " + strings.Repeat(" ", 73) + "^\n"},
		{"lines and escape sequences", "ip\n\x1b[2J", 3, "  ip  [2J\n     ^\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := pointer(tt.text, tt.offset); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	tests := []struct{ args, want, hint string }{
		{"--jsn", "unknown option --jsn", "did you mean --json?"},
		{"--frobnicate", "unknown option --frobnicate", "sockeye --help lists the options"},
		{"-Q", "unknown option -Q", "sockeye --help lists the options"},
		{"read f -i eth0", "unknown option -i", "-i is an option of sockeye live"},
		{"raed f", "unexpected argument raed", "did you mean read?"},
		{"read a b", "unexpected argument b", "the commands are live, read, processes, sockets, filter, neighbors, interfaces, themes, config, doctor, version, help"},
		{"read", "want a FILE", "sockeye --help shows what each command wants"},
		{"--json read f", "--json stands before the command read", "options of a command follow it: sockeye read … --json"},
		{"-o size", `--order: no such value "size"`, "the values are 2s, 10s, 40s, source, destination, total"},
		{"--completions csh", `--completions: no such value "csh"`, "the values are bash, zsh, fish, elvish, powershell"},
		{"--log-level loud", `--log-level: no such value "loud"`, "the values are off, error, warn, info, debug"},
		{"--top many", `--top: want a whole number, 0 or more, got "many"`, "sockeye --help lists the options"},
		{"--top -1", `--top wants a value, and "-1" is an option`, "a value that begins with - is joined to its option: --top=-1"},
		{"-i eth0,", `--interface: the name of an interface is empty in "eth0,"`, "sockeye interfaces lists the names; without -i it captures those that carry traffic"},
		{"-F 10.0.0.0/8,", `--net-filter: want a network such as 192.168.0.0/16 or fd00::/8, got ""`, "sockeye --help lists the options"},
		{"--queues 65", "--queues: want 64 at most, got 65", "sockeye --help lists the options"},
		{"--max-flows 1073741825", "--max-flows: want 1073741824 at most, got 1073741825", "sockeye --help lists the options"},
		{"--max-flows 99999999999999999999", "--max-flows: want 1073741824 at most, got 99999999999999999999", "sockeye --help lists the options"},
		{"-i", "--interface wants a value", "sockeye --help shows what each option wants"},
		{"--top", "--top wants a value", "sockeye --help shows what each option wants"},
		{"-F 10.0.0.0", `--net-filter: want a network such as 192.168.0.0/16 or fd00::/8, got "10.0.0.0"`, "sockeye --help lists the options"},
		{"--json --text", "--json and --text can't be used together", "sockeye --help lists the options"},
		{"--json-events --once", "--json-events and --once can't be used together", "--seconds and --count end it after a while"},
		{"--json-events --group host", "--json-events and --group can't be used together", "sockeye --help lists the options"},
		{"neighbors --read x -i lo", "--interface and --read can't be used together", "sockeye --help lists the options"},
		{"--timeout udb=30", `--timeout: no time limit is named "udb"`, "did you mean udp?"},
		{"--timeout udp", `--timeout: want a time limit such as udp=30s, got "udp"`, "sockeye --help lists the options"},
		{"--timeout udp=0", `--timeout: udp: want a time above 0 such as 30 (seconds) or 5m, got "0"`, "sockeye --help lists the options"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			a := &app{stdout: os.Stdout, stderr: os.Stderr}
			var usage *usageError
			if err := a.command(strings.Fields(tt.args)); !errors.As(err, &usage) {
				t.Fatalf("got %v, want a usage error", err)
			}
			if usage.Error() != tt.want || usage.hint != tt.hint {
				t.Errorf("got  %s\n     %s\nwant %s\n     %s", usage, usage.hint, tt.want, tt.hint)
			}
		})
	}
}
