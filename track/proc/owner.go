package proc

import (
	"fmt"
	"time"
)

// Owner is the answer for one end of a flow: who has its socket, how that is known,
// or why it is not.
type Owner struct {
	Process *Process // nil where neither the process nor its user is known
	Source  Source
	Reason  Reason        // why there is no process (PID); None where there is one
	Took    time.Duration // from the flow's first packet to the answer, to 100 µs, at most MaxTook
}

// MaxTook is the longest Owner.Took.
const MaxTook = 65535 * 100 * time.Microsecond

// Known reports whether a process was found.
func (o *Owner) Known() bool { return o.Process != nil && o.Process.PID != 0 }

// Source says how an owner was found.
type Source uint8

const (
	NoSource  Source = iota
	FromEBPF         // by events of the kernel: the socket itself was seen
	FromDiag         // sock_diag's entry of exactly this flow, or of the bound socket that takes it
	FromProc         // the tables in /proc/net likewise
	FromPKTAP        // by the packets themselves, on macOS
	Listener         // the socket that accepted it listens: of the one who has it now nothing is known
)

var sourceNames = [...]string{"", "ebpf", "sock_diag", "proc", "pktap", "listener"}

func (s Source) String() string { return sourceNames[s] }

// OfTables reports whether it tells who had the ends of a flow when it was asked, and
// not who had them when the flow was there.
func (s Source) OfTables() bool { return s == FromDiag || s == FromProc || s == Listener }

// Reason says why something is not known.
type Reason uint8

const (
	None      Reason = iota
	Pending          // not yet looked for
	Off              // --attribution off
	OtherHost        // neither end is this machine
	Kernel           // the kernel's own: ICMP, ARP, neighbour discovery, in-kernel services
	NoSocket         // no socket has these ends: it was gone before anybody looked, or there never was one
	Exited           // the socket was seen, its process had ended before anybody could look at it
	NoRights         // the socket is another user's, and the rights to look into his processes are lacking
	OtherNS          // in a network namespace that cannot be reached
	Several          // more than one socket fits, and they are not of one process
	Busy             // more flows began than could be looked at
	Failed           // the system did not answer
	reasons
)

var reasonNames = [reasons]string{
	"", "pending", "off", "other host", "kernel", "no socket", "exited before seen", "no rights",
	"other namespace", "several sockets fit", "too many flows", "failed",
}

func (r Reason) String() string { return reasonNames[r] }

// Mode says which sources may be used.
type Mode uint8

const (
	Auto     Mode = iota // the best that there is, then the next
	OnlyEBPF             // events of the kernel and its iterators
	OnlyDiag             // sock_diag, and /proc for who holds its sockets
	OnlyProc             // /proc alone
	NoneAtAll
)

// Modes are the names of Mode, in its order.
var Modes = [...]string{"auto", "ebpf", "sock_diag", "proc", "off"}

func (m Mode) String() string { return Modes[m] }

// ParseMode reads a name of Modes.
func ParseMode(name string) (Mode, error) {
	for i, n := range Modes {
		if n == name {
			return Mode(i), nil
		}
	}
	return 0, fmt.Errorf("unknown way of attribution %q", name)
}
