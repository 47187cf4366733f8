package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/tab"
)

// site is where it is captured: this one, by a link.Monitor, or that of the
// demonstration.
type site interface {
	capture.Links

	// Addrs returns its own addresses.
	Addrs() []netip.Addr
	// Run follows what changes until ctx is done.
	Run(ctx context.Context) error
	Close() error
}

// ownerSource is what finds owners: lateOwners, or those of the demonstration.
type ownerSource interface {
	track.Owners

	Run(ctx context.Context, answers proc.Answers) error
	Stats() proc.Stats
	Sockets() ([]proc.Socket, error)
	Close() error
}

// meet looks at the machine.
func (r *liveRun) meet() error {
	r.started = time.Now()
	if r.cmd.Demo {
		demo := newDemoMachine(r.started)
		r.monitor, r.started = demo, demo.start
		return nil
	}
	monitor, err := link.NewMonitor()
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	r.monitor = monitor
	return nil
}

// openOwners opens what finds owners, if any shall be found.
func (r *liveRun) openOwners() error {
	if r.cmd.Demo {
		r.owners = newDemoOwners()
		return nil
	}
	late, err := r.cmd.ownerFlags.openLate(r.own.has, r.told, r.ownerNotice)
	if late != nil { // no nil of that type within the interface
		r.owners = late
	}
	return err
}

// kind says what a live capture is to the screen.
func (r *liveRun) kind() tab.Kind {
	if r.cmd.Demo {
		return tab.Demo
	}
	return tab.Live
}
