package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// alone checks that nothing but these files is in a folder: no temporary one is left.
func alone(t *testing.T, dir string, want ...string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%s: got %q, want %q", dir, names, want)
	}
}

func TestUpdateMakesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "config.yaml")
	if err := Update(path, User{}, map[string]any{"theme": "nord"}); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != newFile+"theme: nord\n" {
		t.Errorf("got %q", got)
	}
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700 | fs.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: got %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if err := Update(path, User{}, map[string]any{"theme": nil, "bytes": true}); err != nil {
		t.Fatal(err)
	}
	if c, err := Load(path); err != nil || c.Theme != nil || c.Bytes == nil || !*c.Bytes {
		t.Errorf("got %+v, %v, want bytes and no theme", c, err)
	}
	alone(t, filepath.Dir(path), "config.yaml")
}

func TestUpdateKeeps(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	const wrong = "# mine\ntop: many\n"
	write(t, path, wrong)
	var e *Error
	if err := Update(path, User{}, map[string]any{"theme": "nord"}); !errors.As(err, &e) || e.Line != 2 || e.Key != "top" {
		t.Errorf("a file with an error: got %v, want an *Error of line 2, key top", err)
	}
	if got := content(t, path); got != wrong {
		t.Errorf("a file with an error: got %q, want it as it was", got)
	}
	write(t, path, "hue: red\n")
	if err := Update(path, User{}, map[string]any{"theme": "nord"}); err != nil {
		t.Errorf("a file with an unknown key: %v", err)
	}
	if got := content(t, path); got != "hue: red\ntheme: nord\n" {
		t.Errorf("got %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got mode %v, %v, want that which it had, 0640", info.Mode(), err)
	}
	alone(t, dir, "config.yaml")
}

// TestUpdateFollowsLinks checks that a file which is kept elsewhere, as people do who keep
// all of theirs under version control, is changed there.
func TestUpdateFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	kept, path := filepath.Join(dir, "dotfiles", "sockeye.yaml"), filepath.Join(dir, "sockeye", "config.yaml")
	write(t, kept, "top: 5\n")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../dotfiles/sockeye.yaml", path); err != nil {
		t.Fatal(err)
	}
	if err := Update(path, User{}, map[string]any{"top": 6}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("got mode %v, %v, want a link still", info.Mode(), err)
	}
	if got := content(t, kept); got != "top: 6\n" {
		t.Errorf("got %q in the file that it leads to, want top: 6", got)
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	if err := Update(path, User{}, map[string]any{"top": 7}); err == nil || !strings.Contains(err.Error(), "leads nowhere") {
		t.Errorf("a link to nothing: got %v, want a complaint", err)
	}
}

func TestUpdateNeedsAFile(t *testing.T) {
	dir := t.TempDir()
	if err := Update(dir, User{}, map[string]any{"top": 7}); err == nil {
		t.Error("a folder was changed")
	}
	inFile := filepath.Join(dir, "file", "config.yaml")
	write(t, filepath.Join(dir, "file"), "")
	if err := Update(inFile, User{}, map[string]any{"top": 7}); err == nil {
		t.Error("a file in a file was made")
	}
}

// TestUpdateUnderSudo checks that root gives the user what it makes, and makes nothing
// where the user could not.
func TestUpdateUnderSudo(t *testing.T) {
	testkit.Root(t)
	const uid, gid = 4711, 4712
	user := User{UID: uid, GID: gid, Sudo: true}
	home, others := t.TempDir(), t.TempDir()
	if err := os.Chown(home, uid, gid); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, ".config", "sockeye", "config.yaml")
	for range 2 { // once made, once replaced
		if err := Update(path, user, map[string]any{"top": 7}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := owner(info); !ok || got != uid {
				t.Errorf("%s belongs to %d, want %d", name, got, uid)
			}
		}
	}

	if err := os.Symlink(others, filepath.Join(home, "link")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(others, "kept.yaml"), "top: 5\n")
	if err := os.Symlink(filepath.Join(others, "kept.yaml"), filepath.Join(home, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		filepath.Join(others, "config.yaml"), filepath.Join(others, "new", "config.yaml"),
		filepath.Join(home, "link", "config.yaml"), filepath.Join(home, "link", "new", "config.yaml"), filepath.Join(home, "link.yaml"),
	} {
		if err := Update(path, user, map[string]any{"top": 7}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: got %v, want that it is not permitted", path, err)
		}
	}
	alone(t, others, "kept.yaml")
	if got := content(t, filepath.Join(others, "kept.yaml")); got != "top: 5\n" {
		t.Errorf("got %q in the file of others, want it as it was", got)
	}
}
