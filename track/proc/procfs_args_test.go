package proc

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplitArgs(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "curl\x00-s\x00https://example.com\x00", []string{"curl", "-s", "https://example.com"}},
		{"empty argument in the middle", "sh\x00-c\x00\x00x\x00", []string{"sh", "-c", "", "x"}},
		{"title over the arguments", "nginx: worker process\x00\x00\x00\x00\x00", []string{"nginx: worker process"}},
		{"title without NUL", "sshd: root@pts/0", []string{"sshd: root@pts/0"}},
		{"kernel thread", "", nil},
		{"wiped", "\x00\x00\x00", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := splitArgs([]byte(tt.text)); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBoundArgs(t *testing.T) {
	short := []string{"a", "b"}
	if got := boundArgs(short); !slices.Equal(got, short) {
		t.Errorf("short: got %q", got)
	}
	exact := []string{"java", strings.Repeat("x", maxArgs-len("java")-2)}
	if got := boundArgs(exact); !slices.Equal(got, exact) {
		t.Error("what just fits was changed")
	}
	long := []string{"java", strings.Repeat("ä", maxArgs), "Main"}
	got := boundArgs(long)
	if len(got) != 2 || len(got[1]) > maxArgs-4+len("…") || !utf8.ValidString(got[1]) || !strings.HasSuffix(got[1], "ä…") {
		t.Errorf("got %d arguments, the last of %d bytes", len(got), len(got[len(got)-1]))
	}
	if got := boundArgs(splitArgs([]byte("x" + strings.Repeat("\x00", 30_000) + "y"))); len(got) > maxArgs {
		t.Errorf("empty arguments: got %d of them", len(got))
	}
	for n := maxArgs - 16; n <= maxArgs; n++ {
		got := boundArgs([]string{"java", strings.Repeat("x", n), "Main"})
		if whole := n+len("java  Main ") <= maxArgs; whole != (got[len(got)-1] == "Main") || len(strings.Join(got, "\x00")) > maxArgs+len("…") {
			t.Errorf("one of %d bytes: got %d arguments", n, len(got))
		}
	}
	if len(long) != 3 || long[2] != "Main" {
		t.Error("the caller's arguments were changed")
	}
}

func TestWholeName(t *testing.T) {
	for _, tt := range []struct{ name, comm, exe, argv0, script, want string }{
		{"short", "sshd", "/usr/sbin/sshd", "sshd", "", "sshd"},
		{"cut, by the executable", "systemd-resolve", "/usr/lib/systemd/systemd-resolved", "", "", "systemd-resolved"},
		{"cut, by the first argument", "gnome-keyring-d", "", "/usr/bin/gnome-keyring-daemon", "", "gnome-keyring-daemon"},
		{"cut, by the script", "unattended-upgr", "/usr/bin/python3.11", "/usr/bin/python3", "/usr/bin/unattended-upgrades", "unattended-upgrades"},
		{"just 15", "fifteen-letters", "/usr/bin/fifteen-letters", "", "", "fifteen-letters"},
		{"named by itself", "GeckoMain-Socke", "/usr/lib/firefox/firefox", "firefox", "", "GeckoMain-Socke"},
		{"none", "", "/usr/bin/nameless", "", "", "nameless"},
		{"longer than a file's may be", "fifteen-letters", "", "fifteen-letters" + strings.Repeat("x", nameMax), "", "fifteen-letters"},
		{"short, and another begins so", "node", "/usr/bin/node-exporter", "", "", "node"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := wholeName(tt.comm, tt.exe, tt.argv0, tt.script); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
