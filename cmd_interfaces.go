package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"sockeye/capture/link"
)

// interfacesCmd lists the interfaces.
type interfacesCmd struct {
	JSON bool `help:"As a JSON array."`
}

// listedInterface is one interface as JSON.
type listedInterface struct {
	Name     string   `json:"name"`
	Index    int      `json:"index"`
	State    string   `json:"state"` // RFC 2863: up, down, dormant, unknown, …; down also when it is not set up
	Up       bool     `json:"up"`    // set up by the administrator: it can be captured
	Kind     string   `json:"kind"`
	LinkType string   `json:"link_type"`
	MAC      string   `json:"mac,omitempty"`
	MTU      int      `json:"mtu"`
	Speed    int      `json:"speed_mbps,omitempty"` // Mbit/s, where the driver says
	Duplex   string   `json:"duplex,omitempty"`
	Default  bool     `json:"default_route"`
	Addrs    []string `json:"addresses"` // with prefix lengths
}

// Run lists them. It needs no rights.
func (c *interfacesCmd) Run(a *app) error {
	all, err := link.List()
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	list := make([]listedInterface, len(all))
	for i := range all {
		list[i] = listed(&all[i])
	}
	if c.JSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		return writeError(enc.Encode(list))
	}
	return writeError(printInterfaces(a.stdout, list))
}

func listed(i *link.Interface) listedInterface {
	l := listedInterface{
		Name: i.Name, Index: i.Index, State: cmp.Or(i.OperState, "unknown"), Up: i.Up,
		Kind: i.Kind, LinkType: i.Link.String(), MAC: i.MAC.String(), MTU: i.MTU,
		Speed: i.Speed, Duplex: i.Duplex, Default: i.DefaultRoute, Addrs: []string{},
	}
	switch {
	case !i.Up:
		l.State = "down"
	case l.State == "unknown" && i.Running: // loopback and tunnels never say
		l.State = "up"
	}
	for _, p := range i.Addrs {
		l.Addrs = append(l.Addrs, p.String())
	}
	return l
}

// printInterfaces writes an aligned table, one interface a line.
func printInterfaces(w io.Writer, list []listedInterface) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSTATE\tKIND\tLINK\tMTU\tSPEED\tMAC\tDEFAULT\tADDRESSES")
	for _, l := range list {
		speed, route := "-", "-"
		if l.Speed > 0 {
			speed = fmt.Sprintf("%d Mb/s", l.Speed)
		}
		if l.Default {
			route = "yes"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", l.Name, l.State, l.Kind, l.LinkType, l.MTU,
			speed, cmp.Or(l.MAC, "-"), route, cmp.Or(strings.Join(l.Addrs, " "), "-"))
	}
	return t.Flush()
}
