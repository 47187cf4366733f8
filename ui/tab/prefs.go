package tab

import "time"

// Prefs is how people want to see things. All of it persists.
type Prefs struct {
	Bytes         bool // rates in bytes, not bits
	Resolve       bool // names of hosts, not addresses
	ServiceNames  bool
	Ports         bool
	BarStyle      BarStyle
	LogScale      bool
	ScaleMax      float64 // bytes/s at the end of the bars; 0 follows the traffic
	LineMode      LineMode
	Cumulative    bool
	ProcessColumn bool
	HeaderBar     bool
	Borders       bool
	SidePanel     bool
	InlineSpark   bool
	Tooltips      bool
	Mouse         bool
	Closed        bool // rows of flows that ended
	Refresh       time.Duration
	Theme         string
	ConfirmQuit   bool
	Group         GroupBy
	AggregateBy   AggregateBy

	Sort    [NumTabs]Sort
	Columns map[string]bool // "flows.rtt": false hides a column that would be shown, true the reverse
	Widths  map[string]int  // "flows.process": dragged widths
	Pins    []PinnedPair

	AlertThreshold float64 // bytes/s of one flow; 0 for none

	History []string // queries that were kept, the newest last
}

// DefaultPrefs returns what is shown where nothing else is wanted.
func DefaultPrefs() *Prefs {
	p := &Prefs{
		Resolve: true, ServiceNames: true, Ports: true, ProcessColumn: true, HeaderBar: true, Borders: true,
		Tooltips: true, Mouse: true, LogScale: true, Refresh: time.Second,
		Columns: map[string]bool{}, Widths: map[string]int{},
	}
	for _, busiest := range []int{FlowsTab, ProcessesTab, HostsTab} {
		p.Sort[busiest] = Sort{Column: "rate2", Descending: true}
	}
	return p
}

// Sort is the order of a tab's rows: by the column with this key, "" for the order in
// which they came.
type Sort struct {
	Column     string
	Descending bool
}

// PinnedPair is a pin: every flow of this process with this host is on top.
type PinnedPair struct{ Process, Remote string }

// NumTabs is how many tabs there are.
const NumTabs = 8

// The places of the tabs. They never change.
const (
	FlowsTab = iota
	ProcessesTab
	HostsTab
	DetailsTab
	SocketsTab
	GraphsTab
	EventsTab
	SystemTab
)

// BarStyle is how the bars behind rows look.
type BarStyle uint8

// The styles of bars.
const (
	GradientBars BarStyle = iota
	SolidBars
	ThinBars
	ASCIIBars
	NoBars
	BarStyles
)

// LineMode is how many lines a flow takes, and of which way.
type LineMode uint8

// The line modes.
const (
	OneLine LineMode = iota
	TwoLines
	SentOnly
	ReceivedOnly
	LineModes
)

// GroupBy is what the flows are grouped by.
type GroupBy uint8

// The groups of flows.
const (
	Ungrouped GroupBy = iota
	ByProcess
	ByRemote
	ByDomain
	ByContainer
	ByPort
	ByCountry
	GroupBys
)

// AggregateBy is what the processes tab adds up by.
type AggregateBy uint8

// The sums of the processes tab.
const (
	OfProcess AggregateBy = iota
	OfContainer
	OfUnit
	OfUser
	OfPackage
	AggregateBys
)
