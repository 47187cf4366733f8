package track

import (
	"encoding/binary"

	"sockeye/parse"
	"sockeye/track/names"
	"sockeye/track/proc"
)

// GroupBy is what flows are added up by.
type GroupBy uint8

const (
	// GroupHost: the remote end, by its IP address, or its MAC address where
	// the flow is not IP. Of traffic between two other hosts that is the end
	// that was called. ARP goes with the IPv4 address that it is about.
	GroupHost GroupBy = iota
	// GroupPort: the protocol and the port that names the service, of IPv4 and
	// IPv6 together. See Row.ServicePort.
	GroupPort
	// The others add up by whose flows are, with those that have left the table. A
	// flow counts for the owner of its local end, or for its peer's where that end is
	// another host's. GroupProcess: the process, or its user where that is all that
	// is known.
	GroupProcess
	GroupContainer // the container, by runtime and ID
	GroupUser      // the user, by number and name: containers have users of their own
	GroupUnit      // the unit of systemd
	GroupPackage   // the package that owns the executable, with its version
)

// A Grouping adds flows up. It keeps its memory from one snapshot to the next,
// 240 bytes for each key that the flows have. Snapshots of one table may share
// it; no other table may use it.
type Grouping struct {
	by       GroupBy
	services *names.Services
	sums     groupSums
	ranks    []groupRank
	chunk    []groupedRow // flows on their way into the sums
	keyed    []keyedRow
	owners   *ownerSums // of groupings by owner
}

// NewGrouping returns a Grouping. GroupPort takes from services which of two
// ports is the service's where it was not seen who called whom; it may be nil.
func NewGrouping(by GroupBy, services *names.Services) *Grouping {
	g := &Grouping{by: by, services: services, sums: groupSums{index: newIndex()}}
	if by.byOwner() {
		g.owners = newOwnerSums()
	}
	return g
}

// By returns what flows are added up by.
func (g *Grouping) By() GroupBy { return g.by }

// Group is what a Grouping made of the flows. Rows and Other together are
// Totals.All.
type Group struct {
	*Grouping
	Rows []GroupRow // as many as Request.Top, ranked like flows, the highest first; then by key
	// Other is beyond Top, filtered, without such a key, or not in the table.
	Other Fold
	peers []PeerSum // of the rows
}

// GroupRow is what the flows of one key add up to.
type GroupRow struct {
	Family parse.Family // GroupHost: FamilyIPv4, FamilyIPv6 or FamilyLink
	Host   Endpoint     // GroupHost: an address without a port
	Proto  uint16       // GroupPort: the IP protocol
	Port   uint16       // GroupPort

	// Process, of the groupings by owner: one that has the key, of GroupProcess the
	// one itself. Where it is nil, the flows are those of which it is not known, for
	// this Reason.
	Process *proc.Process
	Reason  proc.Reason // why it is not known, or of a process with PID 0 why only its user is
	Gone    uint64      // of the groupings by owner: flows that have left the table
	// Remotes is, of the groupings by owner, how many remote addresses there are:
	// those of the flows in the table, and of the others those that are remembered,
	// see maxRemotes.
	Remotes uint64
	// Peer is what belongs to the key as the peer of flows; nil where there is nothing.
	Peer *PeerSum

	Flows       uint64 // in the table
	First, Last int64  // capture time of the first and last packet, ns since the Unix epoch
	Count       [2]Count
	Rate        [3][2]Rate // by window, then by way
}

// PeerSum is what flows add up to whose other end's owner they count for: between
// processes of this machine each flow counts once. Sent is what this end sent.
type PeerSum struct {
	Flows uint64 // those that have left the table included
	Count [2]Count
	Rate  [3][2]Rate // of the flows in the table
}

// NewSnapshot returns a Snapshot into which flows are added up by each of the
// groupings. Into the zero value they are not.
func NewSnapshot(by ...*Grouping) *Snapshot {
	s := new(Snapshot)
	for _, g := range by {
		s.Groups = append(s.Groups, Group{Grouping: g})
	}
	return s
}

// HasPorts reports whether the flow's protocol has ports.
func (r *Row) HasPorts() bool {
	if r.Family != parse.FamilyIPv4 && r.Family != parse.FamilyIPv6 {
		return false
	}
	switch r.Proto {
	case parse.ProtoTCP, parse.ProtoUDP, parse.ProtoDCCP, parse.ProtoSCTP, parse.ProtoUDPLite:
		return true
	}
	return false
}

// ServicePort returns the port that names the flow's service, 0 where there is
// none: the responder's. Where it is not known who that is, the table decides,
// see names.Services.Port.
func (r *Row) ServicePort(s *names.Services) uint16 {
	if !r.HasPorts() {
		return 0
	}
	if r.InitiatorKnown {
		switch r.Class {
		case Outgoing:
			return r.Remote.Port
		case Incoming:
			return r.Local.Port
		}
	}
	return s.Port(uint8(r.Proto), r.Local.Port, r.Remote.Port)
}

// key returns the key of a row in the form of a flow's with one end, A. ok is
// false if it has none.
func (g *Grouping) key(r *Row) (k parse.Key, ok bool) {
	if g.by == GroupPort {
		k.APort, k.Proto = r.ServicePort(g.services), r.Proto
		return k, k.APort != 0
	}
	switch a := r.Remote.Addr; {
	case a.Is4(): // ARP, too
		b := a.As4()
		k.Family, k.ALo = parse.FamilyIPv4, uint64(binary.BigEndian.Uint32(b[:]))
		return k, true
	case a.Is6():
		b := a.As16()
		k.Family, k.AHi, k.ALo = parse.FamilyIPv6, binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
		return k, true
	}
	var b [8]byte
	copy(b[2:], r.Remote.MAC[:])
	k.Family, k.ALo = parse.FamilyLink, binary.BigEndian.Uint64(b[:])
	return k, k.ALo != 0 // some links have no addresses
}
