package export

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/track"
)

// groupFixture is the fixture with its flows added up both ways.
func groupFixture() (*track.Snapshot, Capture) {
	s, c := fixture()
	hosts := track.Group{Grouping: track.NewGrouping(track.GroupHost, nil), Rows: []track.GroupRow{
		{
			Family: parse.FamilyIPv4, Host: track.Endpoint{Addr: netip.MustParseAddr("203.0.113.9")},
			Flows: 12, First: begin + sec, Last: begin + 9*sec,
			Count: [2]track.Count{count(10, 10_000), count(1000, 1_500_000)}, Rate: steady(1000, 150_000),
		},
		{
			Family: parse.FamilyIPv4, Host: track.Endpoint{Addr: netip.MustParseAddr("192.0.2.2")},
			Flows: 1, First: begin, Last: begin, Count: [2]track.Count{count(3, 5000), count(3, 400)}, Rate: steady(20, 30),
		},
		{
			Family: parse.FamilyIPv6, Host: track.Endpoint{Addr: netip.MustParseAddr("2001:db8:1111:2222:3333:4444:5555:6666")},
			Flows: 2, First: begin, Last: begin + 10*sec, Count: [2]track.Count{count(5, 5000), count(5, 500)}, Rate: steady(1.0/3, 0),
		},
		{
			Family: parse.FamilyLink, Host: track.Endpoint{MAC: [6]byte{1, 0x80, 0xc2, 0, 0, 0xe}},
			Flows: 1, First: begin, Last: begin, Count: [2]track.Count{{Packets: 2, Bytes: 400}, {}},
		},
	}}
	ports := track.Group{Grouping: track.NewGrouping(track.GroupPort, nil), Rows: []track.GroupRow{
		{
			Proto: parse.ProtoTCP, Port: 443, Flows: 11, First: begin + sec, Last: begin + 9*sec,
			Count: [2]track.Count{count(9, 9000), count(1000, 1_500_000)}, Rate: steady(900, 150_000),
		},
		{
			Proto: parse.ProtoUDP, Port: 40_000, Flows: 1, First: begin, Last: begin,
			Count: [2]track.Count{count(1, 90), count(1, 90)}, Rate: steady(9, 9),
		},
	}}
	s.Groups = []track.Group{hosts, ports}
	for i := range s.Groups {
		g := &s.Groups[i]
		g.Other = track.Fold{Flows: 49, Count: s.Totals.All, Rate: s.Totals.Rate}
		for _, r := range g.Rows {
			g.Other.Flows -= r.Flows
			for w := range r.Count {
				g.Other.Count.Sub(r.Count[w])
				for k := range g.Other.Rate {
					g.Other.Rate[k].Bytes -= r.Rate[k][w].Bytes
					g.Other.Rate[k].Packets -= r.Rate[k][w].Packets
				}
			}
		}
	}
	return s, c
}

func TestJSONGroups(t *testing.T) {
	s, c := groupFixture()
	b := Builder{Names: testNames}
	r := b.Build(s, c, false)
	checkLine(t, "record with groups", NewEncoder(), r)
	var got struct {
		Groups json.RawMessage `json:"groups"`
	}
	if err := json.Unmarshal(encode(t, r), &got); err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got.Groups, "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "groups.json", pretty.Bytes())
}

// TestJSONNoGroups checks that nothing of groups is in a record without them,
// also when there were some in the one before.
func TestJSONNoGroups(t *testing.T) {
	var b Builder
	s, c := groupFixture()
	b.Build(s, c, false)
	s.Groups = nil
	if line := encode(t, b.Build(s, c, false)); bytes.Contains(line, []byte(`"groups"`)) {
		t.Errorf("got groups: %s", line)
	}
}

func TestTextGroups(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   TextOptions
		groups []int
	}{
		{"both", TextOptions{}, []int{0, 1}},
		{"host", TextOptions{Width: 80, Bars: true, Order: "source", Lines: 3}, []int{0}},
		{"port", TextOptions{Width: 60, Order: "destination", HidePorts: true}, []int{1}},
		{"narrow", TextOptions{Width: 24, Order: "total", Lines: 1}, []int{1, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := groupFixture()
			s.Losses.Handoff = 0
			var groups []track.Group
			for _, i := range tt.groups {
				groups = append(groups, s.Groups[i])
			}
			s.Groups = groups
			b := Builder{Names: testNames}
			text := Text{TextOptions: tt.opts}
			got := text.Block(b.Build(s, c, false))
			golden(t, "group_"+tt.name+".txt", got)
			for line := range strings.Lines(string(got)) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); tt.opts.Width > 0 && n > tt.opts.Width {
					t.Errorf("got a line of %d columns, want at most %d: %q", n, tt.opts.Width, line)
				}
			}
		})
	}
}

// TestTextGroupsAddUp checks that what a group's table shows, what it says not
// to show, and what is filtered are the totals.
func TestTextGroupsAddUp(t *testing.T) {
	s, c := groupFixture()
	var b Builder
	text := Text{TextOptions: TextOptions{Order: "total", Lines: 1}}
	r := b.Build(s, c, false)
	text.Block(r)
	for i, table := range text.tables {
		shown := r.Groups[i].Entries[0] // the largest
		if sum := shown.Bytes + table.cut.Bytes + r.Filtered.Bytes; sum != r.Totals.Bytes {
			t.Errorf("by %s: got %d bytes, want the total of %d", r.Groups[i].By, sum, r.Totals.Bytes)
		}
		if flows := shown.Flows + table.cut.Flows + r.Filtered.Flows; flows != 49 {
			t.Errorf("by %s: got %d flows, want 49", r.Groups[i].By, flows)
		}
	}
}

// TestGroupAllocs checks that a group takes no memory but for the texts of hosts.
func TestGroupAllocs(t *testing.T) {
	s, c := groupFixture()
	c.Interfaces = c.Interfaces[:1] // an error has a text of its own
	b, e := Builder{Names: testNames}, NewEncoder()
	s.Flows, s.Groups = nil, s.Groups[1:]
	work := func() {
		if _, err := e.Line(b.Build(s, c, false)); err != nil {
			t.Error(err)
		}
	}
	work()
	testkit.ZeroAllocs(t, "record with ports", work)
}
