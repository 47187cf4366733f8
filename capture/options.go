package capture

import "sockeye/parse"

// Defaults of Options.
const (
	DefaultSnaplen   = 262144   // what tcpdump(1) and pcap(3) take for "everything"
	DefaultRingBytes = 32 << 20 // all rings together
)

// Options are the settings of a live capture.
type Options struct {
	Snaplen     int  // bytes kept of each packet; 0 keeps DefaultSnaplen
	RingBytes   int  // memory of all rings together; 0 means DefaultRingBytes
	Queues      int  // rings an interface; 0 lets the engine decide
	Promisc     bool // take packets that are for other machines too
	HeadersOnly bool // nobody wants payload: let the kernel cut packets to their headers (--no-dpi)
	Decap       bool // look one tunnel deep

	// Processes takes in what the system tells of processes beside their packets, for
	// Packet.Process; nil where nobody wants to know. Only macOS does.
	Processes *parse.Processes

	// Direction leaves out what runs the other way, by Packet.Hint. What it
	// leaves out is counted as excluded.
	Direction Direction

	// Filter decides which packets are taken; nil takes everything. Live it runs
	// in the kernel and is set before the socket is bound, so that no packet of
	// another interface and no packet that it rejects is ever delivered. Of other
	// sources it leaves packets out, which are counted as excluded.
	Filter *Filter
}

// A Target is what an Opener shall open: one interface, or all of them.
type Target struct {
	Name     string         // interface name; "any" with Any
	Index    int            // the kernel's interface index; 0 with Any
	Any      bool           // every interface at once; each packet's slot comes from Slot
	Type     uint16         // ARPHRD_ value of linux/if_arp.h
	Link     parse.LinkType // how frames start
	Loopback bool           // the kernel shows each frame twice: count it once
	Netmask  uint32         // of its first IPv4 address, for filters; 0 where it has none

	Queues    int // rings to open, at least 1
	RingBytes int // memory of all rings of this target together

	// Slot maps a kernel interface index to the engine's interface slot, for
	// Packet.Iface. It may be called from any goroutine, once a packet; ok is
	// false for an interface that is not wanted, whose packet is then dropped
	// unseen.
	Slot func(ifindex int) (slot uint16, ok bool)
}

// An Opener opens the sources of a target, one a queue, in the order of the
// queues. On an error, which names the target, it leaves nothing open. It
// reports a lack of rights so that errors.Is(err, fs.ErrPermission) holds, an
// interface that is down or gone so that ErrInterfaceDown or ErrInterfaceGone
// does, and a filter that cannot apply to it as a *filter.Error.
type Opener func(t Target, o Options) ([]Source, error)
