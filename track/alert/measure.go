package alert

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"sockeye/track"
	"sockeye/track/proc"
)

// key tells subjects of a rule apart. Of its fields those are set that count for it.
type key struct {
	flow    uint64
	process proc.ID
	remote  netip.Addr
	mac     [6]byte
	text    string // an interface, or a program
}

// reading is what was measured of a subject.
type reading struct {
	value float64
	row   *track.Row // one of its flows; nil for none
	on    Subject
	text  string // the name of what has no row
	once  bool   // by a metric of what happens once
}

// measure fills sums.
func (r *ruleState) measure(s *Sight) {
	switch m := r.rule.Metric; {
	case m == Drops:
		r.drops(s)
	case m.once():
		r.news(s)
	case r.rule.Query == nil && r.rule.On == OfTotal:
		r.total(s)
	case r.rule.Query == nil && r.rule.On == OfInterface:
		r.interfaces(s)
	case m == Volume && r.rule.Query == nil && r.rule.On == OfProcess && r.groups(s):
	default:
		r.flows(s)
	}
}

// reading returns where to write what is measured of a subject. It is valid until the
// next call.
func (r *ruleState) reading(k key) *reading {
	at, ok := r.sums[k]
	if !ok {
		at = len(r.read)
		r.sums[k] = at
		r.read, r.keys = append(r.read, reading{}), append(r.keys, k)
	}
	return &r.read[at]
}

// both returns what a way's rates or counts come to.
func (r *ruleState) both(rate [2]track.Rate, count *[2]track.Count) float64 {
	if r.rule.Metric == Rate {
		return rate[track.Sent].Bytes + rate[track.Received].Bytes
	}
	return float64(count[track.Sent].Bytes + count[track.Received].Bytes)
}

func (r *ruleState) total(s *Sight) {
	value := s.Snapshot.Totals.Rate[0].Bytes
	if r.rule.Metric == Volume {
		value = float64(s.Snapshot.Totals.All.Bytes)
	}
	*r.reading(key{}) = reading{value: value, on: OfTotal, text: "all traffic"}
}

func (r *ruleState) interfaces(s *Sight) {
	for i := range s.Snapshot.Interfaces {
		m := &s.Snapshot.Interfaces[i]
		name := s.interfaceName(m.Slot)
		*r.reading(key{text: name}) = reading{value: r.both(m.Rate[0], &m.Count), on: OfInterface, text: "interface " + name}
	}
}

func (s *Sight) interfaceName(slot uint16) string {
	if s.Interface == nil {
		return fmt.Sprint(slot)
	}
	return s.Interface(slot)
}

// groups takes the volumes of processes from the snapshot's sums. It returns false where
// there are none.
func (r *ruleState) groups(s *Sight) bool {
	for g := range s.Snapshot.Groups {
		if s.Snapshot.Groups[g].By() != track.GroupProcess {
			continue
		}
		rows := s.Snapshot.Groups[g].Rows
		for i := range rows {
			p := rows[i].Process
			if p == nil {
				continue
			}
			k := key{process: p.ID}
			*r.reading(k) = reading{value: r.both(rows[i].Rate[0], &rows[i].Count), on: OfProcess, text: processText(p.Name, p.PID, p.User)}
		}
		return true
	}
	return false
}

// flows adds up the flows that the rule's query finds.
func (r *ruleState) flows(s *Sight) {
	for i := range s.Snapshot.Flows {
		row := &s.Snapshot.Flows[i]
		value := r.both(row.Rate[0], &row.Count)
		if value == 0 || r.rule.Query != nil && !r.rule.Query.Match(row) {
			continue
		}
		if r.rule.On == OfFlow && value <= r.rule.Above && r.alerts[key{flow: row.ID}] == nil {
			continue // nearly all: they need no sum
		}
		k, ok := keyOf(row, r.rule.On, s)
		if !ok {
			continue
		}
		m := r.reading(k)
		m.on = r.rule.On
		m.value += value
		if m.row == nil || row.Rate[0][0].Bytes+row.Rate[0][1].Bytes > m.row.Rate[0][0].Bytes+m.row.Rate[0][1].Bytes {
			m.row = row // the one that is named
		}
		if m.on == OfInterface {
			m.text = "interface " + k.text
		}
	}
}

// keyOf returns the subject that a flow counts for. There is none of a process that is
// not known.
func keyOf(row *track.Row, on Subject, s *Sight) (key, bool) {
	switch on {
	case OfFlow:
		return key{flow: row.ID}, true
	case OfProcess:
		p := row.Owner.Process
		if p == nil {
			return key{}, false
		}
		return key{process: p.ID}, true
	case OfRemote:
		return key{remote: row.Remote.Addr, mac: row.Remote.MAC}, true
	case OfInterface:
		return key{text: s.interfaceName(row.Iface)}, true
	}
	return key{}, true
}

// drops measures what was lost since the last look.
func (r *ruleState) drops(s *Sight) {
	var all uint64
	for _, l := range s.Lost {
		before, known := r.lost[l.Name]
		r.lost[l.Name] = l.Packets
		if !known && r.looked {
			before, known = 0, true // it came later: all of it is new
		}
		if !known || l.Packets < before {
			continue
		}
		lost := l.Packets - before
		all += lost
		if r.rule.On == OfInterface && l.Name != "" {
			*r.reading(key{text: l.Name}) = reading{value: float64(lost), on: OfInterface, text: "interface " + l.Name}
		}
	}
	if r.rule.On == OfTotal {
		*r.reading(key{}) = reading{value: float64(all), on: OfTotal, text: "the capture"}
	}
}

// news measures what was not there before: 1 above any limit.
func (r *ruleState) news(s *Sight) {
	for i := range s.Snapshot.Flows {
		row := &s.Snapshot.Flows[i]
		if r.rule.Query != nil && !r.rule.Query.Match(row) {
			continue
		}
		k, ok := r.newsKey(row)
		if ok && r.seen.add(k) && r.looked {
			*r.reading(k) = reading{value: r.rule.Above + 1, row: row, on: r.rule.On, once: true}
		}
	}
}

// newsKey returns what has to be new. There is none of a process that is not known, and of
// a flow that was not begun towards a remote host: who calls this machine is no
// destination.
func (r *ruleState) newsKey(row *track.Row) (k key, ok bool) {
	if r.rule.Metric == NewProcess || r.rule.On == OfProcess {
		p := row.Owner.Process
		if p == nil || p.PID == 0 {
			return k, false
		}
		k.text = cmp.Or(p.Exe, p.Name)
		if r.rule.Metric == NewProcess {
			return k, true
		}
	}
	k.remote = row.Remote.Addr
	called := row.Class == track.Outgoing || row.Class == track.Forwarded
	return k, called && k.remote.IsValid() && !k.remote.IsMulticast()
}

// name words a subject.
func (m *reading) name(s *Sight) string {
	if m.row == nil || m.on == OfInterface || m.on == OfTotal && !m.once {
		return cmp.Or(m.text, "all that the query finds")
	}
	process := ""
	if p := m.row.Owner.Process; p != nil {
		process = processText(p.Name, p.PID, p.User)
	}
	switch {
	case m.on == OfProcess && !m.once:
		return process
	case m.on == OfRemote && !m.once:
		return remoteText(m.row, s)
	case process == "":
		process = m.row.Local.Addr.String()
	}
	return process + " to " + remoteText(m.row, s)
}

// processText names a process, or the user of those that could not be looked into.
func processText(name string, pid int32, user string) string {
	if pid == 0 {
		return "processes of " + cmp.Or(user, "an unknown user")
	}
	return fmt.Sprintf("%s (%d)", name, pid)
}

// remoteText names the remote end of a flow.
func remoteText(row *track.Row, s *Sight) string {
	host := ""
	if s.Host != nil {
		host = s.Host(row)
	}
	if host == "" && row.Remote.Addr.IsValid() {
		host = row.Remote.Addr.String()
	}
	if host == "" {
		return fmt.Sprintf("% x", row.Remote.MAC[:])
	}
	return strings.TrimSuffix(host, ".")
}
