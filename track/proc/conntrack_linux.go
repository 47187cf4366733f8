package proc

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"sockeye/parse"
)

// conntrackSwitch is there once the kernel tracks connections.
const conntrackSwitch = "/proc/sys/net/netfilter/nf_conntrack_max"

// conntrack asks the kernel which connections of one network namespace it translates.
// It may be used by several goroutines.
type conntrack struct {
	mu   sync.Mutex
	conn *netlinkConn
	out  []byte
}

// newConntrack opens the network namespace of the calling thread. That takes
// CAP_NET_ADMIN: without it the error matches fs.ErrPermission. It matches
// errors.ErrUnsupported where nothing is tracked, which asking would begin: the kernel
// loads the module that is asked for.
func newConntrack() (*conntrack, error) {
	if _, err := os.Stat(conntrackSwitch); err != nil {
		return nil, fmt.Errorf("open conntrack: no connections are tracked: %w", errors.ErrUnsupported)
	}
	conn, err := dialNetlink(unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("open conntrack: %w", err)
	}
	c := &conntrack{conn: conn}
	nowhere := netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	_, _, err = c.get(&natTuple{src: nowhere, dst: nowhere, proto: parse.ProtoTCP}, false)
	switch {
	case errors.Is(err, unix.EINVAL): // no such subsystem
		err = fmt.Errorf("open conntrack: %w", errors.ErrUnsupported)
	case err == nil || errors.Is(err, unix.ENOENT):
		return c, nil
	default:
		err = fmt.Errorf("open conntrack: %w", err)
	}
	c.close()
	return nil, err
}

// close lets go of the namespace.
func (c *conntrack) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn.close()
}

// find returns the key that a flow has on the other side of this machine's address
// translation, and whether k's A is its B. It is not ok where the flow is not
// translated, or not tracked.
func (c *conntrack) find(k *parse.Key) (other parse.Key, swapped, ok bool, err error) {
	if k.Family != parse.FamilyIPv4 && k.Family != parse.FamilyIPv6 {
		return parse.Key{}, false, false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := natTuple{src: k.A(), dst: k.B(), proto: uint8(k.Proto)}
	tries := 2
	if t.proto == parse.ProtoICMP || t.proto == parse.ProtoICMPv6 {
		tries = 4
	}
	for try := range tries {
		orig, reply, err := c.get(&t, try >= 2)
		switch {
		case err == nil:
			if other, swapped, ok = otherSide(k, &orig, &reply); ok {
				return other, swapped, true, nil
			}
		case !errors.Is(err, unix.ENOENT):
			return parse.Key{}, false, false, fmt.Errorf("find tracked connection: %w", err)
		}
		t.src, t.dst = t.dst, t.src
	}
	return parse.Key{}, false, false, nil
}

// get asks for the connection that has a tuple in either direction. The error is
// ENOENT where there is none.
func (c *conntrack) get(t *natTuple, replies bool) (orig, reply natTuple, err error) {
	c.out = putConntrackGet(c.out[:0], t, replies)
	b, err := c.conn.one(conntrackGet, c.out)
	if err != nil {
		return orig, reply, err
	}
	orig, reply, ok := readConntrack(b)
	if !ok {
		return orig, reply, unix.ENOENT
	}
	return orig, reply, nil
}
