package parse

import (
	"fmt"
	"strconv"
)

// IP protocol numbers (IANA protocol-numbers).
const (
	ProtoHopByHop  = 0 // IPv6 extension header
	ProtoICMP      = 1
	ProtoIGMP      = 2
	ProtoIPIP      = 4 // IPv4 within IP
	ProtoTCP       = 6
	ProtoUDP       = 17
	ProtoDCCP      = 33
	ProtoIPv6      = 41 // IPv6 within IP
	ProtoRouting   = 43 // IPv6 extension header
	ProtoFragment  = 44 // IPv6 extension header
	ProtoGRE       = 47
	ProtoESP       = 50
	ProtoAH        = 51 // an extension header within IPv4 and IPv6
	ProtoICMPv6    = 58
	ProtoNoNext    = 59
	ProtoDestOpts  = 60 // IPv6 extension header
	ProtoEtherIP   = 97
	ProtoSCTP      = 132
	ProtoMobility  = 135 // IPv6 extension header
	ProtoUDPLite   = 136
	ProtoMPLSInIP  = 137
	ProtoHIP       = 139 // IPv6 extension header
	ProtoShim6     = 140 // IPv6 extension header
	protoNumberMax = 255
)

// EtherTypes (IEEE, and if_ether.h for those below 0x600).
const (
	EtherTypeLLC       = 0x0004 // stands for every 802.3 length frame (ETH_P_802_2)
	EtherType80211     = 0x0019 // stands for 802.11 frames that carry no readable data (ETH_P_80211_RAW)
	EtherTypeIPv4      = 0x0800
	EtherTypeARP       = 0x0806
	EtherTypeBatman    = 0x4305
	EtherTypeTEB       = 0x6558 // transparent Ethernet bridging: an Ethernet frame
	EtherTypeFRelay    = 0x6559 // stands for frame relay without IP
	EtherTypeVLAN      = 0x8100
	EtherTypeIPv6      = 0x86dd
	EtherTypePPP       = 0x880b
	EtherTypeMPLS      = 0x8847
	EtherTypeMPLSMulti = 0x8848
	EtherTypePPPoEDisc = 0x8863
	EtherTypePPPoE     = 0x8864
	EtherTypeQinQ      = 0x88a8
	EtherTypeTIPC      = 0x88ca
	EtherTypePBB       = 0x88e7 // 802.1ah
	EtherTypeMACsec    = 0x88e5
	EtherTypePRP       = 0x88fb
	EtherTypeFabric    = 0x8903 // Cisco FabricPath
	EtherTypeVNTag     = 0x8926
	EtherTypeHSR       = 0x892f
	EtherTypeETag      = 0x893f // IEEE 802.1BR
	EtherTypeNSH       = 0x894f // RFC 8300
	EtherTypeArista    = 0xd28b // Arista's timestamps
	EtherTypeQinQ9100  = 0x9100 // before 802.1ad
	EtherTypeQinQ9200  = 0x9200

	etherTypeMin = 0x0600 // below, an Ethernet type field is the length of an 802.3 frame
)

var protoNames = [protoNumberMax + 1]string{
	ProtoHopByHop: "hopopt", ProtoICMP: "icmp", ProtoIGMP: "igmp", 3: "ggp", ProtoIPIP: "ipip",
	5: "st", ProtoTCP: "tcp", 8: "egp", 9: "igp", 12: "pup", ProtoUDP: "udp", 20: "hmp",
	22: "xns-idp", 27: "rdp", 29: "iso-tp4", ProtoDCCP: "dccp", 36: "xtp", 37: "ddp",
	38: "idpr-cmtp", ProtoIPv6: "ipv6", ProtoRouting: "ipv6-route", ProtoFragment: "ipv6-frag",
	45: "idrp", 46: "rsvp", ProtoGRE: "gre", ProtoESP: "esp", ProtoAH: "ah", 57: "skip",
	ProtoICMPv6: "icmp6", ProtoNoNext: "ipv6-nonxt", ProtoDestOpts: "ipv6-opts", 73: "cphb",
	81: "vmtp", 88: "eigrp", 89: "ospf", 93: "ax25", 94: "ipip-ka9q", ProtoEtherIP: "etherip",
	98: "encap", 103: "pim", 108: "ipcomp", 112: "vrrp", 115: "l2tp", 124: "isis",
	ProtoSCTP: "sctp", 133: "fc", ProtoMobility: "mobility", ProtoUDPLite: "udplite",
	ProtoMPLSInIP: "mpls-in-ip", 138: "manet", ProtoHIP: "hip", ProtoShim6: "shim6",
	141: "wesp", 142: "rohc", 143: "ethernet", 255: "reserved",
}

// ProtoName returns the short name of an IP protocol, such as "tcp" or
// "icmp6", and its number in decimal where it has none.
func ProtoName(proto uint8) string {
	if s := protoNames[proto]; s != "" {
		return s
	}
	return strconv.Itoa(int(proto))
}

var etherTypeNames = map[uint16]string{
	EtherTypeLLC: "llc", EtherType80211: "802.11", EtherTypeIPv4: "ipv4", EtherTypeARP: "arp",
	0x0842: "wol", 0x22f0: "avtp", 0x22f3: "trill", 0x22ea: "srp", EtherTypeBatman: "batman",
	0x6002: "mop", 0x6003: "decnet", 0x6004: "lat", EtherTypeTEB: "teb", EtherTypeFRelay: "frelay",
	0x8035: "rarp", 0x809b: "appletalk", 0x80f3: "aarp", EtherTypeVLAN: "vlan", 0x8137: "ipx",
	EtherTypeIPv6: "ipv6", 0x8808: "flow-control", 0x8809: "slow", EtherTypePPP: "ppp",
	EtherTypeMPLS: "mpls", EtherTypeMPLSMulti: "mpls-multicast", EtherTypePPPoEDisc: "pppoe-discovery",
	EtherTypePPPoE: "pppoe", 0x887b: "homeplug", 0x888e: "eapol", 0x8892: "profinet",
	0x8899: "realtek", 0x889a: "hyperscsi", 0x88a2: "aoe", 0x88a4: "ethercat", EtherTypeQinQ: "qinq",
	0x88b5: "experimental-1", 0x88b6: "experimental-2", 0x88b8: "goose", 0x88ba: "sv",
	EtherTypeTIPC: "tipc", 0x88cc: "lldp", 0x88cd: "sercos", 0x88d9: "lltd", 0x88e1: "homeplug-av",
	0x88e3: "mrp", EtherTypeMACsec: "macsec", EtherTypePBB: "pbb", 0x88f5: "mvrp", 0x88f6: "mmrp",
	0x88f7: "ptp", 0x88f8: "ncsi", EtherTypePRP: "prp", 0x8902: "cfm",
	EtherTypeFabric: "fabricpath", 0x8906: "fcoe",
	0x8914: "fcoe-init", 0x8915: "roce", EtherTypeVNTag: "vntag",
	EtherTypeHSR: "hsr", 0x893a: "ieee1905", EtherTypeETag: "etag", EtherTypeNSH: "nsh",
	0x8999: "brcm-tag", 0x9000: "loopback", EtherTypeQinQ9100: "qinq-9100",
	EtherTypeQinQ9200: "qinq-9200", EtherTypeArista: "arista", 0xf1c1: "frer",
}

// EtherTypeName returns the short name of an EtherType, such as "arp" or
// "lldp", and its number ("0x1234") where it has none.
func EtherTypeName(t uint16) string {
	if s, ok := etherTypeNames[t]; ok {
		return s
	}
	return fmt.Sprintf("0x%04x", t)
}
