package tab

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/track/query"
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
	place   int    // in the model's list
	unknown string // why its flows are not known; "" where they are
	flows   int    // in the table now
	amounts amounts
}

// socketsTab lists the sockets that wait for somebody, or all.
type socketsTab struct {
	list  listing[socketKey, socketItem]
	items []socketItem
	join  socketJoin // of items' sockets
	query socketQuery
	all   bool   // connected ones, too
	own   uint64 // this process's network namespace
	frame uint64 // that items are of, 0 for none
}

// NewSockets returns the tab of the machine's sockets.
func NewSockets() Tab {
	s := &socketsTab{own: proc.OwnNetNS()}
	s.list = listing[socketKey, socketItem]{tab: SocketsTab, columns: socketColumns, key: keyOfSocket, open: s.open}
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
		s.items, s.join = socketItems(m, s.own)
	}
	shown := make([]socketItem, 0, len(s.items))
	for _, item := range s.items {
		if (s.all || item.waits()) && s.query.of(m).Match(item.Socket) {
			shown = append(shown, item)
		}
	}
	s.list.set(m, shown)
}

// socketQuery is the model's query, which is about flows, as one about sockets.
type socketQuery struct {
	text      string
	about     *query.Query[proc.Socket]
	flowsOnly bool // it asks for something that sockets do not have
}

// of returns the query; nil, which finds all, where it cannot be asked of sockets.
func (q *socketQuery) of(m *Model) *query.Query[proc.Socket] {
	text := ""
	if m.Query != nil {
		text = m.Query.String()
	}
	if text != q.text {
		about, err := query.Compile(text, track.SocketFields(), query.Options{})
		*q = socketQuery{text: text, about: about, flowsOnly: err != nil}
	}
	return q.about
}

// waits reports whether a socket is there for whoever comes: it listens, or is bound.
func (s *socketItem) waits() bool { return s.Remote.Port() == 0 }

// title says what is listed.
func (s *socketsTab) title(p term.Pane, m *Model) {
	what := plural(len(s.list.items), "socket")
	x := p.Text(0, 0, what, m.Style(theme.Title))
	about := fmt.Sprintf("of %d: listening and idle, a shows all", len(s.items))
	if s.all {
		about = "all, a hides the connected ones"
		if n := len(s.items); len(s.list.items) < n {
			about = fmt.Sprintf("of %d: connected ones, too, a hides them", n)
		}
	}
	if s.query.flowsOnly {
		about = "the query is about flows alone: it hides no socket"
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
	if s.query.text != "" && !s.query.flowsOnly {
		return "The query finds no socket.\na lists the connected ones, too."
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

// open shows the flows of a socket.
func (s *socketsTab) open(m *Model, t *socketItem) {
	switch {
	case t.unknown != "":
		m.Send(Request{Tab: -1, Status: "flows are not known: " + t.unknown})
		return
	case t.Local.Port() == 0:
		m.Send(Request{Tab: -1, Status: "no flow is this socket's alone: it has no port"})
		return
	}
	join, i := s.join, t.place
	label := socketProto(m, t) + " " + socketLocal(t)
	m.Send(Request{Tab: FlowsTab, Drill: &Step{By: "socket", Label: label, Match: func(r *track.Row) bool {
		places, n := join.places(r)
		for _, at := range places[:n] {
			if at.socket == i {
				return true
			}
		}
		return false
	}}})
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
		socketProto(m, t), t.State, socketLocal(t), socketEnd(t.Remote), term.Printable(ownerText(&t.Owner)),
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
