package tab

import (
	"fmt"
	"strconv"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// healthCard says how the transport fares.
func healthCard(m *Model, r *track.Row) widget.Card {
	var f facts
	if !isIP(r.Family) || r.Proto != parse.ProtoTCP {
		if rtt := rttOf(r); rtt != 0 {
			f.add("Round trip", widget.Duration(rtt), theme.Text)
		}
		f.add("", "only connections of TCP tell how they fare", theme.Muted)
		return widget.Card{Title: "Transport", Facts: f}
	}
	h := &r.Health
	f.add("Handshake", durationOr(h.Handshake, "not seen"), theme.Text)
	f.add("Round trip", durationOr(rttOf(r), "not known"), theme.Text)
	f.add("RTT", eachWay(m, func(w int) string { return durationOr(h.RTT[w], "-") }), theme.Text)
	f.add("Least RTT", eachWay(m, func(w int) string { return durationOr(h.MinRTT[w], "-") }), theme.Text)
	f.trouble(m, "Retransmits", h.Retransmits, theme.Warn)
	f.trouble(m, "- fast", h.FastRetransmits, theme.Warn)
	f.trouble(m, "- spurious", h.Spurious, theme.Warn)
	f.trouble(m, "Out of order", h.OutOfOrder, theme.Warn)
	f.trouble(m, "Duplicate ACKs", h.DuplicateACKs, theme.Warn)
	f.ends(r, "Zero windows", func(w int) string { return strconv.FormatUint(uint64(h.ZeroWindows[w]), 10) }, troubleRole(h.ZeroWindows, theme.Warn))
	f.trouble(m, "Not captured", h.Missed, theme.Bad)
	if h.MissedBytes != [2]uint64{} {
		f.add("- bytes", eachWay(m, func(w int) string { return strconv.FormatUint(h.MissedBytes[w], 10) }), theme.Bad)
	}
	f.ends(r, "Window", func(w int) string { return strconv.FormatUint(uint64(h.Window[w]), 10) }, theme.Text)
	f.ends(r, "Window scale", func(w int) string { return scaleText(h.Scale[w]) }, theme.Text)
	f.ends(r, "MSS", func(w int) string { return numberOr(h.MSS[w], "not seen") }, theme.Text)
	f.add("SACK", yesText(h.SACK), theme.Text)
	f.add("Timestamps", yesText(h.Timestamps), theme.Text)
	return widget.Card{Title: "Transport", Facts: f}
}

// eachWay words something of what was sent, and of what was received.
func eachWay(m *Model, text func(way int) string) string {
	return sign(m, "↑") + text(track.Sent) + "  " + sign(m, "↓") + text(track.Received)
}

// trouble adds how often something happened that should not.
func (f *facts) trouble(m *Model, label string, n [2]uint32, role theme.Role) {
	f.add(label, eachWay(m, func(w int) string { return strconv.FormatUint(uint64(n[w]), 10) }), troubleRole(n, role))
}

func troubleRole(n [2]uint32, role theme.Role) theme.Role {
	if n == [2]uint32{} {
		return theme.Good
	}
	return role
}

// ends adds something of both ends.
func (f *facts) ends(r *track.Row, label string, text func(end int) string, role theme.Role) {
	names := [2]string{"local", "remote"}
	if r.Class == track.Forwarded {
		names = [2]string{"from", "to"}
	}
	f.add(label, fmt.Sprintf("%s %s, %s %s", names[0], text(0), names[1], text(1)), role)
}

func durationOr(d time.Duration, none string) string {
	if d == 0 {
		return none
	}
	return widget.Duration(d)
}

func numberOr(n uint16, none string) string {
	if n == 0 {
		return none
	}
	return strconv.Itoa(int(n))
}

// scaleText words a window scale (RFC 7323).
func scaleText(n int8) string {
	if n < 0 {
		return "none, or not seen"
	}
	return strconv.Itoa(int(n))
}

func yesText(yes bool) string {
	if yes {
		return "yes, both ends"
	}
	return "no, or not seen"
}
