package link

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/net/route"
	"golang.org/x/sys/unix"
)

// kernel is the system of macOS: sysctl(3) for lists, a routing socket
// (route(4)) for events, and an ordinary socket to ask drivers through. Which
// VLAN belongs to which interface, and which interface to which bridge, is not
// told: Master and Parent stay 0.
type kernel struct {
	events *os.File
	inet   int
}

func openSystem() (system, error) {
	fd, err := unix.Socket(unix.AF_ROUTE, unix.SOCK_RAW, unix.AF_UNSPEC)
	if err != nil {
		return nil, os.NewSyscallError("socket PF_ROUTE", err)
	}
	unix.CloseOnExec(fd)
	// The runtime's poller takes only a descriptor that does not block.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl O_NONBLOCK", err)
	}
	inet, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("socket PF_INET", err)
	}
	unix.CloseOnExec(inet)
	return &kernel{os.NewFile(uintptr(fd), "route socket"), inet}, nil
}

func (k *kernel) close() error {
	return errors.Join(k.events.Close(), os.NewSyscallError("close", unix.Close(k.inet)))
}

// watch reads events only to learn that there is something to list: a list is
// right whatever was missed.
func (k *kernel) watch(ctx context.Context, changed func()) error {
	stop := context.AfterFunc(ctx, func() { k.events.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, 64<<10) // a message is at most 64 KiB: its length has 16 bits
	for {
		n, err := k.events.Read(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.ENOBUFS): // the socket's buffer was full: events are lost
			changed()
			continue
		case err != nil:
			return fmt.Errorf("read route events: %w", err)
		}
		typ, msg, _, err := nextMessage(buf[:n])
		if err != nil || routeMatters(typ, msg) {
			changed()
		}
	}
}

// list always fills in everything but DefaultRoute: the rest comes with the
// interfaces or costs a microsecond each.
func (k *kernel) list(full bool) ([]Interface, error) {
	all, err := k.interfaces()
	if err != nil || !full {
		return all, err
	}
	if err := k.defaultRoutes(all); err != nil {
		return nil, err
	}
	return all, nil
}

// interfaces lists the interfaces with their addresses, in the order of Index.
func (k *kernel) interfaces() ([]Interface, error) {
	rib, err := route.FetchRIB(unix.AF_UNSPEC, unix.NET_RT_IFLIST2, 0)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	all, err := decodeIfList(rib)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	for i := range all {
		if status, active, ok := k.media(all[i].Name); ok {
			all[i].setMedia(status, active)
		}
	}
	slices.SortFunc(all, func(a, b Interface) int { return cmp.Compare(a.Index, b.Index) })
	return all, nil
}

// defaultRoutes fills in DefaultRoute.
func (k *kernel) defaultRoutes(all []Interface) error {
	rib, err := route.FetchRIB(unix.AF_UNSPEC, unix.NET_RT_DUMP, 0)
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	via, err := decodeRoutes(rib)
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	for i := range all {
		all[i].DefaultRoute = slices.Contains(via, all[i].Index)
	}
	return nil
}

// media asks a driver for its medium. Many have none.
func (k *kernel) media(name string) (status, active uint32, ok bool) {
	// struct ifmediareq of net/if.h, packed to 4 bytes.
	var req struct {
		name                                 [unix.IFNAMSIZ]byte
		current, mask, status, active, count uint32
		list                                 [2]uint32 // a pointer; nil: not asked for
	}
	copy(req.name[:unix.IFNAMSIZ-1], name)
	// x/sys has no libSystem wrapper for this request.
	//lint:ignore SA1019 see above
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(k.inet), unix.SIOCGIFMEDIA,
		uintptr(unsafe.Pointer(&req))) // as long as the struct ifmediareq that the request is for
	return req.status, req.active, errno == 0
}
