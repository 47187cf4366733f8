package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// expectedStream is one TCP connection as tshark follows it.
type expectedStream struct {
	Src   netip.Addr `json:"first_src"`
	SPort uint16     `json:"first_sport"`
	Dst   netip.Addr `json:"first_dst"`
	DPort uint16     `json:"first_dport"`

	Analysis map[string]uint64
}

// An analysis is one of tshark's counts, and what is like it in our health.
type analysis struct {
	name string
	// Of how many a stream may have more or less, in parts and in number. Tshark
	// tells a segment that was sent again from one that is late by its own rule of
	// time, and so do we.
	part  float64
	least uint64
	ours  func(h *export.Health) uint64
	their func(a map[string]uint64) uint64
}

var analyses = []analysis{
	{"again or late", 0.1, 2,
		func(h *export.Health) uint64 {
			return h.RetransmitsSent + h.RetransmitsReceived + h.DisorderSent + h.DisorderReceived
		},
		func(a map[string]uint64) uint64 { return a["retransmission"] + a["out_of_order"] }},
	{"again for nothing", 0.25, 2,
		func(h *export.Health) uint64 { return h.SpuriousSent + h.SpuriousReceived },
		func(a map[string]uint64) uint64 { return a["spurious_retransmission"] }},
	{"again at once", 0.25, 3,
		func(h *export.Health) uint64 { return h.FastSent + h.FastReceived },
		func(a map[string]uint64) uint64 { return a["fast_retransmission"] }},
	{"late", 0.25, 3,
		func(h *export.Health) uint64 { return h.DisorderSent + h.DisorderReceived },
		func(a map[string]uint64) uint64 { return a["out_of_order"] }},
	{"missed", 0.1, 1,
		func(h *export.Health) uint64 { return h.MissedSent + h.MissedReceived },
		func(a map[string]uint64) uint64 { return a["ack_lost_segment"] }},
	{"zero windows", 0.1, 0,
		func(h *export.Health) uint64 { return h.ClosedSent + h.ClosedReceived },
		func(a map[string]uint64) uint64 { return a["zero_window"] }},
	{"duplicate acknowledgements", 0.1, 2,
		func(h *export.Health) uint64 { return h.DuplicatesSent + h.DuplicatesReceived },
		func(a map[string]uint64) uint64 { return a["duplicate_ack"] }},
}

// TestTCPStreams compares the connections of each capture with tshark's streams:
// how many there were of a pair of ends, and how they fared.
func TestTCPStreams(t *testing.T) {
	dir := testkit.Corpora(t)
	all := corporaTold(t)
	e := newExceptions(t, tcpExceptions)
	streams := 0
	for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", "flows.jsonl.gz"))) {
		var v struct {
			File    string
			Streams []expectedStream `json:"tcp_streams"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("flows.jsonl.gz: %v", err)
		}
		file := strings.TrimPrefix(v.File, "pcaps/")
		byPair := map[pair][]expectedStream{}
		for _, s := range v.Streams {
			ends := newPair("tcp", netip.AddrPortFrom(s.Src, s.SPort), netip.AddrPortFrom(s.Dst, s.DPort))
			byPair[ends] = append(byPair[ends], s)
			streams++
		}
		for ends, want := range byPair {
			compareStreams(e, file, ends, all[file].byPair[ends], want)
		}
	}
	e.finish(fmt.Sprintf("%d TCP streams", streams))
}

// compareStreams compares all connections of one pair of ends.
func compareStreams(e *exceptions, file string, ends pair, got []*toldFlow, want []expectedStream) {
	e.t.Helper()
	e.check(file+" connections", len(got) == len(want), "%v: got %d want %d", ends, len(got), len(want))
	if len(got) != len(want) {
		return
	}
	for _, a := range analyses {
		var ours, theirs uint64
		for i := range want {
			theirs += a.their(want[i].Analysis)
			if got[i].Health != nil {
				ours += a.ours(got[i].Health)
			}
		}
		most := max(ours, theirs)
		ok := most-min(ours, theirs) <= max(a.least, uint64(a.part*float64(most)))
		e.check(file+" "+a.name, ok, "%v: got %d want %d", ends, ours, theirs)
	}
}

// zeekStates says how connections end for us that Zeek's conn_state names.
var zeekStates = map[string]func(f *toldFlow) bool{
	"S0":   func(f *toldFlow) bool { return f.State == "SYN_SENT" || f.Other == "SYN_SENT" },
	"S1":   func(f *toldFlow) bool { return f.State == "ESTABLISHED" && f.Other == "ESTABLISHED" },
	"SF":   func(f *toldFlow) bool { return f.Reason == "fin" },
	"REJ":  func(f *toldFlow) bool { return f.Reason == "rst" },
	"RSTO": func(f *toldFlow) bool { return f.Reason == "rst" },
	"RSTR": func(f *toldFlow) bool { return f.Reason == "rst" },
}

// TestTCPStates compares the ends of connections with those in Zeek's logs.
func TestTCPStates(t *testing.T) {
	dir := testkit.Corpora(t)
	all := corporaTold(t)
	e := newExceptions(t, zeekStateExceptions)
	zeekConnections(t, dir, func(file string, ends pair, c *zeekConnection) {
		flows, is := all[file].byPair[ends], zeekStates[c.State]
		if c.Proto != "tcp" || is == nil || len(flows) != 1 || strings.HasPrefix(c.History, "^") {
			return // without a beginning, or one of several
		}
		f := flows[0]
		e.check(file+" "+c.State, is(f), "%v: got %s %s %s; history %s", ends, f.State, f.Other, f.Reason, c.History)
	})
	e.finish("states of Zeek")
}

var zeekStateExceptions = []exception{
	{
		"only one way was captured, which tells of the other what it acknowledges; Zeek wants both",
		[]string{"zeek/ssh__ssh.client-side-half-duplex.pcap S0"},
	},
	{
		"Zeek looks no longer at data of GridFTP",
		[]string{"zeek/globus-url-copy.pcap S1"},
	},
}
