package link

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// kernel is the system of Linux: rtnetlink(7), and sysfs for what only drivers
// know. Its sockets stay open, so that they stay in the network namespace in
// which they were opened, whichever thread uses them.
type kernel struct {
	dump   *netlink.Conn
	events *netlink.Conn
}

// groups are the multicast groups of every change that a list would show.
const groups = 1<<(unix.RTNLGRP_LINK-1) |
	1<<(unix.RTNLGRP_IPV4_IFADDR-1) | 1<<(unix.RTNLGRP_IPV6_IFADDR-1) |
	1<<(unix.RTNLGRP_IPV4_ROUTE-1) | 1<<(unix.RTNLGRP_IPV6_ROUTE-1)

func openSystem() (system, error) {
	dump, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return nil, fmt.Errorf("open route socket: %w", err)
	}
	events, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{Groups: groups})
	if err != nil {
		dump.Close()
		return nil, fmt.Errorf("open route event socket: %w", err)
	}
	return &kernel{dump, events}, nil
}

func (k *kernel) close() error { return errors.Join(k.dump.Close(), k.events.Close()) }

// watch reads events only to learn that there is something to list: a list is
// right whatever was missed.
func (k *kernel) watch(ctx context.Context, changed func()) error {
	stop := context.AfterFunc(ctx, func() { k.events.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		msgs, err := k.events.Receive()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.ENOBUFS): // the socket's buffer was full: events are lost
			changed()
		case err != nil:
			return fmt.Errorf("read route events: %w", err)
		case slices.ContainsFunc(msgs, matters):
			changed()
		}
	}
}

// matters leaves out the routes that a routing daemon moves all day.
func matters(m netlink.Message) bool {
	switch m.Header.Type {
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		via, err := decodeDefaultRoute(m.Data)
		return len(via) > 0 || err != nil
	default:
		return true
	}
}

// dumpTries is how often a dump is asked for that changes kept interrupting.
const dumpTries = 4

var errInterrupted = errors.New("changed while it was read")

func (k *kernel) list(full bool) ([]Interface, error) {
	all, err := k.links()
	if err != nil || !full {
		return all, err
	}
	if err := k.addrs(all); err != nil {
		return nil, err
	}
	if err := k.defaultRoutes(all); err != nil {
		return nil, err
	}
	for i := range all {
		all[i].fromSysfs("/sys/class/net")
	}
	return all, nil
}

// links lists the interfaces in the order of Index.
func (k *kernel) links() ([]Interface, error) {
	var all []Interface
	err := k.request(unix.RTM_GETLINK, ifInfoLen, func() { all = nil }, func(m netlink.Message) error {
		if m.Header.Type != unix.RTM_NEWLINK {
			return nil
		}
		i, err := decodeLink(m.Data)
		all = append(all, i)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	slices.SortFunc(all, func(a, b Interface) int { return a.Index - b.Index })
	return all, nil
}

// addrs fills in Addrs.
func (k *kernel) addrs(all []Interface) error {
	reset := func() {
		for i := range all {
			all[i].Addrs = nil
		}
	}
	err := k.request(unix.RTM_GETADDR, ifAddrLen, reset, func(m netlink.Message) error {
		if m.Header.Type != unix.RTM_NEWADDR || len(m.Data) == 0 || !isIP(m.Data[0]) {
			return nil
		}
		index, addr, err := decodeAddr(m.Data)
		if err != nil {
			return err
		}
		if i := atIndex(all, index); i != nil {
			i.Addrs = append(i.Addrs, addr)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list addresses: %w", err)
	}
	return nil
}

// defaultRoutes fills in DefaultRoute.
func (k *kernel) defaultRoutes(all []Interface) error {
	reset := func() {
		for i := range all {
			all[i].DefaultRoute = false
		}
	}
	err := k.request(unix.RTM_GETROUTE, rtMsgLen, reset, func(m netlink.Message) error {
		if m.Header.Type != unix.RTM_NEWROUTE || len(m.Data) == 0 || !isIP(m.Data[0]) {
			return nil
		}
		via, err := decodeDefaultRoute(m.Data)
		for _, index := range via {
			if i := atIndex(all, index); i != nil {
				i.DefaultRoute = true
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	return nil
}

// request asks for a dump of every object of a kind and calls each with each
// message. The request's body is a zero header of that length: no restriction.
// When the objects changed meanwhile (NLM_F_DUMP_INTR) it calls reset and asks
// again.
func (k *kernel) request(typ netlink.HeaderType, header int, reset func(), each func(netlink.Message) error) error {
	var err error
	for range dumpTries {
		reset()
		if err = k.requestOnce(typ, header, each); !errors.Is(err, errInterrupted) {
			return err
		}
	}
	return err
}

// requestOnce reads message by message: a router's routes may take more memory
// than everything else here.
func (k *kernel) requestOnce(typ netlink.HeaderType, header int, each func(netlink.Message) error) error {
	sent, err := k.dump.Send(netlink.Message{
		Header: netlink.Header{Type: typ, Flags: netlink.Request | netlink.Dump},
		Data:   make([]byte, header),
	})
	if err != nil {
		return err
	}
	var failed error
	for m, err := range k.dump.ReceiveIter() {
		switch {
		case err != nil:
			return err
		case m.Header.Sequence != sent.Header.Sequence: // of a dump that ended with an error
		case m.Header.Flags&netlink.DumpInterrupted != 0:
			failed = errInterrupted
		case failed == nil:
			failed = each(m) // reads on after a failure, so that the socket is empty
		}
	}
	return failed
}

func isIP(family byte) bool { return family == unix.AF_INET || family == unix.AF_INET6 }

// atIndex returns the interface of all, sorted by Index, with that index.
func atIndex(all []Interface, index int) *Interface {
	at, ok := slices.BinarySearchFunc(all, index, func(i Interface, index int) int { return i.Index - index })
	if !ok {
		return nil
	}
	return &all[at]
}

// fromSysfs fills in what rtnetlink does not tell, from the folder that
// sysfs-class-net describes. A driver that does not know answers EINVAL or -1.
func (i *Interface) fromSysfs(root string) {
	dir := filepath.Join(root, i.Name)
	// sysfs shows the namespace in which it was mounted, where the name may be
	// another interface's.
	if index, ok := sysfsInt(dir, "ifindex"); !ok || index != i.Index {
		return
	}
	if speed, ok := sysfsInt(dir, "speed"); ok && speed > 0 {
		i.Speed = speed
	}
	if duplex := sysfsString(dir, "duplex"); duplex != "unknown" {
		i.Duplex = duplex
	}
	if i.Kind == typeKinds[TypeEther] {
		if _, err := os.Stat(filepath.Join(dir, "phy80211")); err == nil {
			i.Kind = typeKinds[TypeWiFi]
		}
	}
}

func sysfsString(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func sysfsInt(dir, name string) (n int, ok bool) {
	n, err := strconv.Atoi(sysfsString(dir, name))
	return n, err == nil
}
