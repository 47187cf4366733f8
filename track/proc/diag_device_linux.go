package proc

import (
	"fmt"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// boundFresh is how long it is good to know which interfaces sockets are bound to:
// listing them takes as long as listing all sockets.
const boundFresh = 10 * time.Second

// boundDevices returns the interfaces that sockets of protocols with ports are bound
// to, SO_BINDTODEVICE of socket(7): few, such as that of a DHCP client.
func (d *diag) boundDevices() ([]uint32, error) {
	if now := time.Now(); now.Sub(d.listed) > boundFresh {
		d.listed, d.bound = now, d.bound[:0]
		for _, proto := range diagProtos {
			for _, family := range [...]uint8{afInet, afInet6} {
				if err := d.list(diagQuery{family: family, proto: proto}, func(*Socket) {}); err != nil {
					return nil, fmt.Errorf("list sockets: %w", err)
				}
			}
		}
	}
	return d.bound, nil
}

// place says where d.socket is.
func (d *diag) place(device uint32) {
	d.socket.NetNS = d.netns
	if device == 0 {
		return
	}
	if d.socket.Family != afPacket && !slices.Contains(d.bound, device) {
		d.bound = append(d.bound, device)
	}
	name, ok := d.devices[device]
	if !ok {
		name = d.conn.device(device)
		d.devices[device] = name
	}
	d.socket.Device = name
}

// device names the interface with an index, in the socket's own namespace, whose ioctl
// answers on sockets of every family (netdevice(7)). It is "if" and the index where
// there is none.
func (c *netlinkConn) device(index uint32) string {
	var request struct { // struct ifreq
		name  [unix.IFNAMSIZ]byte
		index uint32
		_     [20]byte
	}
	request.index = index
	// The kernel reads and writes a struct ifreq, 40 bytes, all inside request.
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(c.fd), unix.SIOCGIFNAME, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return fmt.Sprintf("if%d", index)
	}
	return unix.ByteSliceToString(request.name[:])
}
