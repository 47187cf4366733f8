package track

import (
	"net/netip"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track/names"
	"sockeye/track/proc"
)

// The two ways of a flow, as indexes. Sent is from the local end (Row.Local,
// always shown on the left) to the remote one.
const (
	Sent = iota
	Received
)

// Windows are the lengths over which rates are taken, in the order of
// Row.Rate.
var Windows = [3]time.Duration{2 * time.Second, 10 * time.Second, 40 * time.Second}

// Class says between whom a flow runs.
type Class uint8

const (
	Outgoing  Class = iota // this machine began it
	Incoming               // the other end began it
	Loopback               // both ends are this machine
	Forwarded              // neither end is this machine
)

// Count is a number of packets and their lengths.
type Count struct {
	Packets uint64 // wire packets: a GRO or GSO frame counts as the segments it stands for
	Bytes   uint64 // on the wire: link header and tags included, FCS excluded
	IPBytes uint64 // by the IP header; 0 for non-IP
	Payload uint64 // transport payload
}

// Add adds d to c.
func (c *Count) Add(d Count) {
	c.Packets += d.Packets
	c.Bytes += d.Bytes
	c.IPBytes += d.IPBytes
	c.Payload += d.Payload
}

// addPacket adds one packet to c.
func (c *Count) addPacket(p *parse.Packet) {
	c.Packets += uint64(max(p.Segs, 1))
	c.Bytes += uint64(p.WireLen)
	c.IPBytes += uint64(p.IPLen)
	c.Payload += uint64(p.PayLen)
}

// Sub takes d from c.
func (c *Count) Sub(d Count) {
	c.Packets -= d.Packets
	c.Bytes -= d.Bytes
	c.IPBytes -= d.IPBytes
	c.Payload -= d.Payload
}

// Rate is what passed in a window divided by the window's real length.
type Rate struct {
	Bytes   float64 // wire bytes per second
	Packets float64 // packets per second
}

// Endpoint is one end of a flow. Addr is not valid for FamilyLink, where MAC
// is the address.
type Endpoint struct {
	Addr netip.Addr
	MAC  [6]byte
	Port uint16 // ICMP: the echo identifier
}

// Row is one flow as a snapshot shows it.
type Row struct {
	ID     uint64 // unique in the run; of a file the number of the packet that made the flow, live in the order of first packets of each queue
	Family parse.Family
	Proto  uint16 // IP protocol, or the EtherType (FamilyLink, FamilyARP)
	Class  Class
	// InitiatorKnown: a SYN, or a first packet of a protocol without
	// connections, was seen; otherwise Outgoing or Incoming follows the first
	// packet that was captured.
	InitiatorKnown bool

	Local, Remote Endpoint

	First, Last int64 // capture time of the first and last packet, ns since the Unix epoch
	Count       [2]Count
	Rate        [3][2]Rate // by window, then by way
	Peak        [3]float64 // bytes/s over the fullest second: sent, received, both together
	Iface       uint16     // slot of the interface that carried it first: what the end that began it sent, should the two ways differ
	Ifaces      uint32     // every slot that carried it, as a bit set; bit 31 stands for 31 and above
	VLAN        uint16     // outermost VLAN id last seen, 0 when untagged

	// State is the local end's, and for TCP the remote end's beside it. Of a flow
	// that this machine has no end of, or both, the first is the end that began it.
	State  [2]State
	Health Health  // of TCP
	Closed Reason  // why it is over; Open while it is not
	Ended  int64   // when it came to its end, ns since the Unix epoch; 0 while it has not
	Stale  float32 // the part of its time limit for which nothing has come: 0 to 1
	Held   bool    // idle past its time limit, but its socket is still open; Stale is 0 then
	Error  Report  // the last ICMP error that was about it
	App    *dpi.App
	Names  []names.Name // of the remote end, the best first; not to be written to
	// Migrated is how often the client of a QUIC connection got another address or
	// port; Remote, or of a server Local, is the newest.
	Migrated uint8

	Owner proc.Owner // of the local end
	Peer  proc.Owner // of the remote end, where that is this machine's, too, or a container's
	// NAT is what the flow is called on the other side of this machine's address
	// translation; nil where it is not translated.
	NAT *Translation
}

// Translation is the other name of a flow whose addresses this machine translates.
type Translation struct {
	Local, Remote Endpoint // in the order of Row.Local and Row.Remote
}

// Report is an ICMP error that quotes a packet of a flow.
type Report struct {
	Count      uint32 // of them; 0 for none
	Type, Code uint8  // of the last, as ICMP or ICMPv6 has them
	From       netip.Addr
}

// Meter is what one interface, or the whole capture, carried.
type Meter struct {
	Count [2]Count   // sent and received; see Totals for what they leave out
	Rate  [3][2]Rate // by window, then by way
	Peak  [3]float64 // bytes/s over the fullest second: sent, received, both together
}

// InterfaceMeter is one interface's own count: all that it carried, a packet
// that passed several interfaces included on each.
type InterfaceMeter struct {
	Slot  uint16
	Meter       // by the direction on this interface: Sent is out of it
	Parse Parse // what could not be read, of what it carried
}

// Parse counts packets that were counted but whose headers could not be read
// to the end.
type Parse struct {
	Malformed uint64 // a header contradicts itself or the packet's length
	Truncated uint64 // the capture kept too little of the packet
}

// note counts a packet that is Malformed or Truncated. That its payload was cut
// is no failure: it is what a snap length is for.
func (c *Parse) note(p *parse.Packet) {
	switch {
	case p.Status&parse.Malformed != 0:
		c.Malformed++
	case p.Payload == 0:
		c.Truncated++
	}
}

// Totals count every packet once, however many interfaces it passed:
//
//	All = Own sent + Own received + Loopback + Forwarded
//	    = the flows shown + Filtered + Unmatched + Other
//	    = all interfaces - Copies
type Totals struct {
	All       Count
	Own       Meter // this machine's flows with other hosts
	Loopback  Count
	Forwarded Count
	Rate      [3]Rate // of All
	Copies    Count   // packets that count on another interface: seen there before, or after
	Peak      float64 // bytes/s over the fullest second of All
	Filtered  Fold    // outside the boundary (-F), or loopback rows not asked for
	Unmatched Fold    // what Snapshot.Select left out
	Other     Fold    // in no row: beyond Top, evicted, expired, on the way between shards
}

// Fold is the sum of flows that have no row.
type Fold struct {
	Flows uint64 // how many; flows that were evicted or expired count once each
	Count Count
	Rate  [3]Rate
}

// ProtocolTotal is what one protocol carried, each packet once.
type ProtocolTotal struct {
	Family  parse.Family // FamilyIPv4, FamilyIPv6 or FamilyLink (ARP is FamilyLink with its EtherType)
	Proto   uint16       // IP protocol or EtherType
	Flows   uint64       // in the table now
	Count   Count
	Evicted Count // of Count, what belongs to flows that are gone from the table
}

// Losses are what track itself could not do as it should.
type Losses struct {
	Evicted  uint64 // flows thrown out because the table was full
	Expired  uint64 // flows idle past the time limit
	Handoff  uint64 // packets counted in Other since the owner's queue was full
	Untimely uint64 // packets whose timestamp was too far from the clock for any window

	Events      uint64 // events that were not told since nobody fetched those before them
	Uninspected uint64 // flows whose payload was not looked at since too many others had something to show
}

// Snapshot is the state of a Table at one moment. It owns its memory, and a
// Snapshot that is passed in again is reused.
type Snapshot struct {
	Time   int64            // the capture's clock, ns since the Unix epoch
	Start  int64            // the clock when counting began; 0 before the first packet
	Until  int64            // where the windows of the rates end
	Window [3]time.Duration // the real length of each window: shorter than Windows while the capture is young
	Live   int              // flows in the table

	Flows      []Row // in the order of ID
	Totals     Totals
	Interfaces []InterfaceMeter // by slot
	Protocols  []ProtocolTotal  // by family, then number
	Groups     []Group          // by what NewSnapshot was given; in no other Snapshot
	Losses     Losses
}

// Order is what Top ranks flows by.
type Order uint8

const (
	By2s Order = iota
	By10s
	By40s
	ByTotal
)

// Request says what a snapshot shall hold.
type Request struct {
	Now int64 // the capture's clock: wall time on live captures, packet time on files
	// Lag is for live captures: packets newer than Now-Lag may still be in the
	// rings. The windows of all rates then end at the last 250 ms mark before
	// that, so that nothing in them is missing. 0 ends them at Now.
	Lag time.Duration
	Top int // flows kept as rows, and rows of each group; 0 keeps all
	By  Order
	// Final settles what was waiting (fragments without their first, messages
	// between shards): no packet may follow.
	Final bool
}
