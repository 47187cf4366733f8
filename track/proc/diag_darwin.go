package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/parse"
)

const (
	// pcbsFresh is how long a table is believed that has the socket. A read takes
	// about a ms.
	pcbsFresh = 100 * time.Millisecond
	// pcbsNew is how long one is believed that does not have it.
	pcbsNew = 5 * time.Millisecond
)

// errKeptBack says that others' sockets cannot be seen. It wraps fs.ErrPermission.
var errKeptBack = fmt.Errorf("macOS shows other users' sockets to root only, run it with sudo: %w", fs.ErrPermission)

// pcbTables are the tables of sockets of TCP and UDP. They may be used by several
// goroutines.
type pcbTables struct {
	mu      sync.Mutex
	at      time.Time // when they were read
	sockets []pcb     // never changed, only replaced
}

// read returns tables that are not older.
func (t *pcbTables) read(age time.Duration) ([]pcb, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); t.sockets == nil || now.Sub(t.at) > age {
		sockets := make([]pcb, 0, len(t.sockets)+64)
		for _, table := range [...]struct {
			name  string
			proto uint8
		}{{"net.inet.tcp.pcblist_n", parse.ProtoTCP}, {"net.inet.udp.pcblist_n", parse.ProtoUDP}} {
			if err := readPCBTable(table.name, table.proto, func(s *pcb) { sockets = append(sockets, *s) }); err != nil {
				return nil, err
			}
		}
		t.at, t.sockets = now, sockets
	}
	return t.sockets, nil
}

// readPCBTable reads one table. The kernel says ENOMEM where it has grown between the
// question for its size and the reading.
func readPCBTable(name string, proto uint8, each func(*pcb)) error {
	for try := 0; ; try++ {
		b, err := unix.SysctlRaw(name)
		switch {
		case err == nil:
			return readPCBs(b, proto, each)
		case try == 4 || !errors.Is(err, unix.ENOMEM):
			return os.NewSyscallError("sysctl "+name, err)
		}
	}
}

// diag tells of the sockets of this machine, whose they are: what sock_diag(7) is on
// Linux. It may be used by several goroutines.
type diag struct {
	tables pcbTables
	uid    uint32
}

// newDiag reads the tables once, to see whether that works.
func newDiag() (*diag, error) {
	d := &diag{uid: uint32(os.Geteuid())}
	if _, err := d.tables.read(0); err != nil {
		return nil, fmt.Errorf("open socket tables: %w", err)
	}
	return d, nil
}

// close does nothing.
func (d *diag) close() error { return nil }

// find returns the socket at local of the flow of proto with remote that fits best. An
// error that wraps fs.ErrPermission says that there may be one that is kept back.
func (d *diag) find(proto uint8, local, remote netip.AddrPort) (Socket, match, error) {
	found, m, err := d.findAll(proto, local, remote, nil)
	if len(found) == 0 || err != nil {
		return Socket{}, matchNone, err
	}
	return found[0], m, nil
}

// findAll appends to dst the sockets that fit best.
func (d *diag) findAll(proto uint8, local, remote netip.AddrPort, dst []Socket) ([]Socket, match, error) {
	for _, age := range [...]time.Duration{pcbsFresh, pcbsNew} {
		sockets, err := d.tables.read(age)
		if err != nil {
			return dst, matchNone, fmt.Errorf("find sockets: %w", err)
		}
		b := best{proto: proto, local: local, remote: remote, from: len(dst), found: dst}
		for i := range sockets {
			b.add(&sockets[i].Socket)
		}
		if b.match != matchNone && (b.match == matchExact || age == pcbsNew) {
			return b.found, b.match, nil
		}
		if age == pcbsNew && pcbsPartial(sockets, d.uid) {
			return dst, matchNone, fmt.Errorf("find sockets: %w", errKeptBack)
		}
	}
	return dst, matchNone, nil
}

// dump hands over every socket. The memory is used again. An error that wraps
// fs.ErrPermission comes after the sockets that can be seen.
func (d *diag) dump(each func(*Socket)) error {
	sockets, err := d.tables.read(0)
	if err != nil {
		return fmt.Errorf("list sockets: %w", err)
	}
	var s Socket
	for i := range sockets {
		s = sockets[i].Socket
		each(&s)
	}
	if pcbsPartial(sockets, d.uid) {
		return fmt.Errorf("list sockets: %w", errKeptBack)
	}
	return nil
}
