package tab

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/track/query"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// at returns a time of the run, in ms after its start.
func at(ms int64) int64 { return screenClock.Add(time.Duration(ms) * time.Millisecond).UnixNano() }

// screenEvents are some of each kind, with texts of all kinds.
func screenEvents() []track.Event {
	web, names := screenRow(1, parse.ProtoTCP, "203.0.113.7", 443), screenRow(2, parse.ProtoUDP, "2001:db8::35", 53)
	web.App, names.Family = webApp, parse.FamilyIPv6
	names.Local.Addr = netip.MustParseAddr("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff")
	hostile := screenRow(3, parse.ProtoTCP, "198.51.100.9", 80)
	hostile.Owner = proc.Owner{Process: &proc.Process{ID: proc.ID{PID: 99}, Name: "e\x1b[31mvil\u202e"}}
	unknown := screenRow(4, parse.ProtoTCP, "198.51.100.200", 22)
	unknown.Owner = proc.Owner{Reason: proc.NoSocket}
	unknown.Closed, unknown.First, unknown.Last = track.ByRST, at(0), at(1500)
	unknown.Count = [2]track.Count{{Bytes: 1200}, {Bytes: 3_400_000}}
	evicted := unknown
	evicted.ID, evicted.Closed = 5, track.ByEviction
	return []track.Event{
		{Kind: track.AppMessage, Time: at(10), Row: names, Detail: &dpi.DNSMessage{
			Outcome: "answered", Question: "example.org", Type: "A", RCode: "NOERROR", ResponseMS: 12.34,
			Answers: []dpi.DNSRecord{{Type: "A", Data: "203.0.113.7"}, {Type: "A", Data: "203.0.113.8"}}, LeftOut: 3,
		}},
		{Kind: track.FlowOpened, Time: at(20), Row: web},
		{Kind: track.AppMessage, Time: at(30), Row: web, Detail: &dpi.TLSDetail{
			SNI: "example.org", Version: "1.3", ALPN: "h2", Cipher: "TLS_AES_128_GCM_SHA256", Established: true, HandshakeMS: 41.2,
		}},
		{Kind: track.AppMessage, Time: at(40), Row: hostile, Detail: &dpi.HTTPMessage{
			Method: "GET", Host: "例え.jp", Path: "/\x1b]0;owned\x07", Status: 503, ContentType: "text/html", LatencyMS: 850,
		}},
		{Kind: track.AppMessage, Time: at(50), Row: names, Detail: &dpi.DNSMessage{
			Outcome: "answered", Question: "nowhere.example", Type: "AAAA", RCode: "NXDOMAIN", ResponseMS: 3,
		}},
		{Kind: track.AppMessage, Time: at(60), Row: names, Detail: &dpi.DNSMessage{Outcome: "unanswered", Question: "slow.example", Type: "A"}},
		{Kind: track.FlowClosed, Time: at(2000), Row: unknown},
		{Kind: track.FlowClosed, Time: at(2100), Row: evicted},
		{Kind: track.AppMessage, Time: at(2200), Row: hostile, Detail: &dpi.TLSDetail{
			SNI: "old.example", Version: "1.0", Alert: "fatal handshake_failure", AlertFrom: "server",
		}},
	}
}

// eventModel is a dashboard whose log has events of each kind.
func eventModel(sent *[]Request) *Model {
	m := screenModel(sent)
	m.Tab = EventsTab
	m.Snap = &track.Snapshot{Time: at(3000)}
	m.Log.Add(screenEvents())
	m.Log.AddAlarm(Alarm{Text: "curl to example.org: 1.2MB/s", Flow: 1, Time: time.Unix(0, at(1000))})
	m.Log.AddAlarm(Alarm{Text: "curl to example.org: 1.2MB/s", Flow: 1, Time: time.Unix(0, at(2500)), Over: true})
	return m
}

func TestEventsPictures(t *testing.T) {
	for _, size := range screenSizes {
		m := eventModel(nil)
		m.Snap.Losses.Events = 7
		comparePicture(t, "events", drawTab(NewEvents(), m, size[0], size[1]))
	}
}

func TestEventsSanitised(t *testing.T) {
	c := drawTab(NewEvents(), eventModel(nil), 200, 60)
	for _, cell := range c.Cells {
		if r := cell.Rune; r < ' ' && r != 0 || r >= 0x7f && r < 0xa0 || r == 0x202e {
			t.Fatalf("%q reaches the terminal", r)
		}
	}
	e := NewEvents()
	m := eventModel(nil)
	drawTab(e, m, 80, 24)
	for _, row := range e.Sheet(m).Rows {
		for _, s := range row {
			if strings.ContainsAny(s, "\x1b\x07\u202e") {
				t.Errorf("%q is in an export", s)
			}
		}
	}
}

// TestEventsKinds shows each kind by itself, and says how many there are.
func TestEventsKinds(t *testing.T) {
	m, e := eventModel(nil), NewEvents()
	for _, c := range []struct {
		kind  string
		shown int
		has   string
	}{
		{"all", 11, "nowhere.example"}, {"flows", 3, "evicted after"}, {"dns", 3, "NXDOMAIN"}, {"tls", 2, "old.example"},
		{"http", 1, "503"}, {"alerts", 2, "1.2MB/s"}, {"all", 11, "NXDOMAIN"},
	} {
		text := textOf(drawTab(e, m, 120, 24))
		if !strings.Contains(text, c.has) || m.Hits != c.shown {
			t.Errorf("%s: got %d entries, want %d with %q:\n%s", c.kind, m.Hits, c.shown, c.has, text)
		}
		if len(e.list.shown) != c.shown {
			t.Errorf("%s: got %d entries, want %d", c.kind, len(e.list.shown), c.shown)
		}
		e.Act(m, DoGroupNext)
	}
	x := strings.Index(textOf(drawTab(e, m, 120, 24)), "dns")
	if !e.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: x, Y: 0}) || e.kind != dnsEvents {
		t.Errorf("a click on dns shows %s", eventKindNames[e.kind])
	}
}

// TestEventsQuery finds messages by what they say, and forgets the answer with the query.
func TestEventsQuery(t *testing.T) {
	m, e := eventModel(nil), NewEvents()
	drawTab(e, m, 80, 24)
	fields := track.QueryFields(track.QueryNames{})
	for _, c := range []struct {
		query string
		shown int // the alarms, which no query is about, included
		mark  string
	}{
		{"nowhere", 3, "nowhere"}, {"NXDOMAIN", 3, "NXDOMAIN"}, {"503", 3, "503"}, {"sni:old.example", 3, "old.example"},
		{"process:curl", 7, "curl"}, {"nowhere not udp", 2, ""}, {"proto:udp", 5, ""},
	} {
		q, err := query.Compile(c.query, fields, query.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m.Query = q
		canvas := drawTab(e, m, 200, 24)
		if len(e.list.shown) != c.shown {
			t.Errorf("%s: got %d entries, want %d:\n%s", c.query, len(e.list.shown), c.shown, textOf(canvas))
		}
		if c.mark == "" {
			continue
		}
		if x, y := find(t, canvas, c.mark); canvas.At(x, y).Style != m.Style(theme.Match) {
			t.Errorf("%s: what was found is not marked", c.query)
		}
	}
	m.Query = nil
	m.Drill = []Step{{By: "flow", Label: "2", Match: func(r *track.Row) bool { return r.ID == 2 }}}
	drawTab(e, m, 80, 24)
	if len(e.list.shown) != 5 {
		t.Errorf("got %d entries of flow 2, want 3 and the alarms", len(e.list.shown))
	}
	m.Drill[0] = Step{By: "flow", Label: "3", Match: func(r *track.Row) bool { return r.ID == 3 }}
	drawTab(e, m, 80, 24)
	if len(e.list.shown) != 4 {
		t.Errorf("got %d entries of flow 3, want 2 and the alarms", len(e.list.shown))
	}
}

// TestEventsFollow shows the newest until a person looks at another one, which then stays
// where it is while others come and go.
func TestEventsFollow(t *testing.T) {
	m, e := eventModel(nil), NewEvents()
	ev := screenEvents()[1]
	ev.Time = at(10_000)
	more := func(n int) {
		for range n {
			ev.Time += int64(10 * time.Millisecond)
			ev.Row.ID++
			m.Log.Add([]track.Event{ev})
		}
	}
	more(100)
	drawTab(e, m, 80, 24)
	if last := e.table.Top + e.table.Page(); last != len(e.list.shown) {
		t.Fatalf("rows up to %d are shown, want all %d", last, len(e.list.shown))
	}
	e.Act(m, DoRowUp)
	e.Act(m, DoRowUp)
	drawTab(e, m, 80, 24)
	chosen, line := e.list.shown[e.table.Selected], e.table.Selected-e.table.Top
	if want := len(e.list.shown) - 2; e.table.Selected != want {
		t.Errorf("row %d is selected, want %d", e.table.Selected, want)
	}
	more(3 * maxLog / 4)
	drawTab(e, m, 80, 24)
	if got := e.list.shown[e.table.Selected]; got != chosen || e.table.Selected-e.table.Top != line {
		t.Errorf("entry %+v is selected on line %d, want %+v on line %d", got, e.table.Selected-e.table.Top, chosen, line)
	}
	e.Act(m, DoLast)
	drawTab(e, m, 80, 24)
	if last := e.table.Top + e.table.Page(); last != len(e.list.shown) || e.table.Selected >= 0 {
		t.Errorf("rows up to %d are shown with %d selected, want all %d and none", last, e.table.Selected, len(e.list.shown))
	}
	e.Act(m, DoRowUp)
	more(2 * maxLog)
	drawTab(e, m, 80, 24) // what was selected has made room
	if e.table.Selected >= 0 {
		t.Errorf("row %d is selected, want none", e.table.Selected)
	}
	if text := textOf(drawTab(e, m, 80, 24)); !strings.Contains(text, "older made room") {
		t.Errorf("nothing says that older events are gone:\n%s", text)
	}
}

func TestEventsOpen(t *testing.T) {
	var sent []Request
	m := eventModel(&sent)
	m.Log.AddAlarm(Alarm{Text: "total above 1 Gb/s", Time: time.Unix(0, at(2600))})
	e := NewEvents()
	drawTab(e, m, 80, 24)
	e.Act(m, DoRowUp)
	e.Act(m, DoOpen)
	e.Act(m, DoFirst)
	e.Act(m, DoOpen)
	if len(sent) != 2 || sent[0].Status == "" || sent[1].Tab != DetailsTab || sent[1].Flow != 2 {
		t.Errorf("got the requests %+v, want a message and flow 2 in Details", sent)
	}
	if got := e.Copy(m, true); got != "dns.example" {
		t.Errorf("the remote end is copied as %q", got)
	}
	if got := e.Copy(m, false); !strings.Contains(got, "A example.org is 203.0.113.7, 203.0.113.8 and 3 more 12.3ms") {
		t.Errorf("the row is copied as %q", got)
	}
	e.Act(m, DoBack)
	if e.Act(m, DoBack) {
		t.Error("there is something to go back from, want nothing")
	}
}

func TestEventsSheet(t *testing.T) {
	m, e := eventModel(nil), NewEvents()
	s := e.Sheet(m)
	if len(s.Rows) != 11 || len(s.Rows[0]) != len(s.Columns) {
		t.Fatalf("got %d rows of %d fields, want 11 of %d", len(s.Rows), len(s.Rows[0]), len(s.Columns))
	}
	text, err := s.Objects()
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 11 || got[0]["detail"].(map[string]any)["question"] != "example.org" || got[0]["pid"] != 4711.0 {
		t.Errorf("got %v", got[0])
	}
}

// TestEventTexts says in a line what an event tells.
func TestEventTexts(t *testing.T) {
	for _, c := range []struct {
		name   string
		detail dpi.Detail
		text   string
		role   theme.Role
	}{
		{"no data", &dpi.DNSMessage{Outcome: "answered", Question: "a.example", Type: "MX", RCode: "NOERROR", NoData: true},
			"MX a.example has no such record", theme.Muted},
		{"nobody asked", &dpi.DNSMessage{Outcome: "unsolicited", Question: "a.example", Type: "A", RCode: "NOERROR",
			Answers: []dpi.DNSRecord{{Data: "192.0.2.1"}}}, "A a.example is 192.0.2.1 (nobody asked)", theme.Warn},
		{"multicast", &dpi.DNSMessage{Outcome: "asked", Kind: "mdns", Question: "_ipp._tcp.local", Type: "PTR"},
			"PTR _ipp._tcp.local was asked", theme.Muted},
		{"announced", &dpi.DNSMessage{Outcome: "announced", Kind: "mdns", Answers: []dpi.DNSRecord{{Data: "192.0.2.1"}}},
			"announced: 192.0.2.1", theme.Text},
		{"no hello back", &dpi.TLSDetail{SNI: "a.example"}, "a.example was not answered", theme.Warn},
		{"encrypted hello", &dpi.TLSDetail{SNI: "a.example", ECH: true, Version: "1.3"}, "a.example (outer name) TLS 1.3", theme.Text},
		{"no name", &dpi.TLSDetail{Version: "1.2", Transport: "dtls"}, "no server name DTLS 1.2", theme.Text},
		{"not found", &dpi.HTTPMessage{Method: "GET", Host: "a.example", Path: "/x", Status: 404}, "GET a.example/x 404", theme.Warn},
		{"given up", &dpi.HTTPMessage{Method: "GET", Host: "a.example", Path: "/x", Reset: "CANCEL"},
			"GET a.example/x given up: CANCEL", theme.Warn},
		{"no response", &dpi.HTTPMessage{Method: "GET", Host: "a.example", Path: "/x"}, "GET a.example/x was not answered", theme.Warn},
		{"another protocol", &dpi.SSHDetail{}, "", theme.Text},
	} {
		text, role := eventText(&track.Event{Kind: track.AppMessage, Detail: c.detail})
		if text != c.text || role != c.role {
			t.Errorf("%s: got %q as %s, want %q as %s", c.name, text, roleNames[role], c.text, roleNames[c.role])
		}
	}
}

// TestEventsColumns hides what is not wanted and drags edges, and says both.
func TestEventsColumns(t *testing.T) {
	m, e := eventModel(nil), NewEvents()
	m.Prefs.Columns["events.process"] = false
	c := drawTab(e, m, 200, 24)
	if text := textOf(c); strings.Contains(text, "curl 4711") || !strings.Contains(text, "example.org:https") {
		t.Errorf("processes are shown, or nothing else is:\n%s", text)
	}
	before := e.Columns(m)
	x, y := find(t, c, "What")
	e.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: x - 1, Y: y})
	e.Mouse(m, term.Event{Kind: term.MouseDrag, Button: term.LeftButton, X: x - 6, Y: y})
	e.Mouse(m, term.Event{Kind: term.MouseRelease, Button: term.LeftButton, X: x - 6, Y: y})
	drawTab(e, m, 200, 24)
	after := e.Columns(m)
	if before[eventProcess].Shown || before[eventProcess].Width != 0 || !before[eventLocal].Shown {
		t.Errorf("got the columns %+v", before)
	}
	if got, want := after[eventRemote].Width, before[eventRemote].Width-5; got != want || m.Prefs.Widths["events.remote"] != want {
		t.Errorf("remote is %d wide, by the preferences %d, want %d", got, m.Prefs.Widths["events.remote"], want)
	}
}

// TestEventsAfterReset shows what a file that is read again tells, and nothing of before,
// also where the log was emptied and filled while another tab was looked at.
func TestEventsAfterReset(t *testing.T) {
	m, e := eventModel(nil), NewEvents()
	drawTab(e, m, 120, 40)
	m.Log.Reset()
	again := screenEvents()[1]
	for range 2 * len(screenEvents()) {
		m.Log.Add([]track.Event{again})
	}
	text := textOf(drawTab(e, m, 120, 40))
	if got, want := len(e.list.shown), 2*len(screenEvents()); got != want || strings.Contains(text, "NXDOMAIN") {
		t.Errorf("got %d events, want the %d of the second time:\n%s", got, want, text)
	}
}
