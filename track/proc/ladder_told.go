package proc

import (
	"strings"

	"sockeye/parse"
)

// told answers what the sources of the packets tell themselves: on macOS the kernel puts
// who sends beside them.
func (l *ladder) told(ts []*attempt) {
	for _, t := range ts {
		if t.q.Process == 0 || l.people.packets == nil {
			continue
		}
		e, slot := 0, t.q.Process
		if t.q.ProcessB {
			e = 1
		}
		t.q.Process = 0
		of, ok := l.people.packets.At(slot)
		if !ok || t.q.Ends&(1<<e) == 0 || t.final&(1<<e) != 0 {
			continue
		}
		found := Found{Source: FromPKTAP}
		if of.PID == 0 {
			found = Found{Reason: Kernel}
		} else if found.Ref = l.people.told(slot, of, t.q.First); found.Ref == 0 {
			continue
		}
		t.final |= 1 << e
		t.put(e, found)
	}
}

// told returns the Ref of a process that a packet told of: the one that has the pid now,
// if it was there then and still is the same program; else no more is known than what
// the packet told. It is 0 where there is no room.
func (p *people) told(slot uint32, of parse.Process, first int64) Ref {
	if p.from != nil {
		if id, err := p.from.identify(of.PID); err == nil {
			ref, _ := p.known(id)
			if now := p.process(ref); now != nil && sameComm(now.Comm, of.Name) && !p.beganAfter(ref, first) {
				return ref
			}
		}
	}
	gone := toldProcess(of, slot)
	gone.Lacks = goneBefore
	return p.addEnded(*gone)
}

// goneBefore is what a process lacks that had ended before anybody could look at it.
var goneBefore = []Lack{
	{"exe", Exited}, {"args", Exited}, {"user", Exited}, {"cgroup", Exited}, {"parents", Exited}, {"package", Exited},
}

// sameComm reports whether two names that a kernel tells of a process are one: some cut
// it at 15 bytes, some at 16.
func sameComm(a, b string) bool {
	const short = 15
	return a == b || len(b) == short && strings.HasPrefix(a, b)
}
