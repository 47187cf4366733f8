package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sockeye/capture"
	"sockeye/config"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/names"
)

// captureFlags say what is captured live.
type captureFlags struct {
	Interface   interfaceNames `group:"Capture:" short:"i" sep:"," placeholder:"NAME" help:"Capture on this interface; may be repeated; any for all (default: those with a default route or traffic)."`
	Promiscuous bool           `group:"Capture:" short:"p" negatable:"" help:"Take packets for other machines, too."`
	Snaplen     number         `group:"Capture:" short:"s" placeholder:"BYTES" help:"Keep so much of each packet (default all)."`
	RingSize    config.Size    `group:"Capture:" placeholder:"SIZE" help:"Memory of all rings together (default 32MiB)."`
	Queues      queueCount     `group:"Capture:" placeholder:"N" help:"Rings an interface (default one a processor, as far as each gets 4MiB)."`
	Seconds     seconds        `group:"Capture:" short:"G" placeholder:"SECONDS" help:"End after so long."`
}

// limitFlags say how long flows have rows.
type limitFlags struct {
	IdleTimeout   seconds    `group:"Counting:" placeholder:"SECONDS" help:"Flows without a packet for so long are counted as other (default by protocol and state, see --timeout)."`
	Timeouts      timeLimits `group:"Counting:" name:"timeout" sep:"," placeholder:"NAME=SECONDS" help:"The same for one kind of flow: udp=30, tcp-idle=1h; may be repeated. docs/cli.md lists the kinds."`
	ShowLocalhost bool       `group:"Counting:" negatable:"no-localhost" help:"Rows for loopback traffic (default with -i lo only); --no-localhost for none."`

	localhostSet bool // ShowLocalhost was given, or is in the configuration
}

// recordFlags say how records look, whatever is in them.
type recordFlags struct {
	JSON     bool            `group:"Output:" xor:"form" help:"JSON, one object a line and interval."`
	Text     bool            `group:"Output:" xor:"form" short:"t" help:"Text, one table an interval."`
	Query    string          `group:"Output:" short:"q" placeholder:"EXPR" help:"Only flows that match: 'process:curl port:443', 'rate>1M and not dst:10.0.0.0/8'; docs/query.md has the language. What does not match is counted as unmatched."`
	Interval config.Interval `group:"Output:" name:"refresh-interval" aliases:"interval" short:"r" default:"1s" placeholder:"TIME" help:"Time between two records: 500ms, 2s; a plain number is milliseconds (default 1s)."`
	Once     bool            `group:"Output:" xor:"once" help:"One record, then end."`
	Top      number          `group:"Output:" default:"1000" placeholder:"N" help:"Rows in a JSON record, those with the highest rate; 0 for all (default 1000)."`
	Order    string          `group:"Output:" short:"o" enum:"${orders}" default:"2s" placeholder:"ORDER" help:"Sort text by ${orderlist} (default 2s)."`
	Lines    *number         `group:"Output:" short:"L" placeholder:"N" help:"Rows in a text table; 0 for all (default 10, on a terminal what fits)."`
	NoBars   bool            `group:"Output:" short:"b" negatable:"bars" help:"No bars on a terminal."`
	Bytes    bool            `group:"Output:" short:"B" negatable:"bits" help:"Text with rates in bytes, not bits."`
}

// outputFlags say how records of flows look. Live capture and files share them.
type outputFlags struct {
	recordFlags

	JSONEvents bool     `group:"Output:" name:"json-events" xor:"form,once,group" help:"JSON, one object a line for each new and each ended connection, and for each DNS, TLS and HTTP message."`
	Groups     []string `group:"Output:" name:"group" xor:"group" enum:"${groups}" placeholder:"KEY" help:"Add flows up by ${grouplist}; may be repeated. Text shows a table of each instead of the flows."`
	HidePorts  bool     `group:"Output:" short:"P" negatable:"ports" help:"Text without ports."`
	HideOwners bool     `group:"Output:" name:"no-processes" short:"Z" negatable:"processes" help:"Text without the processes of flows."`

	NoNames     bool `group:"Names:" short:"n" aliases:"no-dns" negatable:"names" help:"Addresses only, no names of hosts."`
	NoPortNames bool `group:"Names:" short:"N" negatable:"port-names" help:"Port numbers only, no names of services."`

	placeFlags

	processes        bool // records are about processes
	groupsConfigured bool // Groups are from the configuration
}

// countFlags say what is counted, live and of files.
type countFlags struct {
	Filter    string    `group:"Counting:" short:"f" aliases:"bpf-filter" placeholder:"EXPR" help:"Only packets that match, in the language of pcap-filter(7): 'tcp port 443 and not host 10.0.0.1'."`
	NetFilter networks  `group:"Counting:" short:"F" sep:"," placeholder:"CIDR" help:"The local side: flows without an end in it are filtered out; may be repeated, IPv4 and IPv6."`
	Count     number    `group:"Counting:" short:"c" placeholder:"N" help:"End after N packets."`
	Direction direction `group:"Counting:" default:"inout" placeholder:"WAY" help:"Only packets that run in or out; inout for both."`
	Decap     bool      `group:"Counting:" negatable:"" help:"Look one tunnel deep."`
	MaxFlows  flowCap   `group:"Counting:" placeholder:"N" help:"Flows kept at a time; the idlest give way (default by memory)."`

	filterConfigured bool // Filter is from the configuration
}

// inspectFlags say what is looked into.
type inspectFlags struct {
	NoDPI bool `group:"Counting:" name:"no-dpi" negatable:"dpi" help:"Do not look into payload; live, the kernel hands over headers only."`
}

// number is a whole number, 0 or more.
type number int

// UnmarshalText reads decimal digits.
func (n *number) UnmarshalText(text []byte) (err error) {
	*n, err = readNumber[number](text, math.MaxInt)
	return err
}

// flowCap is the value of --max-flows.
type flowCap int

// UnmarshalText reads decimal digits.
func (n *flowCap) UnmarshalText(text []byte) (err error) {
	*n, err = readNumber[flowCap](text, config.MostFlows)
	return err
}

// queueCount is the value of --queues.
type queueCount int

// UnmarshalText reads decimal digits.
func (n *queueCount) UnmarshalText(text []byte) (err error) {
	*n, err = readNumber[queueCount](text, config.MostQueues)
	return err
}

func readNumber[T ~int](text []byte, most int) (T, error) {
	v, err := strconv.Atoi(string(text))
	switch {
	case errors.Is(err, strconv.ErrRange) && text[0] != '-', err == nil && v > most:
		return 0, fmt.Errorf("want %d at most, got %s", most, text)
	case err != nil || v < 0:
		return 0, fmt.Errorf("want a whole number, 0 or more, got %q", text)
	}
	return T(v), nil
}

// interfaceNames is the value of -i.
type interfaceNames []string

// UnmarshalText adds names that commas separate. None may be empty: what the
// user meant is in a variable that has no value, and is not the default set.
func (n *interfaceNames) UnmarshalText(text []byte) error {
	for name := range strings.SplitSeq(string(text), ",") {
		if name == "" {
			return fmt.Errorf("the name of an interface is empty in %q", text)
		}
		*n = append(*n, name)
	}
	return nil
}

// networks is the value of -F.
type networks []network

// UnmarshalText adds networks that commas separate.
func (n *networks) UnmarshalText(text []byte) error {
	for s := range strings.SplitSeq(string(text), ",") {
		var one network
		if err := one.UnmarshalText([]byte(s)); err != nil {
			return err
		}
		*n = append(*n, one)
	}
	return nil
}

// network is a CIDR prefix.
type network netip.Prefix

// UnmarshalText reads "10.0.0.0/8", "10.0.0.0/255.0.0.0" or "fd00::/8".
func (n *network) UnmarshalText(text []byte) error {
	s := string(text)
	address, mask, ok := strings.Cut(s, "/")
	ip, err := netip.ParseAddr(address)
	if !ok || err != nil || ip.Zone() != "" {
		return fmt.Errorf("want a network such as 192.168.0.0/16 or fd00::/8, got %q", s)
	}
	if dotted := net.ParseIP(mask).To4(); dotted != nil && ip.Is4() {
		ones, bits := net.IPMask(dotted).Size()
		if bits == 0 {
			return fmt.Errorf("%q has a mask with holes", s)
		}
		mask = fmt.Sprint(ones)
	}
	p, err := netip.ParsePrefix(address + "/" + mask)
	if err != nil {
		return fmt.Errorf("want a prefix length from 0 to %d, got %q", ip.BitLen(), s)
	}
	*n = network(p.Masked())
	return nil
}

// direction is the value of --direction.
type direction capture.Direction

// UnmarshalText reads in, out or inout.
func (d *direction) UnmarshalText(text []byte) error {
	v, err := capture.ParseDirection(string(text))
	*d = direction(v)
	return err
}

// seconds is a length of time that is given in seconds.
type seconds time.Duration

// UnmarshalText reads "10", "2.5" or "1m30s".
func (s *seconds) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		d, err = time.ParseDuration(string(text) + "s")
	}
	if err != nil || d <= 0 {
		return fmt.Errorf("want a time above 0 such as 30 (seconds) or 5m, got %q", text)
	}
	*s = seconds(d)
	return nil
}

// systemServices reads the tables of ports once.
var systemServices = sync.OnceValue(names.SystemServices)

// hosts returns this machine's table of hosts, nil when no names are wanted.
func (o *outputFlags) hosts() *names.Hosts {
	if o.NoNames {
		return nil
	}
	return names.SystemHosts()
}

// names returns the tables that names are taken from.
func (o *outputFlags) names() (n export.Names, err error) {
	n.Hosts, n.None = o.hosts(), o.NoNames
	if !o.NoPortNames {
		n.Services = systemServices()
	}
	n.Places, err = o.placeFlags.open()
	return n, err
}

// groupsBy are what flows can be added up by.
var groupsBy = map[string]track.GroupBy{
	"host": track.GroupHost, "port": track.GroupPort,
	"process": track.GroupProcess, "container": track.GroupContainer, "user": track.GroupUser,
	"unit": track.GroupUnit, "package": track.GroupPackage,
}

// groupings returns what flows are added up by, in the order in which it was
// asked for. Which port counts is the same with and without names.
func (o *outputFlags) groupings() []*track.Grouping {
	var all []*track.Grouping
	for i, name := range o.Groups {
		by, ok := groupsBy[name] // not of none
		if !ok || slices.Contains(o.Groups[:i], name) {
			continue
		}
		var services *names.Services
		if by == track.GroupPort {
			services = systemServices()
		}
		all = append(all, track.NewGrouping(by, services))
	}
	return all
}

// byOwner returns the first group that is by whose the flows are, "" for none.
func (o *outputFlags) byOwner() string {
	for _, name := range o.Groups {
		if by, ok := groupsBy[name]; ok && by != track.GroupHost && by != track.GroupPort {
			return name
		}
	}
	return ""
}

// text returns the options of text output.
func (o *outputFlags) text() export.TextOptions {
	const logLines = 10 // as iftop
	opts := export.TextOptions{
		Bytes: o.Bytes, HidePorts: o.HidePorts, HideOwner: o.HideOwners, Bars: !o.NoBars, Order: o.Order, Lines: logLines,
	}
	if o.Lines != nil {
		opts.Lines = int(*o.Lines)
	}
	return opts
}

// rank returns what the table shall rank rows by. source and destination are no
// ranks: they are for the text to sort, and need every row. JSON has the flows
// with the highest rate.
func (o *outputFlags) rank() (by track.Order, ranked bool) {
	if o.JSON {
		return track.By2s, true
	}
	switch o.Order {
	case "10s":
		return track.By10s, true
	case "40s":
		return track.By40s, true
	case "total":
		return track.ByTotal, true
	case "2s":
		return track.By2s, true
	}
	return track.By2s, false
}

// filter reads the expression of -f; nil stands for none.
func (c *countFlags) filter(a *app) (*capture.Filter, error) {
	if strings.TrimSpace(c.Filter) == "" {
		return nil, nil
	}
	f, err := capture.NewFilter(c.Filter)
	if err != nil && c.filterConfigured {
		err = fmt.Errorf("%s: key filter: %w", a.config, err)
	}
	return f, err
}

// boundary returns the networks of -F.
func (c *countFlags) boundary() []netip.Prefix {
	var all []netip.Prefix
	for _, n := range c.NetFilter {
		all = append(all, netip.Prefix(n))
	}
	return all
}
