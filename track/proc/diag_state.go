package proc

// Names of states, of Socket.State.
const (
	stateEstablished = "ESTABLISHED"
	stateListen      = "LISTEN"
	stateTimeWait    = "TIME_WAIT"
	stateUnconnected = "UNCONNECTED"
)

// tcpStates are the states of TCP, which DCCP borrows, by their numbers in
// net/tcp_states.h. The last but one is a connection that is half open.
var tcpStates = [...]string{
	"", stateEstablished, "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", stateTimeWait, "CLOSED",
	"CLOSE_WAIT", "LAST_ACK", stateListen, "CLOSING", "SYN_RECV", "BOUND",
}

// sctpStates are the states of an SCTP association by their numbers in
// linux/sctp/constants.h. A socket that listens has TCP's number.
var sctpStates = [...]string{
	"CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", stateEstablished, "SHUTDOWN_PENDING", "SHUTDOWN_SENT",
	"SHUTDOWN_RECEIVED", "SHUTDOWN_ACK_SENT", "", "", stateListen,
}

// stateName names the state that the kernel gives as a number. Of sockets without
// connections it is ESTABLISHED's where they are connected.
func stateName(typ uint16, sctp bool, n uint8) string {
	names := tcpStates[:]
	switch {
	case sctp:
		names = sctpStates[:]
	case typ == sockDgram || typ == sockRaw:
		if n == 1 {
			return stateEstablished
		}
		return stateUnconnected
	}
	if int(n) < len(names) {
		return names[n]
	}
	return ""
}
