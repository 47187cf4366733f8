package track

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
