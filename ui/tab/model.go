package tab

import (
	"time"

	"sockeye/capture"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/track/query"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Model is what the tabs draw. The loop alone changes it, between two frames; what it
// points to is not changed while a frame is drawn.
type Model struct {
	Source  Source
	Control Control // nil where nothing can be changed
	Player  Player  // nil where there is no time axis
	Facts   Facts
	Naming  Naming

	Now   time.Time // the clock on the wall
	Frame uint64    // counts snapshots: what was derived from an older one is stale

	// What the source said last. While the picture is paused it stays.
	Snap       *track.Snapshot // nil before the first
	Past       []track.Row     // flows that ended, if Prefs.Closed
	Interfaces []capture.InterfaceStatus
	Links      []Link
	Sockets    []proc.Socket
	SocketsErr error
	Owners     proc.Stats
	Neighbors  []track.Neighbor
	Notes      []string
	Self       Self
	Log        *Log    // events
	Series     *Series // what was, second by second

	Prefs *Prefs
	Theme *theme.Theme

	QueryText string
	Query     *query.Query[track.Row] // nil for all
	QueryErr  error                   // what is wrong with QueryText; the last good one holds
	Hits      int                     // rows that it finds
	Drill     []Step                  // from the outside in

	Tab      int
	Selected uint64    // ID of the flow that Flows and Details are about; 0 for none
	Paused   time.Time // when the picture was halted; zero while it is not
	Frozen   bool      // rows and order stay

	// Hover is the cell under the pointer, in the tab's pane; -1, -1 for none.
	HoverX, HoverY int

	Alarms   []Alarm
	SortText string        // how the tab's rows are sorted, for the header bar
	Send     func(Request) // asks the loop for something that a tab cannot do itself
}

// Style returns the style of a role in the model's theme.
func (m *Model) Style(r theme.Role) term.Style { return m.Theme.Style(r) }

// Step is one level of a drill-down: only flows with that key are shown.
type Step struct {
	By    string // "process", "host", "container", …
	Label string // for the breadcrumb
	Match func(*track.Row) bool
}

// Request is what a tab asks of the loop.
type Request struct {
	Tab    int    // goes there, unless less than 0
	Drill  *Step  // adds a level
	Flow   uint64 // selects this flow, unless 0
	Copy   string // into the clipboard
	What   string // what was copied, for the status line
	Status string // a message
	Saved  bool   // Prefs were changed
}

// Self is what Sockeye itself takes.
type Self struct {
	CPU    float64 // of one core, lately: 0.01 is 1 %
	Memory uint64  // resident bytes
	Uptime time.Duration
	Frames uint64        // drawn
	Draw   time.Duration // the last one
}

// Alarm is an alert that holds, or held until a moment ago.
type Alarm struct {
	Text string    // "curl to example.org: 1.2 MB/s"
	Flow uint64    // 0 for one that is about no single flow
	Time time.Time // when it began: with Flow it tells one alarm from another
	Over bool

	Bell, Flash bool // how its rule wants it to be told
}

// Tab is one of the dashboard's screens.
type Tab interface {
	// Name is its title.
	Name() string
	// Draw draws all of it.
	Draw(p term.Pane, m *Model)
	// Act carries an action out. It returns false for one that means nothing here.
	Act(m *Model, a Action) bool
	// Mouse takes an event whose place is within the pane that was drawn on last, in
	// its coordinates. It returns false for one that means nothing here.
	Mouse(m *Model, e term.Event) bool
	// Tip returns what a tooltip over a cell says, nil for nothing. The tooltip stays
	// about its row as long as the returned function finds it.
	Tip(m *Model, x, y int) func(m *Model) *Tip
	// Copy returns the selected row, or only its remote end, as text; "" for none.
	Copy(m *Model, remote bool) string
	// Sheet returns all rows as they are shown, for an export.
	Sheet(m *Model) *Sheet
}

// Tip is the text of a tooltip.
type Tip struct {
	Title string
	Lines []TipLine
	Spark []float64 // drawn below; nil for none
}

// TipLine is one line: a fact, or one that is empty to part others.
type TipLine struct{ Label, Value string }

// Sheet is a table for exports.
type Sheet struct {
	Name    string // "flows"
	Columns []string
	Rows    [][]string
	Objects func() ([]byte, error) // the same as JSON, with numbers as numbers
}

// WithColumns is a Tab whose columns can be chosen.
type WithColumns interface {
	Tab
	// Columns returns the tab's columns, from left to right.
	Columns(m *Model) []ColumnChoice
}

// ColumnChoice is a column that can be shown or hidden.
type ColumnChoice struct {
	Key   string // in Prefs.Columns and Prefs.Widths: "flows.rtt"
	Title string
	Shown bool // as things are, whether or not there is room for it
	Width int  // in which it was drawn last; 0 for one that was not
}
