package tab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sockeye/capture"
	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// interfaceCards are about the interfaces: those that are captured, then the others that
// are up.
func interfaceCards(m *Model) []widget.Card {
	var cards []widget.Card
	has := map[string]bool{}
	for i := range m.Interfaces {
		in := &m.Interfaces[i]
		has[in.Name] = true
		cards = append(cards, interfaceCard(m, in, linkOf(m, in)))
	}
	for i := range m.Links {
		if l := &m.Links[i]; l.Up && !has[l.Name] {
			var f facts
			f.add("State", "not captured", theme.Muted)
			f.link(l)
			cards = append(cards, widget.Card{Title: "Interface " + l.Name, Facts: f})
		}
	}
	return cards
}

// linkOf returns the machine's interface that is captured; nil where that is none.
func linkOf(m *Model, in *capture.InterfaceStatus) *Link {
	for i := range m.Links {
		if l := &m.Links[i]; l.Name == in.Name && (in.Index == 0 || l.Index == in.Index) {
			return l
		}
	}
	return nil
}

func interfaceCard(m *Model, in *capture.InterfaceStatus, l *Link) widget.Card {
	var f facts
	state, role := in.State.String(), theme.Good
	switch {
	case in.State == capture.StateFailed, in.State == capture.StateGone:
		role = theme.Bad
	case in.State != capture.StateCapturing:
		role = theme.Warn
	}
	if in.Through != "" {
		state += " through " + in.Through
	}
	f.add("State", state, role)
	if in.Err != nil {
		f.add("Error", in.Err.Error(), theme.Bad)
	}
	if at := meterOf(m, in.Slot); at != nil {
		f.add("Sent", meterText(m, at, track.Sent), theme.Sent)
		f.add("Received", meterText(m, at, track.Received), theme.Received)
		f.add("Peak", rateText(m, at.Peak[2])+" both ways, in a second", theme.Muted)
		f.add("Unreadable", countIf(at.Parse.Malformed+at.Parse.Truncated, "packets"), theme.Warn)
	}
	if in.Through == "" {
		f.loss("Ring drops", in.Stats.Dropped, theme.Bad, "of "+widget.Count(in.Stats.Received)+", dropped by the kernel")
		if in.RingBytes > 0 {
			f.add("Ring", fmt.Sprintf("%s, %s, %s wait", widget.Bytes(uint64(in.RingBytes)), plural(in.Queues, "queue"),
				widget.Count(in.Unread)), theme.Text)
		}
	}
	if in.Gaps > 0 {
		f.add("Interruptions", fmt.Sprintf("%d, %s", in.Gaps, widget.Duration(in.GapTime)), theme.Bad)
	}
	if l == nil {
		f.add("Link", in.Kind, theme.Text)
		f.add("Link type", in.Link.String(), theme.Muted)
	} else {
		f.link(l)
	}
	return widget.Card{Title: "Interface " + in.Name, Facts: f}
}

// meterOf returns what was counted on an interface, nil where nothing was.
func meterOf(m *Model, slot uint16) *track.InterfaceMeter {
	if m.Snap == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(m.Snap.Interfaces, slot, func(at track.InterfaceMeter, slot uint16) int {
		return cmp.Compare(at.Slot, slot)
	})
	if !ok {
		return nil
	}
	return &m.Snap.Interfaces[i]
}

// meterText words what an interface carried one way: now, and altogether.
func meterText(m *Model, at *track.InterfaceMeter, way int) string {
	c := at.Count[way]
	return fmt.Sprintf("%s now, %s, %s packets", rateText(m, at.Rate[0][way].Bytes), widget.Bytes(c.Bytes), widget.Count(c.Packets))
}

// link adds what the kernel says of an interface.
func (f *facts) link(l *Link) {
	speed := "speed not told"
	if l.Speed > 0 {
		speed = speedText(l.Speed)
	}
	if l.Duplex != "" {
		speed += ", " + l.Duplex + " duplex"
	}
	f.add("Link", l.Kind+", "+speed, theme.Text)
	f.add("Link type", l.Link.String(), theme.Muted)
	state := l.OperState
	if l.Up && !l.Running {
		state += ", no carrier"
	}
	f.add("Status", state, theme.Text)
	if l.Known {
		f.add("Kernel counts", fmt.Sprintf("sent %s packets, %s; received %s packets, %s",
			widget.Count(l.Sent.Packets), widget.Bytes(l.Sent.Bytes),
			widget.Count(l.Received.Packets), widget.Bytes(l.Received.Bytes)), theme.Muted)
		f.pair("Errors", l.Sent.Errors, l.Received.Errors)
		f.pair("Drops", l.Sent.Dropped, l.Received.Dropped)
	}
	f.add("MTU", fmt.Sprint(l.MTU), theme.Muted)
	f.add("MAC", l.MAC.String(), theme.Muted)
	addrs := make([]string, len(l.Addrs))
	for i, a := range l.Addrs {
		addrs[i] = a.String()
	}
	f.add("Addresses", strings.Join(addrs, " "), theme.Local)
}

// pair adds two counts of what went wrong since the interface was made, one each way.
func (f *facts) pair(label string, sent, received uint64) {
	role := theme.Good
	if sent+received > 0 {
		role = theme.Bad
	}
	f.add(label, fmt.Sprintf("sending %s, receiving %s", widget.Count(sent), widget.Count(received)), role)
}

// speedText words Mbit/s.
func speedText(speed int) string {
	if speed >= 1000 {
		return fmt.Sprintf("%g Gbit/s", float64(speed)/1000)
	}
	return fmt.Sprintf("%d Mbit/s", speed)
}
