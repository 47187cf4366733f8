package tab

import (
	"math"
	"net/netip"
	"strconv"
	"strings"

	"sockeye/parse"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

const socketKeys = "sockets." // begins the columns' keys in Prefs

// The columns of the sockets, from left to right. On narrow screens the queues go first,
// then user, container, other end, totals and state.
var socketColumns = []listColumn[socketItem]{
	{Column: widget.Column{Key: socketKeys + "proto", Title: "Proto", Min: 6, Max: 9, Weight: 1}, name: "Protocol", role: theme.Muted, text: socketProto, finds: []string{"proto"}},
	{
		Column: widget.Column{Key: socketKeys + "local", Title: "Local", Min: 15, Max: 47, Weight: 2, Middle: true}, role: theme.Local,
		text:  func(_ *Model, s *socketItem) string { return socketLocal(s) },
		finds: []string{"src", "ip.addr", "port", "sport"},
	},
	{
		Column: widget.Column{Key: socketKeys + "remote", Title: "Remote", Min: 15, Max: 47, Weight: 2, Middle: true, Drop: 4}, role: theme.Remote,
		text:  func(_ *Model, s *socketItem) string { return socketEnd(s.Remote) },
		finds: []string{"dst", "ip.addr", "port", "dport"},
	},
	{
		Column: widget.Column{Key: socketKeys + "state", Title: "State", Min: 11, Max: 12, Drop: 8},
		text:   func(_ *Model, s *socketItem) string { return s.State },
		finds:  []string{"state"},
	},
	{
		Column: widget.Column{Key: socketKeys + "process", Title: "Process", Min: 14, Max: 32, Weight: 2}, role: theme.Process,
		text:  socketOwner,
		finds: []string{"process", "pid"},
	},
	{
		Column: widget.Column{Key: socketKeys + "user", Title: "User", Min: 6, Max: 16, Weight: 1, Drop: 2}, role: theme.Muted,
		text:  func(_ *Model, s *socketItem) string { return socketUser(s) },
		finds: []string{"user"},
	},
	{
		Column: widget.Column{Key: socketKeys + "container", Title: "Container", Min: 9, Max: 24, Weight: 1, Drop: 3}, role: theme.Muted,
		text: func(_ *Model, s *socketItem) string {
			if s.Owner.Process == nil {
				return ""
			}
			return containerText(s.Owner.Process.Container)
		},
	},
	{
		Column: widget.Column{Key: socketKeys + "netns", Title: "Netns", Min: 10, Right: true, Drop: 1}, name: "Network namespace", role: theme.Muted, apart: true,
		text:   func(_ *Model, s *socketItem) string { return some(s.NetNS > 0, strconv.FormatUint(s.NetNS, 10)) },
		number: func(_ *Model, s *socketItem) float64 { return float64(s.NetNS) },
	},
	{
		Column: widget.Column{Key: socketKeys + "flows", Title: "Flows", Min: 6, Right: true}, role: theme.Accent,
		text:   func(_ *Model, s *socketItem) string { return s.ofFlows(widget.Count(uint64(s.flows))) },
		number: func(_ *Model, s *socketItem) float64 { return s.numberOf(float64(s.flows)) },
	},
	{
		Column: widget.Column{Key: socketKeys + "rate2", Title: "2 s", Min: 6, Right: true, Drop: 7}, name: "Rate, 2 s", role: theme.Rate2, jumpy: true,
		text:   func(m *Model, s *socketItem) string { return s.ofFlows(rateText(m, s.amounts.rateOver(0, bothWays))) },
		number: func(_ *Model, s *socketItem) float64 { return s.numberOf(s.amounts.rateOver(0, bothWays)) },
	},
	{
		Column: widget.Column{Key: socketKeys + "total", Title: "Total", Min: 6, Right: true, Drop: 5}, name: "Total of its flows", role: theme.Both,
		text:   func(_ *Model, s *socketItem) string { return s.ofFlows(widget.Bytes(s.amounts.total(bothWays))) },
		number: func(_ *Model, s *socketItem) float64 { return s.numberOf(float64(s.amounts.total(bothWays))) },
	},
	{
		Column: widget.Column{Key: socketKeys + "queue", Title: "Recv-Q", Min: 6, Right: true, Drop: 1}, name: "Receive queue",
		text:   func(_ *Model, s *socketItem) string { return queueText(s, s.ReceiveQueue) },
		number: func(_ *Model, s *socketItem) float64 { return float64(s.ReceiveQueue) },
	},
	{
		Column: widget.Column{Key: socketKeys + "sendqueue", Title: "Send-Q", Min: 6, Right: true, Drop: 1}, name: "Send queue",
		text:   func(_ *Model, s *socketItem) string { return queueText(s, s.SendQueue) },
		number: func(_ *Model, s *socketItem) float64 { return float64(s.SendQueue) },
	},
	{
		Column: widget.Column{Key: socketKeys + "drops", Title: "Drops", Min: 6, Right: true, Drop: 6},
		text:   func(_ *Model, s *socketItem) string { return some(s.Drops > 0, widget.Count(s.Drops)) },
		number: func(_ *Model, s *socketItem) float64 { return float64(s.Drops) },
		paint: func(_ *Model, s *socketItem) theme.Role {
			if s.Drops > 0 {
				return theme.Bad
			}
			return theme.Text
		},
	},
}

// ofFlows returns a number about the flows of a socket: "-" where it has none, "?" where
// they are not known.
func (s *socketItem) ofFlows(text string) string {
	if s.unknown != "" {
		return "?"
	}
	return some(s.flows > 0, text)
}

// numberOf is ofFlows for the order.
func (s *socketItem) numberOf(v float64) float64 {
	if s.unknown != "" {
		return math.NaN()
	}
	return v
}

// some returns text where there is something to say, else a dash.
func some(is bool, text string) string {
	if is {
		return text
	}
	return "-"
}

// queueText words a queue: of a socket that listens connections, of others bytes.
func queueText(s *socketItem, n uint32) string {
	if s.State == "LISTEN" {
		return strconv.FormatUint(uint64(n), 10)
	}
	return some(n > 0, widget.Bytes(uint64(n)))
}

// Address families and types of sockets, see socket(2).
const (
	afPacket = 17
	afINET6  = 10
	sockRaw  = 3
	allTypes = 3 // ETH_P_ALL of linux/if_ether.h
)

// socketProto names what a socket speaks: "tcp", "udp6", "raw/icmp", "packet".
func socketProto(_ *Model, s *socketItem) string {
	if s.Family == afPacket {
		return "packet"
	}
	name := strings.ToLower(parse.ProtoName(uint8(s.Proto)))
	if s.Type == sockRaw {
		return "raw/" + name
	}
	if s.Family == afINET6 {
		return name + "6"
	}
	return name
}

// socketLocal words what a socket is bound to: "*:80", "127.0.0.1%lo:53"; of packet
// sockets the kind of frames that they take.
func socketLocal(s *socketItem) string {
	text := socketEnd(s.Local)
	if s.Family == afPacket {
		text = "all"
		if s.Proto != allTypes {
			text = parse.EtherTypeName(s.Proto)
		}
	}
	if s.Device == "" {
		return text
	}
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && s.Local.Port() != 0 {
		host, port = text[:i], text[i:]
	}
	return host + "%" + s.Device + port
}

// socketEnd words an end: "*:80" of all addresses; "" where there is none.
func socketEnd(a netip.AddrPort) string {
	switch {
	case !a.IsValid() || a.Port() == 0 && a.Addr().IsUnspecified():
		return ""
	case a.Addr().IsUnspecified():
		return "*:" + strconv.Itoa(int(a.Port()))
	case a.Port() == 0:
		return a.Addr().String()
	}
	return a.String()
}

// socketOwner names who has a socket, and how many others do.
func socketOwner(_ *Model, s *socketItem) string {
	text := ownerText(&s.Owner)
	if n := len(s.Others); n > 0 {
		text += " +" + strconv.Itoa(n)
	}
	return text
}

func socketUser(s *socketItem) string {
	if p := s.Owner.Process; p != nil {
		return userText(p)
	}
	if s.Inode == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(s.UID), 10)
}

// socketTip says all of a socket.
func socketTip(m *Model, s *socketItem) *Tip {
	t := &Tip{Title: socketProto(m, s) + " " + s.State}
	add := func(label, value string) {
		if value != "" {
			t.Lines = append(t.Lines, TipLine{label, value})
		}
	}
	add("Local", socketLocal(s))
	if s.Dual {
		add("", "takes IPv4, too")
	}
	add("Remote", socketEnd(s.Remote))
	add("Process", socketOwner(m, s))
	for _, p := range s.Others {
		add("Also", processText(p))
	}
	add("User", socketUser(s))
	if p := s.Owner.Process; p != nil {
		add("Executable", p.Exe)
		add("Container", containerText(p.Container))
		add("Unit", p.Unit)
	}
	add("Inode", some(s.Inode > 0, strconv.FormatUint(s.Inode, 10)))
	if k := s.TCP; k != nil {
		add("RTT", widget.Duration(k.RTT)+", least "+widget.Duration(k.MinRTT))
		add("Window", strconv.Itoa(int(k.Window))+" segments of "+strconv.Itoa(int(k.MSS)))
		add("Retransmits", strconv.Itoa(int(k.Retransmits)))
		add("Congestion", k.Congestion)
	}
	if s.NetNS != 0 {
		add("Network ns", strconv.FormatUint(s.NetNS, 10))
	}
	if s.unknown != "" {
		add("Flows", "not known: "+s.unknown)
		return t
	}
	add("Flows", widget.Count(uint64(s.flows)))
	if s.flows > 0 {
		t.Lines = append(t.Lines, amountLines(m, &s.amounts)...)
	}
	return t
}

// socketObject is a socket in an export.
type socketObject struct {
	Proto   string `json:"proto"`
	State   string `json:"state"`
	Local   string `json:"local"`
	Remote  string `json:"remote,omitempty"`
	Process string `json:"process,omitempty"`
	PID     int32  `json:"pid,omitempty"`
	Source  string `json:"source,omitempty"`
	Reason  string `json:"reason,omitempty"` // why there is no process
	User    string `json:"user,omitempty"`
	Inode   uint64 `json:"inode,omitempty"`
	NetNS   uint64 `json:"netns,omitempty"`
	Drops   uint64 `json:"drops"`

	// What of its flows is in the table; left out where they are not known.
	Flows *int       `json:"flows,omitempty"`
	Bytes *[2]uint64 `json:"bytes,omitempty"` // sent, received
}

func socketObjects(m *Model, items []socketItem) []socketObject {
	all := make([]socketObject, 0, len(items))
	for i := range items {
		s := &items[i]
		o := socketObject{
			Proto: socketProto(m, s), State: s.State, Local: socketLocal(s), Remote: socketEnd(s.Remote),
			Source: s.Owner.Source.String(), Reason: s.Owner.Reason.String(), User: socketUser(s),
			Inode: s.Inode, NetNS: s.NetNS, Drops: s.Drops,
		}
		if s.unknown == "" {
			o.Flows, o.Bytes = &s.flows, &s.amounts.bytes
		}
		if p := s.Owner.Process; p != nil {
			o.Process, o.PID = processName(p), p.PID
		}
		all = append(all, o)
	}
	return all
}
