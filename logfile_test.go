package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"sockeye/config"
	"sockeye/internal/testkit"
)

var logTime = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestCreateLog(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_STATE_HOME", "")
	user := config.User{Home: home, UID: os.Geteuid(), GID: os.Getegid()}
	dir := filepath.Join(home, ".local", "state", "sockeye", "logs")
	for i, want := range []string{`^sockeye_2026-01-02_03-04-05\.log$`, `^sockeye_2026-01-02_03-04-05\.000000006\.log$`} {
		file, err := createLog(user, logTime)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if got := filepath.Base(file.Name()); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("log %d: got %s, want %s", i, got, want)
		}
		path := filepath.Join(dir, filepath.Base(file.Name()))
		if got := mode(t, path); got != 0o600 {
			t.Errorf("%s: got mode %v, want 0600", path, got)
		}
	}
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if got := mode(t, path); got != 0o700 {
			t.Errorf("%s: got mode %v, want 0700", path, got)
		}
	}
}

func TestCreateLogElsewhere(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	t.Setenv("XDG_STATE_HOME", state)
	file, err := createLog(config.User{Home: t.TempDir()}, logTime)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := os.Stat(filepath.Join(state, "sockeye", "logs", "sockeye_2026-01-02_03-04-05.log")); err != nil {
		t.Error(err)
	}
}

// TestCreateLogRefusesLinks: under sudo the program is root in folders that
// belong to somebody else.
func TestCreateLogRefusesLinks(t *testing.T) {
	for _, tt := range []struct{ name, link string }{
		{"sockeye's folder", ".local/state/sockeye"},
		{"log folder", ".local/state/sockeye/logs"},
		{"a folder above, out of the home", ".local/state"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home, elsewhere := t.TempDir(), t.TempDir()
			t.Setenv("XDG_STATE_HOME", "")
			path := filepath.Join(home, tt.link)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(elsewhere, path); err != nil {
				t.Fatal(err)
			}
			if file, err := createLog(config.User{Home: home}, logTime); err == nil {
				t.Errorf("got the log %s, want an error", file.Name())
			}
			if left, err := os.ReadDir(elsewhere); err != nil || len(left) > 0 {
				t.Errorf("the link's target has %v, %v, want nothing", left, err)
			}
		})
	}
}

// TestCreateLogUnderSudo checks that all that is new belongs to the invoking
// user.
func TestCreateLogUnderSudo(t *testing.T) {
	testkit.Root(t) // to give files away
	const nobody = 65534
	home := t.TempDir()
	t.Setenv("XDG_STATE_HOME", "")
	file, err := createLog(config.User{Home: home, UID: nobody, GID: nobody, Sudo: true}, logTime)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, path := range []string{".local", ".local/state", ".local/state/sockeye", ".local/state/sockeye/logs", ".local/state/sockeye/logs/sockeye_2026-01-02_03-04-05.log"} {
		info, err := os.Lstat(filepath.Join(home, path))
		if err != nil {
			t.Fatal(err)
		}
		if st := info.Sys().(*syscall.Stat_t); st.Uid != nobody || st.Gid != nobody {
			t.Errorf("%s belongs to %d:%d, want %d:%d", path, st.Uid, st.Gid, nobody, nobody)
		}
	}
}
