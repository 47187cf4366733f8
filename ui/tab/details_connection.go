package tab

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// endNames are what a flow's ends are called: of traffic between others the first one is
// that which began it.
func endNames(r *track.Row) [2]string {
	if r.Class == track.Forwarded {
		return [2]string{"From", "To"}
	}
	return [2]string{"Local", "Remote"}
}

// connectionCard says what the flow is, and whether it is over.
func (d *detailsTab) connectionCard(m *Model, r *track.Row) widget.Card {
	var f facts
	names := endNames(r)
	f.add("Protocol", words(protoText(r), familyText(r.Family)), theme.Text)
	f.add(names[track.Sent], plainEnd(r, track.Sent), theme.Local)
	f.add(names[track.Received], plainEnd(r, track.Received), theme.Remote)
	if m.Naming != nil {
		f.add("Name", m.Naming.Host(r), theme.Remote)
		if port := m.Naming.Port(r); port != 0 {
			f.add("Service", words(m.Naming.Service(r), strconv.Itoa(int(port))), theme.Service)
		}
	}
	way := wayText(r)
	if !r.InitiatorKnown && r.Class == track.Forwarded {
		way += ", who began it is guessed"
	}
	f.add("Direction", way, theme.Text)
	f.add("State", d.stateOfBoth(r), staleRole(r))
	if r.Closed != track.Open || !d.flow.here {
		f.add("Closed", closedWhy(r), theme.Warn)
	}
	if r.Ended != 0 {
		f.add("Ended", dateText(m, r.Ended), theme.Text)
	}
	f.add("Client moved", countIf(uint64(r.Migrated), "times to another address or port"), theme.Warn)
	f.add("Flow", strconv.FormatUint(r.ID, 10), theme.Muted)
	return widget.Card{Title: "Connection", Facts: f}
}

// stateOfBoth words the state, of connections that of both ends.
func (d *detailsTab) stateOfBoth(r *track.Row) string {
	local, remote := r.State[0].String(), r.State[1].String()
	if local == "" || remote == "" {
		return local + remote
	}
	names := [2]string{"local", "remote"}
	if r.Class == track.Forwarded || r.Class == track.Loopback {
		names = [2]string{"who began it", "the other"}
	}
	return fmt.Sprintf("%s %s, %s %s", names[0], local, names[1], remote)
}

func familyText(f parse.Family) string {
	switch f {
	case parse.FamilyIPv4:
		return "over IPv4"
	case parse.FamilyIPv6:
		return "over IPv6"
	}
	return ""
}

// dateText words a time of the capture's clock, and how long ago that is.
func dateText(m *Model, ns int64) string {
	text := time.Unix(0, ns).In(m.Now.Location()).Format("2006-01-02 15:04:05.000")
	if m.Snap == nil || m.Snap.Time < ns {
		return text
	}
	return text + ", " + widget.Duration(time.Duration(m.Snap.Time-ns)) + " ago"
}

// trafficCard says what the flow carries and carried.
func (d *detailsTab) trafficCard(m *Model, r *track.Row) widget.Card {
	var f facts
	if d.flow.here {
		f.rates(m, r)
	} else {
		f.add("Rates", "none: the flow has left", theme.Muted)
	}
	if r.Peak != [3]float64{} {
		f.add("Peak, 1s", bothText(m, func(w int) string { return rateText(m, r.Peak[w]) }, rateText(m, r.Peak[2])), theme.Text)
	}
	total := r.Count[track.Sent].Bytes + r.Count[track.Received].Bytes
	f.add("Total", bothText(m, func(w int) string { return widget.Bytes(r.Count[w].Bytes) }, widget.Bytes(total)), theme.Both)
	for _, exact := range []struct {
		label string
		of    func(*track.Count) uint64
	}{
		{"Packets", func(c *track.Count) uint64 { return c.Packets }},
		{"Wire bytes", func(c *track.Count) uint64 { return c.Bytes }},
		{"IP bytes", func(c *track.Count) uint64 { return c.IPBytes }},
		{"Payload", func(c *track.Count) uint64 { return c.Payload }},
	} {
		sent, received := exact.of(&r.Count[track.Sent]), exact.of(&r.Count[track.Received])
		f.add(exact.label, bothText(m, func(w int) string { return strconv.FormatUint([2]uint64{sent, received}[w], 10) },
			strconv.FormatUint(sent+received, 10)), theme.Text)
	}
	f.add("First", dateText(m, r.First), theme.Text)
	f.add("Last", dateText(m, r.Last), theme.Text)
	a := amountsOf(r, cmp.Or(d.flow.now, r.Last))
	f.add("Age", widget.Duration(a.age()), theme.Text)
	switch {
	case r.Held:
		f.add("Stale", "past its time limit, but its socket is open", theme.Text)
	case r.Closed == track.Open && d.flow.here:
		f.add("Stale", fmt.Sprintf("%.0f%% of its time limit", 100*r.Stale), staleRole(r))
	}
	return widget.Card{Title: "Traffic", Facts: f}
}

// rates adds what a flow carries now.
func (f *facts) rates(m *Model, r *track.Row) {
	for k, window := range track.Windows {
		sum := r.Rate[k][track.Sent].Bytes + r.Rate[k][track.Received].Bytes
		f.add(window.String(), bothText(m, func(w int) string { return rateText(m, r.Rate[k][w].Bytes) }, rateText(m, sum)), theme.Rate2+theme.Role(k))
	}
	sum := r.Rate[0][track.Sent].Packets + r.Rate[0][track.Received].Packets
	f.add("Packets/s", bothText(m, func(w int) string { return packetRate(r.Rate[0][w].Packets) }, packetRate(sum)), theme.Text)
}

// bothText words an amount each way, and in sum.
func bothText(m *Model, way func(w int) string, sum string) string {
	return sign(m, "↑") + way(track.Sent) + "  " + sign(m, "↓") + way(track.Received) + "  =" + sum
}

// packetRate words packets per second.
func packetRate(v float64) string {
	if v > 0 && v < 1 {
		return "<1"
	}
	return widget.Count(uint64(v + 0.5))
}
