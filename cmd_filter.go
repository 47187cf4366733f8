package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/parse/filter"
)

// filterCmd shows what a filter compiles to, or counts what matches it.
type filterCmd struct {
	Expression []string `arg:"" optional:"" name:"expr" help:"In the language of pcap-filter(7); several words are joined by blanks."`

	LinkType *linkType `name:"linktype" short:"y" placeholder:"TYPE" xor:"link" help:"Link type of the packets, by its name in libpcap or by number (default EN10MB)."`
	Dump     int       `name:"dump" short:"d" type:"counter" xor:"dump" help:"Print the program as text (default), with -dd as a C array, with -ddd as decimal numbers."`
	Generic  bool      `name:"no-optimize" short:"O" xor:"optimize" help:"Print the program as it is before it is made smaller."`
	Kernel   bool      `xor:"kernel" help:"For live captures on Linux, where VLAN tags are beside the packet."`
	Read     string    `placeholder:"FILE" xor:"link,dump,optimize,kernel" help:"Print how many packets of this file match, and nothing else; - for the standard input."`
}

// linkType is the value of --linktype.
type linkType parse.LinkType

// UnmarshalText reads a name such as EN10MB, or a number.
func (l *linkType) UnmarshalText(text []byte) error {
	v, ok := parse.LinkTypeFor(string(text))
	if !ok {
		return fmt.Errorf("no such link type %q", text)
	}
	*l = linkType(v)
	return nil
}

// Run prints the program, or the number.
func (c *filterCmd) Run(a *app) error {
	text := strings.Join(c.Expression, " ")
	if c.Read != "" {
		return c.count(a, text)
	}
	link := parse.LinkEthernet
	if c.LinkType != nil {
		link = parse.LinkType(*c.LinkType)
	}
	p, err := filter.Compile(text, filter.Options{Link: link, Kernel: c.Kernel, Unoptimized: c.Generic})
	if err != nil {
		return err
	}
	forms := [...]filter.DumpForm{filter.DumpText, filter.DumpText, filter.DumpC, filter.DumpDecimal}
	return writeError(p.Dump(a.stdout, forms[min(c.Dump, len(forms)-1)]))
}

// count prints how many packets of the file match. Of a damaged one it counts
// those before the damage.
func (c *filterCmd) count(a *app, text string) error {
	f, err := capture.NewFilter(text)
	if err != nil {
		return err
	}
	file, err := capture.OpenFile(c.Read)
	if err != nil {
		return err
	}
	engine, err := capture.NewEngine(capture.Config{Options: capture.Options{Filter: f}})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	err = engine.RunSource(context.Background(), file, nobody{})
	if isFilterError(err) {
		return err
	}
	var n uint64
	for _, i := range engine.Interfaces() {
		n += i.Packets
	}
	_, failed := fmt.Fprintln(a.stdout, n)
	return errors.Join(writeError(failed), err)
}

// nobody is a sink for packets that need only be counted.
type nobody struct{}

func (nobody) Packets([]parse.Packet) {}
func (nobody) EndBlock()              {}

// isFilterError reports whether err is about a filter's expression.
func isFilterError(err error) bool {
	_, ok := errors.AsType[*filter.Error](err)
	return ok
}
