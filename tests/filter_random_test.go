package tests

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/cbpf"
	"sockeye/parse"
	"sockeye/parse/filter"
)

var (
	randomFilters = flag.Int("random-filters", 4000, "how many random expressions to compare with tcpdump's programs")
	filterSeed    = flag.Uint64("filter-seed", 1, "what the random expressions start from")
)

// randomLinks are the link types of the random expressions, Ethernet oftener
// than the others. Those are left out on which libpcap 1.10.3 gave other answers
// than it does now.
var randomLinks = []string{
	"EN10MB", "EN10MB", "EN10MB", "EN10MB", "EN10MB", "EN10MB", "EN10MB", "RAW", "LINUX_SLL", "LINUX_SLL2", "NULL", "LOOP", "PPP", "IEEE802_11",
	"IEEE802_11_RADIO", "PRISM_HEADER", "IEEE802_11_RADIO_AVS", "C_HDLC", "FRELAY", "IPV4", "IPV6", "PPP_ETHER", "SUNATM",
	"FDDI", "IEEE802", "SLIP", "ATM_RFC1483", "IP_OVER_FC", "LTALK", "PPP_SERIAL", "ENC", "NFLOG", "IPNET",
}

// A libpcap is a link type, with what tcpdump needs to be asked about it.
type libpcap struct {
	name string
	link parse.LinkType
	file string // a capture of pool
	pool []cbpf.Packet
}

func (l *libpcap) wlan() bool {
	return slices.Contains([]parse.LinkType{parse.Link80211, parse.LinkRadiotap, parse.LinkAVS, parse.LinkPrism}, l.link)
}

// program asks tcpdump for the program of an expression.
func (l *libpcap) program(expr string, flags ...string) (p cbpf.Program, refusal string, err error) {
	args := append(append([]string{"-Z", "root"}, flags...), "-ddd", "-r", l.file, "--", expr)
	cmd := exec.Command("tcpdump", args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 {
			lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
			return nil, lines[len(lines)-1], nil
		}
		return nil, "", fmt.Errorf("run tcpdump: %w: %s", err, &errs)
	}
	p, err = cbpf.Decimal(string(out))
	return p, "", err
}

// count asks tcpdump how many packets of the capture match.
func (l *libpcap) count(expr string, flags ...string) (int, error) {
	args := append(append([]string{"-Z", "root"}, flags...), "-r", l.file, "--count", "--", expr)
	out, err := exec.Command("tcpdump", args...).Output()
	if err != nil {
		return 0, fmt.Errorf("run tcpdump: %w", err)
	}
	word, _, _ := strings.Cut(string(out), " ")
	return strconv.Atoi(word)
}

// TestFilterRandom compares what random expressions become with what the
// installed libpcap makes of them: whether they are refused, what both programs
// say of packets that are steered into them, and, for some, the count that
// tcpdump and Match come to on a capture.
func TestFilterRandom(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("tcpdump"); err != nil {
		testkit.Skip(t, "tcpdump is not installed")
	}
	r := rand.New(rand.NewPCG(*filterSeed, 0))
	byName := map[string]*libpcap{}
	for _, name := range randomLinks {
		if byName[name] == nil {
			l := &libpcap{name: name, link: linkOf(t, name), pool: packetPool(t, name, 400, r)}
			l.file = writeCapture(t, l.link, l.pool)
			byName[name] = l
		}
	}
	var next, alone, counted atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				n := int(next.Add(1))
				if n > *randomFilters {
					return
				}
				r := rand.New(rand.NewPCG(*filterSeed, uint64(n)))
				l := byName[randomLinks[r.IntN(len(randomLinks))]]
				g := grammar{r, l.wlan(), l.wlan() || r.IntN(6) == 0}
				expr := g.expression()
				both, err := l.compare(expr, r)
				switch {
				case err != nil:
					t.Errorf("%d: %s: %q: %v", n, l.name, expr, err)
				case !both:
					alone.Add(1)
				case n%20 == 0 && !g.variable: // no run tells that tcpdump's program read unwritten words
					counted.Add(1)
					l.compareCount(t, expr)
				}
			}
		})
	}
	workers.Wait()
	t.Logf("seed %d: %d expressions, %d of them without two programs; %d counted on a capture",
		*filterSeed, *randomFilters, alone.Load(), counted.Load())
}

// compare compiles an expression in both ways, and reports whether there are
// two programs.
func (l *libpcap) compare(expr string, r *rand.Rand) (both bool, err error) {
	optimised, refusal, err := l.program(expr)
	if err != nil {
		return false, err
	}
	nothing := strings.Contains(refusal, "expression rejects all packets")
	if nothing {
		optimised, refusal = rejectAll, ""
	}
	ours, err := filter.Compile(expr, filter.Options{Link: l.link, Resolver: noNames{}})
	if err != nil && (refusal != "" || nothing || differsOnPurpose(err.Error())) {
		return false, checkRefusal(expr, err)
	}
	if err != nil {
		return false, fmt.Errorf("got error %w, want a program", err)
	}
	if differsOnPurpose(refusal) {
		return false, nil
	}
	if refusal != "" {
		return false, fmt.Errorf("got a program, want an error: %s", refusal)
	}
	plain, _, err := l.program(expr, "-O")
	if err != nil {
		return false, err
	}
	d := duel{ours: ours, theirs: []cbpf.Program{optimised, plain}, pool: l.pool}
	return !nothing, d.run(100, r)
}

// differsOnPurpose reports whether only one of the two refuses for such a reason.
// Of operands libpcap looks at the first number, and we work them out; only its
// later versions look at protocol numbers; and it forgets that a tunnel ends a
// stack of labels.
func differsOnPurpose(refusal string) bool {
	return slices.ContainsFunc([]string{"shift by more than 31 bits", "division by zero", "modulus by zero",
		"a protocol number is at most 255", "unsupported protocol over mpls"},
		func(s string) bool { return strings.Contains(refusal, s) })
}

// compareCount counts the packets of the capture.
func (l *libpcap) compareCount(t *testing.T, expr string) {
	p, err := filter.Compile(expr, filter.Options{Link: l.link, Resolver: noNames{}})
	if err != nil {
		t.Errorf("%s: %q: compiled once, then not: %v", l.name, expr, err)
		return
	}
	got := 0
	for _, pkt := range l.pool {
		if p.Match(pkt.Data, pkt.Wire) {
			got++
		}
	}
	if _, err := l.count(""); err != nil {
		// In a user namespace tcpdump may neither stay root nor become another
		// user, and reads no file. Its programs have been compared all the same.
		if !testkit.FirstNamespace() {
			return
		}
		t.Errorf("%s: count all packets: %v", l.name, err)
		return
	}
	want, err := l.count(expr)
	plain, plainErr := l.count(expr, "-O")
	if err != nil || plainErr != nil || got != want && got != plain {
		t.Errorf("%s: %q: got %d packets want %d or %d as tcpdump counts (%v, %v)", l.name, expr, got, want, plain, err, plainErr)
	}
}
