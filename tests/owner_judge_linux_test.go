package tests

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/generator"
	"sockeye/parse"
)

// share is how much of what programs did is known to be theirs.
type share struct {
	ends, named       uint64 // ends of flows
	bytes, bytesNamed uint64 // of payload
	unknown           map[string]int
}

// claim is one end of a flow, as the program that had it tells.
type claim struct {
	*actor
	generator.Flow
	act *act
	at  flowEnds
	row *export.Flow // nil where sockeye did not see it
	far bool         // it is the remote end of row
}

// judge holds what sockeye said at last against what the programs say.
func (s *stage) judge(t *testing.T, last *export.Record, mode string) *share {
	t.Helper()
	if d := last.Drops; d.Kernel != 0 || d.Queue != 0 {
		t.Fatalf("packets were dropped, so nothing can be counted: %+v", d)
	}
	claims := s.claims()
	s.match(t, last, claims)
	total := &share{unknown: make(map[string]int)}
	for _, a := range s.acts {
		t.Run(a.name, func(t *testing.T) {
			if what := a.lacks(); what != "" {
				testkit.KernelLacks(t, what)
			}
			own := &share{unknown: make(map[string]int)}
			for _, c := range claims {
				if c.act == a {
					c.check(t, mode, own)
				}
			}
			a.checkPayload(t, claims)
			if own.ends > 0 {
				t.Log(own)
			}
			total.add(own)
		})
	}
	t.Log(total)
	return total
}

func (s *share) add(o *share) {
	s.ends, s.named, s.bytes, s.bytesNamed = s.ends+o.ends, s.named+o.named, s.bytes+o.bytes, s.bytesNamed+o.bytesNamed
	for reason, n := range o.unknown {
		s.unknown[reason] += n
	}
}

// claims are what the programs say that sockeye sees. Those of a decoy's namespace, which
// has the same addresses, it does not see.
func (s *stage) claims() (all []*claim) {
	for _, a := range s.acts {
		for _, c := range a.actors {
			if c.in == decoy || c.in == beyond || strings.HasPrefix(c.name, bystander) {
				continue
			}
			for _, f := range c.told.Flows {
				all = append(all, &claim{actor: c, Flow: f, act: a, at: c.endsOf(&f)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *claim) int { return cmp.Compare(a.Began, b.Began) })
	return all
}

// endsOf are a flow's ends. Where the program chose no address the route did.
func (c *actor) endsOf(f *generator.Flow) flowEnds {
	local := f.Local.Addr()
	switch remote := f.Remote.Addr(); {
	case !local.IsUnspecified():
	case remote.IsLoopback():
		local = remote
	case c.in == there && remote.Is4():
		local = netip.MustParseAddr(testkit.AddrB4)
	case c.in == there:
		local = netip.MustParseAddr(testkit.AddrB6)
	case c.in == inside:
		local = netip.MustParseAddr(containerAddress)
	case remote.Is4():
		local = netip.MustParseAddr(testkit.AddrA4)
	default:
		local = netip.MustParseAddr(testkit.AddrA6)
	}
	return flowEnds{parse.ProtoName(f.Proto), netip.AddrPortFrom(local, f.Local.Port()), f.Remote, f.ID}
}

// match finds the claims to each row. What nobody claims has no owner.
func (s *stage) match(t *testing.T, r *export.Record, claims []*claim) {
	t.Helper()
	open := make(map[flowEnds][]*claim)
	for _, c := range claims {
		open[c.at] = append(open[c.at], c)
	}
	rows := make([]*export.Flow, len(r.Flows))
	for i := range r.Flows {
		rows[i] = &r.Flows[i]
	}
	slices.SortStableFunc(rows, func(a, b *export.Flow) int { return cmp.Compare(a.First, b.First) })
	for _, row := range rows {
		if row.Family == "arp" {
			continue
		}
		at := rowEnds(t, row)
		back := at.turned()
		if n := row.NAT; n != nil { // the other end knows the flow by that name
			back.local, back.remote = endpoint(t, n.Remote.IP, n.Remote.Port), endpoint(t, n.Local.IP, n.Local.Port)
		}
		for _, end := range []struct {
			at  flowEnds
			far bool
			p   *export.Process
			a   *export.Attribution
		}{{at, false, row.Process, row.Attribution}, {back, true, row.ProcessRemote, row.AttributionRemote}} {
			if all := open[end.at]; len(all) > 0 {
				all[0].row, all[0].far = row, end.far
				open[end.at] = all[1:]
			} else if end.p != nil {
				t.Errorf("%v: nobody's here, but named %s (%+v)", end.at, nameOf(end.p), end.a)
			}
		}
	}
}

// rowEnds are the ends of a row.
func rowEnds(t *testing.T, f *export.Flow) flowEnds {
	t.Helper()
	return flowEnds{f.Proto, endpoint(t, f.Local.IP, f.Local.Port), endpoint(t, f.Remote.IP, f.Remote.Port), f.ICMPID}
}

func endpoint(t *testing.T, ip string, port uint16) netip.AddrPort {
	t.Helper()
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		t.Fatalf("an end without address: %v", err)
	}
	return netip.AddrPortFrom(addr, port)
}

func nameOf(p *export.Process) string {
	return fmt.Sprintf("%s (pid %d, %s, user %s)", p.Name, p.PID, p.Exe, p.User)
}

// check checks whose an end is said to be: never anybody else's, and nobody's only
// where the scenario says why. An end that is not this machine's, as far as sockeye can
// see, may have an owner: it is in another namespace. It does not count.
func (c *claim) check(t *testing.T, mode string, sum *share) {
	t.Helper()
	if c.row == nil {
		t.Errorf("%v of %s: no row", c.at, c.name)
		return
	}
	p, a := c.row.Process, c.row.Attribution
	if c.far {
		p, a = c.row.ProcessRemote, c.row.AttributionRemote
	}
	known, counts := p != nil && p.PID != 0, c.in != there
	if !known && !counts {
		return
	}
	bytes := c.Sent + c.Received
	if counts {
		sum.ends++
		sum.bytes += bytes
	}
	if !known {
		reason := "no attribution"
		if a != nil {
			reason = a.Reason
		}
		sum.unknown[reason]++
		if c.act.mayBeUnknown(mode) == "" && !(rungOf(mode) != "ebpf" && rationed(a)) {
			t.Errorf("%v of %s: not known (%s, %+v)", c.at, c.name, reason, a)
		}
		return
	}
	if !c.is(p, mode) {
		t.Errorf("%v: got owner %s by %s, want %s (pid %d)", c.at, nameOf(p), a.Source, c.exe, c.ownPID())
		return
	}
	if c.container != "" && (p.Container == nil || p.Container.ID != c.container) {
		t.Errorf("%v of %s: got container %+v, want %s", c.at, c.name, p.Container, c.container)
	}
	if counts {
		sum.named++
		sum.bytesNamed += bytes
	}
}

// rationed reports whether a flow was not looked at in time, since reading the kernel's
// tables would have taken too much of the processor: on a busy machine those of a few
// flows do. What is looked at again long after that may be gone.
func rationed(a *export.Attribution) bool {
	const late = 2000 // ms; usually it is 300 at most
	return a != nil && (a.Reason == "too many flows" || a.Took > late)
}

// ownPID is the process's, as seen from here.
func (c *claim) ownPID() int {
	if c.in == inside {
		return c.pid // its own is that in the container
	}
	return c.PID
}

// is reports whether a process is who had the end. Of one that was gone at once the
// executable may not be there any more, but its name is. While a server gives a
// connection to its child both have it: only eBPF tells who uses it.
func (c *claim) is(p *export.Process, mode string) bool {
	name := p.Exe == c.exe || p.Exe == "" && c.act.brief() && (p.Name == c.name || p.Name == c.name[:min(len(c.name), 15)])
	forked := strings.Contains(c.does, "-fork") && rungOf(mode) != "ebpf" && p.PID == c.pid
	return name && (p.PID == c.ownPID() || forked)
}

// brief reports whether processes of the scenario end at once.
func (s *scenario) brief() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return strings.HasPrefix(p.does, "spawn") })
}

// rungOf is the way that auto is here.
func rungOf(mode string) string {
	switch {
	case mode != "auto":
		return mode
	case testkit.FirstNamespace():
		return "ebpf"
	}
	return "sock_diag"
}

func (s *scenario) mayBeUnknown(mode string) string { return s.unknown[rungOf(mode)] }

// checkPayload checks what each program of a scenario sent and received.
func (a *act) checkPayload(t *testing.T, claims []*claim) {
	t.Helper()
	slack := max(a.slack, usual)
	for _, c := range a.actors {
		var want, got [3]uint64 // sent, received, frames
		again := false          // TCP sent something again, which passes twice
		for _, own := range claims {
			if own.actor != c || own.row == nil {
				continue
			}
			row := own.row.Ways
			if own.far {
				row.PayloadSent, row.PayloadReceived = row.PayloadReceived, row.PayloadSent
			}
			want[0], want[1] = want[0]+own.Sent, want[1]+own.Received
			got[0], got[1] = got[0]+row.PayloadSent, got[1]+row.PayloadReceived
			if own.Frames > 0 {
				want[2], got[2] = want[2]+own.Frames, got[2]+row.BytesSent
			}
			if h := own.row.Health; h != nil && h.RetransmitsSent+h.RetransmitsReceived > 0 {
				again = true
			}
		}
		for i, what := range [...]string{"sent", "received", "injected"} {
			d := float64(got[i]) - float64(want[i])
			if d < -slack*float64(want[i]) || d > slack*float64(want[i]) && !again {
				t.Errorf("%s: got %d bytes %s, want %d", c.name, got[i], what, want[i])
			}
		}
	}
}
