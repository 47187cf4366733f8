package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/names"
)

// neighborsCmd lists the hosts on this machine's links.
type neighborsCmd struct {
	Interface interfaceNames `group:"Neighbors:" short:"i" sep:"," xor:"interface" placeholder:"NAME" help:"Listen on this interface; may be repeated (default: those with a default route or traffic)."`
	Seconds   seconds        `group:"Neighbors:" short:"G" xor:"seconds" placeholder:"SECONDS" help:"Listen for so long (default 10)."`
	File      string         `group:"Neighbors:" name:"read" xor:"interface,seconds" placeholder:"FILE" help:"Those in a capture file instead; - for the standard input."`
	JSON      bool           `group:"Neighbors:" help:"As a JSON array."`
	NoNames   bool           `group:"Neighbors:" short:"n" help:"Addresses only, no names of hosts."`
}

// neighbor is one host as JSON.
type neighbor struct {
	IP        string      `json:"ip"`
	MAC       string      `json:"mac"`
	Vendor    string      `json:"vendor,omitempty"` // of its network card
	Name      string      `json:"name,omitempty"`
	Interface string      `json:"interface"`
	VLAN      uint16      `json:"vlan,omitempty"`
	Router    bool        `json:"router,omitempty"` // it says that it is one (IPv6)
	Own       bool        `json:"this_machine,omitempty"`
	OtherMACs int         `json:"other_macs,omitempty"`
	First     export.Time `json:"first"`
	Last      export.Time `json:"last"`
}

// heard is what came of listening.
type heard struct {
	neighbors  []track.Neighbor
	names      [][]names.Name // of each, what it said itself
	interfaces []capture.InterfaceStatus
	own        []netip.Addr // addresses of this machine; none of a file
}

// The packets that make neighbours known, and those in which they tell their names:
// mDNS, LLMNR, NetBIOS, DHCP.
const (
	neighborPackets = "arp or icmp6"
	namePackets     = neighborPackets + " or udp port 5353 or udp port 5355 or udp port 137 or udp port 67"
)

// Run listens, or reads the file, and lists them.
func (c *neighborsCmd) Run(a *app) error {
	listen := c.listen
	if c.File != "" {
		listen = c.read
	}
	found, err := listen(a)
	if err != nil && len(found.neighbors) == 0 {
		return err
	}
	list := c.list(found)
	var failed error
	if c.JSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		failed = enc.Encode(list)
	} else {
		failed = printNeighbors(a.stdout, list)
	}
	return errors.Join(writeError(failed), err)
}

// packets returns the filter of what is listened to.
func (c *neighborsCmd) packets() string {
	if c.NoNames {
		return neighborPackets
	}
	return namePackets
}

// listen captures for a while. On a terminal it says for how long.
func (c *neighborsCmd) listen(a *app) (h heard, err error) {
	monitor, err := link.NewMonitor()
	if err != nil {
		return h, fmt.Errorf("list interfaces: %w", err)
	}
	defer monitor.Close()
	wanted, err := capture.NewFilter(c.packets())
	if err != nil {
		return h, err
	}
	table, err := track.New(track.Config{
		Shards: runtime.GOMAXPROCS(0), Start: time.Now().UnixNano(), Limits: new(track.Limits), Inspect: !c.NoNames,
	})
	if err != nil {
		return h, err
	}
	defer table.Close()
	engine, err := capture.NewEngine(capture.Config{
		Open: openLive, Links: monitor, Names: c.Interface, NoAny: runtime.GOOS != "linux",
		Sink:    func(queue int) capture.Sink { return table.Shard(queue) },
		Options: capture.Options{Filter: wanted},
	})
	if err != nil {
		return h, err
	}
	signals, release := interrupts(func() {})
	defer release()
	const usually = seconds(10 * time.Second)
	listening := time.Duration(cmp.Or(c.Seconds, usually))
	ctx, cancel := context.WithTimeout(signals, listening)
	defer cancel()
	if _, _, ok := terminalSize(a.stderr); ok {
		fmt.Fprintf(a.stderr, "note: listening for %s; Ctrl-C ends it sooner\n", listening)
	}
	if err := engine.Run(ctx); err != nil {
		return h, err
	}
	return newHeard(table, engine, monitor.Addrs()), nil
}

// read goes through a file. Of a damaged one it returns what came before, too.
func (c *neighborsCmd) read(*app) (h heard, err error) {
	file, err := capture.OpenFile(c.File)
	if err != nil {
		return h, err
	}
	table, err := track.New(track.Config{Inspect: !c.NoNames})
	if err != nil {
		return h, errors.Join(err, file.Close())
	}
	defer table.Close()
	engine, err := capture.NewEngine(capture.Config{})
	if err != nil {
		return h, errors.Join(err, file.Close())
	}
	ctx, release := interrupts(func() {})
	defer release()
	err = engine.RunSource(ctx, file, table.Shard(0))
	if errors.Is(err, capture.ErrClosed) && ctx.Err() != nil {
		err = nil // a signal ended it
	}
	return newHeard(table, engine, nil), err
}

// newHeard takes from the table what it has learnt.
func newHeard(t *track.Table, e *capture.Engine, own []netip.Addr) heard {
	h := heard{neighbors: t.Neighbors(nil), interfaces: e.Interfaces(), own: own}
	for i := range h.neighbors {
		n := &h.neighbors[i]
		h.names = append(h.names, t.Names(&track.Row{Remote: track.Endpoint{Addr: n.Addr}, First: n.First}))
	}
	return h
}

// list words what was found.
func (c *neighborsCmd) list(h heard) []neighbor {
	hosts := (&outputFlags{NoNames: c.NoNames}).hosts()
	slots := map[uint16]string{}
	for i := range h.interfaces {
		slots[h.interfaces[i].Slot] = h.interfaces[i].Name
	}
	list := make([]neighbor, len(h.neighbors))
	for i := range h.neighbors {
		n := &h.neighbors[i]
		list[i] = neighbor{
			IP: n.Addr.String(), MAC: net.HardwareAddr(n.MAC[:]).String(), Name: hosts.Name(n.Addr),
			Vendor:    names.Vendor(n.MAC),
			Interface: cmp.Or(slots[n.Iface], fmt.Sprintf("#%d", n.Iface)), VLAN: n.VLAN, Router: n.Router,
			Own:       slices.Contains(h.own, n.Addr.WithZone("")),
			OtherMACs: n.Others, First: export.Time(n.First), Last: export.Time(n.Last),
		}
		if said := h.names[i]; len(said) > 0 && !c.NoNames {
			list[i].Name = said[0].Name
		}
	}
	return list
}

// printNeighbors writes an aligned table, one neighbour a line.
func printNeighbors(w io.Writer, list []neighbor) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ADDRESS\tMAC\tINTERFACE\tVLAN\tLAST SEEN\tVENDOR\tNAME\tNOTES")
	for _, n := range list {
		vlan, notes := "-", []string(nil)
		if n.Own {
			notes = append(notes, "this machine")
		}
		if n.VLAN != 0 {
			vlan = fmt.Sprint(n.VLAN)
		}
		if n.Router {
			notes = append(notes, "router")
		}
		switch n.OtherMACs {
		case 0:
		case 1:
			notes = append(notes, "another MAC address, too")
		default:
			notes = append(notes, fmt.Sprintf("%d other MAC addresses", n.OtherMACs))
		}
		seen := time.Unix(0, int64(n.Last)).UTC().Format("2006-01-02 15:04:05Z")
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n.IP, n.MAC, n.Interface, vlan, seen,
			cmp.Or(n.Vendor, "-"), cmp.Or(export.Printable(n.Name), "-"), cmp.Or(strings.Join(notes, ", "), "-"))
	}
	return t.Flush()
}
