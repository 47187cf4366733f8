package filter

import "sockeye/parse"

// juniperMagic starts the header that Juniper's routers put before frames; the
// last byte is flags.
const juniperMagic = 0x4d474300

// juniperLayouts are the layouts of frames with a header of Juniper's. What they
// carry is taken to be what is asked for, as in libpcap: only the magic is tested.
// Types without a payload have the header's flags alone.
var juniperLayouts = map[parse.LinkType]layout{
	130:                     {0, 4, 4, 0, 0}, // multilink PPP
	131:                     {0, 4, 4, 0, 0}, // multilink frame relay
	132:                     noPayload,       // encryption
	133:                     {0, 6, 12, 0, 0},
	134:                     {0, 4, 4, 0, 0},
	135:                     {0, 8, 8, 0, 10}, // ATM2
	136:                     noPayload,        // services
	137:                     {0, 4, 4, 0, 10}, // ATM1
	164:                     {0, 12, 12, 0, 0},
	167:                     {0, 16, 14, 18, 21}, // PPPoE
	168:                     {0, 4, 6, 0, 0},     // PPPoE over ATM
	parse.LinkJuniperEther:  {0, 16, 14, 18, 21},
	parse.LinkJuniperPPP:    {0, 4, 4, 0, 0},
	parse.LinkJuniperFRelay: {0, 4, 4, 0, 0},
	parse.LinkJuniperCHDLC:  {0, 4, 4, 0, 0},
	183:                     noPayload, // voice
	194:                     noPayload, // integrated services module
	200:                     noPayload, // secure tunnel
	232:                     noPayload,
	233:                     noPayload,
	234:                     noPayload,
	238:                     noPayload,
}

// noPayload is the layout of packets in which filters know no network layer.
var noPayload = layout{0, notSet, notSet, notSet, notSet}
