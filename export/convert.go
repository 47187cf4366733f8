package export

import (
	"math"
	"time"

	"sockeye/track"
)

// timeLayout is RFC 3339 with all nine digits, so that texts sort like times.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

func timeText(ns int64) string { return time.Unix(0, ns).UTC().Format(timeLayout) }

// rounded cuts a rate to thousandths, and what is no number to 0: JSON has no
// word for it.
func rounded(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Round(v*1e3) / 1e3
}

func volumeOf(c track.Count) Volume {
	return Volume{Packets: c.Packets, Bytes: c.Bytes, IP: c.IPBytes, Payload: c.Payload}
}

func bothWays(c [2]track.Count) Volume {
	sum := c[track.Sent]
	sum.Add(c[track.Received])
	return volumeOf(sum)
}

func waysOf(c [2]track.Count) Ways {
	s, r := c[track.Sent], c[track.Received]
	return Ways{
		PacketsSent: s.Packets, PacketsReceived: r.Packets,
		BytesSent: s.Bytes, BytesReceived: r.Bytes,
		IPSent: s.IPBytes, IPReceived: r.IPBytes,
		PayloadSent: s.Payload, PayloadReceived: r.Payload,
	}
}

func ratesOf(r [3]track.Rate) Rates {
	return Rates{
		Rate2: rounded(r[0].Bytes), Rate10: rounded(r[1].Bytes), Rate40: rounded(r[2].Bytes),
		Packets2: rounded(r[0].Packets), Packets10: rounded(r[1].Packets), Packets40: rounded(r[2].Packets),
	}
}

func bothRates(r [3][2]track.Rate) Rates {
	var sum [3]track.Rate
	for w := range r {
		sum[w] = track.Rate{
			Bytes:   r[w][track.Sent].Bytes + r[w][track.Received].Bytes,
			Packets: r[w][track.Sent].Packets + r[w][track.Received].Packets,
		}
	}
	return ratesOf(sum)
}

func wayRatesOf(r [3][2]track.Rate) WayRates {
	sent := ratesOf([3]track.Rate{r[0][track.Sent], r[1][track.Sent], r[2][track.Sent]})
	received := ratesOf([3]track.Rate{r[0][track.Received], r[1][track.Received], r[2][track.Received]})
	return WayRates{
		Sent2: sent.Rate2, Sent10: sent.Rate10, Sent40: sent.Rate40,
		Received2: received.Rate2, Received10: received.Rate10, Received40: received.Rate40,
		PacketsSent2: sent.Packets2, PacketsSent10: sent.Packets10, PacketsSent40: sent.Packets40,
		PacketsReceived2: received.Packets2, PacketsReceived10: received.Packets10, PacketsReceived40: received.Packets40,
	}
}

func peaksOf(p [3]float64) Peaks {
	return Peaks{PeakSent: rounded(p[0]), PeakReceived: rounded(p[1]), Peak: rounded(p[2])}
}

func foldOf(f track.Fold) Fold {
	return Fold{Flows: f.Flows, Volume: volumeOf(f.Count), Rates: ratesOf(f.Rate)}
}

func totalsOf(t *track.Totals) Totals {
	return Totals{
		Volume:    volumeOf(t.All),
		Ways:      waysOf(t.Own.Count),
		Loopback:  volumeOf(t.Loopback),
		Forwarded: volumeOf(t.Forwarded),
		Rates:     ratesOf(t.Rate),
		WayRates:  wayRatesOf(t.Own.Rate),
		Peaks:     peaksOf(t.Own.Peak),
	}
}
