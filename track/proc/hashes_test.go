package proc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func TestHashes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := func(hs *hashes, b []byte) {
		t.Helper()
		got, err := hs.of(name)
		if err != nil || got != sumOf(b) {
			t.Errorf("got %s, %v, want %s", got, err, sumOf(b))
		}
	}
	hs := newHashes()
	first, second := bytes.Repeat([]byte("abc"), 100_000), bytes.Repeat([]byte("xyz"), 100_000)
	write(first)
	want(hs, first)
	want(hs, first)
	write(second) // the same inode and size
	want(hs, second)
	write(nil)
	want(hs, nil)
	if n := hs.sums.Len(); n != 3 {
		t.Errorf("got %d sums kept, want 3", n)
	}
}

func TestHashesKeeps(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	hs := newHashes()
	if _, err := hs.of(name); err != nil {
		t.Fatal(err)
	}
	key := hs.sums.Keys()[0]
	hs.sums.Add(key, "kept")
	if got, err := hs.of(name); got != "kept" || err != nil {
		t.Errorf("got %q, %v, want the sum that is kept", got, err)
	}
}

func TestHashesErrors(t *testing.T) {
	dir := t.TempDir()
	large, pipe := filepath.Join(dir, "large"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(large, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxHashed+1); err != nil { // it takes no room
		t.Fatal(err)
	}
	if err := unix.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, path string
		want       error
	}{
		{"too large", large, errTooLarge},
		{"a pipe", pipe, errNoRegular},
		{"a directory", dir, errNoRegular},
		{"nothing", filepath.Join(dir, "nothing"), fs.ErrNotExist},
	} {
		if got, err := newHashes().of(tt.path); got != "" || !errors.Is(err, tt.want) {
			t.Errorf("%s: got %q, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

func TestHashesWhileWritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, make([]byte, 64<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := int64(0); ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = f.WriteAt([]byte{1}, i)
			}
		}
	}()
	testkit.Eventually(t, 30*time.Second, "a write to be noticed", func() bool {
		_, err := newHashes().of(name)
		return errors.Is(err, errWritten)
	})
	close(stop)
	<-done
}
