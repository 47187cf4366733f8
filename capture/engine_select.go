package capture

import (
	"net/netip"
	"runtime"
	"slices"

	"sockeye/capture/link"
	"sockeye/parse"
)

const (
	// maxPorts is how many interfaces of the default set get rings of their
	// own. More share the one socket of "any": each ring costs memory and
	// wake-ups.
	maxPorts = 8

	// queueBytes is the least ring memory for which one more queue is opened:
	// below it, blocks would be so small that a packet costs several times as
	// much (64 KiB blocks: 4–7 times).
	queueBytes = 4 << 20

	// mainWeight is the part of the budget that an interface with a default
	// route gets for every part of another one.
	mainWeight = 4
)

// candidates returns the interfaces of the default set: those that are up and
// have a default route or have carried a packet. Members of a bond or team that
// is in the set itself are left out: it carries their packets. Ports of a
// bridge are not: the bridge itself sees nothing of what passes between them.
func candidates(view []link.Interface) []link.Interface {
	var set []link.Interface
	for _, i := range view {
		if i.Up && (i.DefaultRoute || i.Carries()) {
			set = append(set, i)
		}
	}
	masters := make(map[int]bool)
	for _, i := range set {
		if i.Kind == "bond" || i.Kind == "team" {
			masters[i.Index] = true
		}
	}
	return slices.DeleteFunc(set, func(i link.Interface) bool { return masters[i.Master] })
}

// firstSet returns the default set at the start: the candidates, or every
// interface that is up when nothing has carried a packet yet.
func firstSet(view []link.Interface) []link.Interface {
	if set := candidates(view); len(set) > 0 {
		return set
	}
	return slices.DeleteFunc(slices.Clone(view), func(i link.Interface) bool { return !i.Up })
}

// A budget divides the ring memory among ports.
//
// With interfaces named by the user, each has the same share for good, also
// while it is gone. The default set may grow, so at the start a quarter is set
// aside and the rest divided by weight; each newcomer takes half of what is
// free then (an eighth without a default route). What is gone gives its share
// back, and on its return gets it again as far as half of what is free allows.
// So the sum never exceeds the budget, and no open ring is ever closed to make
// room.
type budget struct{ total, free int }

func newBudget(bytes int) *budget {
	if bytes <= 0 {
		bytes = DefaultRingBytes
	}
	return &budget{bytes, bytes}
}

// weight of an interface's share.
func weight(i *link.Interface) int {
	if i.DefaultRoute {
		return mainWeight
	}
	return 1
}

// first returns the share of one of the interfaces of the first default set,
// whose weights sum up to sum.
func (b *budget) first(i *link.Interface, sum int) int {
	return b.take(b.total / 4 * 3 / sum * weight(i))
}

// later returns the share of an interface that joins the default set.
func (b *budget) later(i *link.Interface) int {
	return b.take(b.free * weight(i) / (2 * mainWeight))
}

// again returns the share of an interface that comes back.
func (b *budget) again(former int) int { return b.take(min(former, b.free/2)) }

func (b *budget) take(n int) int {
	b.free -= n
	return n
}

func (b *budget) give(n int) { b.free += n }

// queues returns how many rings each interface gets: what the user says, else
// one a processor, as long as each ring is large enough where there are bytes of
// memory for an interface.
//
// It is the same number for all interfaces of a run, however unlike their
// shares. The kernel picks the queue of a packet by its flow's hash and the
// number of queues, and a flow that several interfaces carry counts once only
// if it comes to the same sink on each.
func queues(o Options, bytes int) int {
	if o.Queues > 0 {
		return o.Queues
	}
	return max(1, min(runtime.GOMAXPROCS(0), bytes/queueBytes))
}

// target describes an interface to the opener.
func target(i link.Interface, slot uint16, queues, bytes int) Target {
	return Target{
		Name: i.Name, Index: i.Index, Type: i.Type, Link: i.Link, Loopback: i.Loopback, Netmask: netmask(i.Addrs),
		Queues: queues, RingBytes: bytes,
		Slot: func(index int) (uint16, bool) { return slot, index == i.Index },
	}
}

// netmask returns the network mask of the first IPv4 address, 0 without one.
func netmask(addrs []netip.Prefix) uint32 {
	for _, a := range addrs {
		if a.Addr().Is4() {
			return ^uint32(0) << (32 - a.Bits())
		}
	}
	return 0
}

// anyTarget describes the socket for all interfaces to the opener.
func (e *Engine) anyTarget(bytes int) Target {
	return Target{
		Name: AnyName, Any: true, Link: parse.LinkCooked,
		Queues: e.queues, RingBytes: bytes,
		Slot: func(index int) (uint16, bool) { return e.slots.byKernelIndex(e.cfg.Links, index), true },
	}
}
