package screen

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/tab"
)

// Source is a tab.Source and tab.Control of fixed flows. Its fields may be changed under
// no lock before it is used, and by Change after that.
type Source struct {
	mu       sync.Mutex
	Clock    time.Time
	Flows    []track.Row
	Ended    []track.Row
	Happened []track.Event // are told once
	State    tab.Facts
	Devices  []capture.InterfaceStatus
	Machine  []tab.Link
	Open     []proc.Socket
	Known    []track.Neighbor
	Remarks  []string

	Wrong error    // what Control's methods return
	Did   []string // what Control was asked for, in order
}

// New returns a Source with Rows, ready to be shown.
func New() *Source {
	return &Source{
		Clock: Now, Flows: Rows(), Ended: Past(),
		State: tab.Facts{
			Name: "eth0", Version: "1.0.0", Build: "abcdef0 2026-01-01, go1.26, linux/amd64", Started: Now.Add(-2 * time.Hour),
			Rights: "root", ConfigAt: "/home/anna/.config/sockeye/config.yaml",
		},
		Devices: []capture.InterfaceStatus{
			{Slot: 0, Name: "eth0", Index: 2, Kind: "ethernet", Link: parse.LinkEthernet, State: capture.StateCapturing, Queues: 2,
				RingBytes: 8 << 20, Stats: capture.Stats{Received: 120_100, Dropped: 100}, Packets: 120_000, Bytes: 98_000_000},
			{Slot: 1, Name: "wlan0", Index: 3, Kind: "wifi", Link: parse.LinkEthernet, State: capture.StateDown},
		},
		Machine: []tab.Link{
			machineLink("eth0", 2, "ethernet", "192.168.1.10/24", 1000, true),
			machineLink("wlan0", 3, "wifi", "192.168.1.11/24", 0, false),
		},
		Open: []proc.Socket{
			{Family: 2, Proto: parse.ProtoTCP, Type: 1, State: "LISTEN", Local: netip.MustParseAddrPort("0.0.0.0:22"), Inode: 11, SendQueue: 128, Owner: owned(sshd)},
			{Family: 2, Proto: parse.ProtoTCP, Type: 1, State: "LISTEN", Local: netip.MustParseAddrPort("172.17.0.2:80"), Inode: 12, SendQueue: 511, Owner: owned(nginx)},
			{Family: 2, Proto: parse.ProtoUDP, Type: 2, State: "UNCONNECTED", Local: netip.MustParseAddrPort("127.0.0.1:5000"), Inode: 13, Owner: unowned(proc.NoRights)},
		},
		Known: []track.Neighbor{{Addr: netip.MustParseAddr("192.168.1.1"), MAC: [6]byte{0, 0x1b, 0x21, 1, 2, 3}, First: ago(time.Hour), Last: ago(time.Second)}},
	}
}

func machineLink(name string, index int, kind, address string, speed int, running bool) tab.Link {
	l := tab.Link{Known: true}
	l.Interface = link.Interface{
		Name: name, Index: index, Kind: kind, Link: parse.LinkEthernet, Up: true, Running: running, OperState: "down", MTU: 1500,
		MAC: net.HardwareAddr{2, 0, 0, 0, 0, byte(index)}, Speed: speed, Addrs: []netip.Prefix{netip.MustParsePrefix(address)},
	}
	if running {
		l.OperState, l.DefaultRoute = "up", true
		l.Received = tab.LinkCount{Bytes: 5_000_000_000, Packets: 4_000_000, Errors: 1, Dropped: 2}
		l.Sent = tab.LinkCount{Bytes: 700_000_000, Packets: 2_000_000}
	}
	return l
}

// Change changes the source while it is used.
func (s *Source) Change(f func(*Source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// Facts implements tab.Source.
func (s *Source) Facts() tab.Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.State
}

// Snapshot implements tab.Source.
func (s *Source) Snapshot(to *track.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	Fill(to, s.Flows, s.Clock)
}

// Interfaces implements tab.Source.
func (s *Source) Interfaces() []capture.InterfaceStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Devices)
}

// Recent implements tab.Source: a flow carried its rate in each of the last 20 seconds,
// and half of it in every other one.
func (s *Source) Recent(to []tab.Spark, ids []uint64) []tab.Spark {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		var sp tab.Spark
		if i := slices.IndexFunc(s.Flows, func(r track.Row) bool { return r.ID == id }); i >= 0 {
			sp.Len = 20
			for second := tab.SparkSeconds - sp.Len; second < tab.SparkSeconds; second++ {
				for way := range 2 {
					sp.Bytes[way][second] = uint32(s.Flows[i].Rate[0][way].Bytes) >> (second & 1)
				}
			}
		}
		to = append(to, sp)
	}
	return to
}

// Closed implements tab.Source.
func (s *Source) Closed(to []track.Row) []track.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(to, s.Ended...)
}

// Events implements tab.Source.
func (s *Source) Events(to []track.Event) []track.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	to = append(to, s.Happened...)
	s.Happened = nil
	return to
}

// Sockets implements tab.Source.
func (s *Source) Sockets() ([]proc.Socket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Open), nil
}

// Owners implements tab.Source.
func (s *Source) Owners() proc.Stats {
	st := proc.Stats{Asked: 11, Median: 300 * time.Microsecond, Watcher: proc.WatcherStats{Events: 42}}
	st.Answered[proc.FromEBPF] = 7
	st.Unknown[proc.NoSocket], st.Unknown[proc.Kernel], st.Unknown[proc.NoRights], st.Unknown[proc.OtherHost] = 1, 1, 1, 1
	st.Sources = []proc.SourceState{{Source: proc.FromEBPF, Usable: true}, {Source: proc.FromDiag, Usable: true}, {Source: proc.FromProc, Usable: true}}
	return st
}

// Neighbors implements tab.Source.
func (s *Source) Neighbors(to []track.Neighbor) []track.Neighbor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(to, s.Known...)
}

// Links implements tab.Source.
func (s *Source) Links() []tab.Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Machine)
}

// Notes implements tab.Source.
func (s *Source) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Remarks)
}

// Naming implements tab.Source.
func (s *Source) Naming() tab.Naming { return naming{} }

// SetFilter implements tab.Control.
func (s *Source) SetFilter(expr string) error {
	if err := s.did("filter " + expr); err != nil {
		return err
	}
	s.Change(func(s *Source) { s.State.Filter = expr })
	return nil
}

// CheckFilter implements tab.Control: the word "wrong" is.
func (s *Source) CheckFilter(expr string) error {
	if expr == "wrong" {
		return errors.New(`filter, column 1: no such word: "wrong"`)
	}
	return nil
}

// SetInterfaces implements tab.Control.
func (s *Source) SetInterfaces(all []string) error {
	for _, name := range all {
		if err := s.did("interface " + name); err != nil {
			return err
		}
	}
	return nil
}

// SetResolve implements tab.Control.
func (s *Source) SetResolve(on bool) {
	if on {
		_ = s.did("resolve")
	} else {
		_ = s.did("resolve no more")
	}
}

// Clear implements tab.Control.
func (s *Source) Clear() error {
	if err := s.did("clear"); err != nil {
		return err
	}
	s.Change(func(s *Source) { s.Flows, s.Ended = nil, nil })
	return nil
}

// Done returns what Control was asked for.
func (s *Source) Done() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Did)
}

func (s *Source) did(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Did = append(s.Did, what)
	return s.Wrong
}

// naming calls ends by the first of their names.
type naming struct{}

func (naming) Host(r *track.Row) string {
	if len(r.Names) == 0 {
		return ""
	}
	return r.Names[0].Name
}

func (naming) Service(r *track.Row) string {
	return map[uint16]string{22: "ssh", 53: "domain", 80: "http", 443: "https", 445: "microsoft-ds"}[naming{}.Port(r)]
}

func (naming) Port(r *track.Row) uint16 {
	switch {
	case !r.HasPorts():
		return 0
	case r.Class == track.Incoming:
		return r.Local.Port
	}
	return r.Remote.Port
}

func (naming) Place(e *track.Endpoint) tab.Place {
	switch e.Addr.String() {
	case "140.82.121.4":
		return tab.Place{Country: "US", CountryName: "United States", City: "San Francisco", ASN: 36459, Network: "GITHUB"}
	case "142.250.74.110":
		return tab.Place{Country: "SE", CountryName: "Sweden", ASN: 15169, Network: "GOOGLE"}
	}
	return tab.Place{}
}

func (naming) Interface(slot uint16) string {
	return [...]string{"eth0", "wlan0"}[slot%2]
}

func (naming) Vendor(mac [6]byte) string {
	if mac[0] == 0 && mac[1] == 0x1b {
		return "Intel Corporate"
	}
	return ""
}
