package proc

import "sockeye/parse"

// Question asks for the owners of one flow. It holds no pointers.
type Question struct {
	Flow  uint64 // the flow's id, handed back
	Place uint64 // the table's own, handed back
	Key   parse.Key
	// Ends are the ends of the key that are this machine's: bit 0 for A, bit 1 for B.
	// 0 where neither is: a container's flow on a bridge, see Attributor.Wants.
	Ends uint8
	// FromB: the end that began it is B; of a flow met midway the better guess.
	FromB bool
	// Process is what the source of its packets tells of who sends at one end, B where
	// ProcessB: a slot that Config.Told knows; 0 for nothing.
	ProcessB bool
	Process  uint32
	First    int64 // time of the first packet by the kernel's clock, ns since the Unix epoch
}

// Answer is the answer to a Question, by end of its key. The end that was not asked
// for has the zero Found.
type Answer struct {
	Flow, Place uint64
	Ends        [2]Found
	// Translated: this machine translates the flow's addresses (NAT), and Other is its
	// key on the other side of that. Swapped: A of the key is B of Other.
	Translated, Swapped bool
	Other               parse.Key
}

// Found is an Owner in eight bytes, without pointers: what the flow table keeps.
type Found struct {
	Ref    Ref    // 0 for none
	Took   uint16 // in units of 100 µs, 65535 for more
	Source Source
	Reason Reason
}

// Answers takes the answers of an Attributor. It may keep none of the memory.
type Answers func([]Answer)
