package tab

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// ownerWhys say why an owner is not known.
var ownerWhys = map[proc.Reason]string{
	proc.Pending: "it is being looked for", proc.Off: "attribution is off",
	proc.OtherHost: "neither end is this machine", proc.Kernel: "it is the kernel's own",
	proc.NoSocket: "no socket had these ends when it was looked for", proc.Exited: "the socket was seen, but its process had ended by then",
	proc.NoRights: "it is another user's, and the rights to look are lacking", proc.OtherNS: "it is in a network namespace out of reach",
	proc.Several: "several sockets fit, of several processes", proc.Busy: "more flows began than could be looked at",
	proc.Failed: "the system did not answer",
}

// ownerCards are about the process of the local end and, where that is this machine's,
// too, or a container's, of the remote one.
func ownerCards(m *Model, r *track.Row) []widget.Card {
	cards := []widget.Card{ownerCard(m, "Process", &r.Owner)}
	if r.Peer != (proc.Owner{}) {
		cards = append(cards, ownerCard(m, "Process at the other end", &r.Peer))
	}
	return cards
}

func ownerCard(m *Model, title string, o *proc.Owner) widget.Card {
	var f facts
	why := ownerWhys[o.Reason]
	switch {
	case o.Known():
		f.add("Process", processText(o.Process), theme.Process)
	case why == "":
		f.add("Process", "not looked for", theme.Muted)
	default:
		f.add("Process", "not known: "+why, theme.Warn)
	}
	if o.Source == proc.Listener {
		f.add("", "listens here; who has taken the connection is not known", theme.Warn)
	}
	if p := o.Process; p != nil {
		f.process(m, p)
	}
	if o.Source != proc.NoSource {
		f.add("Found by", fmt.Sprintf("%s, %s after the first packet", o.Source, tookText(o.Took)), theme.Muted)
	}
	return widget.Card{Title: title, Facts: f}
}

// tookText words how long an owner was looked for.
func tookText(d time.Duration) string {
	if d >= proc.MaxTook {
		return "more than " + widget.Duration(proc.MaxTook)
	}
	return widget.Duration(d)
}

// process adds what is known of a process.
func (f *facts) process(m *Model, p *proc.Process) {
	if p.For != nil {
		f.add("On behalf of", fmt.Sprintf("%s %d", p.For.Name, p.For.PID), theme.Process)
	}
	f.tree(p)
	exe := p.Exe
	if p.Deleted {
		exe = words(exe, "(deleted)")
	}
	f.add("Executable", exe, theme.Text)
	f.add("Arguments", argsText(p.Args), theme.Text)
	f.add("Script", p.Script, theme.Text)
	if p.Comm != p.Name {
		f.add("Kernel's name", p.Comm, theme.Text)
	}
	f.add("User", idText(userText(p), p.User, p.UID, p.Told == 0), theme.Text)
	if p.Told == 0 && p.PID != 0 {
		f.add("Group", idText(p.Group, p.Group, p.GID, true), theme.Text)
	}
	if !p.Started.IsZero() {
		f.add("Started", dateText(m, p.Started.UnixNano()), theme.Text)
	}
	if p.Kernel {
		f.add("Kernel", "a thread of the kernel, or the kernel itself", theme.Text)
	}
	f.container(p.Container)
	f.add("Unit", p.Unit, theme.Text)
	f.add("Cgroup", p.Cgroup, theme.Muted)
	if k := p.Package; k != nil {
		f.add("Package", words(k.Manager, k.Name, k.Version, k.Arch), theme.Text)
	}
	f.add("SHA-256", p.SHA256, theme.Text)
	if p.NetNS != 0 {
		f.add("Network ns", strconv.FormatUint(p.NetNS, 10), theme.Muted)
	}
	if p.Told != 0 {
		f.add("Known from", "what the packets say: no more than this", theme.Muted)
	}
	for _, lack := range p.Lacks {
		f.add("No "+lack.Fact, lack.Reason.String(), theme.Warn)
	}
}

// tree adds a process and its ancestors, the oldest first, each below its parent.
func (f *facts) tree(p *proc.Process) {
	if len(p.Parents) == 0 {
		return
	}
	label := "Tree"
	depth := 0
	for i := len(p.Parents) - 1; i >= 0; i-- {
		parent := &p.Parents[i]
		f.add(label, strings.Repeat(" ", depth)+parent.Name+" "+strconv.Itoa(int(parent.PID)), theme.Muted)
		label = ""
		depth++
	}
	f.add("", strings.Repeat(" ", depth)+processText(p), theme.Process)
}

// argsText joins arguments. Those that are not one plain word are quoted, so that it can
// be seen where each begins.
func argsText(args []string) string {
	quoted := make([]string, len(args))
	for i, s := range args {
		quoted[i] = s
		if s == "" || strings.ContainsAny(s, " \t\n\"'\\") {
			quoted[i] = strconv.Quote(s)
		}
	}
	return strings.Join(quoted, " ")
}

// idText words a user or a group: "anna, 1000", or the number alone where it has no name.
func idText(text, name string, id uint32, known bool) string {
	if !known {
		return text
	}
	number := strconv.FormatUint(uint64(id), 10)
	if name == "" {
		return number
	}
	return name + ", " + number
}

// container adds what a process runs in.
func (f *facts) container(c *proc.Container) {
	if c == nil {
		return
	}
	f.add("Container", words(c.Runtime, c.Name), theme.Accent)
	f.add("Image", c.Image, theme.Text)
	f.add("Container id", c.ID, theme.Muted)
	if c.Pod != "" {
		f.add("Pod", c.Namespace+"/"+c.Pod, theme.Accent)
	}
	f.add("Pod uid", c.PodUID, theme.Muted)
}
