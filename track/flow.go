// Hot path: no allocation.

package track

import (
	"unsafe"

	"sockeye/parse"
)

// A flow is the record of one conversation. It is 256 bytes, has no pointers
// and lives in a slab outside the collector's heap. The two ways are in the
// order of the key (0: from A to B); localB turns them into sent and received.
//
// What later stages keep for a flow (TCP state, names, owner) goes into slabs
// of its own under the same slot number, so that counting stays within these
// four cache lines.
type flow struct {
	key   parse.Key
	last  int64 // capture time of the newest packet, ns
	first int64 // of the oldest
	id    uint64

	count [2]Count

	recent recent // history of the last 40 s, see rate.go

	secBytes [2]uint64 // wire bytes in the second `sec`
	sec      uint32    // the second that is being filled, see Table.second
	peak     [3]float32
	dense    uint32    // slot+1 of a dense history in the pool; 0: recent holds it
	ifaces   uint32    // interfaces that carried it, by slot; the top bit stands for the rest
	home     [2]uint16 // the interface on which each way is counted
	vlan     uint16
	flags    flowFlags
	spans    uint8 // entries in recent
}

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

// noHome marks a way that no interface has carried yet.
const noHome = 0xffff

const flowBytes = 256

// The record must stay within four cache lines: this fails to compile when it
// does not.
var _ [flowBytes]byte = [unsafe.Sizeof(flow{})]byte{}

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
