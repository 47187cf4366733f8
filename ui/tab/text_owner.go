package tab

import (
	"cmp"
	"strconv"

	"sockeye/track"
	"sockeye/track/proc"
)

// ownerText names who has an end in a few words: "curl 4711"; "~nginx 812" of the one
// who listens where nothing is known of who has taken the connection; "(no socket)"
// where it is not known, and "" where that goes without saying.
func ownerText(o *proc.Owner) string {
	switch {
	case o.Process != nil && o.Source == proc.Listener:
		return "~" + processText(o.Process)
	case o.Process != nil:
		return processText(o.Process)
	case o.Reason == proc.None, o.Reason == proc.OtherHost, o.Reason == proc.Off:
		return ""
	case o.Reason == proc.Pending:
		return "…"
	}
	return "(" + reasonText(o.Reason) + ")"
}

// reasonText says why an owner is not known, in a few words.
func reasonText(why proc.Reason) string {
	switch why {
	case proc.Exited:
		return "exited"
	case proc.OtherNS:
		return "other netns"
	case proc.Several:
		return "several"
	case proc.Busy:
		return "too many"
	}
	return why.String()
}

// processText names a process: "curl 4711", or of those that only the user is known of
// "user anna".
func processText(p *proc.Process) string {
	switch {
	case p.PID != 0:
		return processName(p) + " " + strconv.Itoa(int(p.PID))
	case p.Kernel:
		return "kernel"
	}
	return "user " + userText(p)
}

// processName is the name of a process without its number; "" for nobody.
func processName(p *proc.Process) string {
	switch {
	case p == nil:
		return ""
	case p.PID != 0:
		return cmp.Or(p.Name, p.Comm, "?")
	case p.Kernel:
		return "kernel"
	}
	return "user " + userText(p)
}

// userText names a process's user, by number where the number has no name. It is "" of
// processes that packets alone tell of.
func userText(p *proc.Process) string {
	if p.Told != 0 {
		return p.User
	}
	return cmp.Or(p.User, strconv.FormatUint(uint64(p.UID), 10))
}

// containerText names a container: by its pod, its name, or the beginning of its id as
// the runtimes show it. It is "" for none.
func containerText(c *proc.Container) string {
	const short = 12
	switch {
	case c == nil:
		return ""
	case c.Pod != "":
		return c.Namespace + "/" + c.Pod
	case c.Name != "":
		return c.Name
	}
	return c.ID[:min(short, len(c.ID))]
}

// ownerOf returns who a flow counts for: the owner of its local end, or its peer's
// where that end is another host's, as track.Grouping has it.
func ownerOf(r *track.Row) *proc.Owner {
	if r.Owner.Process == nil && r.Owner.Reason == proc.OtherHost && r.Peer != (proc.Owner{}) {
		return &r.Peer
	}
	return &r.Owner
}
