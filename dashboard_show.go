package main

import (
	"context"
	"fmt"
	"time"

	"sockeye/capture"
	"sockeye/track"
)

// show runs the dashboard on a live capture until a person quits it, or the capture
// ends. The screen is not taken before packets come: why they do not is told without it.
func (r *liveRun) show(ctx context.Context, ended <-chan struct{}) error {
	select {
	case <-r.begun:
	case <-ended:
		return nil
	case <-ctx.Done():
		return nil
	}
	if demo, ok := r.monitor.(*demoMachine); ok {
		demo.awaitPast()
	}
	if limit := time.Duration(r.cmd.Seconds); limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, limit)
		defer stop()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	source := newLiveSource(r)
	defer source.close()
	return r.app.dashboard(ctx, source, &r.cmd.outputFlags)
}

// farewell says on the terminal, which is given back, what was counted. The capture has
// ended.
func (r *liveRun) farewell() {
	s := new(track.Snapshot)
	r.table.Snapshot(s, track.Request{Now: time.Now().UnixNano(), Top: 1, Final: true})
	fmt.Fprintln(r.app.stdout, farewellText(s, r.engine.Interfaces()))
}

// farewellText sums a capture up in a line: how long was counted, what, and what was
// lost.
func farewellText(s *track.Snapshot, all []capture.InterfaceStatus) string {
	own := &s.Totals.Own.Count
	text := fmt.Sprintf("%v: %d packets, %s; %s sent, %s received; %d flows",
		time.Duration(s.Time-s.Start).Round(time.Second), s.Totals.All.Packets, decimalBytes(s.Totals.All.Bytes),
		decimalBytes(own[track.Sent].Bytes), decimalBytes(own[track.Received].Bytes), uint64(len(s.Flows))+s.Totals.Other.Flows)
	lost := s.Losses.Handoff
	for _, st := range all {
		if st.Through == "" { // else the same losses are those of "any"
			lost += st.Stats.Dropped
		}
	}
	if lost > 0 {
		text += fmt.Sprintf("; %d packets were lost", lost)
	}
	return text
}

// decimalBytes words a number of bytes, as networks count.
func decimalBytes(n uint64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1000, 0
	for ; v >= 999.95 && unit < len(units)-1; unit++ {
		v /= 1000
	}
	return fmt.Sprintf("%.1f %cB", v, units[unit])
}
