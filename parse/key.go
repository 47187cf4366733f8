// Hot path: no allocation.

package parse

// A Key names one bidirectional flow: both directions have the same Key. It is
// 40 bytes, has no padding, and is comparable. A is the lower end (by address,
// then port); Packet.Swapped tells whether the packet ran from B to A.
//
// Addresses are held as big-endian numbers in two words. IPv4 addresses and
// MAC addresses are in the low bits of Lo with Hi zero; Family keeps them
// apart. VLAN tags are not part of a flow's name: the same packet is tagged on
// one interface and untagged on the next.
type Key struct {
	AHi, ALo uint64
	BHi, BLo uint64
	APort    uint16 // port; ICMP echo identifier for both ends; 0 where the protocol has none
	BPort    uint16
	Proto    uint16 // IP protocol, or the EtherType when Family is FamilyLink or FamilyARP
	Family   Family
	_        uint8 // always zero
}
