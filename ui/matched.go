package ui

import (
	"strconv"
	"time"

	"sockeye/capture"
	"sockeye/ui/tab"
	"sockeye/ui/widget"
)

// matched counts what passes the capture filter from when the filter holds.
type matched struct {
	filter string
	since  time.Time
	before uint64 // packets that had been captured by then
}

// follow takes what was fetched: with another filter the count begins anew.
func (c *matched) follow(b *batch) {
	if c.filter != b.facts.Filter {
		packets, _ := captured(b.interfaces)
		*c = matched{filter: b.facts.Filter, since: b.took, before: packets}
	}
}

// captured returns the packets that were captured, and those that the kernel dropped.
// What came through the socket for all interfaces is counted there.
func captured(all []capture.InterfaceStatus) (packets, dropped uint64) {
	for i := range all {
		if all[i].Through == "" {
			packets += all[i].Packets
		}
		dropped += all[i].Stats.Dropped
	}
	return packets, dropped
}

// tipFilter is about the capture filter.
func (a *App) tipFilter() []widget.Fact {
	packets, dropped := captured(a.model.Interfaces)
	c := &a.matched
	var lines []widget.Fact
	if c.filter == "" {
		lines = facts("expression", "none: all packets")
	} else {
		lines = facts("expression", c.filter, "matched", strconv.FormatUint(packets-min(c.before, packets), 10),
			"since", c.since.Format("15:04:05"))
	}
	return append(lines, facts("packets in all", strconv.FormatUint(packets, 10),
		"dropped by the kernel", strconv.FormatUint(dropped, 10), "change", a.keys.first(tab.DoCaptureFilter))...)
}
