package tab

import (
	"strconv"

	"sockeye/track"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// sumColumns are the columns of numbers that all listings of sums have. keys begins their
// keys in Prefs.
func sumColumns[T any](keys string, of func(*T) *track.GroupRow) []listColumn[T] {
	rate := func(id, title, name string, role theme.Role, drop, window int, w ways) listColumn[T] {
		return listColumn[T]{
			Column: widget.Column{Key: keys + id, Title: title, Min: 6, Right: true, Drop: drop}, name: name, role: role, jumpy: true,
			text:   func(m *Model, t *T) string { return rateText(m, sumRate(of(t), window, w)) },
			number: func(_ *Model, t *T) float64 { return sumRate(of(t), window, w) },
		}
	}
	total := func(id, title, name string, role theme.Role, drop int, w ways) listColumn[T] {
		return listColumn[T]{
			Column: widget.Column{Key: keys + id, Title: title, Min: 6, Right: true, Drop: drop}, name: name, role: role,
			text:   func(_ *Model, t *T) string { return widget.Bytes(sumCount(of(t), w).Bytes) },
			number: func(_ *Model, t *T) float64 { return float64(sumCount(of(t), w).Bytes) },
		}
	}
	count := func(id, title, name string, drop int, n func(r *track.GroupRow) uint64) listColumn[T] {
		return listColumn[T]{
			Column: widget.Column{Key: keys + id, Title: title, Min: 6, Right: true, Drop: drop}, name: name, role: theme.Accent,
			text:   func(_ *Model, t *T) string { return widget.Count(n(of(t))) },
			number: func(_ *Model, t *T) float64 { return float64(n(of(t))) },
		}
	}
	return []listColumn[T]{
		count("flows", "Flows", "", 16, sumFlows),
		count("packets", "Pkts", "Packets", 3, func(r *track.GroupRow) uint64 { return sumCount(r, bothWays).Packets }),
		rate("sent", "Sent/s", "Sent, 2 s", theme.Sent, 0, 0, onlySent),
		rate("received", "Recv/s", "Received, 2 s", theme.Received, 0, 0, onlyReceived),
		rate("rate2", "2s", "2 s", theme.Rate2, 15, 0, bothWays),
		rate("rate10", "10s", "10 s", theme.Rate10, 10, 1, bothWays),
		rate("rate40", "40s", "40 s", theme.Rate40, 8, 2, bothWays),
		{
			Column: widget.Column{Key: keys + "share", Title: "Share", Min: 6, Right: true, Drop: 13}, name: "Share of all, 2 s", role: theme.Muted, jumpy: true,
			text:   func(m *Model, t *T) string { return shareText(m, of(t)) },
			number: func(_ *Model, t *T) float64 { return sumRate(of(t), 0, bothWays) },
		},
		total("sentbytes", "Sent", "Sent in all", theme.Sent, 5, onlySent),
		total("receivedbytes", "Recv", "Received in all", theme.Received, 5, onlyReceived),
		total("total", "Total", "Total", theme.Both, 17, bothWays),
		{
			Column: widget.Column{Key: keys + "first", Title: "First", Min: 6, Right: true, Drop: 2}, name: "First seen, ago", role: theme.Muted,
			text:   func(m *Model, t *T) string { return agoText(m, of(t).First) },
			number: func(_ *Model, t *T) float64 { return float64(of(t).First) },
		},
		{
			Column: widget.Column{Key: keys + "last", Title: "Last", Min: 6, Right: true, Drop: 4}, name: "Last seen, ago", role: theme.Muted,
			text:   func(m *Model, t *T) string { return agoText(m, of(t).Last) },
			number: func(_ *Model, t *T) float64 { return float64(of(t).Last) },
		},
	}
}

// shareText words which part of the rate of all traffic a row's is, both of the same 2 s.
func shareText(m *Model, r *track.GroupRow) string {
	all, own := m.Snap.Totals.Rate[0].Bytes, sumRate(r, 0, bothWays)
	if all <= 0 || own <= 0 {
		return "-"
	}
	percent := min(100, 100*own/all)
	switch {
	case percent < 0.1:
		return "<0.1%"
	case percent < 99.95:
		return strconv.FormatFloat(percent, 'f', 1, 64) + "%"
	}
	return "100%"
}

// agoText words how long ago a moment was, by the clock of the capture.
func agoText(m *Model, ns int64) string {
	if ns == 0 {
		return "-"
	}
	return widget.Duration(seconds(float64(max(0, m.Snap.Time-ns)) / 1e9))
}
