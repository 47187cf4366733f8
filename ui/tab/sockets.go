package tab

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// socketKey tells a socket from others.
type socketKey struct {
	inode, netns  uint64
	proto         uint16
	local, remote netip.AddrPort
}

// socketItem is a row of the sockets.
type socketItem struct {
	*proc.Socket
	flows   int // in the table now
	amounts amounts
}

// socketsTab lists the sockets that wait for somebody, or all.
type socketsTab struct {
	list  listing[socketKey, socketItem]
	items []socketItem
	all   bool   // connected ones, too
	own   uint64 // this process's network namespace
	frame uint64 // that items are of, 0 for none
	total int
}

// NewSockets returns the tab of the machine's sockets.
func NewSockets() Tab {
	s := &socketsTab{own: proc.OwnNetNS()}
	s.list = listing[socketKey, socketItem]{tab: SocketsTab, columns: socketColumns, key: keyOfSocket, open: openSocket}
	s.list.begin()
	return s
}

func keyOfSocket(s *socketItem) socketKey {
	return socketKey{s.Inode, s.NetNS, s.Proto, s.Local, s.Remote}
}

func (*socketsTab) Name() string { return "Sockets" }

// Draw draws a line that says what is listed, and the table.
func (s *socketsTab) Draw(p term.Pane, m *Model) {
	s.update(m)
	top, body := p.Local().Top(1)
	s.title(p.Sub(top), m)
	s.list.table.Empty = s.emptyText(m)
	s.list.draw(p, m, body)
}

// update brings the list up to the model.
func (s *socketsTab) update(m *Model) {
	if s.frame != m.Frame+1 {
		s.frame = m.Frame + 1
		s.items = socketItems(m, s.own)
	}
	s.total = len(s.items)
	shown := make([]socketItem, 0, len(s.items))
	for _, item := range s.items {
		if s.all || item.waits() {
			shown = append(shown, item)
		}
	}
	s.list.set(m, shown)
}

// waits reports whether a socket is there for whoever comes: it listens, or is bound.
func (s *socketItem) waits() bool { return s.Remote.Port() == 0 }

// socketItems joins the sockets with the flows that are theirs.
func socketItems(m *Model, own uint64) []socketItem {
	items := make([]socketItem, len(m.Sockets))
	for i := range m.Sockets {
		items[i].Socket = &m.Sockets[i]
	}
	if m.Snap == nil || len(items) == 0 {
		return items
	}
	index := proc.NewSocketIndex(m.Sockets, own)
	for i := range m.Snap.Flows {
		r := &m.Snap.Flows[i]
		if !r.HasPorts() || r.Class == track.Forwarded {
			continue
		}
		a := amountsOf(r, m.Snap.Time)
		joinSocket(items, index, r.Proto, &r.Local, &r.Remote, &a)
		if r.Class == track.Loopback {
			a.turn()
			joinSocket(items, index, r.Proto, &r.Remote, &r.Local, &a)
		}
	}
	return items
}

// joinSocket adds a flow to the socket that it is on and, if that came by a socket that
// listens, to that one.
func joinSocket(items []socketItem, index *proc.SocketIndex, proto uint16, local, remote *track.Endpoint, a *amounts) {
	here := netip.AddrPortFrom(local.Addr.WithZone(""), local.Port)
	there := netip.AddrPortFrom(remote.Addr.WithZone(""), remote.Port)
	if i, ok := index.Find(proto, here, there); ok {
		items[i].take(a)
	}
	if i, ok := index.Listener(proto, here); ok {
		items[i].take(a)
	}
}

func (s *socketItem) take(a *amounts) {
	s.flows++
	s.amounts.add(a)
}

// title says what is listed.
func (s *socketsTab) title(p term.Pane, m *Model) {
	what := plural(len(s.list.items), "socket")
	x := p.Text(0, 0, what, m.Style(theme.Title))
	about := "listening and idle: a adds the connected ones"
	if s.all {
		about = "all: a leaves out the connected ones"
	}
	if hidden := s.total - len(s.list.items); hidden > 0 {
		about = fmt.Sprintf("of %d, %s", s.total, about)
	}
	p.Text(x, 0, "  "+term.Cut(about, max(0, p.W-x-2)), m.Style(theme.Muted))
}

// emptyText says why there is nothing to see.
func (s *socketsTab) emptyText(m *Model) string {
	switch {
	case m.SocketsErr != nil:
		return "The sockets cannot be listed: " + m.SocketsErr.Error() + "\nsockeye doctor says what helps."
	case m.Facts.Kind == File:
		return "A file tells nothing of the sockets of a machine."
	case m.Sockets == nil:
		return "Listing the sockets."
	}
	return "No socket listens or is bound.\na lists the connected ones, too."
}

// Act implements Tab.
func (s *socketsTab) Act(m *Model, a Action) bool {
	s.update(m)
	if a == DoGroupNext {
		s.all = !s.all
		s.update(m)
		return true
	}
	return s.list.act(m, a)
}

// openSocket shows the flows of a socket.
func openSocket(m *Model, s *socketItem) {
	proto, local, remote := s.Proto, s.Local, s.Remote
	dual := s.Dual
	label := strings.TrimSpace(socketProto(m, s) + " " + local.String())
	m.Send(Request{Tab: FlowsTab, Drill: &Step{By: "socket", Label: label, Match: func(r *track.Row) bool {
		if r.Proto != proto || !r.HasPorts() {
			return false
		}
		return onSocket(&r.Local, &r.Remote, local, remote, dual) ||
			r.Class == track.Loopback && onSocket(&r.Remote, &r.Local, local, remote, dual)
	}}})
}

// onSocket reports whether a flow can be a socket's, by the ends as the socket sees them.
func onSocket(here, there *track.Endpoint, local, remote netip.AddrPort, dual bool) bool {
	at := here.Addr.WithZone("")
	bound := local.Addr().WithZone("")
	fits := bound == at || bound.IsUnspecified() && (bound.Is4() == at.Is4() || dual)
	if here.Port != local.Port() || !fits {
		return false
	}
	return remote.Port() == 0 || there.Port == remote.Port() && there.Addr.WithZone("") == remote.Addr().WithZone("")
}

// Mouse implements Tab.
func (s *socketsTab) Mouse(m *Model, e term.Event) bool {
	s.update(m)
	return s.list.mouse(m, e)
}

// Columns implements WithColumns.
func (s *socketsTab) Columns(m *Model) []ColumnChoice { return s.list.choices(m) }

// Copy implements Tab.
func (s *socketsTab) Copy(m *Model, remote bool) string {
	s.update(m)
	t := s.list.selected()
	switch {
	case t == nil:
		return ""
	case remote:
		return socketEnd(t.Remote)
	}
	return strings.Join(strings.Fields(strings.Join([]string{
		socketProto(m, t), t.State, socketEnd(t.Local), socketEnd(t.Remote), term.Printable(ownerText(&t.Owner)),
	}, " ")), " ")
}

// Tip implements Tab.
func (s *socketsTab) Tip(m *Model, x, y int) func(*Model) *Tip {
	s.update(m)
	row, ok := s.list.table.RowAt(y - s.list.body.Y)
	if !ok {
		return nil
	}
	key := keyOfSocket(&s.list.items[row])
	return func(m *Model) *Tip {
		s.update(m)
		for i := range s.items {
			if keyOfSocket(&s.items[i]) == key {
				return socketTip(m, &s.items[i])
			}
		}
		return nil
	}
}

// Sheet implements Tab.
func (s *socketsTab) Sheet(m *Model) *Sheet {
	s.update(m)
	sheet := s.list.sheet(m, "sockets")
	sheet.Objects = func() ([]byte, error) { return json.MarshalIndent(socketObjects(m, s.list.items), "", "  ") }
	return sheet
}
