package track

import (
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track/query"
)

// amountFields are what a flow carried, and how long that took.
func amountFields(n *QueryNames) []rowField {
	return []rowField{
		amountField("bytes", []string{"total"}, query.Bytes, "bytes on the wire, both ways", func(r *Row) float64 { return float64(r.Count[Sent].Bytes + r.Count[Received].Bytes) }),
		amountField("sent", []string{"bytes_sent", "tx"}, query.Bytes, "bytes that were sent", func(r *Row) float64 { return float64(r.Count[Sent].Bytes) }),
		amountField("recv", []string{"received", "bytes_received", "rx"}, query.Bytes, "bytes that were received", func(r *Row) float64 { return float64(r.Count[Received].Bytes) }),
		amountField("packets", nil, query.Number, "packets, both ways", func(r *Row) float64 { return float64(packetsOf(r)) }),
		amountField("rate", []string{"rate2", "rate_2s"}, query.Rate, "bytes per second in the last 2 s, both ways", func(r *Row) float64 { return r.Rate[0][Sent].Bytes + r.Rate[0][Received].Bytes }),
		amountField("rate10", []string{"rate_10s"}, query.Rate, "the same of 10 s", func(r *Row) float64 { return r.Rate[1][Sent].Bytes + r.Rate[1][Received].Bytes }),
		amountField("rate40", []string{"rate_40s"}, query.Rate, "the same of 40 s", func(r *Row) float64 { return r.Rate[2][Sent].Bytes + r.Rate[2][Received].Bytes }),
		amountField("up", []string{"sent_2s"}, query.Rate, "bytes per second sent in the last 2 s", func(r *Row) float64 { return r.Rate[0][Sent].Bytes }),
		amountField("down", []string{"received_2s"}, query.Rate, "bytes per second received in the last 2 s", func(r *Row) float64 { return r.Rate[0][Received].Bytes }),
		amountField("peak", nil, query.Rate, "bytes per second in its fullest second, both ways", func(r *Row) float64 { return r.Peak[2] }),
		{Info: infoOf{Name: "age", Kind: query.Duration, Help: "time since its first packet; of a flow that has ended, until then"},
			Any: func(r *Row, t *rowTest) bool { return n.testAge(r, r.First, t) }},
		{Info: infoOf{Name: "idle", Kind: query.Duration, Help: "time since its last packet; of a flow that has ended, until then"},
			Any: func(r *Row, t *rowTest) bool { return n.testAge(r, r.Last, t) }},
		{Info: infoOf{Name: "rtt", Kind: query.Duration, Help: "round trip to the remote end and back"},
			Any: func(r *Row, t *rowTest) bool { return testTime(roundTrip(r), t) }},
		{Info: infoOf{Name: "handshake", Kind: query.Duration, Help: "time that TCP's handshake took"},
			Any: func(r *Row, t *rowTest) bool { return testTime(r.Health.Handshake, t) }},
		{Info: infoOf{Name: "retrans", Aliases: []string{"retransmits"}, Kind: query.Number, Help: "segments of TCP that were sent again, both ways"},
			Any: func(r *Row, t *rowTest) bool {
				return isTCPRow(r) && t.Number(float64(r.Health.Retransmits[Sent])+float64(r.Health.Retransmits[Received]))
			}},
		{Info: infoOf{Name: "loss", Kind: query.Percent, Help: "packets of TCP that were lost and sent again, of all that ran that way; the worse way"},
			Any: func(r *Row, t *rowTest) bool { return isTCPRow(r) && t.Number(lossOf(r)) }},
	}
}

func amountField(name string, aliases []string, k query.Kind, help string, of func(*Row) float64) rowField {
	return rowField{
		Info: infoOf{Name: name, Aliases: aliases, Kind: k, Help: help},
		Any:  func(r *Row, t *rowTest) bool { return t.Number(of(r)) },
	}
}

// testTime tests a length of time; 0 is not known.
func testTime(d time.Duration, t *rowTest) bool { return d > 0 && t.Number(d.Seconds()) }

// testAge tests the time from one moment to now, or to a flow's end. Without a clock it is
// not known of those that have not ended.
func (n *QueryNames) testAge(r *Row, since int64, t *rowTest) bool {
	until := r.Ended
	if r.Closed == Open || until == 0 {
		until = n.Now()
	}
	return until != 0 && t.Number(time.Duration(max(until-since, 0)).Seconds())
}

// roundTrip returns the time from this machine to the remote end and back; of traffic
// between others that between the two. Of QUIC it is the handshake's. It is 0 where it is
// not known.
func roundTrip(r *Row) time.Duration {
	sent, received := r.Health.RTT[Sent], r.Health.RTT[Received]
	switch {
	case r.Class != Forwarded && sent != 0:
		return sent
	case r.Class == Forwarded && sent != 0 && received != 0:
		return sent + received
	}
	if q, ok := r.App.Find("quic").(*dpi.QUICDetail); ok {
		return time.Duration(q.RTTMS * float64(time.Millisecond))
	}
	return 0
}

func isTCPRow(r *Row) bool { return isIP(r) && r.Proto == parse.ProtoTCP }

func packetsOf(r *Row) uint64 { return r.Count[Sent].Packets + r.Count[Received].Packets }

// lossOf returns how many of a hundred packets were lost: those that were sent again, but
// for those that had arrived after all. Acknowledgements of the other way would dilute
// it, so it is that of the way that fares worse.
func lossOf(r *Row) float64 {
	var worst float64
	for way := range r.Count {
		again := float64(r.Health.Retransmits[way]) - float64(r.Health.Spurious[way])
		if packets := r.Count[way].Packets; packets > 0 {
			worst = max(worst, 100*again/float64(packets))
		}
	}
	return worst
}
