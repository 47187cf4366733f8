package filter

// A keyword is a word that the language reserves. An identifier spelled like one
// is written with a backslash in front of it.
type keyword struct {
	role  role
	proto proto       // roleProto
	dir   dir         // roleSide, roleAddr
	kind  kind        // roleKind, roleProtoKind
	what  specialKind // roles from roleCast on
	canon string      // roleATM and so on: the spelling that the tree has
}

// A role is what a keyword may stand for in the grammar.
type role uint8

const (
	roleAnd role = iota
	roleOr
	roleNot
	roleLen
	roleMask
	roleProto     // tcp, ether
	roleSide      // src, dst
	roleAddr      // addr1 and so on, of 802.11
	roleKind      // host, net, port, portrange: behind a direction, too
	roleProtoKind // proto, protochain, gateway: not behind a direction
	roleCast      // broadcast, multicast
	roleSize      // less, greater
	roleByte
	rolePlain   // takes nothing: inbound
	roleIfindex // takes a number
	roleLabel   // takes a number or nothing: vlan
	roleLLC
	roleType
	roleSubtype
	roleWLANDir
	rolePFName // takes a name
	rolePFNumber
	rolePFReason
	rolePFAction
	roleField     // vpi and so on: takes values
	roleFieldless // lane and so on: takes nothing
)

// keywords are those of pcap-filter(7) and those that libpcap's scanner knows
// beyond it.
var keywords = map[string]keyword{
	"and": {role: roleAnd},
	"or":  {role: roleOr},
	"not": {role: roleNot},

	"len":    {role: roleLen},
	"length": {role: roleLen},
	"mask":   {role: roleMask},

	"link":    {role: roleProto, proto: protoLink},
	"ether":   {role: roleProto, proto: protoLink},
	"fddi":    {role: roleProto, proto: protoLink},
	"tr":      {role: roleProto, proto: protoLink},
	"wlan":    {role: roleProto, proto: protoLink},
	"ppp":     {role: roleProto, proto: protoLink},
	"slip":    {role: roleProto, proto: protoLink},
	"ip":      {role: roleProto, proto: protoIP},
	"ip6":     {role: roleProto, proto: protoIPv6},
	"arp":     {role: roleProto, proto: protoARP},
	"rarp":    {role: roleProto, proto: protoRARP},
	"tcp":     {role: roleProto, proto: protoTCP},
	"udp":     {role: roleProto, proto: protoUDP},
	"sctp":    {role: roleProto, proto: protoSCTP},
	"icmp":    {role: roleProto, proto: protoICMP},
	"icmp6":   {role: roleProto, proto: protoICMPv6},
	"igmp":    {role: roleProto, proto: protoIGMP},
	"igrp":    {role: roleProto, proto: protoIGRP},
	"pim":     {role: roleProto, proto: protoPIM},
	"vrrp":    {role: roleProto, proto: protoVRRP},
	"carp":    {role: roleProto, proto: protoCARP},
	"ah":      {role: roleProto, proto: protoAH},
	"esp":     {role: roleProto, proto: protoESP},
	"atalk":   {role: roleProto, proto: protoATalk},
	"aarp":    {role: roleProto, proto: protoAARP},
	"decnet":  {role: roleProto, proto: protoDECnet},
	"lat":     {role: roleProto, proto: protoLAT},
	"sca":     {role: roleProto, proto: protoSCA},
	"moprc":   {role: roleProto, proto: protoMOPRC},
	"mopdl":   {role: roleProto, proto: protoMOPDL},
	"iso":     {role: roleProto, proto: protoISO},
	"esis":    {role: roleProto, proto: protoESIS},
	"es-is":   {role: roleProto, proto: protoESIS},
	"isis":    {role: roleProto, proto: protoISIS},
	"is-is":   {role: roleProto, proto: protoISIS},
	"clnp":    {role: roleProto, proto: protoCLNP},
	"l1":      {role: roleProto, proto: protoL1},
	"l2":      {role: roleProto, proto: protoL2},
	"iih":     {role: roleProto, proto: protoIIH},
	"lsp":     {role: roleProto, proto: protoLSP},
	"snp":     {role: roleProto, proto: protoSNP},
	"csnp":    {role: roleProto, proto: protoCSNP},
	"psnp":    {role: roleProto, proto: protoPSNP},
	"stp":     {role: roleProto, proto: protoSTP},
	"ipx":     {role: roleProto, proto: protoIPX},
	"netbeui": {role: roleProto, proto: protoNetBEUI},
	"radio":   {role: roleProto, proto: protoRadio},

	"src":      {role: roleSide, dir: dirSrc},
	"dst":      {role: roleSide, dir: dirDst},
	"ra":       {role: roleAddr, dir: dirRA},
	"ta":       {role: roleAddr, dir: dirTA},
	"addr1":    {role: roleAddr, dir: dirAddr1},
	"address1": {role: roleAddr, dir: dirAddr1},
	"addr2":    {role: roleAddr, dir: dirAddr2},
	"address2": {role: roleAddr, dir: dirAddr2},
	"addr3":    {role: roleAddr, dir: dirAddr3},
	"address3": {role: roleAddr, dir: dirAddr3},
	"addr4":    {role: roleAddr, dir: dirAddr4},
	"address4": {role: roleAddr, dir: dirAddr4},

	"host":       {role: roleKind, kind: kindHost},
	"net":        {role: roleKind, kind: kindNet},
	"port":       {role: roleKind, kind: kindPort},
	"portrange":  {role: roleKind, kind: kindPortRange},
	"proto":      {role: roleProtoKind, kind: kindProto},
	"protochain": {role: roleProtoKind, kind: kindProtoChain},
	"gateway":    {role: roleProtoKind, kind: kindGateway},

	"broadcast": {role: roleCast, what: specialBroadcast},
	"multicast": {role: roleCast, what: specialMulticast},
	"less":      {role: roleSize, what: specialLess},
	"greater":   {role: roleSize, what: specialGreater},
	"byte":      {role: roleByte, what: specialByte},
	"inbound":   {role: rolePlain, what: specialInbound},
	"outbound":  {role: rolePlain, what: specialOutbound},
	"ifindex":   {role: roleIfindex, what: specialIfindex},
	"vlan":      {role: roleLabel, what: specialVLAN},
	"mpls":      {role: roleLabel, what: specialMPLS},
	"pppoed":    {role: rolePlain, what: specialPPPoED},
	"pppoes":    {role: roleLabel, what: specialPPPoES},
	"geneve":    {role: roleLabel, what: specialGeneve},
	"vxlan":     {role: roleLabel, what: specialVXLAN},
	"llc":       {role: roleLLC, what: specialLLC},
	"type":      {role: roleType, what: specialWLANType},
	"subtype":   {role: roleSubtype, what: specialWLANSubtype},
	"dir":       {role: roleWLANDir, what: specialWLANDir},
	"direction": {role: roleWLANDir, what: specialWLANDir},

	"on":         {role: rolePFName, what: specialPFIfname},
	"ifname":     {role: rolePFName, what: specialPFIfname},
	"rset":       {role: rolePFName, what: specialPFRuleset},
	"ruleset":    {role: rolePFName, what: specialPFRuleset},
	"rnr":        {role: rolePFNumber, what: specialPFRnr},
	"rulenum":    {role: rolePFNumber, what: specialPFRnr},
	"srnr":       {role: rolePFNumber, what: specialPFSrnr},
	"subrulenum": {role: rolePFNumber, what: specialPFSrnr},
	"reason":     {role: rolePFReason, what: specialPFReason},
	"action":     {role: rolePFAction, what: specialPFAction},

	"lane":        {role: roleFieldless, what: specialATM, canon: "lane"},
	"metac":       {role: roleFieldless, what: specialATM, canon: "metac"},
	"bcc":         {role: roleFieldless, what: specialATM, canon: "bcc"},
	"oam":         {role: roleFieldless, what: specialATM, canon: "oam"},
	"oamf4":       {role: roleFieldless, what: specialATM, canon: "oamf4"},
	"oamf4ec":     {role: roleFieldless, what: specialATM, canon: "oamf4ec"},
	"oamf4sc":     {role: roleFieldless, what: specialATM, canon: "oamf4sc"},
	"sc":          {role: roleFieldless, what: specialATM, canon: "sc"},
	"ilmic":       {role: roleFieldless, what: specialATM, canon: "ilmic"},
	"connectmsg":  {role: roleFieldless, what: specialATM, canon: "connectmsg"},
	"metaconnect": {role: roleFieldless, what: specialATM, canon: "metaconnect"},
	"vpi":         {role: roleField, what: specialATM, canon: "vpi"},
	"vci":         {role: roleField, what: specialATM, canon: "vci"},

	"fisu":  {role: roleFieldless, what: specialMTP, canon: "fisu"},
	"lssu":  {role: roleFieldless, what: specialMTP, canon: "lssu"},
	"lsu":   {role: roleFieldless, what: specialMTP, canon: "lssu"},
	"msu":   {role: roleFieldless, what: specialMTP, canon: "msu"},
	"hfisu": {role: roleFieldless, what: specialMTP, canon: "hfisu"},
	"hlssu": {role: roleFieldless, what: specialMTP, canon: "hlssu"},
	"hmsu":  {role: roleFieldless, what: specialMTP, canon: "hmsu"},
	"sio":   {role: roleField, what: specialMTP, canon: "sio"},
	"opc":   {role: roleField, what: specialMTP, canon: "opc"},
	"dpc":   {role: roleField, what: specialMTP, canon: "dpc"},
	"sls":   {role: roleField, what: specialMTP, canon: "sls"},
	"hsio":  {role: roleField, what: specialMTP, canon: "hsio"},
	"hopc":  {role: roleField, what: specialMTP, canon: "hopc"},
	"hdpc":  {role: roleField, what: specialMTP, canon: "hdpc"},
	"hsls":  {role: roleField, what: specialMTP, canon: "hsls"},
}

// numbers are the names that stand for a number wherever one may: offsets of
// fields, and values that the fields take.
var numbers = map[string]uint32{
	// RFC 792, 950 and 1256.
	"icmptype":           0,
	"icmpcode":           1,
	"icmp-echoreply":     0,
	"icmp-unreach":       3,
	"icmp-sourcequench":  4,
	"icmp-redirect":      5,
	"icmp-echo":          8,
	"icmp-routeradvert":  9,
	"icmp-routersolicit": 10,
	"icmp-timxceed":      11,
	"icmp-paramprob":     12,
	"icmp-tstamp":        13,
	"icmp-tstampreply":   14,
	"icmp-ireq":          15,
	"icmp-ireqreply":     16,
	"icmp-maskreq":       17,
	"icmp-maskreply":     18,

	// RFC 4443, 2710, 4861, 2894, 4620, 3122, 3810, 6275, 3971 and 4286.
	"icmp6type":                       0,
	"icmp6code":                       1,
	"icmp6-destinationunreach":        1,
	"icmp6-packettoobig":              2,
	"icmp6-timeexceeded":              3,
	"icmp6-parameterproblem":          4,
	"icmp6-echo":                      128,
	"icmp6-echoreply":                 129,
	"icmp6-multicastlistenerquery":    130,
	"icmp6-multicastlistenerreportv1": 131,
	"icmp6-multicastlistenerdone":     132,
	"icmp6-routersolicit":             133,
	"icmp6-routeradvert":              134,
	"icmp6-neighborsolicit":           135,
	"icmp6-neighboradvert":            136,
	"icmp6-redirect":                  137,
	"icmp6-routerrenum":               138,
	"icmp6-nodeinformationquery":      139,
	"icmp6-nodeinformationresponse":   140,
	"icmp6-ineighbordiscoverysolicit": 141,
	"icmp6-ineighbordiscoveryadvert":  142,
	"icmp6-multicastlistenerreportv2": 143,
	"icmp6-homeagentdiscoveryrequest": 144,
	"icmp6-homeagentdiscoveryreply":   145,
	"icmp6-mobileprefixsolicit":       146,
	"icmp6-mobileprefixadvert":        147,
	"icmp6-certpathsolicit":           148,
	"icmp6-certpathadvert":            149,
	"icmp6-multicastrouteradvert":     151,
	"icmp6-multicastroutersolicit":    152,
	"icmp6-multicastrouterterm":       153,

	// RFC 9293, section 3.1, and RFC 3168.
	"tcpflags": 13,
	"tcp-fin":  0x01,
	"tcp-syn":  0x02,
	"tcp-rst":  0x04,
	"tcp-push": 0x08,
	"tcp-ack":  0x10,
	"tcp-urg":  0x20,
	"tcp-ece":  0x40,
	"tcp-cwr":  0x80,
}
