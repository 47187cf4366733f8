package parse

import (
	"strconv"
	"strings"
)

// LinkType is a LINKTYPE_ value of www.tcpdump.org/linktypes.html: what a
// captured frame starts with.
type LinkType uint16

// The link types that Decode looks into. Frames of any other are counted, and
// have FamilyNone.
const (
	LinkNull          LinkType = 0
	LinkEthernet      LinkType = 1
	LinkTokenRing     LinkType = 6 // IEEE 802.5
	LinkSLIP          LinkType = 8
	LinkPPP           LinkType = 9
	LinkFDDI          LinkType = 10
	LinkPPPHDLC       LinkType = 50
	LinkPPPEther      LinkType = 51
	LinkATMRFC1483    LinkType = 100
	LinkRaw           LinkType = 101
	LinkCHDLC         LinkType = 104
	Link80211         LinkType = 105
	LinkATMCLIP       LinkType = 106
	LinkFrameRelay    LinkType = 107
	LinkLoop          LinkType = 108
	LinkENC           LinkType = 109
	LinkSLL           LinkType = 113
	LinkPFLog         LinkType = 117
	LinkPrism         LinkType = 119
	LinkSunATM        LinkType = 123
	LinkRadiotap      LinkType = 127
	LinkARCNETLinux   LinkType = 129
	LinkIPOver1394    LinkType = 138 // Apple's cooked header
	LinkUser2         LinkType = 149 // for private use; Apple's PKTAP before it had a number
	LinkAVS           LinkType = 163
	LinkPPPPPPD       LinkType = 166
	LinkJuniperEther  LinkType = 178
	LinkJuniperPPP    LinkType = 179
	LinkJuniperFRelay LinkType = 180
	LinkJuniperCHDLC  LinkType = 181
	LinkMFR           LinkType = 182 // FRF.16.1
	LinkPPI           LinkType = 192
	LinkPPPWithDir    LinkType = 204
	LinkCHDLCWithDir  LinkType = 205
	LinkFRelayWithDir LinkType = 206
	LinkMPLS          LinkType = 219
	LinkIPv4          LinkType = 228
	LinkIPv6          LinkType = 229
	LinkNFLog         LinkType = 239
	LinkPKTAP         LinkType = 258 // Apple
	LinkSLL2          LinkType = 276
	LinkDSATagBRCM    LinkType = 281 // Broadcom switch tag behind the source address
	LinkDSAPrepend    LinkType = 282 // Broadcom switch tag before the frame
	LinkDSATagDSA     LinkType = 284 // Marvell switch tag
	LinkDSATagEDSA    LinkType = 285 // Marvell switch tag with an EtherType
	// LinkCooked is Sockeye's own and never in a file: Data starts at the network
	// header and Packet.Proto2 gives its EtherType, as a SOCK_DGRAM packet(7)
	// socket and layer-3 devices deliver it.
	LinkCooked LinkType = 0xffff
)

// linkNames are the LINKTYPE_ names, without that prefix, of the types that
// Decode knows and of those that are met in captures without IP.
var linkNames = map[LinkType]string{
	LinkNull:          "NULL",
	LinkEthernet:      "ETHERNET",
	3:                 "AX25",
	LinkTokenRing:     "IEEE802_5",
	7:                 "ARCNET_BSD",
	LinkSLIP:          "SLIP",
	LinkPPP:           "PPP",
	LinkFDDI:          "FDDI",
	LinkPPPHDLC:       "PPP_HDLC",
	LinkPPPEther:      "PPP_ETHER",
	99:                "SYMANTEC_FIREWALL",
	LinkATMRFC1483:    "ATM_RFC1483",
	LinkRaw:           "RAW",
	102:               "SLIP_BSDOS",
	103:               "PPP_BSDOS",
	LinkCHDLC:         "C_HDLC",
	Link80211:         "IEEE802_11",
	LinkATMCLIP:       "ATM_CLIP",
	LinkFrameRelay:    "FRELAY",
	LinkLoop:          "LOOP",
	LinkENC:           "ENC",
	LinkSLL:           "LINUX_SLL",
	114:               "LTALK",
	LinkPFLog:         "PFLOG",
	LinkPrism:         "IEEE802_11_PRISM",
	122:               "IP_OVER_FC",
	LinkSunATM:        "SUNATM",
	LinkRadiotap:      "IEEE802_11_RADIOTAP",
	LinkARCNETLinux:   "ARCNET_LINUX",
	130:               "JUNIPER_MLPPP",
	131:               "JUNIPER_MLFR",
	132:               "JUNIPER_ES",
	133:               "JUNIPER_GGSN",
	134:               "JUNIPER_MFR",
	135:               "JUNIPER_ATM2",
	136:               "JUNIPER_SERVICES",
	137:               "JUNIPER_ATM1",
	LinkIPOver1394:    "APPLE_IP_OVER_IEEE1394",
	139:               "MTP2_WITH_PHDR",
	140:               "MTP2",
	141:               "MTP3",
	142:               "SCCP",
	143:               "DOCSIS",
	144:               "LINUX_IRDA",
	147:               "USER0",
	148:               "USER1",
	LinkUser2:         "USER2",
	LinkAVS:           "IEEE802_11_AVS",
	164:               "JUNIPER_MONITOR",
	165:               "BACNET_MS_TP",
	LinkPPPPPPD:       "PPP_PPPD",
	167:               "JUNIPER_PPPOE",
	168:               "JUNIPER_PPPOE_ATM",
	169:               "GPRS_LLC",
	177:               "LINUX_LAPD",
	LinkJuniperEther:  "JUNIPER_ETHER",
	LinkJuniperPPP:    "JUNIPER_PPP",
	LinkJuniperFRelay: "JUNIPER_FRELAY",
	LinkJuniperCHDLC:  "JUNIPER_CHDLC",
	LinkMFR:           "MFR",
	183:               "JUNIPER_VP",
	187:               "BLUETOOTH_HCI_H4",
	189:               "USB_LINUX",
	LinkPPI:           "PPI",
	194:               "JUNIPER_ISM",
	195:               "IEEE802_15_4_WITHFCS",
	197:               "ERF",
	200:               "JUNIPER_ST",
	201:               "BLUETOOTH_HCI_H4_WITH_PHDR",
	203:               "LAPD",
	LinkPPPWithDir:    "PPP_WITH_DIR",
	LinkCHDLCWithDir:  "C_HDLC_WITH_DIR",
	LinkFRelayWithDir: "FRELAY_WITH_DIR",
	209:               "I2C_LINUX",
	215:               "IEEE802_15_4_NONASK_PHY",
	LinkMPLS:          "MPLS",
	220:               "USB_LINUX_MMAPPED",
	221:               "DECT",
	224:               "FC_2",
	226:               "IPNET",
	227:               "CAN_SOCKETCAN",
	LinkIPv4:          "IPV4",
	LinkIPv6:          "IPV6",
	230:               "IEEE802_15_4_NOFCS",
	231:               "DBUS",
	232:               "JUNIPER_VS",
	233:               "JUNIPER_SRX_E2E",
	234:               "JUNIPER_FIBRECHANNEL",
	235:               "DVB_CI",
	238:               "JUNIPER_ATM_CEMIC",
	LinkNFLog:         "NFLOG",
	240:               "NETANALYZER",
	241:               "NETANALYZER_TRANSPARENT",
	242:               "IPOIB",
	243:               "MPEG_2_TS",
	245:               "NFC_LLCP",
	246:               "PFSYNC",
	247:               "INFINIBAND",
	248:               "SCTP",
	249:               "USBPCAP",
	251:               "BLUETOOTH_LE_LL",
	253:               "NETLINK",
	254:               "BLUETOOTH_LINUX_MONITOR",
	256:               "BLUETOOTH_LE_LL_WITH_PHDR",
	LinkPKTAP:         "PKTAP",
	259:               "EPON",
	266:               "USB_DARWIN",
	270:               "LORATAP",
	271:               "VSOCK",
	272:               "NORDIC_BLE",
	LinkSLL2:          "LINUX_SLL2",
	279:               "EBHSCR",
	LinkDSATagBRCM:    "DSA_TAG_BRCM",
	LinkDSAPrepend:    "DSA_TAG_BRCM_PREPEND",
	283:               "IEEE802_15_4_TAP",
	LinkDSATagDSA:     "DSA_TAG_DSA",
	LinkDSATagEDSA:    "DSA_TAG_EDSA",
	290:               "ETW",
	LinkCooked:        "COOKED",
}

// linkAliases are the names of libpcap's DLT_ values and of old files where
// they are not the LINKTYPE_ names.
var linkAliases = map[string]LinkType{
	"EN10MB":               LinkEthernet,
	"IEEE802":              LinkTokenRing,
	"PRISM_HEADER":         LinkPrism,
	"PPP_SERIAL":           LinkPPPHDLC,
	"FR":                   LinkFrameRelay,
	"HDLC":                 LinkCHDLC,
	"ARCNET":               7,
	"IEEE802_11_RADIO":     LinkRadiotap,
	"IEEE802_11_RADIO_AVS": LinkAVS,
	"IEEE802_15_4":         195,
	"CAN20B_SOCKETCAN":     227,
}

// String returns the LINKTYPE_ name without that prefix, such as "ETHERNET"
// or "LINUX_SLL2", and "LINKTYPE_" with the number for a type without name.
func (l LinkType) String() string {
	if s, ok := linkNames[l]; ok {
		return s
	}
	return "LINKTYPE_" + strconv.Itoa(int(l))
}

// LinkTypeFor returns the link type of a name: what String returns, with or
// without the prefix LINKTYPE_ or DLT_, a DLT_ name of libpcap, or a number,
// in either case.
func LinkTypeFor(name string) (LinkType, bool) {
	s := strings.ToUpper(name)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "LINKTYPE_"), "DLT_")
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		return LinkType(n), true
	}
	if l, ok := linkAliases[s]; ok {
		return l, true
	}
	for l, n := range linkNames {
		if n == s {
			return l, true
		}
	}
	return 0, false
}
