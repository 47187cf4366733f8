package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/mdlayher/netlink"
)

// Sizes of the fixed headers before the attributes: struct ifinfomsg, ifaddrmsg
// and rtmsg of linux/rtnetlink.h and linux/if_addr.h.
const (
	ifInfoLen  = 16
	ifAddrLen  = 8
	rtMsgLen   = 12
	nextHopLen = 8 // struct rtnexthop
)

// Attributes of linux/if_link.h, linux/if_addr.h and linux/rtnetlink.h.
const (
	iflaAddress     = 1
	iflaIfname      = 3
	iflaMTU         = 4
	iflaLink        = 5
	iflaMaster      = 10
	iflaOperState   = 16
	iflaLinkInfo    = 18
	iflaStats64     = 23
	iflaLinkNetNSID = 37
	iflaInfoKind    = 1

	ifaAddress = 1
	ifaLocal   = 2

	rtaOIF       = 4
	rtaMultipath = 9
)

// Flags of linux/if.h.
const (
	flagUp           = 1 << 0
	flagLoopback     = 1 << 3
	flagPointToPoint = 1 << 4
	flagRunning      = 1 << 6
)

// rtnUnicast is the type of a route that leads out of an interface
// (RTN_UNICAST); "unreachable default" has another.
const rtnUnicast = 1

// operStates are the names of IF_OPER_ values, as operstate in sysfs has them.
var operStates = [...]string{"unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"}

var errShort = errors.New("message is cut short")

// decodeLink reads the body of an RTM_NEWLINK message: struct ifinfomsg and its
// attributes. What only other messages tell (addresses, routes, speed) stays
// empty. Nothing in the result points into b.
func decodeLink(b []byte) (Interface, error) {
	if len(b) < ifInfoLen {
		return Interface{}, fmt.Errorf("decode link: %w", errShort)
	}
	flags := binary.NativeEndian.Uint32(b[8:])
	i := Interface{
		Type:         binary.NativeEndian.Uint16(b[2:]),
		Index:        int(int32(binary.NativeEndian.Uint32(b[4:]))),
		Up:           flags&flagUp != 0,
		Running:      flags&flagRunning != 0,
		Loopback:     flags&flagLoopback != 0,
		PointToPoint: flags&flagPointToPoint != 0,
		OperState:    operStates[0],
	}
	i.Link = linkTypeOf(i.Type)
	ad, err := netlink.NewAttributeDecoder(b[ifInfoLen:])
	if err != nil {
		return Interface{}, fmt.Errorf("decode link: %w", err)
	}
	info, foreign := "", false
	for ad.Next() {
		switch ad.Type() {
		case iflaLinkInfo:
			ad.Nested(func(nad *netlink.AttributeDecoder) error {
				for nad.Next() {
					if nad.Type() == iflaInfoKind {
						info = nad.String()
					}
				}
				return nil
			})
		case iflaLinkNetNSID:
			foreign = true
		default:
			i.attribute(ad)
		}
	}
	if err := ad.Err(); err != nil {
		return Interface{}, fmt.Errorf("decode link: %w", err)
	}
	if foreign || i.Parent == i.Index {
		i.Parent = 0 // an index of another namespace, or a lower device that is itself
	}
	i.Kind = kindOf(info, i.Type)
	return i, nil
}

// attribute takes one attribute of an RTM_NEWLINK message.
func (i *Interface) attribute(ad *netlink.AttributeDecoder) {
	switch ad.Type() {
	case iflaIfname:
		i.Name = ad.String()
	case iflaAddress:
		if mac := ad.Bytes(); slices.ContainsFunc(mac, func(b byte) bool { return b != 0 }) {
			i.MAC = net.HardwareAddr(mac)
		}
	case iflaMTU:
		i.MTU = int(ad.Uint32())
	case iflaLink:
		i.Parent = int(int32(ad.Uint32()))
	case iflaMaster:
		i.Master = int(int32(ad.Uint32()))
	case iflaOperState:
		if s := ad.Uint8(); int(s) < len(operStates) {
			i.OperState = operStates[s]
		}
	case iflaStats64: // struct rtnl_link_stats64: rx and tx packets, rx and tx bytes, errors, drops
		if s := ad.Bytes(); len(s) >= 32 {
			i.RxPackets = binary.NativeEndian.Uint64(s)
			i.TxPackets = binary.NativeEndian.Uint64(s[8:])
			i.RxBytes = binary.NativeEndian.Uint64(s[16:])
			i.TxBytes = binary.NativeEndian.Uint64(s[24:])
			if len(s) >= 64 {
				i.RxErrors = binary.NativeEndian.Uint64(s[32:])
				i.TxErrors = binary.NativeEndian.Uint64(s[40:])
				i.RxDropped = binary.NativeEndian.Uint64(s[48:])
				i.TxDropped = binary.NativeEndian.Uint64(s[56:])
			}
		}
	}
}

// decodeAddr reads the body of an RTM_NEWADDR message: struct ifaddrmsg and its
// attributes. On a point-to-point link IFA_ADDRESS is the peer's address and
// IFA_LOCAL the own one.
func decodeAddr(b []byte) (index int, addr netip.Prefix, err error) {
	if len(b) < ifAddrLen {
		return 0, addr, fmt.Errorf("decode address: %w", errShort)
	}
	bits := int(b[1])
	index = int(int32(binary.NativeEndian.Uint32(b[4:])))
	ad, err := netlink.NewAttributeDecoder(b[ifAddrLen:])
	if err != nil {
		return 0, addr, fmt.Errorf("decode address: %w", err)
	}
	var own, address netip.Addr
	for ad.Next() {
		switch ad.Type() {
		case ifaLocal:
			own, _ = netip.AddrFromSlice(ad.Bytes())
		case ifaAddress:
			address, _ = netip.AddrFromSlice(ad.Bytes())
		}
	}
	if err := ad.Err(); err != nil {
		return 0, addr, fmt.Errorf("decode address: %w", err)
	}
	if !own.IsValid() {
		own = address
	}
	if addr = netip.PrefixFrom(own, bits); !addr.IsValid() {
		return 0, addr, fmt.Errorf("decode address: %d bytes, prefix length %d", own.BitLen()/8, bits)
	}
	return index, addr, nil
}

// decodeDefaultRoute reads the body of an RTM_NEWROUTE or RTM_DELROUTE message:
// struct rtmsg and its attributes. It returns the indexes of the interfaces
// through which a default route leads, none for any other route. The table does
// not matter: VPNs keep theirs in one of their own.
func decodeDefaultRoute(b []byte) ([]int, error) {
	if len(b) < rtMsgLen {
		return nil, fmt.Errorf("decode route: %w", errShort)
	}
	if dstLen, typ := b[1], b[7]; dstLen != 0 || typ != rtnUnicast {
		return nil, nil
	}
	ad, err := netlink.NewAttributeDecoder(b[rtMsgLen:])
	if err != nil {
		return nil, fmt.Errorf("decode route: %w", err)
	}
	var out []int
	for ad.Next() {
		switch ad.Type() {
		case rtaOIF:
			out = append(out, int(int32(ad.Uint32())))
		case rtaMultipath:
			out = appendNextHops(out, ad.Bytes())
		}
	}
	if err := ad.Err(); err != nil {
		return nil, fmt.Errorf("decode route: %w", err)
	}
	return out, nil
}

// appendNextHops adds the interfaces of an RTA_MULTIPATH attribute: struct
// rtnexthop, each with attributes of its own, aligned to 4 bytes.
func appendNextHops(out []int, b []byte) []int {
	for len(b) >= nextHopLen {
		n := int(binary.NativeEndian.Uint16(b))
		if n < nextHopLen {
			return out
		}
		out = append(out, int(int32(binary.NativeEndian.Uint32(b[4:]))))
		b = b[min((n+3)&^3, len(b)):]
	}
	return out
}
