package dpi

import (
	"cmp"
	"net/netip"

	"sockeye/parse/stream"
)

// A Pool holds the Inspectors of one shard for use again, and the memory in which
// they keep what is not complete. It is not locked. The zero value is ready.
type Pool struct {
	// Limit is how many bytes of streams all Inspectors may keep; 0 is 64 MiB. It is
	// set before the first Get.
	Limit int
	// NoEvents says that the Sinks do not want events: they are not made then.
	NoEvents bool

	mem      *stream.Memory
	free     []*Inspector
	halves   []*[2]half           // of those that followed connections
	decoders [protocols][]decoder // that can be used again
	client   clientHello          // the one that is being read
	server   serverHello
	shared   shared
}

const (
	poolMemory = 64 << 20 // the default of Pool.Limit
	poolFree   = 1024     // unused Inspectors that are kept
	poolIdle   = 128      // likewise, decoders of each protocol
)

// Get returns an Inspector, as New does.
func (p *Pool) Get(from, to netip.AddrPort, sink Sink) *Inspector {
	if p.mem == nil {
		p.mem = stream.NewMemory(cmp.Or(p.Limit, poolMemory))
	}
	var i *Inspector
	if n := len(p.free); n > 0 {
		i = p.free[n-1]
		p.free = p.free[:n-1]
	} else {
		i = new(Inspector)
	}
	i.sink, i.pool = sink, p
	i.c = conv{ends: [2]netip.AddrPort{from, to}, i: i}
	return i
}

// connection returns what an Inspector needs to follow one.
func (p *Pool) connection() *[2]half {
	if n := len(p.halves); n > 0 {
		h := p.halves[n-1]
		p.halves = p.halves[:n-1]
		return h
	}
	h := new([2]half)
	h[0].begin(p.mem)
	h[1].begin(p.mem)
	return h
}

// Put takes an Inspector back, which is not used after that. Apps that it handed
// out stay as they are.
func (p *Pool) Put(i *Inspector) {
	i.stop()
	p.idle(i)
	clear(i.details)
	if i.halves != nil && len(p.halves) < poolFree {
		p.halves = append(p.halves, i.halves)
	}
	*i = Inspector{details: i.details[:0]}
	if len(p.free) < poolFree {
		p.free = append(p.free, i)
	}
}

// A reuser is a decoder that can begin with another flow.
type reuser interface {
	// reuse makes it as good as new. Details that it gave are not its own any more.
	reuse()
}

// decoder returns one of a protocol.
func (p *Pool) decoder(c *candidate) decoder {
	idle := p.decoders[c.proto]
	if n := len(idle); n > 0 {
		p.decoders[c.proto] = idle[:n-1]
		return idle[n-1]
	}
	return c.new()
}

// idle keeps the decoder of an Inspector that is put back.
func (p *Pool) idle(i *Inspector) {
	if r, ok := i.dec.(reuser); ok && len(p.decoders[i.sig.proto]) < poolIdle {
		r.reuse()
		p.decoders[i.sig.proto] = append(p.decoders[i.sig.proto], r)
	}
}

// PortGuess returns the protocol that is at home on one of a flow's ports (the
// lower one, if both have one), of IP protocol TCP (6) or UDP (17); Unknown for
// others. It says nothing of what the flow speaks: its confidence is ByPort.
func PortGuess(proto uint8, a, b uint16) Protocol {
	home := &homes[0]
	switch proto {
	case 6:
	case 17:
		home = &homes[1]
	default:
		return Unknown
	}
	if p := home[min(a, b)]; p != Unknown {
		return p
	}
	return home[max(a, b)]
}

// homes holds the protocols by port, of TCP and of UDP.
var homes [2][1 << 16]Protocol

func init() {
	for _, s := range signatures {
		for _, port := range s.ports {
			if s.stream != nil && homes[0][port] == Unknown {
				homes[0][port] = s.proto
			}
			if s.packet != nil && homes[1][port] == Unknown {
				homes[1][port] = s.proto
			}
		}
	}
}
