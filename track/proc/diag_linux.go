package proc

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/parse"
)

// sockDiagByFamily is the type of sock_diag's requests (linux/sock_diag.h).
const sockDiagByFamily = 20

// threadNetNS is the network namespace of the thread that opens it.
const threadNetNS = "/proc/thread-self/ns/net"

// diagProtos are the protocols whose sockets sock_diag knows, where the kernel has
// them. Raw sockets and those of ping are read from text: few kernels list them.
var diagProtos = [...]uint8{parse.ProtoTCP, parse.ProtoUDP, parse.ProtoUDPLite, parse.ProtoSCTP, parse.ProtoDCCP}

// diag asks the kernel for the sockets of one network namespace, whoever's they are:
// sock_diag(7), which takes no rights. It may be used by several goroutines.
type diag struct {
	netns uint64 // inode of the namespace, 0 where /proc is not there

	mu      sync.Mutex
	conn    *netlinkConn
	text    tableFiles // of what sock_diag does not list
	devices map[uint32]string
	bound   []uint32 // interfaces that sockets of protocols with ports are bound to
	listed  time.Time

	// What one call uses, kept so that none allocates.
	request [diagRequestLen]byte
	socket  Socket
	tcp     KernelTCP
	best    best
	scratch []Socket
}

// newDiag opens the network namespace of the calling thread, which is the process's
// own but where somebody moved the thread.
func newDiag() (*diag, error) {
	conn, err := dialNetlink(unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("open sock_diag: %w", err)
	}
	d := &diag{conn: conn, devices: map[uint32]string{}}
	var st unix.Stat_t
	if unix.Stat(threadNetNS, &st) == nil {
		d.netns = st.Ino
	}
	d.text.hold("/proc/thread-self/net", append(rawTables, packetTable))
	return d, nil
}

// close lets go of the namespace.
func (d *diag) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text.close()
	return d.conn.close()
}

// find asks for the socket at local of the flow of proto with remote, in the kernel's
// own order: the one that is connected so, one that is bound there, one that listens,
// each also where it is for IPv6 and takes IPv4. It allocates nothing, and takes some
// 3 µs, and again for each interface that sockets are bound to where nothing better
// than a listening socket was found. BenchmarkFind measures it.
//
// Only matchExact is the last word: others may be bound there, too, which findAll
// tells. A socket whose Inode is 0 is nobody's (TIME_WAIT), or not yet (SYN_RECV).
func (d *diag) find(proto uint8, local, remote netip.AddrPort) (Socket, match, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.single(proto, local, remote)
}

func (d *diag) single(proto uint8, local, remote netip.AddrPort) (Socket, match, error) {
	if !listed(proto) || linkLocal(local.Addr()) {
		found, m, err := d.all(proto, local, remote, 0, d.scratch[:0])
		d.scratch = found[:0]
		if len(found) == 0 {
			return Socket{}, matchNone, err
		}
		return found[0], m, err
	}
	q := exactQuery(proto, local, remote)
	found, m, err := d.one(&q, local, remote)
	if err != nil || m >= matchBound {
		return found, m, err
	}
	// The kernel passes over sockets that are bound to an interface, unless it is told
	// which that is.
	devices, err := d.boundDevices()
	if err != nil {
		return Socket{}, matchNone, err
	}
	for _, q.device = range devices {
		at, better, err := d.one(&q, local, remote)
		if err != nil {
			return Socket{}, matchNone, err
		}
		if better > m {
			found, m = at, better
		}
	}
	return found, m, nil
}

// one asks for a single socket. The zero Socket comes with matchNone.
func (d *diag) one(q *diagQuery, local, remote netip.AddrPort) (Socket, match, error) {
	q.put(&d.request)
	b, err := d.conn.one(sockDiagByFamily, d.request[:])
	switch {
	case errors.Is(err, unix.ENOENT):
		return Socket{}, matchNone, nil
	case err != nil:
		return Socket{}, matchNone, fmt.Errorf("find socket: %w", err)
	}
	if !d.read(b, q.proto, nil) {
		return Socket{}, matchNone, nil
	}
	m := fit(&d.socket, q.proto, local, remote)
	if m == matchNone {
		return Socket{}, matchNone, nil
	}
	return d.socket, m, nil
}

// findAll appends to dst the sockets that fit best, all of them: find finds one of a
// group that shares a port. It walks the protocol's table, of TCP only that of the
// sockets that listen, unless none does: connections are many, and find tells them.
func (d *diag) findAll(proto uint8, local, remote netip.AddrPort, dst []Socket) ([]Socket, match, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if proto != parse.ProtoTCP {
		return d.all(proto, local, remote, 0, dst)
	}
	s, m, err := d.single(proto, local, remote)
	switch {
	case err != nil:
		return dst, matchNone, err
	case m == matchExact:
		return append(dst, s), m, nil
	}
	found, m, err := d.all(proto, local, remote, listening, dst)
	if err != nil || m != matchNone {
		return found, m, err
	}
	return d.all(proto, local, remote, 0, dst)
}

// listening is TCP_LISTEN of net/tcp_states.h as a bit.
const listening = 1 << 10

// all appends the sockets that fit best among those in some states, 0 for any.
func (d *diag) all(proto uint8, local, remote netip.AddrPort, states uint32, dst []Socket) ([]Socket, match, error) {
	d.best = best{proto: proto, local: local, remote: remote, from: len(dst), found: dst}
	var err error
	if listed(proto) {
		at := netip.AddrPortFrom(netip.Addr{}, local.Port())
		err = d.list(diagQuery{family: afInet6, proto: proto, states: states, local: at}, d.best.add)
		if local.Addr().Is4() && err == nil {
			err = d.list(diagQuery{family: afInet, proto: proto, states: states, local: at}, d.best.add)
		}
	} else {
		err = d.listText(rawTables, d.best.add)
	}
	if err != nil {
		return dst, matchNone, fmt.Errorf("find sockets: %w", err)
	}
	return d.best.found, d.best.match, nil
}

// dump hands over every socket of the namespace. The memory is used again, TCP's too;
// each must not ask this diag for anything.
func (d *diag) dump(each func(*Socket)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.devices) // names may have changed
	for _, proto := range diagProtos {
		for _, family := range [...]uint8{afInet, afInet6} {
			if err := d.list(diagQuery{family: family, proto: proto, details: true}, each); err != nil {
				return fmt.Errorf("list sockets: %w", err)
			}
		}
	}
	if err := d.listPackets(each); err != nil {
		return fmt.Errorf("list packet sockets: %w", err)
	}
	if err := d.listText(rawTables, each); err != nil {
		return fmt.Errorf("list raw sockets: %w", err)
	}
	return nil
}

// list asks for sockets of one family and protocol. That the kernel does not have
// these is no error.
func (d *diag) list(q diagQuery, each func(*Socket)) error {
	q.put(&d.request)
	err := d.conn.list(sockDiagByFamily, d.request[:], func(b []byte) {
		d.tcp = KernelTCP{}
		if d.read(b, q.proto, &d.tcp) {
			each(&d.socket)
		}
	})
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// listPackets asks for packet sockets, which kernels without packet_diag have as text
// alone.
func (d *diag) listPackets(each func(*Socket)) error {
	request := packetRequest()
	err := d.conn.list(sockDiagByFamily, request[:], func(b []byte) {
		if device, ok := readPacketDiag(b, &d.socket); ok {
			d.place(device)
			each(&d.socket)
		}
	})
	if !errors.Is(err, unix.ENOENT) {
		return err
	}
	return d.listText([]*table{packetTable}, each)
}

// listText reads the text tables that sock_diag has no part of.
func (d *diag) listText(tables []*table, each func(*Socket)) error {
	for _, t := range tables {
		text, err := d.text.read(t.name)
		if err != nil {
			return err
		}
		t.read(text, &d.socket, func(device uint32) {
			d.place(device)
			each(&d.socket)
		})
	}
	return nil
}

// read reads an answer into d.socket.
func (d *diag) read(b []byte, proto uint8, tcp *KernelTCP) bool {
	device, ok := readDiag(b, proto, &d.socket, tcp)
	if ok {
		d.place(device)
	}
	return ok
}

// listed reports whether sock_diag lists sockets of proto.
func listed(proto uint8) bool {
	for _, p := range diagProtos {
		if p == proto {
			return true
		}
	}
	return false
}

// linkLocal: sockets with such an address are bound to its interface, so that the
// kernel finds them only where it is told that.
func linkLocal(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() }
