package proc

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sockeye/parse"
)

func TestReadSelf(t *testing.T) {
	p, err := newProcfs("")
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.read(int32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if exe, err = filepath.EvalSymlinks(exe); err != nil {
		t.Fatal(err)
	}
	if got.Exe != exe || got.Name != filepath.Base(exe) {
		t.Errorf("executable: got %s, named %s, want %s", got.Exe, got.Name, exe)
	}
	if !slices.Equal(got.Args, os.Args) {
		t.Errorf("arguments: got %q, want %q", got.Args, os.Args)
	}
	if got.UID != uint32(os.Geteuid()) || got.GID != uint32(os.Getegid()) {
		t.Errorf("user and group: got %d, %d, want %d, %d", got.UID, got.GID, os.Geteuid(), os.Getegid())
	}
	if age := time.Since(got.Started); age < 0 || age > time.Hour {
		t.Errorf("started %v ago", age)
	}
	if len(got.Parents) == 0 || got.Parents[0].PID != int32(os.Getppid()) {
		t.Errorf("parents: got %v, want %d first", got.Parents, os.Getppid())
	}
	if len(got.Lacks) > 0 {
		t.Errorf("lacks %v of the own process", got.Lacks)
	}
	if id, err := p.identify(got.PID); err != nil || id != got.ID {
		t.Errorf("identify: got %v, %v, want %v", id, err, got.ID)
	}
}

func TestNoSuchProcess(t *testing.T) {
	p, err := newProcfs("")
	if err != nil {
		t.Fatal(err)
	}
	const never = 1 << 30 // PID_MAX is 99999
	if _, err := p.read(never); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestFindOwnSockets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	d, err := newDiag()
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProcfs("")
	if err != nil {
		t.Fatal(err)
	}
	at := func(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }
	somebody := netip.MustParseAddrPort("192.0.2.1:9")
	for _, tt := range []struct {
		name          string
		proto         uint8
		local, remote netip.AddrPort
		want          match
	}{
		{"connected", parse.ProtoTCP, at(c.LocalAddr()), at(c.RemoteAddr()), matchExact},
		{"listening", parse.ProtoTCP, at(l.Addr()), somebody, matchListener},
		{"bound", parse.ProtoUDP, at(u.LocalAddr()), somebody, matchBound},
	} {
		s, m, err := d.find(tt.proto, tt.local, tt.remote)
		if err != nil || m != tt.want || s.Local != tt.local {
			t.Errorf("%s: got %v at %v, %v, want %v at %v", tt.name, m, s.Local, err, tt.want, tt.local)
			continue
		}
		held, reason := p.holders([]uint64{s.Inode})
		if ids := held[s.Inode]; len(ids) != 1 || ids[0].PID != int32(os.Getpid()) || reason != None {
			t.Errorf("%s: held by %v, %v, want %d", tt.name, ids, reason, os.Getpid())
		}
	}
}
