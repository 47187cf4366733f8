package track

import (
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
)

// leastLimit is how long a flow has to be silent to leave the table, whatever its
// limit: while packets come, also after its end, they have their flow.
const leastLimit = time.Second

// leastIdle bounds what two peers of QUIC agree on from below: three times the
// probe timeout of a slow path (RFC 9000, 10.1).
const leastIdle = 3 * time.Second

// end returns why a flow is over and since when, Open and 0 while it is not. A
// connection that was reset or closed stays so when its ports go to another one.
func (sh *Shard) end(f *flow, slot uint32, app *dpi.App) (Reason, int64) {
	switch {
	case f.isTCP():
		c := sh.conns.wire(slot)
		if why := c.closed(); why != Open {
			_, since := c.life()
			return why, since
		}
	case appState(app) >= QUICDraining && appState(app) <= QUICClosed:
		return ByClose, f.last
	}
	return f.why, f.ended
}

// age returns the time limit of a flow and since when it counts: its last packet,
// or its end. app is what is known of its application.
func (sh *Shard) age(f *flow, slot uint32, app *dpi.App, now int64) (limit time.Duration, since int64) {
	l, since := sh.limit(f, slot, app, now)
	if l == LimitQUICConnected || l == LimitQUICIdle {
		if d := agreedIdle(app); d > 0 {
			return max(d, leastIdle), since
		}
	}
	return sh.t.limits[l], since
}

// limit returns the kind of a flow's time limit and since when it counts.
func (sh *Shard) limit(f *flow, slot uint32, app *dpi.App, now int64) (Limit, int64) {
	active := now-f.last < int64(activeFor)
	switch {
	case f.isTCP():
		l, since := sh.limitTCP(f, slot, app, active)
		if since == 0 {
			since = f.last
		}
		return l, since
	case f.tag&archived == archived:
		return LimitQUICDraining, f.ended
	case f.tag&isOther != 0:
		if f.ended != 0 {
			return f.limitOther(active), f.ended
		}
		return f.limitOther(active), f.last
	}
	return limitUDP(f, app, active), f.last
}

// limitTCP is limit for TCP. The time is that of the end, 0 while there is none.
func (sh *Shard) limitTCP(f *flow, slot uint32, app *dpi.App, active bool) (Limit, int64) {
	ends, since := sh.conns.wire(slot).life()
	if f.tag&archived == archived && since == 0 {
		return LimitTCPClosed, f.ended
	}
	limit := Limit(limits)
	for _, s := range ends {
		switch s {
		case TimeWait:
			limit = min(limit, LimitTCPTimeWait)
		case Closed:
			limit = min(limit, LimitTCPClosed)
		case SynSent, SynRecv:
			limit = min(limit, LimitTCPSyn)
		case FinWait1, FinWait2, CloseWait, Closing, LastAck:
			limit = min(limit, LimitTCPFin)
		}
	}
	if limit != limits {
		return limit, since
	}
	switch protocolOf(f, app) {
	case dpi.HTTP, dpi.HTTP2, dpi.GRPC, dpi.WebSocket:
		return LimitHTTP, 0
	case dpi.TLS:
		return LimitTLS, 0
	case dpi.SSH:
		return LimitSSH, 0
	}
	return either(active, LimitTCPEstablished, LimitTCPIdle), 0
}

// limitUDP is limit for UDP.
func limitUDP(f *flow, app *dpi.App, active bool) Limit {
	switch protocolOf(f, app) {
	case dpi.DNS:
		return LimitDNS
	case dpi.MDNS:
		return LimitMDNS
	case dpi.LLMNR:
		return LimitLLMNR
	case dpi.NTP:
		return LimitNTP
	case dpi.SSDP:
		return LimitSSDP
	case dpi.STUN:
		return LimitSTUN
	case dpi.DTLS:
		return LimitTLS
	case dpi.QUIC:
		return limitQUIC(app, active)
	}
	return LimitUDP
}

// limitQUIC is limit for QUIC. Before anything is known of it, a flow to its port
// is one of UDP.
func limitQUIC(app *dpi.App, active bool) Limit {
	switch appState(app) {
	case QUICInitial:
		return LimitQUICInitial
	case QUICHandshake:
		return LimitQUICHandshake
	case QUICConnected:
		return either(active, LimitQUICConnected, LimitQUICIdle)
	case QUICDraining:
		return LimitQUICDraining
	case QUICClosed:
		if d, _ := app.Find("quic").(*dpi.QUICDetail); d != nil && d.Close != nil {
			return LimitQUICClosed
		}
		return LimitQUICReset
	}
	return LimitUDP
}

// limitOther is limit for what is neither TCP nor UDP.
func (f *flow) limitOther(active bool) Limit {
	switch f.key.Family {
	case parse.FamilyARP:
		return LimitARP
	case parse.FamilyIPv4, parse.FamilyIPv6:
	default:
		return LimitLink
	}
	switch f.key.Proto {
	case parse.ProtoICMP, parse.ProtoICMPv6:
		return LimitICMP
	case parse.ProtoIGMP:
		return LimitIGMP
	case parse.ProtoSCTP:
		return limitSCTP(f.stage, active)
	case parse.ProtoGRE, parse.ProtoESP, parse.ProtoAH, parse.ProtoIPIP, parse.ProtoIPv6, parse.ProtoEtherIP, parse.ProtoMPLSInIP:
		return LimitTunnel
	}
	return LimitIP
}

func limitSCTP(s State, active bool) Limit {
	switch s {
	case SCTPInit:
		return LimitSCTPInit
	case SCTPShutdown:
		return LimitSCTPShutdown
	case SCTPClosed:
		return LimitSCTPClosed
	}
	return either(active, LimitSCTPEstablished, LimitSCTPIdle)
}

func either(first bool, a, b Limit) Limit {
	if first {
		return a
	}
	return b
}

// isTCP reports whether the flow has a record in Shard.conns.
func (f *flow) isTCP() bool { return f.tag&isTCP != 0 && f.key.Proto == parse.ProtoTCP }

// protocolOf returns what a flow speaks, by its ports where its bytes did not say.
func protocolOf(f *flow, app *dpi.App) dpi.Protocol {
	if app != nil && app.Protocol != dpi.Unknown {
		return app.Protocol
	}
	return dpi.PortGuess(uint8(f.key.Proto), f.key.APort, f.key.BPort)
}

// agreedIdle returns how long the peers of a connection allow each other to be
// silent, 0 if they did not say.
func agreedIdle(app *dpi.App) time.Duration {
	if app == nil {
		return 0
	}
	for _, d := range app.Details {
		if l, ok := d.(dpi.Limiter); ok {
			return l.IdleLimit()
		}
	}
	return 0
}
