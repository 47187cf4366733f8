package bpfdev

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestAccessError(t *testing.T) {
	var err error = &AccessError{Path: "/dev/bpf0", Err: syscall.EACCES}
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v is not %v", err, fs.ErrPermission)
	}
	if got, want := err.Error(), "open /dev/bpf0: permission denied"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var access *AccessError
	if !errors.As(err, &access) || !strings.Contains(access.Hint(), "access_bpf") || strings.Contains(access.Hint(), "\n") {
		t.Errorf("hint: got %q, want one line with the group", access.Hint())
	}
}
