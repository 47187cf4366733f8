package link

import "sockeye/parse"

// Link types of linux/if_arp.h that Interface.Type takes.
const (
	TypeEther      = 1
	TypeInfiniBand = 32
	TypeCAN        = 280
	TypePPP        = 512
	TypeRawIP      = 519 // mobile modems
	TypeTunnel     = 768 // IPv4 in IPv4
	TypeTunnel6    = 769
	TypeLoopback   = 772
	TypeSIT        = 776 // IPv6 in IPv4
	TypeGRE        = 778
	TypeWiFi       = 801
	TypePrism      = 802 // monitor mode, as Radiotap
	TypeRadiotap   = 803
	TypeGRE6       = 823
	TypeNetlink    = 824
	TypeNone       = 0xfffe // TUN, WireGuard: no link header
)

// typeKinds names the interfaces of which the kernel gives no kind.
var typeKinds = map[uint16]string{
	TypeEther:      "ethernet",
	TypeInfiniBand: "infiniband",
	TypeCAN:        "can",
	TypePPP:        "ppp",
	TypeRawIP:      "rawip",
	TypeTunnel:     "ipip",
	TypeTunnel6:    "ip6tnl",
	TypeLoopback:   "loopback",
	TypeSIT:        "sit",
	TypeGRE:        "gre",
	TypeWiFi:       "wifi",
	TypePrism:      "wifi",
	TypeRadiotap:   "wifi",
	TypeGRE6:       "ip6gre",
	TypeNetlink:    "nlmon",
	TypeNone:       "tun",
}

// kindOf names an interface by IFLA_INFO_KIND, or by its link type where the
// driver gives none. The TUN/TAP driver calls both of its modes "tun".
func kindOf(info string, typ uint16) string {
	switch {
	case info == "tun" && typ == TypeEther:
		return "tap"
	case info != "":
		return info
	case typeKinds[typ] != "":
		return typeKinds[typ]
	default:
		return "other"
	}
}

// linkTypeOf says how frames of a link of that ARPHRD_ type start on Linux: with
// an IP header where nothing but IP passes. Link layers that the parser does not
// know are left out of the frames, with the EtherType beside them (packet(7)).
func linkTypeOf(typ uint16) parse.LinkType {
	switch typ {
	case TypeEther, TypeLoopback:
		return parse.LinkEthernet
	case TypeWiFi:
		return parse.Link80211
	case TypePrism:
		return parse.LinkPrism
	case TypeRadiotap:
		return parse.LinkRadiotap
	case TypeNone, TypeRawIP, TypeTunnel, TypeTunnel6, TypeSIT:
		return parse.LinkRaw
	default:
		return parse.LinkCooked
	}
}
