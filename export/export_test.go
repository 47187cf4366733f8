package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sockeye/parse"
	"sockeye/track"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: want (-) got (+):\n%s", path, diff)
	}
}

func encode(t *testing.T, r *Record) []byte {
	t.Helper()
	line, err := NewEncoder().Line(r)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestJSON(t *testing.T) {
	s, c := fixture()
	b := Builder{Names: testNames}
	line := encode(t, b.Build(s, c, false))
	if n := bytes.Count(line, []byte("\n")); n != 1 || line[len(line)-1] != '\n' {
		t.Errorf("got %d line ends, want one, at the end", n)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, line, "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "record.json", pretty.Bytes())
}

func TestJSONEmpty(t *testing.T) {
	var b Builder
	var got map[string]any
	if err := json.Unmarshal(encode(t, b.Build(&track.Snapshot{Time: begin}, Capture{Source: Source{Kind: "file", File: "a.pcap"}}, true)), &got); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"flows", "interfaces", "protocols"} {
		if v, ok := got[list].([]any); !ok || len(v) != 0 {
			t.Errorf("%s: got %v, want an empty list", list, got[list])
		}
	}
	if got["final"] != true || got["interval"] != 0.0 || got["start"] != got["time"] {
		t.Errorf("got final %v, interval %v, start %v, want true, 0, the time", got["final"], got["interval"], got["start"])
	}
}

// TestJSONReuse checks that nothing of a record is left in the next one.
func TestJSONReuse(t *testing.T) {
	s, c := fixture()
	s.Losses.Handoff = 0 // a loss marks the next records, too
	var used Builder
	used.Build(s, c, false)
	small := &track.Snapshot{Time: s.Time + sec, Start: s.Start, Flows: []track.Row{{ID: 9, Family: parse.FamilyIPv4, First: begin, Last: begin}}}
	c.Interfaces = c.Interfaces[:1]
	got := encode(t, used.Build(small, c, false))
	fresh := Builder{begun: true, last: s.Time}
	if diff := cmp.Diff(string(encode(t, fresh.Build(small, c, false))), string(got)); diff != "" {
		t.Errorf("fresh (-) used (+):\n%s", diff)
	}
}

// TestEndsFollowRow checks that a flow has new texts when what they are made
// from changes, and that ids far apart do not share theirs.
func TestEndsFollowRow(t *testing.T) {
	s, c := fixture()
	row := &s.Flows[0]
	s.Flows = s.Flows[:1]
	used := Builder{Names: testNames}
	for _, tt := range []struct {
		name   string
		change func()
	}{
		{"first", func() {}},
		{"same", func() {}},
		{"the other end is the local one", func() { row.Local, row.Remote = row.Remote, row.Local }},
		{"the other end began it", func() { row.Class = track.Incoming }},
		{"unknown who began it", func() { row.InitiatorKnown = false }},
		{"another protocol", func() { row.Proto = parse.ProtoUDP }},
		{"another port", func() { row.Remote.Port = 53 }},
		{"another flow in its place", func() { row.ID += uint64(len(endsCache{})); row.Local.Port = 1 }},
		{"no ends", func() { *row = track.Row{ID: row.ID} }},
	} {
		tt.change()
		fresh := Builder{Names: testNames}
		want, got := fresh.Build(s, c, false).Flows[0].Ends, used.Build(s, c, false).Flows[0].Ends
		if want != got {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, want)
		}
	}
}

func TestInterval(t *testing.T) {
	var b Builder
	for i, tt := range []struct {
		at   int64
		want float64
	}{{begin + sec, 1}, {begin + 3*sec + sec/2, 2.5}, {begin + 3*sec, 0}} {
		s := &track.Snapshot{Time: tt.at, Start: begin}
		if got := b.Build(s, Capture{}, false).Interval; got != tt.want {
			t.Errorf("record %d: got an interval of %v s, want %v", i, got, tt.want)
		}
	}
}

// TestLowerBounds checks that a drop marks the rates for as long as a window
// can hold it.
func TestLowerBounds(t *testing.T) {
	_, c := fixture()
	var b Builder
	for _, tt := range []struct {
		name  string
		after int64 // seconds
		drops uint64
		want  bool
	}{
		{"no drop yet", 1, 0, false},
		{"a drop", 2, 5, true},
		{"still in the longest window", 42, 0, true},
		{"out of every window", 44, 0, false},
		{"another drop", 50, 1, true},
	} {
		s := &track.Snapshot{Time: begin + tt.after*sec, Start: begin}
		if got := b.Build(s, dropped(c, tt.drops), false).LowerBounds; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestLowerBoundsQueue checks that packets which did not reach their flow's
// owner mark the rates, and that a clock which is set back does not make the
// mark stay.
func TestLowerBoundsQueue(t *testing.T) {
	var b Builder
	for _, tt := range []struct {
		name  string
		after int64 // seconds
		lost  uint64
		want  bool
	}{
		{"nothing lost", 1, 0, false},
		{"lost", 1000, 3, true},
		{"the clock is set back", 10, 3, true},
		{"still in the longest window", 50, 3, true},
		{"out of every window", 52, 3, false},
	} {
		s := &track.Snapshot{Time: begin + tt.after*sec, Start: begin, Losses: track.Losses{Handoff: tt.lost}}
		if got := b.Build(s, Capture{}, false).LowerBounds; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestDropsOfAny checks that what one socket for all interfaces lost is not
// counted again for each of them.
func TestDropsOfAny(t *testing.T) {
	_, c := fixture()
	c.Interfaces[0].Through = "any"
	c.Interfaces = append(c.Interfaces, c.Interfaces[0])
	c.Interfaces[2].Name, c.Interfaces[2].Through = "any", ""
	c.Interfaces[2].Stats.Dropped, c.Interfaces[0].Stats.Dropped = 7, 7
	var b Builder
	if got := b.Build(&track.Snapshot{Time: begin}, c, false).Drops.Kernel; got != 7 {
		t.Errorf("got %d drops, want 7", got)
	}
}

func TestRounded(t *testing.T) {
	for _, tt := range []struct{ give, want float64 }{
		{0, 0}, {1.0 / 3, 0.333}, {2.0 / 3, 0.667}, {1e12 + 0.25, 1e12 + 0.25}, {math.NaN(), 0}, {math.Inf(1), 0},
	} {
		if got := rounded(tt.give); got != tt.want {
			t.Errorf("rounded(%v): got %v, want %v", tt.give, got, tt.want)
		}
	}
}

// TestSchemaTags checks that every exported field has a name in JSON, and that
// no two of an object share one.
func TestSchemaTags(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(typ reflect.Type)
	fields := func(typ reflect.Type) []string {
		var all []string
		for _, f := range reflect.VisibleFields(typ) {
			if !f.IsExported() || f.Anonymous {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				t.Errorf("%v.%s has no name in JSON", typ, f.Name)
			}
			all = append(all, name)
			walk(f.Type)
		}
		return all
	}
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		names := map[string]bool{}
		for _, name := range fields(typ) {
			if names[name] {
				t.Errorf("%v has two fields named %q", typ, name)
			}
			names[name] = true
		}
	}
	walk(reflect.TypeFor[Record]())
	if len(seen) < 10 {
		t.Errorf("walked over %d types, want all of the schema", len(seen))
	}
}

// TestSchemaDocumented checks that docs/json.md names every field.
func TestSchemaDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	s, c := ownerGroups()
	grouped, _ := groupFixture()
	s.Groups = append(s.Groups, grouped.Groups...)
	b := Builder{Names: testNames}
	var v any
	if err := json.Unmarshal(encode(t, b.Build(s, c, true)), &v); err != nil {
		t.Fatal(err)
	}
	var check func(v any)
	check = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				check(e)
			}
		case map[string]any:
			for name, e := range v {
				if !bytes.Contains(doc, []byte("`"+name+"`")) {
					t.Errorf("docs/json.md does not name `%s`", name)
				}
				check(e)
			}
		}
	}
	check(v)
}

func TestText(t *testing.T) {
	tests := []struct {
		name string
		opts TextOptions
		lost uint64
	}{
		{"log", TextOptions{}, 0},
		{"bytes", TextOptions{Bytes: true, Order: "total", Lines: 3}, 0},
		{"lossy", TextOptions{Order: "10s", Lines: 2}, 30},
		{"24", TextOptions{Width: 24, Lines: 2}, 0},
		{"30", TextOptions{Width: 30, Lines: 2}, 30},
		{"60", TextOptions{Width: 60, Order: "40s", HidePorts: true}, 30},
		{"80", TextOptions{Width: 80, Order: "source", Bars: true}, 0},
		{"120", TextOptions{Width: 120, Order: "destination", Bars: true}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fixture()
			if tt.lost == 0 {
				s.Losses.Handoff = 0
			}
			b := Builder{Names: testNames}
			text := Text{TextOptions: tt.opts}
			got := text.Block(b.Build(s, dropped(c, tt.lost), false))
			golden(t, "text_"+tt.name+".txt", got)
			for line := range strings.Lines(string(got)) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); tt.opts.Width > 0 && n > tt.opts.Width {
					t.Errorf("got a line of %d columns, want at most %d: %q", n, tt.opts.Width, line)
				}
			}
		})
	}
}

// TestTextAddsUp checks that what is not shown is counted in what is said not
// to be shown.
func TestTextAddsUp(t *testing.T) {
	s, c := fixture()
	var b Builder
	text := Text{TextOptions: TextOptions{Order: "total", Lines: 1}}
	r := b.Build(s, c, false)
	text.Block(r)
	want := r.Other.Bytes
	for _, f := range r.Flows[1:] { // the first is the largest
		want += f.Bytes
	}
	if text.tables[0].cut.Bytes != want || text.tables[0].cut.Flows != r.Other.Flows+6 {
		t.Errorf("got %d bytes of %d flows, want %d of %d", text.tables[0].cut.Bytes, text.tables[0].cut.Flows, want, r.Other.Flows+6)
	}
}

// TestTextNoTime checks that a file that has no packet is not said to be of
// 1970, and that one of 1970 is.
func TestTextNoTime(t *testing.T) {
	for _, tt := range []struct {
		packets uint64
		want    string
	}{{0, "-  a.pcap  0 flows"}, {1, "1970-01-01 00:00:00Z  a.pcap  0 flows"}} {
		r := Record{Head: Head{Source: Source{Kind: "file", File: "a.pcap"}}}
		r.Totals.Packets = tt.packets
		got, _, _ := strings.Cut(string(new(Text).Block(&r)), "\n")
		if got != tt.want {
			t.Errorf("%d packets: got %q, want %q", tt.packets, got, tt.want)
		}
	}
}

// TestTextFoldLabel checks that no label is cut inside.
func TestTextFoldLabel(t *testing.T) {
	for _, tt := range []struct {
		width int
		flows uint64
		want  string
	}{
		{80, 1, "not shown: 1 flows "}, {45, 1, "not shown: 1 flows "}, {45, 1234, "not shown: 1234 "},
		{45, 12_345_678, "not shown: 12345678 "}, {30, 1234567, "not shown "},
	} {
		text := Text{TextOptions: TextOptions{Width: tt.width}}
		got := string(text.Block(&Record{Other: Fold{Flows: tt.flows}}))
		if !strings.Contains(got, "\n      "+tt.want) {
			t.Errorf("%d columns, %d flows: got\n%s\nwant %q", tt.width, tt.flows, got, tt.want)
		}
	}
}

func TestTextControlCharacters(t *testing.T) {
	var b Builder
	var text Text
	got := text.Block(b.Build(&track.Snapshot{Time: begin}, Capture{Source: Source{Kind: "file", File: "\x1b[2Jevil\n"}}, true))
	if bytes.ContainsRune(got, '\x1b') || !bytes.Contains(got, []byte("?[2Jevil?")) {
		t.Errorf("got %q, want the control characters replaced", got)
	}
}

func TestQuantity(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want string
	}{
		{0, "0 B"}, {0.2, "<1 B"}, {1, "1 B"}, {999.4, "999 B"}, {999.5, "1.00 kB"}, {1000, "1.00 kB"},
		{9994, "9.99 kB"}, {9996, "10.0 kB"}, {99_940, "99.9 kB"}, {99_960, "100 kB"}, {999_499, "999 kB"},
		{999_500, "1.00 MB"}, {1e9, "1.00 GB"}, {117.6e9, "118 GB"}, {1.8e19, "18.0 EB"}, {1e22, "10000 EB"},
	} {
		if got := quantity(tt.v, "B"); got != tt.want {
			t.Errorf("quantity(%v): got %q, want %q", tt.v, got, tt.want)
		}
	}
}

func TestElide(t *testing.T) {
	for _, tt := range []struct {
		s     string
		width int
		want  string
	}{{"short", 5, "short"}, {"abcdefgh", 5, "ab…gh"}, {"abcdefgh", 4, "ab…h"}, {"äöüßéè", 3, "ä…è"}} {
		if got := elide(tt.s, tt.width); got != tt.want {
			t.Errorf("elide(%q, %d): got %q, want %q", tt.s, tt.width, got, tt.want)
		}
	}
}

// many returns a snapshot of n busy flows.
func many(n int) (*track.Snapshot, Capture) {
	s, c := fixture()
	row := s.Flows[0]
	s.Flows = s.Flows[:0]
	for i := range n {
		row.ID = uint64(i)
		row.Remote.Addr = netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})
		row.Rate = steady(1e6/float64(i+3), 1e9/float64(i+7))
		s.Flows = append(s.Flows, row)
	}
	return s, c
}

func BenchmarkText(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, c := many(n)
			builder, text := Builder{Names: testNames}, Text{}
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(len(text.Block(builder.Build(s, c, false)))))
			}
		})
	}
}
