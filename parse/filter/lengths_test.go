package filter

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// longer are expressions whose programs are longer than libpcap's on purpose, by
// what they contain.
var longer = []string{
	"protochain",     // no kernel takes libpcap's loop: it is unrolled here
	"tcp or not tcp", // to load from behind the captured bytes rejects a packet, whatever comes of it
}

// TestLengths holds our programs against libpcap's for the same expressions.
func TestLengths(t *testing.T) {
	f, err := os.Open(filepath.Join(testkit.Corpora(t), "filters", "expressions.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var ratios []float64
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row struct {
			Expr string
			Dlt  map[string]struct{ Ddd string }
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		for name, theirs := range row.Dlt {
			link, known := parse.LinkTypeFor(name)
			p, err := Compile(row.Expr, Options{Link: link})
			if !known || theirs.Ddd == "" || err != nil {
				continue // tests/ compares what is accepted
			}
			count, _, _ := strings.Cut(theirs.Ddd, " ")
			want, err := strconv.Atoi(count)
			if err != nil {
				t.Fatal(err)
			}
			ratio := float64(len(p.insns)) / float64(want)
			ratios = append(ratios, ratio)
			if ratio > 1.2 && !slices.ContainsFunc(longer, func(s string) bool { return strings.Contains(row.Expr, s) }) {
				t.Errorf("%s %q: got %d instructions, libpcap %d", name, row.Expr, len(p.insns), want)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ratios)
	if len(ratios) < 2500 {
		t.Fatalf("got %d programs to compare, want at least 2500", len(ratios))
	}
	if median := ratios[len(ratios)/2]; median > 1 {
		t.Errorf("got a median ratio of %.2f want at most 1", median)
	}
}
