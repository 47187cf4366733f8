package link

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"slices"
)

// Sizes of the fixed headers of macOS before the addresses: struct if_msghdr2
// and ifa_msghdr of net/if.h, rt_msghdr of net/route.h. All are little-endian
// and packed to 4 bytes.
const (
	ifMsgLen  = 160
	ifaMsgLen = 20
	rtmLen    = 92

	rtmVersion = 5 // RTM_VERSION
)

// Message types of net/route.h that are read here.
const (
	rtmAdd     = 0x1
	rtmDelete  = 0x2
	rtmChange  = 0x3
	rtmGet     = 0x4
	rtmNewAddr = 0xc
	rtmDelAddr = 0xd
	rtmIfInfo  = 0xe
	rtmIfInfo2 = 0x12
)

// Route flags of net/route.h.
const (
	rtfUp        = 0x1
	rtfHost      = 0x4
	rtfReject    = 0x8
	rtfBlackhole = 0x1000
	rtfIfScope   = 0x1000000
)

// Places of the addresses of a message: RTAX_ of net/route.h. Bit n of a
// message's mask says that address n is there.
const (
	rtaxDst     = 0
	rtaxNetmask = 2
	rtaxIfp     = 4
	rtaxIfa     = 5
	rtaxMax     = 8
)

// Address families of sys/socket.h of macOS.
const (
	afInet  = 2
	afLink  = 18
	afInet6 = 30
)

// decodeIfList reads what the sysctl NET_RT_IFLIST2 gives: each interface,
// followed by its addresses.
func decodeIfList(b []byte) ([]Interface, error) {
	var all []Interface
	for len(b) > 0 {
		typ, msg, rest, err := nextMessage(b)
		if err != nil {
			return nil, err
		}
		b = rest
		switch typ {
		case rtmIfInfo2:
			i, err := decodeIfInfo(msg)
			if err != nil {
				return nil, err
			}
			all = append(all, i)
		case rtmNewAddr:
			index, addr, err := decodeIfAddr(msg)
			if err != nil {
				return nil, err
			}
			if at := len(all) - 1; at >= 0 && all[at].Index == index && addr.IsValid() {
				all[at].Addrs = append(all[at].Addrs, addr)
			}
		}
	}
	return all, nil
}

// decodeRoutes reads what the sysctl NET_RT_DUMP gives, and returns the
// interfaces through which default routes lead.
func decodeRoutes(b []byte) (via []int, err error) {
	for len(b) > 0 {
		typ, msg, rest, err := nextMessage(b)
		if err != nil {
			return nil, err
		}
		b = rest
		if typ != rtmGet {
			continue
		}
		index, ok, err := decodeDefault(msg)
		if err != nil {
			return nil, err
		}
		if ok {
			via = append(via, index)
		}
	}
	return via, nil
}

// nextMessage splits the first message off b: its type, its bytes from the
// header on, and what follows it. Type 0 is a message of another version, to be
// skipped.
func nextMessage(b []byte) (typ byte, msg, rest []byte, err error) {
	if len(b) < 4 {
		return 0, nil, nil, fmt.Errorf("read route message: %w", errShort)
	}
	n := int(binary.LittleEndian.Uint16(b))
	if n < 4 || n > len(b) {
		return 0, nil, nil, fmt.Errorf("read route message: length %d of %d: %w", n, len(b), errShort)
	}
	if b[2] == rtmVersion {
		typ = b[3]
	}
	return typ, b[:n:n], b[n:], nil
}

// sockaddrs splits the addresses behind a message's header. Each begins with
// its own length and is padded to 4 bytes; one of length 0 takes 4. The kernel
// leaves out the padding of the last one.
func sockaddrs(b []byte, mask uint32) (addrs [rtaxMax][]byte, err error) {
	for i := range addrs {
		if mask&(1<<i) == 0 {
			continue
		}
		if len(b) == 0 || int(b[0]) > len(b) {
			return addrs, errShort
		}
		n := int(b[0])
		addrs[i] = b[:n:n]
		b = b[min(max((n+3)&^3, 4), len(b)):]
	}
	return addrs, nil
}

// decodeIfInfo reads an RTM_IFINFO2 message: struct if_msghdr2 and the link
// address. Addresses, routes and the carrier are told elsewhere.
//
// To programs that are not part of macOS the kernel gives the byte counts
// rounded to 1 KiB and, since macOS 13.2, only their low 32 bits
// (github.com/prometheus/node_exporter/pull/3336). Packet counts are whole.
func decodeIfInfo(msg []byte) (Interface, error) {
	if len(msg) < ifMsgLen {
		return Interface{}, fmt.Errorf("decode interface: %w", errShort)
	}
	addrs, err := sockaddrs(msg[ifMsgLen:], binary.LittleEndian.Uint32(msg[4:]))
	if err != nil {
		return Interface{}, fmt.Errorf("decode interface: %w", err)
	}
	flags := binary.LittleEndian.Uint32(msg[8:])
	i := Interface{
		Index:        int(binary.LittleEndian.Uint16(msg[12:])),
		Up:           flags&flagUp != 0, // these flags are the same in both systems
		Running:      flags&flagRunning != 0,
		Loopback:     flags&flagLoopback != 0,
		PointToPoint: flags&flagPointToPoint != 0,
		// struct if_data64 begins at 32.
		MTU:       int(binary.LittleEndian.Uint32(msg[40:])),
		Speed:     int(binary.LittleEndian.Uint64(msg[48:]) / 1e6), // ifi_baudrate, bit/s
		RxPackets: binary.LittleEndian.Uint64(msg[56:]),
		TxPackets: binary.LittleEndian.Uint64(msg[72:]),
		RxBytes:   binary.LittleEndian.Uint64(msg[96:]),
		TxBytes:   binary.LittleEndian.Uint64(msg[104:]),
		RxErrors:  binary.LittleEndian.Uint64(msg[64:]),
		TxErrors:  binary.LittleEndian.Uint64(msg[80:]),
		RxDropped: binary.LittleEndian.Uint64(msg[128:]), // ifi_iqdrops
	}
	if i.Name, i.MAC, err = linkAddr(addrs[rtaxIfp]); err != nil {
		return Interface{}, fmt.Errorf("decode interface: %w", err)
	}
	i.setBSDType(msg[32]) // ifi_type
	i.setOperState()
	return i, nil
}

// linkAddr reads a struct sockaddr_dl of net/if_dl.h: lengths at 5 and 6, then
// the name and the address.
func linkAddr(sa []byte) (name string, mac net.HardwareAddr, err error) {
	if len(sa) < 8 || sa[1] != afLink {
		return "", nil, fmt.Errorf("link address % x", sa)
	}
	nameLen, macLen := int(sa[5]), int(sa[6])
	if nameLen == 0 || 8+nameLen+macLen > len(sa) {
		return "", nil, errShort
	}
	if b := sa[8+nameLen:][:macLen]; slices.ContainsFunc(b, func(b byte) bool { return b != 0 }) {
		mac = slices.Clone(b)
	}
	return string(sa[8:][:nameLen]), mac, nil
}

// decodeIfAddr reads an RTM_NEWADDR message: struct ifa_msghdr and its
// addresses. The prefix is not valid for an address that is not IP.
func decodeIfAddr(msg []byte) (index int, addr netip.Prefix, err error) {
	if len(msg) < ifaMsgLen {
		return 0, addr, fmt.Errorf("decode address: %w", errShort)
	}
	addrs, err := sockaddrs(msg[ifaMsgLen:], binary.LittleEndian.Uint32(msg[4:]))
	if err != nil {
		return 0, addr, fmt.Errorf("decode address: %w", err)
	}
	index = int(binary.LittleEndian.Uint16(msg[12:]))
	own, ok := ipAddr(addrs[rtaxIfa])
	if !ok {
		return index, addr, nil
	}
	return index, netip.PrefixFrom(own, maskBits(addrs[rtaxNetmask], own)), nil
}

// ipAddr reads a struct sockaddr_in or sockaddr_in6. The kernel keeps the scope
// of a link-local address in its second 16 bits; it is taken off.
func ipAddr(sa []byte) (netip.Addr, bool) {
	switch {
	case len(sa) >= 8 && sa[1] == afInet:
		return netip.AddrFrom4([4]byte(sa[4:])), true
	case len(sa) >= 24 && sa[1] == afInet6:
		a := [16]byte(sa[8:])
		if a[0] == 0xfe && a[1]&0xc0 == 0x80 {
			a[2], a[3] = 0, 0
		}
		return netip.AddrFrom16(a), true
	}
	return netip.Addr{}, false
}

// maskBits counts the leading ones of own's netmask. The kernel cuts a mask
// behind its last byte that is not 0, and may leave its family 0; no mask at
// all is that of a single address.
func maskBits(sa []byte, own netip.Addr) int {
	if sa == nil {
		return own.BitLen()
	}
	at := 4 // sin_addr
	if own.Is6() {
		at = 8 // sin6_addr
	}
	n := 0
	for _, b := range sa[min(at, len(sa)):] {
		ones := bits.LeadingZeros8(^b)
		if n += ones; ones < 8 {
			break
		}
	}
	return min(n, own.BitLen())
}

// decodeDefault reads an RTM_GET, RTM_ADD, RTM_CHANGE or RTM_DELETE message:
// struct rt_msghdr and its addresses. ok says that it is a default route, and
// index through which interface it leads.
//
// A default route with a scope (RTF_IFSCOPE) is not meant: only sockets that
// are bound to its interface use it, and every idle utun has one.
func decodeDefault(msg []byte) (index int, ok bool, err error) {
	if len(msg) < rtmLen {
		return 0, false, fmt.Errorf("decode route: %w", errShort)
	}
	addrs, err := sockaddrs(msg[rtmLen:], binary.LittleEndian.Uint32(msg[12:]))
	if err != nil {
		return 0, false, fmt.Errorf("decode route: %w", err)
	}
	const other = rtfHost | rtfReject | rtfBlackhole | rtfIfScope
	flags := binary.LittleEndian.Uint32(msg[8:])
	if flags&rtfUp == 0 || flags&other != 0 {
		return 0, false, nil
	}
	dst, isIP := ipAddr(addrs[rtaxDst])
	mask := addrs[rtaxNetmask]
	if !isIP || !dst.IsUnspecified() || mask != nil && maskBits(mask, dst) != 0 {
		return 0, false, nil
	}
	return int(binary.LittleEndian.Uint16(msg[4:])), true, nil
}

// routeMatters tells whether a message of a routing socket is of something that
// a list shows. The routes that the kernel clones for every neighbour are not.
func routeMatters(typ byte, msg []byte) bool {
	switch typ {
	case rtmIfInfo, rtmNewAddr, rtmDelAddr:
		return true
	case rtmAdd, rtmDelete, rtmChange:
		_, ok, err := decodeDefault(msg)
		return ok || err != nil
	default:
		return false
	}
}
