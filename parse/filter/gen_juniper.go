package filter

import "sockeye/parse"

// juniperMagic starts the header that Juniper's routers put before frames; the
// last byte is flags.
const juniperMagic = 0x4d474300

// juniperLayouts are the layouts of frames with a header of Juniper's. What they
// carry is taken to be what is asked for, as in libpcap: only the magic is tested.
var juniperLayouts = map[parse.LinkType]layout{
	130:                     {0, 4, 4, 0, 0},     // multilink PPP
	131:                     {0, 4, 4, 0, 0},     // multilink frame relay
	133:                     {0, 6, 12, 0, 0},    // GGSN
	134:                     {0, 4, 4, 0, 0},     // FRF.16
	135:                     {0, 8, 8, 0, 10},    // ATM2
	137:                     {0, 4, 4, 0, 10},    // ATM1
	164:                     {0, 12, 12, 0, 0},   // monitor
	167:                     {0, 16, 14, 18, 21}, // PPPoE
	168:                     {0, 4, 6, 0, 0},     // PPPoE over ATM
	parse.LinkJuniperEther:  {0, 16, 14, 18, 21},
	parse.LinkJuniperPPP:    {0, 4, 4, 0, 0},
	parse.LinkJuniperFRelay: {0, 4, 4, 0, 0},
	parse.LinkJuniperCHDLC:  {0, 4, 4, 0, 0},
}
