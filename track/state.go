package track

import "strings"

// State is where a flow, or one end of a TCP connection, stands.
type State uint8

// The states. Those of TCP are RFC 9293's, of the end that Row.State is about.
const (
	StateNone State = iota // nothing to say

	SynSent
	SynRecv
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
	Closed

	UDPActive // a packet within the last 30 s
	UDPIdle
	UDPStale // none within the last 60 s
	DNSQuery
	DNSResponse
	MDNSQuery
	MDNSResponse
	LLMNRQuery
	LLMNRResponse
	QUICInitial
	QUICHandshake
	QUICConnected
	QUICDraining
	QUICClosed

	EchoRequest
	EchoReply
	DestinationUnreachable
	TimeExceeded
	ICMPOther
	IGMPQuery
	IGMPReport
	IGMPLeave
	ARPRequest // also known as ARP_WHO_HAS
	ARPReply   // also known as ARP_IS_AT

	SCTPInit
	SCTPEstablished
	SCTPShutdown
	SCTPClosed

	SSHBanner
	SSHKeyExchange
	SSHAuthentication
	SSHEstablished
	states // their number
)

var stateNames = [states]string{
	StateNone: "",
	SynSent:   "SYN_SENT", SynRecv: "SYN_RECV", Established: "ESTABLISHED", FinWait1: "FIN_WAIT1", FinWait2: "FIN_WAIT2",
	CloseWait: "CLOSE_WAIT", Closing: "CLOSING", LastAck: "LAST_ACK", TimeWait: "TIME_WAIT", Closed: "CLOSED",
	UDPActive: "UDP_ACTIVE", UDPIdle: "UDP_IDLE", UDPStale: "UDP_STALE",
	DNSQuery: "DNS_QUERY", DNSResponse: "DNS_RESPONSE", MDNSQuery: "MDNS_QUERY", MDNSResponse: "MDNS_RESPONSE",
	LLMNRQuery: "LLMNR_QUERY", LLMNRResponse: "LLMNR_RESPONSE",
	QUICInitial: "QUIC_INITIAL", QUICHandshake: "QUIC_HANDSHAKE", QUICConnected: "QUIC_CONNECTED",
	QUICDraining: "QUIC_DRAINING", QUICClosed: "QUIC_CLOSED",
	EchoRequest: "ECHO_REQUEST", EchoReply: "ECHO_REPLY", DestinationUnreachable: "DEST_UNREACH",
	TimeExceeded: "TIME_EXCEEDED", ICMPOther: "ICMP_OTHER",
	IGMPQuery: "IGMP_QUERY", IGMPReport: "IGMP_REPORT", IGMPLeave: "IGMP_LEAVE",
	ARPRequest: "ARP_REQUEST", ARPReply: "ARP_REPLY",
	SCTPInit: "SCTP_INIT", SCTPEstablished: "SCTP_ESTABLISHED", SCTPShutdown: "SCTP_SHUTDOWN", SCTPClosed: "SCTP_CLOSED",
	SSHBanner: "BANNER", SSHKeyExchange: "KEYEXCHANGE", SSHAuthentication: "AUTHENTICATION", SSHEstablished: "ESTABLISHED",
}

// String returns the state's name as queries and JSON know it.
func (s State) String() string {
	if s < states {
		return stateNames[s]
	}
	return ""
}

// otherNames are what RustNet calls states that have another name here.
var otherNames = map[string]State{
	"ARP_WHO_HAS": ARPRequest, "ARP_IS_AT": ARPReply,
	"ECHO_REQ": EchoRequest, "ECHO_REP": EchoReply, "DESTINATION_UNREACHABLE": DestinationUnreachable,
	"QUERY": IGMPQuery, "REPORT": IGMPReport, "REPORT_V1": IGMPReport, "REPORT_V2": IGMPReport, "REPORT_V3": IGMPReport,
	"LEAVE_GROUP": IGMPLeave,
}

// ParseState returns the states that have a name, in any case: ESTABLISHED is one
// of TCP and one of SSH. It returns nil for a name that no state has.
func ParseState(name string) []State {
	name = strings.ToUpper(name)
	var found []State
	for s := StateNone + 1; s < states; s++ {
		if stateNames[s] == name {
			found = append(found, s)
		}
	}
	if s, ok := otherNames[name]; ok {
		found = append(found, s)
	}
	return found
}

// flowStates are the states that an application of UDP gives its flow, by name.
var flowStates = func() map[string]State {
	m := make(map[string]State)
	for s := DNSQuery; s <= QUICClosed; s++ {
		m[stateNames[s]] = s
	}
	return m
}()

// Reason says why a flow ended.
type Reason uint8

const (
	Open        Reason = iota // it has not
	ByFIN                     // both ends closed it
	ByRST                     // one end reset it
	ByClose                   // its protocol said so: QUIC's CONNECTION_CLOSE, SCTP's shutdown
	ByTimeout                 // nothing came for longer than its state allows
	ByEviction                // the table was full
	BySuccessor               // another connection took its ports
	ByShutdown                // the capture ended
)

var reasonNames = [...]string{
	Open: "", ByFIN: "fin", ByRST: "rst", ByClose: "close", ByTimeout: "timeout", ByEviction: "evicted",
	BySuccessor: "reused", ByShutdown: "shutdown",
}

// String returns the name that JSON has for it.
func (r Reason) String() string { return reasonNames[r] }
