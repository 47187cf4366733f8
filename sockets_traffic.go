package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/proc"
)

// countFlows captures for a while on all interfaces and returns the flows. A signal
// ends it sooner.
func countFlows(d time.Duration) ([]track.Row, error) {
	monitor, err := link.NewMonitor()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	defer monitor.Close()
	table, err := track.New(track.Config{Shards: runtime.GOMAXPROCS(0), ShowLoopback: true, Start: time.Now().UnixNano(), Limits: new(track.Limits)})
	if err != nil {
		return nil, err
	}
	defer table.Close()
	table.SetLocal(monitor.Addrs())
	config := capture.Config{
		Open: openLive, Links: monitor, NoAny: runtime.GOOS != "linux",
		Sink:    func(queue int) capture.Sink { return table.Shard(queue) },
		Options: capture.Options{HeadersOnly: true},
	}
	if !config.NoAny {
		config.Names = []string{capture.AnyName}
	}
	engine, err := capture.NewEngine(config)
	if err != nil {
		return nil, err
	}
	signals, release := interrupts(func() {})
	defer release()
	ctx, cancel := context.WithTimeout(signals, d)
	defer cancel()
	if err := engine.Run(ctx); err != nil {
		return nil, err
	}
	var s track.Snapshot
	table.Snapshot(&s, track.Request{Now: time.Now().UnixNano(), Final: true})
	return append([]track.Row{}, s.Flows...), nil
}

// connected are the ends of a connected socket.
type connected struct {
	proto         uint16
	local, remote netip.AddrPort
}

// bound is what a socket is bound to that is connected to nobody.
type bound struct {
	proto uint16
	port  uint16
}

// socketIndex finds the socket that a flow belongs to.
type socketIndex struct {
	all       []proc.Socket
	connected map[connected][]int // in all
	bound     map[bound][]int
}

// newSocketIndex takes in the sockets of one network namespace: flows of others do not
// pass here.
func newSocketIndex(all []proc.Socket, netns uint64) *socketIndex {
	x := &socketIndex{all: all, connected: map[connected][]int{}, bound: map[bound][]int{}}
	for i := range all {
		s := &all[i]
		switch {
		case s.NetNS != netns && s.NetNS != 0, s.Local.Port() == 0, s.State == "LISTEN":
		case s.Remote.Port() != 0:
			k := connected{s.Proto, s.Local, s.Remote}
			x.connected[k] = append(x.connected[k], i)
		default:
			k := bound{s.Proto, s.Local.Port()}
			x.bound[k] = append(x.bound[k], i)
		}
	}
	return x
}

// join gives each socket of the record, which is in the order of the index, what its
// flows carried.
func (x *socketIndex) join(record *export.SocketRecord, flows []track.Row) {
	for i := range flows {
		r := &flows[i]
		if !r.HasPorts() || r.Class == track.Forwarded {
			continue
		}
		sent, received := r.Count[track.Sent].Bytes, r.Count[track.Received].Bytes
		x.add(record, r.Proto, &r.Local, &r.Remote, sent, received)
		if r.Class == track.Loopback {
			x.add(record, r.Proto, &r.Remote, &r.Local, received, sent)
		}
	}
}

// add adds a flow, by the ends as one of them sees it.
func (x *socketIndex) add(record *export.SocketRecord, proto uint16, local, remote *track.Endpoint, sent, received uint64) {
	i, ok := x.find(proto, netip.AddrPortFrom(local.Addr.WithZone(""), local.Port), netip.AddrPortFrom(remote.Addr.WithZone(""), remote.Port))
	if !ok {
		return
	}
	s := &record.Sockets[i]
	if s.Traffic == nil {
		s.Traffic = new(export.SocketTraffic)
	}
	s.Traffic.Add(sent, received, record.Measured)
}

// find returns the socket of a flow: the one that is connected so, else the only one
// that is bound to the address, else the only one that is bound to all addresses.
func (x *socketIndex) find(proto uint16, local, remote netip.AddrPort) (int, bool) {
	if all := x.connected[connected{proto, local, remote}]; len(all) > 0 {
		return all[0], len(all) == 1
	}
	var here, anywhere []int
	for _, i := range x.bound[bound{proto, local.Port()}] {
		s := &x.all[i]
		switch addr := s.Local.Addr().WithZone(""); {
		case addr == local.Addr():
			here = append(here, i)
		case addr.IsUnspecified() && (addr.Is4() == local.Addr().Is4() || s.Dual):
			anywhere = append(anywhere, i)
		}
	}
	switch {
	case len(here) > 0:
		return here[0], len(here) == 1
	case len(anywhere) > 0:
		return anywhere[0], len(anywhere) == 1
	}
	return 0, false
}

// ownNetNS returns the inode of this process's network namespace, 0 where there are
// none.
func ownNetNS() uint64 {
	info, err := os.Stat("/proc/self/ns/net")
	if err != nil {
		return 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return stat.Ino
}
