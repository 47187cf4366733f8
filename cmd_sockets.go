package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sockeye/capture"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/track/query"
)

// socketsCmd lists the sockets of this machine.
type socketsCmd struct {
	Listening bool    `group:"Sockets:" short:"l" help:"Those that listen, and those that are bound and connected to nobody."`
	TCP       bool    `group:"Sockets:" name:"tcp" short:"t" help:"TCP; with others that are named, each of them (default all)."`
	UDP       bool    `group:"Sockets:" name:"udp" short:"u" help:"UDP and UDP-Lite."`
	Raw       bool    `group:"Sockets:" short:"w" help:"Raw sockets of IP, those of ping, and those that see frames."`
	Query     string  `group:"Sockets:" short:"q" placeholder:"EXPR" help:"Only sockets that match: 'process:nginx', 'state:listen port:8000-9000'; docs/query.md has the language."`
	Traffic   seconds `group:"Sockets:" placeholder:"SECONDS" help:"Count their traffic for so long before, which takes the rights to capture."`
	JSON      bool    `group:"Sockets:" help:"As a JSON object."`
	Bytes     bool    `group:"Sockets:" short:"B" negatable:"bits" help:"Text with rates in bytes, not bits."`

	ownerFlags
}

// Run counts their traffic if that is wanted, and lists them.
func (c *socketsCmd) Run(a *app) error {
	if err := c.needed("sockets"); err != nil {
		return err
	}
	chosen, err := query.Compile(c.Query, track.SocketFields(), a.queryOptions())
	if err != nil {
		return err
	}
	owners, err := c.open(nil, nil, a.notice)
	if err != nil {
		return err
	}
	return errors.Join(c.list(a, owners, chosen), owners.Close())
}

// list writes the list.
func (c *socketsCmd) list(a *app, owners *owners, chosen *query.Query[proc.Socket]) error {
	flows, err := c.count(a)
	if err != nil {
		return err
	}
	all, err := owners.Sockets()
	switch {
	case err != nil && len(all) == 0:
		return fmt.Errorf("list sockets: %w", err)
	case err != nil:
		a.notice(proc.Notice{Text: "sockets are missing: " + err.Error(), Hint: hintOf(err)})
	}
	slices.SortStableFunc(all, compareSockets)
	stats := owners.Stats()
	record := export.NewSocketRecord(time.Now(), all, &stats)
	if flows != nil {
		record.Measured = time.Duration(c.Traffic).Seconds()
		joinTraffic(proc.NewSocketIndex(all, proc.OwnNetNS()), record, flows)
	}
	kept := record.Sockets[:0]
	for i, s := range record.Sockets { // in the order of all
		if chosen.Match(&all[i]) && !c.unwanted(s) {
			kept = append(kept, s)
		}
	}
	record.Sockets = kept
	return c.write(a, record)
}

// count returns the flows of the time that --traffic names, nil where none is wanted
// or may be captured.
func (c *socketsCmd) count(a *app) ([]track.Row, error) {
	if c.Traffic == 0 {
		return nil, nil
	}
	flows, err := countFlows(time.Duration(c.Traffic))
	if refused, ok := errors.AsType[*capture.PermissionError](err); ok {
		a.notice(proc.Notice{Text: "sockets without their traffic: " + err.Error(), Hint: refused.Remedy})
		return nil, nil
	}
	return flows, err
}

// unwanted reports whether the options leave a socket out.
func (c *socketsCmd) unwanted(s export.Socket) bool {
	if c.Listening && s.Remote != nil || c.Listening && s.State != "LISTEN" && s.State != "UNCONNECTED" {
		return true
	}
	if !c.TCP && !c.UDP && !c.Raw {
		return false
	}
	switch {
	case s.Type == "raw", s.Family == "packet", s.Proto == "icmp", s.Proto == "icmp6":
		return !c.Raw
	case s.Proto == "tcp":
		return !c.TCP
	case s.Proto == "udp", s.Proto == "udplite":
		return !c.UDP
	}
	return true
}

// write writes the record as it is wanted.
func (c *socketsCmd) write(a *app, record *export.SocketRecord) error {
	if c.JSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetEscapeHTML(false)
		return writeError(enc.Encode(record))
	}
	text := export.SocketText{Bytes: c.Bytes}
	if columns, _, ok := terminalSize(a.stdout); ok {
		text.Width = columns
	}
	return writeError(text.Write(a.stdout, record))
}

// compareSockets puts those that listen first, then those that are bound, then the
// others, each by protocol and ends.
func compareSockets(a, b proc.Socket) int {
	return cmp.Or(
		cmp.Compare(standing(&a), standing(&b)),
		cmp.Compare(a.Proto, b.Proto),
		cmp.Compare(a.Local.Port(), b.Local.Port()),
		a.Local.Addr().Compare(b.Local.Addr()),
		a.Remote.Compare(b.Remote),
		cmp.Compare(a.NetNS, b.NetNS),
		cmp.Compare(a.Inode, b.Inode),
	)
}

func standing(s *proc.Socket) int {
	switch {
	case s.State == "LISTEN":
		return 0
	case s.Remote.Port() == 0:
		return 1
	}
	return 2
}
