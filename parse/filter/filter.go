package filter

import (
	"context"
	"net/netip"

	"golang.org/x/net/bpf"

	"sockeye/parse"
)

// Options say what an expression is compiled for. The zero value is a file of
// the link type NULL.
type Options struct {
	// Link is how packets start. parse.LinkCooked is the network layer alone, as
	// SOCK_DGRAM sockets see it.
	Link parse.LinkType

	// Kernel says that the Linux kernel will run the program on a live socket:
	// VLAN tags are not in the packet then, and there are the ancillary loads of
	// linux/filter.h for them, for the direction and for the interface.
	Kernel bool

	// Snaplen is what the program returns for a packet that matches, in bytes; 0
	// means 262144.
	Snaplen uint32

	// Netmask is the IPv4 network mask of the interface, for "ip broadcast"; 0
	// means none is known.
	Netmask uint32

	// Swapped says that the file's headers have the byte order that this machine
	// has not; of link types with a field in the order of the capturing machine.
	Swapped bool

	// Unoptimized leaves the program as it was generated, as tcpdump -O does.
	Unoptimized bool

	// Resolver looks up host names; nil means that of the system. It is asked
	// only where the text has a name.
	Resolver Resolver
}

// A Resolver finds the addresses of a host. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// A Program is a compiled filter. It can be used from several goroutines.
type Program struct {
	insns []bpf.RawInstruction
	start *instruction // checked and decoded, for Match
}

// Compile compiles an expression; an empty one matches every packet. The error
// is an *Error where the text is at fault or cannot apply to the link type.
func Compile(text string, o Options) (*Program, error) {
	tree, err := parseText(text)
	if err != nil {
		return nil, err
	}
	root, err := generate(tree, o)
	if err != nil {
		return nil, place(err, text)
	}
	if !o.Unoptimized {
		root = optimize(root)
	}
	insns, err := assemble(root)
	if err != nil {
		return nil, place(err, text)
	}
	return newProgram(insns)
}

// Instructions returns the program. The caller must not change it.
func (p *Program) Instructions() []bpf.RawInstruction { return p.insns }
