package parse

// LinkType is a LINKTYPE_ value of www.tcpdump.org/linktypes.html: what a
// captured frame starts with.
type LinkType uint16

const (
	LinkNull     LinkType = 0
	LinkEthernet LinkType = 1
	LinkRaw      LinkType = 101
	// LinkCooked is Sockeye's own and never in a file: Data starts at the network
	// header and Packet.Proto2 gives its EtherType, as a SOCK_DGRAM packet(7)
	// socket and layer-3 devices deliver it.
	LinkCooked LinkType = 0xffff
)
