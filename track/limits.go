package track

import (
	"slices"
	"time"
)

// Limit is a kind of flow, or of state, that has a time limit of its own.
type Limit uint8

// The kinds. A flow that has two limits, an active and an idle one, goes by the
// first while its newest packet is less than a minute old: it only tells how
// stale the flow is then.
const (
	LimitTCPSyn         Limit = iota // SYN_SENT, SYN_RECV
	LimitTCPEstablished              // while active
	LimitTCPIdle
	LimitTCPFin // from the first FIN to the last
	LimitTCPTimeWait
	LimitTCPClosed
	LimitHTTP
	LimitTLS
	LimitSSH
	LimitUDP
	LimitDNS
	LimitNTP
	LimitMDNS
	LimitLLMNR
	LimitSSDP
	LimitSTUN
	LimitQUICInitial
	LimitQUICHandshake
	LimitQUICConnected // while active
	LimitQUICIdle      // unless the peers agreed on another
	LimitQUICDraining
	LimitQUICClosed // refused with an error: the client may try again
	LimitQUICReset  // reset, or refused without one: nothing more comes
	LimitICMP
	LimitIGMP
	LimitARP
	LimitSCTPInit
	LimitSCTPEstablished // while active
	LimitSCTPIdle
	LimitSCTPShutdown
	LimitSCTPClosed
	LimitTunnel // GRE, ESP, AH, IP in IP and their like
	LimitIP     // every other protocol over IP
	LimitLink   // what is not IP
	limits      // their number
)

// activeFor is for how long after its newest packet a flow is active.
const activeFor = time.Minute

// limitTable names the kinds, and holds their defaults. Those of link protocols
// and tunnels outlast the silence between two hellos or keep-alives: LLDP and
// CDP announce themselves every 30 and 60 s, and IPsec asks for dead peers every
// minute or so.
var limitTable = [limits]struct {
	name string
	time time.Duration
}{
	LimitTCPSyn:          {"tcp-syn", time.Minute},
	LimitTCPEstablished:  {"tcp-established", 10 * time.Minute},
	LimitTCPIdle:         {"tcp-idle", 5 * time.Minute},
	LimitTCPFin:          {"tcp-fin", time.Minute},
	LimitTCPTimeWait:     {"tcp-time-wait", 30 * time.Second},
	LimitTCPClosed:       {"tcp-closed", 5 * time.Second},
	LimitHTTP:            {"http", 10 * time.Minute},
	LimitTLS:             {"tls", 10 * time.Minute},
	LimitSSH:             {"ssh", 30 * time.Minute},
	LimitUDP:             {"udp", time.Minute},
	LimitDNS:             {"dns", 30 * time.Second},
	LimitNTP:             {"ntp", 30 * time.Second},
	LimitMDNS:            {"mdns", 30 * time.Second},
	LimitLLMNR:           {"llmnr", 30 * time.Second},
	LimitSSDP:            {"ssdp", 30 * time.Second},
	LimitSTUN:            {"stun", 30 * time.Second},
	LimitQUICInitial:     {"quic-initial", time.Minute},
	LimitQUICHandshake:   {"quic-handshake", time.Minute},
	LimitQUICConnected:   {"quic-connected", 10 * time.Minute},
	LimitQUICIdle:        {"quic-idle", 5 * time.Minute},
	LimitQUICDraining:    {"quic-draining", 10 * time.Second},
	LimitQUICClosed:      {"quic-closed", 10 * time.Second},
	LimitQUICReset:       {"quic-reset", time.Second},
	LimitICMP:            {"icmp", 10 * time.Second},
	LimitIGMP:            {"igmp", 10 * time.Second},
	LimitARP:             {"arp", 30 * time.Second},
	LimitSCTPInit:        {"sctp-init", time.Minute},
	LimitSCTPEstablished: {"sctp-established", 10 * time.Minute},
	LimitSCTPIdle:        {"sctp-idle", 5 * time.Minute},
	LimitSCTPShutdown:    {"sctp-shutdown", time.Minute},
	LimitSCTPClosed:      {"sctp-closed", 5 * time.Second},
	LimitTunnel:          {"tunnel", 5 * time.Minute},
	LimitIP:              {"ip", time.Minute},
	LimitLink:            {"link", 2 * time.Minute},
}

// String returns the name by which the command line and the configuration know
// the kind.
func (l Limit) String() string {
	if l < limits {
		return limitTable[l].name
	}
	return ""
}

// ParseLimit returns the kind with a name. ok is false if there is none.
func ParseLimit(name string) (l Limit, ok bool) {
	for l := range limits {
		if limitTable[l].name == name {
			return l, true
		}
	}
	return 0, false
}

// LimitNames returns the names of all kinds in alphabetical order.
func LimitNames() []string {
	var all []string
	for l := range limits {
		all = append(all, limitTable[l].name)
	}
	slices.Sort(all)
	return all
}

// Limits say for how long flows may be silent before they leave the table; what
// has ended by its protocol leaves so long after its end. The zero value has the
// defaults.
type Limits [limits]time.Duration

// SetRest gives one limit to all kinds that have none yet.
func (l *Limits) SetRest(d time.Duration) {
	for k := range l {
		if l[k] <= 0 {
			l[k] = d
		}
	}
}

// withDefaults returns the limits with every zero filled in.
func (l Limits) withDefaults() *Limits {
	for k := range l {
		if l[k] <= 0 {
			l[k] = limitTable[k].time
		}
	}
	return &l
}
