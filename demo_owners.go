package main

import (
	"context"
	"net/netip"
	"time"

	"sockeye/parse"
	"sockeye/track/proc"
)

// demoOwners are the processes of the demonstration, in the place of what finds owners.
type demoOwners struct{ processes []proc.Process }

func newDemoOwners() *demoOwners { return &demoOwners{demoProcesses()} }

// demoTold says whose a packet is, as track.Config.Told.
func demoTold(process uint32) proc.Found {
	return proc.Found{Ref: proc.Ref(process), Source: proc.FromEBPF, Took: 3}
}

// Ask implements track.Owners: packets tell whose they are.
func (o *demoOwners) Ask([]proc.Question) {}

// Wants implements track.Owners.
func (o *demoOwners) Wants(*parse.Key) bool { return false }

// Owner implements track.Owners.
func (o *demoOwners) Owner(f proc.Found) proc.Owner {
	owner := proc.Owner{Source: f.Source, Reason: f.Reason, Took: time.Duration(f.Took) * 100 * time.Microsecond}
	if f.Ref != 0 && int(f.Ref) <= len(o.processes) {
		owner.Process = &o.processes[f.Ref-1]
	}
	return owner
}

// Run implements ownerSource: there is nothing to answer.
func (o *demoOwners) Run(ctx context.Context, _ proc.Answers) error {
	<-ctx.Done()
	return nil
}

// Close implements ownerSource.
func (o *demoOwners) Close() error { return nil }

// Stats implements ownerSource.
func (o *demoOwners) Stats() proc.Stats { return proc.Stats{} }

// Sockets returns those that listen.
func (o *demoOwners) Sockets() ([]proc.Socket, error) {
	var all []proc.Socket
	for i, l := range []struct {
		process uint32
		proto   uint16
		port    uint16
	}{{demoSSHD, parse.ProtoTCP, 22}, {demoWeb, parse.ProtoTCP, 443}, {demoSync, parse.ProtoTCP, 22000}, {demoTime, parse.ProtoUDP, 323}, {demoResolver, parse.ProtoUDP, 53}} {
		p := &o.processes[l.process-1]
		s := proc.Socket{
			Family: 2, Proto: l.proto, Type: 1, State: "LISTEN", Local: netip.AddrPortFrom(netip.IPv4Unspecified(), l.port),
			Remote: netip.AddrPortFrom(netip.IPv4Unspecified(), 0),
			UID:    p.UID, Inode: uint64(40_000 + i), SendQueue: 4096, Owner: proc.Owner{Process: p, Source: proc.FromEBPF},
		}
		if l.proto == parse.ProtoUDP {
			s.Type, s.State, s.SendQueue = 2, "UNCONNECTED", 0
		}
		all = append(all, s)
	}
	return all, nil
}
