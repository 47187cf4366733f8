package capture

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"sync"

	"sockeye/parse"
	"sockeye/parse/filter"
)

// A Filter says in the language of pcap-filter(7) which packets are taken. Each
// link type has a program of its own, compiled when it is first asked for. A
// Filter can be used from several goroutines.
type Filter struct {
	text string

	mu       sync.Mutex
	hosts    hosts
	programs map[filter.Options]program
}

// program is what Compile returned.
type program struct {
	*filter.Program
	err error
}

// NewFilter reads an expression; an empty one takes every packet. It looks up
// the names of hosts, once for all link types. The error is a *filter.Error
// where no link type can have such packets.
func NewFilter(text string) (*Filter, error) {
	f := &Filter{
		text:     text,
		hosts:    hosts{ask: net.DefaultResolver, known: make(map[question]answer)},
		programs: make(map[filter.Options]program),
	}
	var first error
	for _, o := range occasions {
		_, err := f.Compile(o)
		if err == nil {
			return f, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// occasions are what an expression may be for. What can be said of none of them
// can be said of no packet: they have all that link types differ in.
var occasions = []filter.Options{
	{Link: parse.LinkEthernet, Kernel: true},
	{Link: parse.LinkEthernet},
	{Link: parse.LinkSLL2}, // direction and interface are in the packet
	{Link: parse.LinkSLL},
	{Link: parse.Link80211},
	{Link: parse.LinkPFLog},
	{Link: parse.LinkSunATM},
	{Link: linkMTP2},
	{Link: parse.LinkPPPWithDir},
	{Link: parse.LinkRaw},
}

const linkMTP2 parse.LinkType = 140

// String returns the expression.
func (f *Filter) String() string { return f.text }

// Compile returns the program for packets of o.Link. Of o.Resolver nothing is
// asked: every program of a Filter has the same addresses of a host. The error
// is a *filter.Error where the expression cannot apply to the link type.
func (f *Filter) Compile(o filter.Options) (*filter.Program, error) {
	o.Resolver = &f.hosts
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.programs[o]
	if !ok {
		p.Program, p.err = filter.Compile(f.text, o)
		f.programs[o] = p
	}
	return p.Program, p.err
}

// hosts is a filter.Resolver that asks for each host once: whenever an
// interface is opened again its filter is what it was, and nothing is waited
// for. Only Filter.Compile uses it, under its lock.
type hosts struct {
	ask   filter.Resolver
	known map[question]answer
}

type question struct{ network, host string }

type answer struct {
	addrs []netip.Addr
	err   error
}

// LookupNetIP implements filter.Resolver.
func (h *hosts) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	q := question{network, host}
	a, ok := h.known[q]
	if !ok {
		a.addrs, a.err = h.ask.LookupNetIP(ctx, network, host)
		h.known[q] = a
	}
	return a.addrs, a.err
}
