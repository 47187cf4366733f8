package export

import (
	"cmp"
	"fmt"

	"sockeye/track"
	"sockeye/track/proc"
)

// Owners says whose a flow is. All of it is left out where nobody looked for owners:
// with --attribution off, and of files, unless a packet in it told whose it is.
type Owners struct {
	Process           *Process     `json:"process,omitempty"`            // who has the local end's socket
	Attribution       *Attribution `json:"attribution,omitempty"`        // how that is known, or why it is not
	ProcessRemote     *Process     `json:"process_remote,omitempty"`     // the remote end's, where that is this machine's, too, or a container's
	AttributionRemote *Attribution `json:"attribution_remote,omitempty"` // likewise
	NAT               *Translation `json:"nat,omitempty"`                // where this machine translates the flow's addresses
}

// Attribution says how an owner was found, or why none was.
type Attribution struct {
	Source string  `json:"source,omitempty"`  // ebpf, sock_diag, proc, pktap, listener
	Reason string  `json:"reason,omitempty"`  // why no process is known
	Took   float64 `json:"took_ms,omitempty"` // from the flow's first packet to the answer; 6553.5 for that and more
}

// Translation is what a flow is called on the other side of this machine's address
// translation.
type Translation struct {
	Local  Address `json:"local"`
	Remote Address `json:"remote"`
}

// Address is one end without names.
type Address struct {
	IP   string `json:"ip"`
	Port uint16 `json:"port,omitempty"` // only where the protocol has ports
}

// owners words whose a row is. It keeps the memory of o's attributions.
func (b *Builder) owners(o *Owners, r *track.Row) {
	o.Process, o.Attribution = b.whose.of(r.Owner.Process), attributionOf(o.Attribution, &r.Owner)
	o.ProcessRemote, o.AttributionRemote = b.whose.of(r.Peer.Process), attributionOf(o.AttributionRemote, &r.Peer)
	o.NAT = translationOf(r)
}

// attributionOf words how an owner was found, nil where nobody looked. It uses the
// memory of to.
func attributionOf(to *Attribution, o *proc.Owner) *Attribution {
	if *o == (proc.Owner{}) {
		return nil
	}
	if to == nil {
		to = new(Attribution)
	}
	*to = Attribution{Source: o.Source.String(), Reason: o.Reason.String(), Took: milliseconds(o.Took)}
	return to
}

func translationOf(r *track.Row) *Translation {
	if r.NAT == nil {
		return nil
	}
	address := func(e *track.Endpoint) (a Address) {
		if e.Addr.IsValid() {
			a.IP = e.Addr.String()
		}
		if r.HasPorts() {
			a.Port = e.Port
		}
		return a
	}
	return &Translation{Local: address(&r.NAT.Local), Remote: address(&r.NAT.Remote)}
}

// text names a process in a few words: "curl 4711", or of those that only the user is
// known of "user anna".
func (p *Process) text() string {
	switch {
	case p.PID != 0:
		return fmt.Sprintf("%s %d", cmp.Or(p.Name, p.Comm, "?"), p.PID)
	case p.Kernel:
		return "kernel"
	default:
		return "user " + p.user()
	}
}

// user returns the name of the process's user, or else its number; nothing where packets
// alone tell of the process.
func (p *Process) user() string {
	if p.UID == nil {
		return ""
	}
	return cmp.Or(p.User, fmt.Sprint(*p.UID))
}

// ownerText names the owner of one end in a few words: "curl 4711"; "~nginx 812" of the
// one who listens where nothing is known of who has taken the connection; "(no socket)"
// where there is none. It is empty where that goes without saying.
func ownerText(p *Process, a *Attribution) string {
	switch {
	case p != nil && a != nil && a.Source == proc.Listener.String():
		return "~" + p.text()
	case p != nil:
		return p.text()
	case a == nil, a.Reason == "", a.Reason == proc.OtherHost.String():
		return ""
	case a.Reason == proc.Pending.String():
		return "…"
	}
	return "(" + cmp.Or(shortReasons[a.Reason], a.Reason) + ")"
}

// shortReasons are those that are too long for a column.
var shortReasons = map[string]string{
	proc.Exited.String():  "exited",
	proc.OtherNS.String(): "other netns",
	proc.Several.String(): "several",
	proc.Busy.String():    "too many",
}

// text names a container: by its pod, its name, or the beginning of its id as the
// runtimes show it.
func (c *Container) text() string {
	const short = 12
	switch {
	case c.Pod != "":
		return c.Namespace + "/" + c.Pod
	case c.Name != "":
		return c.Name
	default:
		return c.ID[:min(short, len(c.ID))]
	}
}
