package proc

import (
	"encoding/binary"
	"slices"
	"testing"
)

func TestSocketFDs(t *testing.T) {
	le := binary.LittleEndian
	var b []byte
	for _, f := range [][2]uint32{{0, 1}, {3, fdIsSocket}, {4, 5}, {900, fdIsSocket}} {
		b = le.AppendUint32(le.AppendUint32(b, f[0]), f[1])
	}
	if got, want := socketFDs(append(b, 9, 0, 0), nil), []int32{3, 900}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSocketHandle(t *testing.T) {
	info := func(family uint32) []byte {
		b := make([]byte, socketInfoLen)
		binary.LittleEndian.PutUint64(b[socketInfoHandle:], 0xabcdef0123456789)
		binary.LittleEndian.PutUint32(b[socketInfoFamily:], family)
		return b
	}
	tests := []struct {
		name string
		b    []byte
		want uint64
	}{
		{"IPv4", info(darwinInet), 0xabcdef0123456789},
		{"IPv6", info(darwinInet6), 0xabcdef0123456789},
		{"a socket of the machine's own", info(1), 0},
		{"a short answer", info(darwinInet)[:socketInfoFamily], 0},
		{"no answer", nil, 0},
	}
	for _, tt := range tests {
		if got, ok := socketHandle(tt.b); got != tt.want || ok != (tt.want != 0) {
			t.Errorf("%s: got %#x, %v, want %#x", tt.name, got, ok, tt.want)
		}
	}
}

func TestDarwinArgs(t *testing.T) {
	args := func(n byte, text string) []byte { return append([]byte{n, 0, 0, 0}, text...) }
	tests := []struct {
		name string
		b    []byte
		want []string
	}{
		{"with an environment", args(3, "/bin/ls\x00\x00\x00\x00ls\x00-l\x00a b\x00HOME=/\x00"), []string{"ls", "-l", "a b"}},
		{"an empty argument", args(3, "/bin/a\x00a\x00\x00b\x00"), []string{"a", "", "b"}},
		{"cut", args(3, "/bin/a\x00a\x00-lo"), []string{"a", "-lo"}},
		{"none", args(0, "/bin/a\x00\x00HOME=/\x00"), nil},
		{"a number that cannot be", append([]byte{255, 255, 255, 255}, "/bin/a\x00a\x00"...), []string{"a"}},
		{"nothing", nil, nil},
	}
	for _, tt := range tests {
		if got := darwinArgs(tt.b); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDarwinName(t *testing.T) {
	tests := []struct{ comm, exe, want string }{
		{"Google Chrome He", "/Applications/Google Chrome Helper", "Google Chrome Helper"},
		{"curl", "/usr/bin/curl", "curl"},
		{"named", "/usr/bin/other", "named"},
		{"curl", "", "curl"},
		{"", "/usr/bin/curl", ""},
	}
	for _, tt := range tests {
		if got := darwinName(tt.comm, tt.exe); got != tt.want {
			t.Errorf("darwinName(%q, %q): got %q, want %q", tt.comm, tt.exe, got, tt.want)
		}
	}
}

// FuzzProcInfo reads answers of any form.
func FuzzProcInfo(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00/bin/a\x00a\x00b\x00"))
	f.Add(make([]byte, socketInfoLen))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for _, a := range darwinArgs(b) {
			total += len(a) + 1
		}
		if total > len(b) {
			t.Errorf("got arguments of %d bytes out of %d", total, len(b))
		}
		if n := len(socketFDs(b, nil)); n > len(b)/fdInfoLen {
			t.Errorf("got %d sockets of %d bytes", n, len(b))
		}
		if _, ok := socketHandle(b); ok && len(b) < socketInfoFamily+4 {
			t.Error("got a handle of a short answer")
		}
	})
}
