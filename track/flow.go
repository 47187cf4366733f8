// Hot path: no allocation.

package track

import (
	"unsafe"

	"sockeye/parse"
)

// A flow is the record of one conversation. It has no pointers and lives in a
// slab outside the collector's heap, on a border of cache lines. A packet
// touches the first three lines: what finds and judges it, the counters, and
// the newest history. The two ways are in the order of the key (0: from A to
// B); localB turns them into sent and received.
//
// What later stages keep for a flow (TCP state, names, owner) goes into slabs
// of its own under the same slot number, so that counting stays within these
// lines.
type flow struct {
	key   parse.Key
	last  int64     // capture time of the newest packet, ns
	sec   uint32    // the newest second with a packet, see secondBuckets
	dense uint32    // slot+1 of a dense history in the pool; 0 for none
	home  [2]uint16 // the interface on which each way is counted
	flags flowFlags
	spans uint8  // entries in recent; with a dense history it is the open bucket alone
	tag   uint16 // VLAN id, inUse, and who follows the flow

	count [2]Count

	recent recent // newest history, see rate.go

	first  int64 // capture time of the oldest packet
	id     uint64
	peak   [3]float32 // wire bytes in the fullest second before sec: by way, and both
	ifaces uint32     // interfaces that carried it, by slot; the top bit stands for the rest
	app    uint32     // place+1 in Shard.apps; 0 while nothing is known of its application
	stage  State      // what its newest packet says; of flows with isOther
	life   lifeFlags
	why    Reason // why it ended, where neither its connection nor its App says so
	moved  uint8  // times that the client of a QUIC connection got another end, see migrate.go
	ended  int64  // capture time at which it came to its end; 0 while it has not
}

// lifeFlags say what happened to a flow besides its packets.
type lifeFlags uint8

const (
	announced lifeFlags = 1 << 0 // FlowOpened was told
	concluded lifeFlags = 1 << 1 // FlowClosed was told
	reported  lifeFlags = 1 << 2 // an ICMP error was about it: Shard.reports has it
	heldOpen  lifeFlags = 1 << 3 // past its time limit, but its socket is still open
	undecided lifeFlags = 1 << 4 // it may be another flow that has migrated: FlowOpened waits for that

	askedAgain lifeFlags = 1 << 5 // whose it is, since the first answer came too early
	shadow     lifeFlags = 1 << 6 // the same packets are another flow's, see translate.go
	toldAsked  lifeFlags = 1 << 7 // whose it is was asked with what its source said, see told.go
)

type flowFlags uint8

const (
	classMask   flowFlags = 3      // a Class
	filtered    flowFlags = 1 << 2 // no row: outside the boundary, or a loopback row nobody asked for
	localB      flowFlags = 1 << 3 // the local end is key.B
	knownStart  flowFlags = 1 << 4 // who began it was seen, not guessed
	manyIfaces  flowFlags = 1 << 5 // seen on several interfaces: Shard.elsewhere has more
	strayBorn   flowFlags = 1 << 6 // made from strays by the key's registrar, see handoff.go
	startedFrom flowFlags = 1 << 7 // the end that began it is key.B
)

// Parts of flow.tag.
const (
	vlanMask         = 1<<12 - 1
	isTCP     uint16 = 1 << 12 // its connection is followed, see follow.go
	inspected uint16 = 1 << 13 // its payload is looked at
	isOther   uint16 = 1 << 14 // neither TCP nor UDP: its state is in its last packet
	inUse     uint16 = 1 << 15 // tells a record from a free one

	followed = isTCP | inspected | isOther
	archived = isTCP | isOther // both: a connection whose ports have gone to another one
)

// noHome marks a way that no interface has carried yet.
const noHome = 0xffff

const flowBytes = 256

// The record must stay within four cache lines: this fails to compile when it
// does not.
var _ [flowBytes]byte = [unsafe.Sizeof(flow{})]byte{}

func (f *flow) used() bool { return f.tag&inUse != 0 }

// current reports whether packets may belong to the record: it is neither free nor
// archived.
func (f *flow) current() bool { return f.tag&inUse != 0 && f.tag&archived != archived }

func (f *flow) class() Class { return Class(f.flags & classMask) }

func (f *flow) setClass(c Class) { f.flags = f.flags&^classMask | flowFlags(c) }

// way turns a packet's direction into sent or received.
func (f *flow) way(swapped bool) int {
	if swapped != (f.flags&localB != 0) {
		return Received
	}
	return Sent
}

// wayOf turns a packet's direction into an index of flow.count.
func wayOf(swapped bool) int {
	if swapped {
		return 1
	}
	return 0
}

// judgeAs takes over another record's verdict.
func (f *flow) judgeAs(g *flow) {
	const verdict = classMask | localB | knownStart | startedFrom | filtered
	f.flags = f.flags&^verdict | g.flags&verdict
}

// ifaceBit is the bit of a slot in flow.ifaces.
func ifaceBit(slot uint16) uint32 { return 1 << min(slot, 31) }
