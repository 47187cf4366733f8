package main

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
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

// joinTraffic gives each socket of the record, which is in the order of the index, what
// its flows carried.
func joinTraffic(x *proc.SocketIndex, record *export.SocketRecord, flows []track.Row) {
	for i := range flows {
		r := &flows[i]
		if !r.HasPorts() || r.Class == track.Forwarded {
			continue
		}
		sent, received := r.Count[track.Sent].Bytes, r.Count[track.Received].Bytes
		addTraffic(x, record, r.Proto, &r.Local, &r.Remote, sent, received)
		if r.Class == track.Loopback {
			addTraffic(x, record, r.Proto, &r.Remote, &r.Local, received, sent)
		}
	}
}

// addTraffic adds a flow, by the ends as one of them sees it.
func addTraffic(x *proc.SocketIndex, record *export.SocketRecord, proto uint16, local, remote *track.Endpoint, sent, received uint64) {
	i, ok := x.Find(proto, netip.AddrPortFrom(local.Addr.WithZone(""), local.Port), netip.AddrPortFrom(remote.Addr.WithZone(""), remote.Port))
	if !ok {
		return
	}
	s := &record.Sockets[i]
	if s.Traffic == nil {
		s.Traffic = new(export.SocketTraffic)
	}
	s.Traffic.Add(sent, received, record.Measured)
}
