package export

import (
	"math"

	"sockeye/track"
)

// rounded cuts a rate to thousandths, and what is no number to 0: JSON has no
// word for it.
func rounded(v float64) float64 {
	if v >= 0 && v < 1e12 { // what math.Round does to a rate, in fewer steps
		n := int64(v * 1e3)
		if v*1e3-float64(n) >= 0.5 {
			n++
		}
		return float64(n) / 1e3
	}
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

func ratesOf(r *[3]track.Rate) Rates {
	return Rates{
		Rate2: rounded(r[0].Bytes), Rate10: rounded(r[1].Bytes), Rate40: rounded(r[2].Bytes),
		Packets2: rounded(r[0].Packets), Packets10: rounded(r[1].Packets), Packets40: rounded(r[2].Packets),
	}
}

func bothRates(r *[3][2]track.Rate) Rates {
	var sum [3]track.Rate
	for w := range r {
		sum[w] = track.Rate{
			Bytes:   r[w][track.Sent].Bytes + r[w][track.Received].Bytes,
			Packets: r[w][track.Sent].Packets + r[w][track.Received].Packets,
		}
	}
	return ratesOf(&sum)
}

func wayRatesOf(r *[3][2]track.Rate) WayRates {
	const s, c = track.Sent, track.Received
	return WayRates{
		Sent2: rounded(r[0][s].Bytes), Sent10: rounded(r[1][s].Bytes), Sent40: rounded(r[2][s].Bytes),
		Received2: rounded(r[0][c].Bytes), Received10: rounded(r[1][c].Bytes), Received40: rounded(r[2][c].Bytes),
		PacketsSent2: rounded(r[0][s].Packets), PacketsSent10: rounded(r[1][s].Packets), PacketsSent40: rounded(r[2][s].Packets),
		PacketsReceived2: rounded(r[0][c].Packets), PacketsReceived10: rounded(r[1][c].Packets), PacketsReceived40: rounded(r[2][c].Packets),
	}
}

func peaksOf(p [3]float64) Peaks {
	return Peaks{PeakSent: rounded(p[0]), PeakReceived: rounded(p[1]), Peak: rounded(p[2])}
}

func foldOf(f track.Fold) Fold {
	return Fold{Flows: f.Flows, Volume: volumeOf(f.Count), Rates: ratesOf(&f.Rate)}
}

func totalsOf(t *track.Totals) Totals {
	return Totals{
		Volume:    volumeOf(t.All),
		Ways:      waysOf(t.Own.Count),
		Loopback:  volumeOf(t.Loopback),
		Forwarded: volumeOf(t.Forwarded),
		Copies:    volumeOf(t.Copies),
		Rates:     ratesOf(&t.Rate),
		WayRates:  wayRatesOf(&t.Own.Rate),
		Peaks:     peaksOf([3]float64{t.Own.Peak[track.Sent], t.Own.Peak[track.Received], t.Peak}),
	}
}

// add adds another volume.
func (v *Volume) add(o *Volume) {
	v.Packets += o.Packets
	v.Bytes += o.Bytes
	v.IP += o.IP
	v.Payload += o.Payload
}

// add adds others of the same ways.
func (w *Ways) add(o *Ways) {
	w.PacketsSent += o.PacketsSent
	w.PacketsReceived += o.PacketsReceived
	w.BytesSent += o.BytesSent
	w.BytesReceived += o.BytesReceived
	w.IPSent += o.IPSent
	w.IPReceived += o.IPReceived
	w.PayloadSent += o.PayloadSent
	w.PayloadReceived += o.PayloadReceived
}

// add adds others over the same windows.
func (r *Rates) add(o *Rates) {
	r.Rate2, r.Rate10, r.Rate40 = rounded(r.Rate2+o.Rate2), rounded(r.Rate10+o.Rate10), rounded(r.Rate40+o.Rate40)
	r.Packets2, r.Packets10, r.Packets40 = rounded(r.Packets2+o.Packets2), rounded(r.Packets10+o.Packets10), rounded(r.Packets40+o.Packets40)
}

// add adds others over the same windows.
func (r *WayRates) add(o *WayRates) {
	r.Sent2, r.Sent10, r.Sent40 = rounded(r.Sent2+o.Sent2), rounded(r.Sent10+o.Sent10), rounded(r.Sent40+o.Sent40)
	r.Received2, r.Received10, r.Received40 = rounded(r.Received2+o.Received2), rounded(r.Received10+o.Received10), rounded(r.Received40+o.Received40)
	r.PacketsSent2, r.PacketsReceived2 = rounded(r.PacketsSent2+o.PacketsSent2), rounded(r.PacketsReceived2+o.PacketsReceived2)
	r.PacketsSent10, r.PacketsReceived10 = rounded(r.PacketsSent10+o.PacketsSent10), rounded(r.PacketsReceived10+o.PacketsReceived10)
	r.PacketsSent40, r.PacketsReceived40 = rounded(r.PacketsSent40+o.PacketsSent40), rounded(r.PacketsReceived40+o.PacketsReceived40)
}
