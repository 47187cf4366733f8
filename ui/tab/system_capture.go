package tab

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sockeye/capture"
	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// captured adds up what interfaces say. What came through the socket for all interfaces
// is counted there.
func captured(m *Model) (sum capture.InterfaceStatus) {
	for i := range m.Interfaces {
		in := &m.Interfaces[i]
		sum.Gaps += in.Gaps
		sum.GapTime += in.GapTime
		if in.Through != "" {
			continue
		}
		sum.Stats.Add(in.Stats)
		sum.Packets += in.Packets
		sum.Bytes += in.Bytes
		sum.Excluded += in.Excluded
		sum.Unread += in.Unread
		sum.RingBytes += in.RingBytes
		sum.Queues += in.Queues
	}
	return sum
}

// lossLine says in a line whether anything was lost, and how to lose less.
func lossLine(m *Model) (string, theme.Role) {
	if m.Snap == nil {
		return "nothing was captured yet", theme.Muted
	}
	sum, l := captured(m), &m.Snap.Losses
	var all []string
	for _, loss := range []struct {
		n    uint64
		what string
	}{
		{sum.Stats.Dropped, "packets dropped by the kernel"}, {l.Handoff, "packets without their flow"},
		{sum.Stats.Damaged, "damaged places"}, {l.Evicted, "flows evicted"}, {l.Events, "events lost"},
		{l.Uninspected, "flows not inspected"}, {l.Untimely, "packets out of time"},
		{m.Owners.Watcher.Lost, "kernel events lost"}, {uint64(sum.Gaps), "interruptions"},
	} {
		if loss.n > 0 {
			all = append(all, widget.Count(loss.n)+" "+loss.what)
		}
	}
	if len(all) == 0 {
		return "nothing was lost", theme.Good
	}
	return "LOST: " + strings.Join(all, ", "), theme.Bad
}

// captureCard is about the packets on their way from the kernel.
func captureCard(m *Model) widget.Card {
	var f facts
	sum := captured(m)
	kind := [...]string{Live: "live", File: "of a file", Demo: "made-up traffic (--demo)"}[m.Facts.Kind]
	f.add("Capture", words(kind, m.Facts.Name), theme.Text)
	f.add("Filter", cmp.Or(m.Facts.Filter, "none: all packets"), theme.Text)
	f.add("Own networks", cmp.Or(strings.Join(m.Facts.Boundary, " "), "found by itself"), theme.Text)
	f.add("Taken", fmt.Sprintf("%s packets, %s", widget.Count(sum.Packets), widget.Bytes(sum.Bytes)), theme.Text)
	remedy := "--ring-size makes rings larger"
	if m.Facts.Kind == File {
		remedy = "so the file says" // of when it was captured
	}
	f.loss("Kernel drops", sum.Stats.Dropped, theme.Bad,
		"of "+widget.Count(sum.Stats.Received)+": rates are too low; "+remedy)
	f.loss("Full rings", sum.Stats.Freezes, theme.Bad, "")
	if sum.RingBytes > 0 {
		f.add("Rings", fmt.Sprintf("%s in %s", widget.Bytes(uint64(sum.RingBytes)), plural(sum.Queues, "queue")), theme.Text)
		f.add("Ring fill", words(widget.Count(sum.Unread), "frames wait to be read"), theme.Text)
	}
	f.add("Left out", countIf(sum.Excluded, "packets, by direction or filter"), theme.Muted)
	f.loss("Damaged", sum.Stats.Damaged, theme.Bad, "places that could not be read")
	if sum.Gaps > 0 {
		f.add("Interruptions", fmt.Sprintf("%d, %s", sum.Gaps, widget.Duration(sum.GapTime)), theme.Bad)
	}
	return widget.Card{Title: "Capture", Facts: f}
}

// countIf words a number of things, "" for none.
func countIf(n uint64, what string) string {
	if n == 0 {
		return ""
	}
	return widget.Count(n) + " " + what
}

// tableCard is about the flows that the packets are counted in.
func tableCard(m *Model) widget.Card {
	var f facts
	if m.Snap == nil {
		f.add("Flows", "none yet", theme.Muted)
		return widget.Card{Title: "Flow table", Facts: f}
	}
	l, t := &m.Snap.Losses, &m.Snap.Totals
	f.add("Flows", widget.Count(uint64(m.Snap.Live))+" in the table", theme.Text)
	f.add("Without a row", foldText(&t.Other), theme.Muted)
	f.add("Filtered", foldText(&t.Filtered), theme.Muted)
	f.add("Seen twice", countIf(t.Copies.Packets, "packets, on another interface, too: counted once"), theme.Muted)
	f.loss("Evicted", l.Evicted, theme.Bad, "flows: the table was full; --max-flows makes it larger")
	f.add("Expired", countIf(l.Expired, "flows, by silence"), theme.Muted)
	f.loss("Queue drops", l.Handoff, theme.Bad, "packets in no flow: a queue between rings was full")
	f.loss("Out of time", l.Untimely, theme.Bad, "packets far from the clock: in no rate")
	f.loss("Events lost", l.Events, theme.Bad, "that nobody fetched in time")
	f.loss("Not inspected", l.Uninspected, theme.Bad, "flows: too many at once")
	malformed, truncated := uint64(0), uint64(0)
	for i := range m.Snap.Interfaces {
		malformed += m.Snap.Interfaces[i].Parse.Malformed
		truncated += m.Snap.Interfaces[i].Parse.Truncated
	}
	f.add("Malformed", countIf(malformed, "packets"), theme.Warn)
	f.add("Cut short", countIf(truncated, "packets, within their headers"), theme.Warn)
	return widget.Card{Title: "Flow table", Facts: f}
}

// foldText words what has no row, "" for nothing.
func foldText(f *track.Fold) string {
	if f.Flows == 0 && f.Count.Packets == 0 {
		return ""
	}
	return fmt.Sprintf("%s flows, %s packets, %s", widget.Count(f.Flows), widget.Count(f.Count.Packets), widget.Bytes(f.Count.Bytes))
}

// selfCard is about Sockeye itself.
func selfCard(m *Model) widget.Card {
	var f facts
	f.add("Version", m.Facts.Version, theme.Text)
	f.add("Build", m.Facts.Build, theme.Muted)
	f.add("CPU", fmt.Sprintf("%.1f%% of a core", 100*m.Self.CPU), theme.Text)
	f.add("Memory", widget.Bytes(m.Self.Memory), theme.Text)
	f.add("Running for", widget.Duration(m.Self.Uptime.Truncate(time.Second)), theme.Text)
	f.add("Frames", fmt.Sprintf("%s drawn, the last in %s", widget.Count(m.Self.Frames), widget.Duration(m.Self.Draw)), theme.Text)
	f.add("Config", m.Facts.ConfigAt, theme.Text)
	return widget.Card{Title: "Sockeye", Facts: f}
}

// rightsCard is about what the process may do.
func rightsCard(m *Model) widget.Card {
	var f facts
	f.add("Rights", cmp.Or(m.Facts.Rights, "none"), theme.Text)
	names := "by what was heard alone"
	if m.Facts.Reverse && m.Facts.Resolving {
		names = "by what was heard, and asked of the network"
	}
	f.add("Names", names, theme.Text)
	f.add("More", "sockeye doctor says what is missing, and how to get it", theme.Muted)
	return widget.Card{Title: "Privileges", Facts: f}
}

// notesCard is about what works less well than it might.
func notesCard(m *Model) widget.Card {
	var f facts
	for _, note := range m.Notes {
		f.add("", strings.TrimPrefix(note, "note: "), theme.Warn)
	}
	return widget.Card{Title: "Notes", Facts: f}
}
