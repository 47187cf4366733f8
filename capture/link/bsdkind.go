package link

import "sockeye/parse"

// Interface types of net/if_types.h.
const (
	iftOther    = 0x01 // utun and ipsec among others
	iftEther    = 0x06
	iftPPP      = 0x17
	iftLoop     = 0x18
	iftGIF      = 0x37
	iftSTF      = 0x39
	iftVLAN     = 0x87
	iftLAG      = 0x88
	iftFireWire = 0x90
	iftBridge   = 0xd1
	iftCellular = 0xff
)

// bsdLinks says what an interface type means. How frames start is what the
// driver attaches to bpf(4) with.
var bsdLinks = map[byte]struct {
	typ  uint16
	kind string
	link parse.LinkType
}{
	iftOther:    {TypeNone, "tun", parse.LinkNull},
	iftEther:    {TypeEther, "ethernet", parse.LinkEthernet},
	iftPPP:      {TypePPP, "ppp", parse.LinkPPP},
	iftLoop:     {TypeLoopback, "loopback", parse.LinkNull},
	iftGIF:      {TypeTunnel, "gif", parse.LinkNull},
	iftSTF:      {TypeSIT, "stf", parse.LinkNull},
	iftVLAN:     {TypeEther, "vlan", parse.LinkEthernet},
	iftLAG:      {TypeEther, "bond", parse.LinkEthernet},
	iftFireWire: {TypeNone, "firewire", parse.LinkIPOver1394},
	iftBridge:   {TypeEther, "bridge", parse.LinkEthernet},
	iftCellular: {TypeRawIP, "rawip", parse.LinkRaw},
}

// setBSDType says what an interface of type ift is. A type that is not known
// is taken for a layer-3 link; the capture goes by what bpf(4) says.
func (i *Interface) setBSDType(ift byte) {
	what, ok := bsdLinks[ift]
	if !ok {
		what = bsdLinks[iftOther]
		what.kind = "other"
	}
	i.Type, i.Kind, i.Link = what.typ, what.kind, what.link
}

// setOperState derives the state of RFC 2863 from the two flags.
func (i *Interface) setOperState() {
	i.OperState = "down"
	if i.Up && i.Running {
		i.OperState = "up"
	}
}

// Words of struct ifmediareq that SIOCGIFMEDIA fills (net/if_media.h).
const (
	mediaNetwork = 0xe0       // IFM_NMASK
	mediaWiFi    = 0x80       // IFM_IEEE80211
	mediaFull    = 0x00100000 // IFM_FDX
	mediaHalf    = 0x00200000 // IFM_HDX
	mediaValid   = 1          // IFM_AVALID
	mediaActive  = 2          // IFM_ACTIVE
)

// setMedia takes what a driver says of its medium: drivers leave IFF_RUNNING
// set without a carrier.
func (i *Interface) setMedia(status, active uint32) {
	if active&mediaNetwork == mediaWiFi {
		i.Kind = "wifi"
	}
	switch {
	case active&mediaFull != 0:
		i.Duplex = "full"
	case active&mediaHalf != 0:
		i.Duplex = "half"
	}
	if status&mediaValid != 0 {
		i.Running = i.Running && status&mediaActive != 0
		i.setOperState()
	}
}
