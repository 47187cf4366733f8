package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// TestDashboardRefusals: where nothing can run, the screen is not taken. The error says
// what is wrong, and the hint what helps.
func TestDashboardRefusals(t *testing.T) {
	t.Parallel()
	ns := testkit.NewNetns(t)
	p := sit(t, ns, 100, 24)
	p.Run("pipe-pane", "cat >"+filepath.Join(p.home, "written"))
	for _, tt := range []struct {
		args string
		code int
		says []string
	}{
		{"-i nosuch0", 1, []string{"error: ", "nosuch0", "hint: "}},
		{"-i lo -f 'tcp prt 80'", 2, []string{"error: ", "prt", "^"}},
		{"-i lo -q 'prot:udp'", 2, []string{"error: ", `no field is named "prot"`, "^"}},
		{"read nosuch.pcap", 1, []string{"error: ", "nosuch.pcap"}},
	} {
		p.Enter("clear")
		p.AwaitGone("exit=")
		p.run(tt.args)
		screen := p.left(tt.code)
		for _, text := range tt.says {
			if !strings.Contains(screen, text) {
				t.Errorf("%s: got\n%s\nwant in it %q", tt.args, screen, text)
			}
		}
	}
	if strings.Contains(p.file("written"), "\x1b[?1049h") {
		t.Error("the screen was taken by a program that could not run")
	}
}

// TestDashboardWithoutRights: a user without rights is told at once what to do.
func TestDashboardWithoutRights(t *testing.T) {
	t.Parallel()
	testkit.Root(t) // to become someone else
	if _, err := exec.LookPath("setpriv"); err != nil {
		testkit.Skip(t, "setpriv is not installed: apt-get install util-linux")
	}
	ns := testkit.NewNetns(t)
	p := sit(t, ns, 120, 24)
	binary := shared(t, testkit.Binary(t))
	nobody := "setpriv --reuid=65534 --regid=65534 --clear-groups " + binary
	p.Enter("stty -g >before; " + nobody + " -i lo; echo exit=$?; stty -g >after")
	if screen := p.left(1); !strings.Contains(screen, "hint: run it with sudo, or once: sudo setcap") {
		t.Errorf("got\n%s\nwant the hint to run setcap", screen)
	}

	// The demonstration needs none of them, and no folder to keep settings in.
	p.Enter("clear")
	p.Enter("stty -g >before; rm after; HOME=/nonexistent XDG_CONFIG_HOME= " + nobody + " --demo; echo exit=$?; stty -g >after")
	p.Await("DEMO", "firefox")
	p.Keys("B")
	p.quits()
}

// TestDashboardWrongConfig: a configuration with an error is said to be so, and stays as it
// is, also where something is changed on the screen.
func TestDashboardWrongConfig(t *testing.T) {
	t.Parallel()
	p := sit(t, nil, 140, 30)
	dir := filepath.Join(p.home, "config", "sockeye")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	const text = "bytes: perhaps\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.opens("--demo", "running with defaults", "bytes", "1")
	p.Keys("B")
	p.Await("B/s")
	p.quits()
	if got := p.settings(); got != text {
		t.Errorf("the configuration became %q", got)
	}
}
