package export

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// SocketText writes sockets as an aligned table, one a line.
type SocketText struct {
	Width int  // of the terminal; 0 for lines as long as they are
	Bytes bool // rates in bytes a second, else in bits
}

// The columns of the table that give way where it is too wide, and how far.
const (
	localColumn   = 2
	remoteColumn  = 3
	processColumn = 5

	userColumn  = 4
	spaceColumn = 6 // only where there are several namespaces

	leastEnd     = 15
	likedProcess = 24
	leastProcess = 14
	leastAtAll   = 10 // of ends and processes, where nothing else helps
	columnGap    = 2
)

// Write writes the table.
func (t *SocketText) Write(w io.Writer, r *SocketRecord) error {
	head := []string{"PROTO", "STATE", "LOCAL", "REMOTE", "USER", "PROCESS"}
	spaces := r.spaces() > 1
	if spaces {
		head = append(head, "NETNS")
	}
	if r.Measured > 0 {
		head = append(head, "SENT", "RECEIVED")
	}
	rows := [][]string{head}
	for i := range r.Sockets {
		cells := t.cells(&r.Sockets[i])
		if spaces {
			cells = append(cells, r.Sockets[i].netns())
		}
		if r.Measured > 0 {
			cells = append(cells, t.rates(r.Sockets[i].Traffic)...)
		}
		rows = append(rows, cells)
	}
	t.fit(rows, spaces)
	table := tabwriter.NewWriter(w, 0, 0, columnGap, ' ', 0)
	for _, cells := range rows {
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// shortStates are as in ss(8), for the width.
var shortStates = map[string]string{"ESTABLISHED": "ESTAB", "UNCONNECTED": "UNCONN"}

// spaces returns how many network namespaces the sockets are in.
func (r *SocketRecord) spaces() int {
	all := map[uint64]bool{}
	for i := range r.Sockets {
		all[r.Sockets[i].space] = true
	}
	return len(all)
}

// netns words a socket's network namespace.
func (s *Socket) netns() string {
	if s.NetNS == 0 {
		return "-"
	}
	return fmt.Sprint(s.NetNS)
}

// cells words one socket.
func (t *SocketText) cells(s *Socket) []string {
	proto := s.Proto
	if s.Type == "raw" && s.Family != "packet" {
		proto = "raw/" + proto
	}
	local := s.Source
	if s.EtherType != "" {
		local = s.EtherType
	}
	if s.Interface != "" {
		end := len(local)
		if s.EtherType == "" {
			end = strings.LastIndexByte(local, ':')
		}
		local = local[:end] + "%" + s.Interface + local[end:]
	}
	user := "-"
	if s.Process != nil {
		user = s.Process.user()
	}
	cells := []string{proto, cmp.Or(shortStates[s.State], s.State, "-"), local, s.Dest, user, s.owner()}
	for i := range cells {
		cells[i] = Printable(cells[i])
	}
	return cells
}

// rates words what a socket carried.
func (t *SocketText) rates(traffic *SocketTraffic) []string {
	if traffic == nil {
		return []string{"-", "-"}
	}
	text := Text{TextOptions: TextOptions{Bytes: t.Bytes}}
	return []string{text.rate(traffic.RateSent), text.rate(traffic.RateReceived)}
}

// owner words who holds a socket. What is known of the user has a column of its own.
func (s *Socket) owner() string {
	text := ownerText(s.Process, s.Attribution)
	if s.Process != nil && s.Process.PID == 0 && !s.Process.Kernel {
		text = ownerText(nil, s.Attribution)
	}
	if n := len(s.Others); n > 0 {
		text += fmt.Sprintf(" +%d", n)
	}
	if s.Process != nil && s.Process.Container != nil {
		text += " in " + s.Process.Container.text()
	}
	return cmp.Or(text, "-")
}

// fit shortens what is too long for the width: long processes, then the wider one of
// the ends, then the processes again. Where that is not enough the namespaces go, then
// the users, and then what is left gets shorter still.
func (t *SocketText) fit(rows [][]string, spaces bool) {
	if t.Width == 0 || len(rows) == 1 {
		return
	}
	if t.shorten(rows, processColumn, leastEnd, leastProcess) {
		return
	}
	if spaces {
		for i := range rows {
			rows[i] = slices.Delete(rows[i], spaceColumn, spaceColumn+1)
		}
		if t.shorten(rows, processColumn, leastEnd, leastProcess) {
			return
		}
	}
	for i, cells := range rows {
		if user := cells[userColumn]; i > 0 && user != "-" && strings.HasPrefix(cells[processColumn], "(") {
			cells[processColumn] = "user " + user
		}
		rows[i] = slices.Delete(cells, userColumn, userColumn+1)
	}
	t.shorten(rows, processColumn-1, leastAtAll, leastAtAll)
}

// shorten shortens the columns that give way, each to no less than is said, and
// reports whether the rows fit then.
func (t *SocketText) shorten(rows [][]string, processes, leastEnd, leastProcess int) bool {
	widths := make([]int, len(rows[0]))
	over := -columnGap - t.Width
	for c := range widths {
		for _, cells := range rows {
			widths[c] = max(widths[c], utf8.RuneCountInString(cells[c]))
		}
		over += widths[c] + columnGap
	}
	give := func(column, least int) bool {
		if over <= 0 || widths[column] <= least {
			return false
		}
		widths[column]--
		over--
		return true
	}
	for give(processes, likedProcess) {
	}
	for wider := localColumn; give(wider, leastEnd); {
		if wider = localColumn; widths[remoteColumn] > widths[localColumn] {
			wider = remoteColumn
		}
	}
	for give(processes, leastProcess) {
	}
	for _, cells := range rows {
		for c := range cells {
			cells[c] = elide(cells[c], widths[c])
		}
	}
	return over <= 0
}
