package tab

import (
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/track"
	"sockeye/track/proc"
)

// Kind says what a Source is.
type Kind uint8

// The kinds of sources.
const (
	Live Kind = iota
	File
	Demo
)

// Source is what the dashboard shows: a live engine, a capture file or made-up traffic.
// Its methods may be called from any goroutine, and never wait for the network.
type Source interface {
	// Facts returns what does not change while the source is open.
	Facts() Facts
	// Snapshot takes the state of all flows. to's memory is used again.
	Snapshot(to *track.Snapshot)
	// Interfaces returns what is captured from, by slot.
	Interfaces() []capture.InterfaceStatus
	// Recent returns what the flows with these IDs carried lately, in their order; the
	// zero Spark for those that are gone.
	Recent(to []Spark, ids []uint64) []Spark
	// Closed appends flows that ended lately, the newest last.
	Closed(to []track.Row) []track.Row
	// Events appends what happened since the last call.
	Events(to []track.Event) []track.Event
	// Sockets returns the open sockets of this machine with their owners; nil where that
	// cannot be known (a file).
	Sockets() ([]proc.Socket, error)
	// Owners returns how owners are found.
	Owners() proc.Stats
	// Neighbors appends what is known of hosts on the local networks.
	Neighbors(to []track.Neighbor) []track.Neighbor
	// Links returns the machine's interfaces with their counters; nil of a file.
	Links() []Link
	// Notes returns what works less well than it might: the lines that a start without a
	// screen would print.
	Notes() []string

	// Naming says how ends are called.
	Naming() Naming
}

// Naming says how the ends of flows are called. Its methods look only at what is already
// known, and may be called for every row.
type Naming interface {
	// Host returns the name of the row's remote end, or "" where none is known.
	Host(r *track.Row) string
	// Service returns the name of the row's service, or "".
	Service(r *track.Row) string
	// Port returns the port that names the row's service, 0 where it has none.
	Port(r *track.Row) uint16
	// Place returns the country code, country, city and network of an end.
	Place(e *track.Endpoint) Place
	// Interface returns the name of a slot.
	Interface(slot uint16) string
	// Vendor returns who made the network card of a MAC address, or "".
	Vendor(mac [6]byte) string
}

// Place is where an address is, as far as a database tells; the zero value where none
// does.
type Place struct {
	Country     string // ISO 3166-1: "DE"
	CountryName string
	City        string
	ASN         uint32
	Network     string // who has the ASN
}

// Control changes what is captured. A Source that is no Control cannot be changed.
type Control interface {
	// SetFilter captures only what matches an expression of pcap-filter(7), "" for all.
	// What was captured stays.
	SetFilter(expr string) error
	// CheckFilter says what is wrong with an expression, and changes nothing.
	CheckFilter(expr string) error
	// SetInterfaces captures from these interfaces, none for the default set.
	SetInterfaces(names []string) error
	// SetResolve turns questions to the network for names on or off.
	SetResolve(on bool)
	// Clear forgets all flows and sums.
	Clear() error
}

// Player is a Source with a time axis: a file.
type Player interface {
	// Span returns the times of the first and the last packet, ns since the Unix epoch, as
	// far as they are known, and where the source is.
	Span() (first, last, now int64)
	// GoTo goes to a time. Going back reads the file again.
	GoTo(ns int64)
	// Play runs or halts, at a multiple of the time at which it was captured; 0 is as fast
	// as can be.
	Play(on bool, speed float64)
	// Playing reports whether it runs, and how fast.
	Playing() (on bool, speed float64)
}

// Facts is what a Source says of itself.
type Facts struct {
	Kind      Kind
	Name      string // of a file: its path
	Version   string // of Sockeye
	Build     string // revision and time, the Go version, system and architecture
	Started   time.Time
	Filter    string   // the capture filter
	Boundary  []string // prefixes given as own (-F); none where they are found
	Rights    string   // what the process may do: "root", "cap_net_raw", …
	ConfigAt  string   // path of the configuration file
	Reverse   bool     // names are asked of the network
	Resolving bool     // there is a resolver to ask
}

// SparkSeconds is how far back a Spark goes.
const SparkSeconds = track.SparkSeconds

// Spark is what a flow carried in each of the last whole seconds, the newest last: wire
// bytes by way.
type Spark = track.Spark

// Link is a network interface of this machine and what the kernel counted on it.
type Link struct {
	link.Interface
	Received, Sent LinkCount
	Known          bool // the counts are
}

// LinkCount is what an interface carried one way since it was made.
type LinkCount struct{ Bytes, Packets, Errors, Dropped uint64 }
