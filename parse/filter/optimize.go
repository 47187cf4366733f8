package filter

import "sync"

// The optimiser follows McCanne and Jacobson, "The BSD Packet Filter" (1993),
// and Begel, McCanne and Graham, "BPF+" (1999): values are numbered over the
// whole graph, a jump whose outcome is known from the ones before it is led past
// the test, and what nobody reads is not computed.
//
// One rule is stricter than theirs. To load from behind the captured bytes
// rejects the packet, so a load is an effect even where its value is not used:
// it goes only where another load of the same way through the program is sure to
// reject the same packets. An optimised program gives every packet, also one that
// was cut short, the same answer as the program that was generated.

// rounds is how often the passes are repeated at most. Nearly all expressions need
// two or three; the limit is for those that are made to need more.
const rounds = 16

// An optimizer holds the graph and what the passes find out about it. Passes go
// through the blocks in one direction and cost a constant per block; searches
// that could cost more draw on the budget.
type optimizer struct {
	graph
	values
	states
	dominators
	facts    factStore
	proven   []uint32 // by node: bytes that were captured for sure
	live     []uint32 // by node: places that are read before they are written
	demanded []uint32 // by node: bytes that must be captured for it to accept
	edge     side
	gathering
	merging merging
	now     []value // of a walk through a body, as are the next two
	then    []value
	history []value // of A
	budget  int     // steps that searches may still take
	changed bool    // a jump leads elsewhere than before

	// across says that a block may use what its predecessors left in A and X. While
	// the graph is shaped each block loads what it tests, and so can be led past,
	// moved and merged freely; loads that repeat are taken out in the end.
	across bool
}

var optimizers = sync.Pool{New: func() any { return new(optimizer) }}

// optimize returns a smaller graph that gives every packet the same answer. The
// graph that it is given is left as it is.
func optimize(root *block) *block {
	if root.isLeaf() {
		return root
	}
	o := optimizers.Get().(*optimizer)
	defer optimizers.Put(o)
	o.load(root)
	o.values.reset()
	o.facts.reset()
	o.budget = 1<<18 + 64*len(o.nodes)
	o.shape()
	o.shorten()
	return o.blocks()
}

// shape leads jumps elsewhere, moves and merges blocks, until nothing changes.
func (o *optimizer) shape() {
	o.across = false
	for range rounds {
		o.compact()
		o.simplify()
		o.changed = false // what changed in bodies alone gives no more to do
		o.thread()
		o.gather()
		o.merge()
		if !o.changed {
			break
		}
	}
}

// shorten takes out what repeats. Of jumps nothing more is known than before, but
// blocks may have become equal.
func (o *optimizer) shorten() {
	o.across = true
	for range rounds {
		o.compact()
		o.simplify()
		o.reach()
		o.changed = false
		o.merge()
		if !o.changed {
			break
		}
	}
	o.compact()
}

// simplify rewrites the bodies of blocks.
func (o *optimizer) simplify() {
	o.forward()
	o.measure()
	o.backward()
}
