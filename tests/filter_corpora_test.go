package tests

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/cbpf"
	"sockeye/parse"
	"sockeye/parse/filter"
)

// gzipLines reads a compressed file of one JSON object a line.
func gzipLines[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	for line := range bytes.Lines(text) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		t.Fatalf("%s is empty", path)
	}
	return all
}

// filterFile returns the path of a table of filters.
func filterFile(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(testkit.Corpora(t), "filters", name)
}

// A filterExpression is what libpcap says of one text on each link type.
type filterExpression struct {
	ID, Expr string
	DLT      map[string]struct {
		Accept bool
		Class  string `json:"error_class"`
		DDD    string
		Head   *bool `json:"accept_libpcap_head"` // of libpcap's git, where it differs
	}
}

func filterExpressions(t *testing.T) []filterExpression {
	t.Helper()
	return gzipLines[filterExpression](t, filterFile(t, "expressions.jsonl.gz"))
}

// TestFilterExpressions compiles each expression for each link type: we take
// and refuse the same ones as libpcap, and the programs tell the same packets
// apart.
func TestFilterExpressions(t *testing.T) {
	t.Parallel()
	all := filterExpressions(t)
	l := newFilterList(t, inExpressions)
	for _, link := range sorted(all[0].DLT) {
		r := rand.New(rand.NewPCG(1, 1))
		pool := packetPool(t, link, 400, r)
		loose := 0
		for _, e := range all {
			want := e.DLT[link]
			accept := want.Accept
			if want.Head != nil {
				accept = *want.Head
			}
			got, err := filter.Compile(e.Expr, filter.Options{Link: linkOf(t, link), Resolver: noNames{}})
			switch {
			case err == nil && accept && want.Accept:
				theirs, err := cbpf.Decimal(want.DDD)
				if err != nil {
					t.Fatal(err)
				}
				d := duel{ours: got, theirs: []cbpf.Program{theirs}, pool: pool}
				if err := d.run(60, r); err != nil {
					l.differs(link, e.Expr, err.Error())
				}
				loose += d.loose
			case err == nil && !accept && want.Class == "rejects_all":
				nothing := duel{ours: got, theirs: []cbpf.Program{rejectAll}, pool: pool}
				if err := nothing.run(60, r); err != nil {
					l.differs(link, e.Expr, err.Error())
				}
			case err == nil && !accept:
				l.differs(link, e.Expr, fmt.Sprintf("got a program, want an error (%s)", want.Class))
			case err != nil && accept:
				l.differs(link, e.Expr, fmt.Sprintf("got error %v, want a program", err))
			case err != nil:
				if err := checkRefusal(e.Expr, err); err != nil {
					t.Errorf("%s: %q: %v", link, e.Expr, err)
				}
			}
		}
		t.Logf("%s: %d expressions; on %d packets the order of loads decides", link, len(all), loose)
	}
	l.end()
}

// A filterMatch is what tcpdump found in a capture.
type filterMatch struct {
	ID, File, Frames string
	Count            int
	Error            string
	Class            string `json:"error_class"`
	Alt              map[string]struct {
		Frames, Error string
	}
	expr string // that the ID stands for
}

func filterMatches(t *testing.T) []filterMatch {
	t.Helper()
	text := map[string]string{}
	for _, e := range filterExpressions(t) {
		text[e.ID] = e.Expr
	}
	all := gzipLines[filterMatch](t, filterFile(t, "matches.jsonl.gz"))
	for i := range all {
		all[i].expr = text[all[i].ID]
	}
	return all
}

// allowed returns the answers that libpcap gives: frames, or an error as
// "error".
func (m *filterMatch) allowed() map[string]bool {
	answer := func(frames, err string) string {
		if err != "" {
			return "error"
		}
		return frames
	}
	all := map[string]bool{answer(m.Frames, m.Error): true}
	if m.Class == "rejects_all" {
		all[""] = true
	}
	for _, a := range m.Alt {
		all[answer(a.Frames, a.Error)] = true
	}
	return all
}

// TestFilterMatches filters captures, and compares the frames that are left with
// those that tcpdump finds.
func TestFilterMatches(t *testing.T) {
	t.Parallel()
	byFile := map[string][]filterMatch{}
	for _, m := range filterMatches(t) {
		byFile[m.File] = append(byFile[m.File], m)
	}
	l := newFilterList(t, inMatches)
	for _, file := range sorted(byFile) {
		pkts, link := capturePackets(t, filepath.Join(testkit.Corpora(t), filepath.FromSlash(file)), 1<<20)
		for _, m := range byFile[file] {
			got := "error"
			p, err := filter.Compile(m.expr, filter.Options{Link: link, Resolver: noNames{}})
			if err == nil {
				got = matching(p, pkts)
			}
			if !m.allowed()[got] {
				l.differs(file, m.expr, fmt.Sprintf("got frames %.200q (error %v), want %.200q", got, err, sorted(m.allowed())))
			}
		}
	}
	l.end()
}

// matching writes the numbers of the packets that match, as the tables do.
func matching(p *filter.Program, pkts []cbpf.Packet) string {
	var parts []string
	for i := 0; i < len(pkts); i++ {
		from := i
		for i < len(pkts) && p.Match(pkts[i].Data, pkts[i].Wire) {
			i++
		}
		switch {
		case i-from > 1:
			parts = append(parts, fmt.Sprintf("%d-%d", from+1, i))
		case i-from == 1:
			parts = append(parts, strconv.Itoa(from+1))
		}
	}
	return strings.Join(parts, ",")
}

// TestFilterBinary asks the program itself for the number of packets, for one
// expression in some of those that a capture has.
func TestFilterBinary(t *testing.T) {
	t.Parallel()
	const each = 97
	for i, m := range filterMatches(t) {
		if i%each != 0 || m.Alt != nil || m.Class == "rejects_all" {
			continue
		}
		path := filepath.Join(testkit.Corpora(t), filepath.FromSlash(m.File))
		r := testkit.Run(t, exec.Command(testkit.Binary(t), "filter", "--read", path, "--", m.expr))
		want, code := strconv.Itoa(m.Count)+"\n", 0
		if m.Error != "" {
			want, code = "", 2
		}
		if r.Stdout != want || r.Code != code {
			t.Errorf("%s: %q: got %q, exit code %d (%s), want %q, %d", m.File, m.expr, r.Stdout, r.Code, r.Stderr, want, code)
		}
	}
}

// A filterCase is one test of libpcap's own.
type filterCase struct {
	Name, DLT, Netmask string
	Exprs              []string
	Expr               string
	Opt, Unopt         []string
	Snaplen            uint32
	Linuxext           int
	File               string
	Frames             []int
	Release            json.RawMessage `json:"libpcap_1.10.3"`
}

func (c *filterCase) options(link parse.LinkType) filter.Options {
	o := filter.Options{Link: link, Snaplen: c.Snaplen, Kernel: c.Linuxext == 1, Resolver: noNames{}}
	if c.Netmask != "" {
		mask := netip.MustParseAddr(c.Netmask).As4()
		o.Netmask = binary.BigEndian.Uint32(mask[:])
	}
	return o
}

// TestFilterPrograms compiles the expressions of libpcap's own tests: our
// programs tell the same packets apart as the expected ones.
func TestFilterPrograms(t *testing.T) {
	t.Parallel()
	l := newFilterList(t, inPrograms)
	pools := map[string][]cbpf.Packet{}
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range gzipLines[filterCase](t, filterFile(t, "testrun_accept.jsonl.gz")) {
		var theirs []cbpf.Program
		for _, lines := range [][]string{c.Opt, c.Unopt} {
			p, err := cbpf.Text(lines)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			if len(p) == 0 { // the optimiser found that nothing can match
				p = rejectAll
			}
			theirs = append(theirs, p)
		}
		if pools[c.DLT] == nil {
			pools[c.DLT] = packetPool(t, c.DLT, 300, r)
		}
		for _, expr := range c.Exprs {
			got, err := filter.Compile(expr, c.options(linkOf(t, c.DLT)))
			if err != nil && !rejectsAll(theirs[0]) {
				l.differs(c.DLT, expr, err.Error())
			}
			if err != nil {
				continue
			}
			d := duel{ours: got, theirs: theirs, pool: pools[c.DLT], kernel: c.Linuxext == 1}
			if err := d.run(100, r); err != nil {
				l.differs(c.DLT, expr, err.Error())
			}
		}
	}
	l.end()
}

// TestFilterRefusals: what libpcap's own tests expect to be refused is.
func TestFilterRefusals(t *testing.T) {
	t.Parallel()
	l := newFilterList(t, inRefusals)
	for _, c := range gzipLines[filterCase](t, filterFile(t, "testrun_reject.jsonl.gz")) {
		_, err := filter.Compile(c.Expr, c.options(linkOf(t, c.DLT)))
		if err == nil {
			l.differs(c.DLT, c.Expr, "got a program, want an error; libpcap 1.10.3 "+string(c.Release))
		} else if err := checkRefusal(c.Expr, err); err != nil {
			t.Errorf("%s: %q: %v", c.DLT, c.Expr, err)
		}
	}
	l.end()
}

// TestFilterApplied filters the captures of libpcap's own tests.
func TestFilterApplied(t *testing.T) {
	t.Parallel()
	l := newFilterList(t, inApplied)
	for _, c := range jsonLines[filterCase](t, filterFile(t, "testrun_apply.jsonl")) {
		pkts, link := capturePackets(t, filepath.Join(testkit.Corpora(t), filepath.FromSlash(c.File)), 1<<20)
		p, err := filter.Compile(c.Expr, c.options(link))
		if err != nil {
			l.differs(c.File, c.Expr, err.Error())
			continue
		}
		var got []int
		for i, pkt := range pkts {
			if p.Match(pkt.Data, pkt.Wire) {
				got = append(got, i+1)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.Frames) {
			l.differs(c.File, c.Expr, fmt.Sprintf("got frames %v want %v", got, c.Frames))
		}
	}
	l.end()
}
