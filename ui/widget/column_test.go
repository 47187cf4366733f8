package widget

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// flowColumns are columns as a table of flows has them.
var flowColumns = []Column{
	{Key: "proto", Title: "Proto", Min: 4, Max: 6, Drop: 6},
	{Key: "process", Title: "Process", Min: 10, Max: 24, Weight: 2},
	{Key: "local", Title: "Local", Min: 12, Max: 45, Weight: 2, Drop: 4, Middle: true},
	{Key: "remote", Title: "Remote", Min: 16, Weight: 4, Middle: true},
	{Key: "app", Title: "Application", Min: 10, Weight: 3, Drop: 7},
	{Key: "state", Title: "State", Min: 8, Max: 12, Weight: 1, Drop: 3},
	{Key: "rtt", Title: "RTT", Min: 6, Max: 6, Right: true, Drop: 2},
	{Key: "sent", Title: "Sent", Min: 6, Max: 8, Right: true},
	{Key: "received", Title: "Rcvd", Min: 6, Max: 8, Right: true},
	{Key: "total", Title: "Total", Min: 6, Max: 8, Right: true, Drop: 5},
	{Key: "spark", Title: "40 s", Min: 10, Max: 40, Weight: 1, Drop: 1},
}

// keysOf lists what a layout shows.
func keysOf(columns []Column, placed []Placed) string {
	var keys []string
	for _, p := range placed {
		keys = append(keys, columns[p.Column].Key)
	}
	return strings.Join(keys, " ")
}

func TestLayoutDropsInOrder(t *testing.T) {
	tests := []struct {
		width int
		want  string
	}{
		{200, "proto process local remote app state rtt sent received total spark"},
		{100, "proto process local remote app state rtt sent received total"},
		{92, "proto process local remote app state sent received total"},
		{80, "proto process local remote app sent received total"},
		{70, "proto process remote app sent received total"},
		{60, "proto process remote app sent received"},
		{50, "process remote sent received"},
		{20, "process remote sent received"},
		{7, "process remote sent received"},
		{5, "process remote sent"},
		{1, "process"},
		{0, ""},
		{-3, ""},
	}
	for _, tt := range tests {
		if got := keysOf(flowColumns, new(layout).place(flowColumns, tt.width, nil)); got != tt.want {
			t.Errorf("%d columns: got %q, want %q", tt.width, got, tt.want)
		}
	}
}

func TestLayoutGivesByWeight(t *testing.T) {
	columns := []Column{{Key: "a", Min: 5, Weight: 1}, {Key: "b", Min: 5, Weight: 3}, {Key: "c", Min: 5, Max: 7, Weight: 9}, {Key: "d", Min: 3}}
	got := new(layout).place(columns, 61, nil)
	want := []Placed{{0, 0, 15}, {1, 16, 33}, {2, 50, 7}, {3, 58, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLayoutOfDraggedColumns(t *testing.T) {
	columns := []Column{{Key: "a", Min: 5, Weight: 1}, {Key: "b", Min: 5, Weight: 1, Drop: 1}}
	tests := []struct {
		name    string
		width   int
		dragged map[string]int
		want    []Placed
	}{
		{"wider", 31, map[string]int{"a": 20}, []Placed{{0, 0, 20}, {1, 21, 10}}},
		{"narrower", 31, map[string]int{"a": 2}, []Placed{{0, 0, 2}, {1, 3, 28}}},
		{"all", 31, map[string]int{"a": 2, "b": 3}, []Placed{{0, 0, 2}, {1, 3, 3}}},
		{"too wide costs no other column its place", 31, map[string]int{"a": 500}, []Placed{{0, 0, 25}, {1, 26, 5}}},
		{"nothing", 31, map[string]int{"a": -5}, []Placed{{0, 0, 1}, {1, 2, 29}}},
	}
	for _, tt := range tests {
		if got := new(layout).place(columns, tt.width, tt.dragged); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestLayoutOfAnyColumns holds what is true of all layouts: the places are in order, lie
// within the width with a space between them, and no column goes while one that goes
// before it is shown.
func TestLayoutOfAnyColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	for range 2000 {
		columns := make([]Column, rng.IntN(12))
		for i := range columns {
			columns[i] = Column{Min: rng.IntN(30), Max: rng.IntN(3) * rng.IntN(40), Weight: rng.IntN(5), Drop: rng.IntN(6)}
			if columns[i].Max > 0 {
				columns[i].Max = max(columns[i].Max, columns[i].Min)
			}
		}
		width := rng.IntN(220)
		placed := new(layout).place(columns, width, nil)
		end, last := -1, -1
		shown := make([]bool, len(columns))
		for _, p := range placed {
			if p.X != end+1 || p.W < 1 || p.Column <= last {
				t.Fatalf("%v in %d: got %v", columns, width, placed)
			}
			end, last = p.X+p.W, p.Column
			shown[p.Column] = true
			if c := columns[p.Column]; c.Max > 0 && p.W > max(1, c.Max) {
				t.Fatalf("%v in %d: got %v, want none above its Max", columns, width, placed)
			}
		}
		if end > max(0, width) {
			t.Fatalf("%v in %d: got %v, want all within", columns, width, placed)
		}
		for i, c := range columns {
			for k, d := range columns {
				if !shown[i] && shown[k] && c.Drop > 0 && d.Drop > 0 && d.Drop < c.Drop {
					t.Fatalf("%v in %d: column %d went before %d", columns, width, i, k)
				}
			}
		}
	}
}
