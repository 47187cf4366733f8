package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/parse/dpi"
)

// A told capture is what the program tells of one by --json-events --decap.
type told struct {
	result  testkit.Result
	flows   []toldFlow           // in the order in which they ended
	byPair  map[pair][]*toldFlow // all generations of a tuple
	byID    map[uint64]*toldFlow
	opened  map[uint64]int
	closed  map[uint64]int
	totals  export.Volume
	dropped uint64 // events

	untimely int // lines about a flow that was not opened yet, or is closed
}

// pair is the two ends of a flow, the lower one first.
type pair struct {
	proto string
	a, b  netip.AddrPort
}

func newPair(proto string, a, b netip.AddrPort) pair {
	if b.Compare(a) < 0 {
		a, b = b, a
	}
	return pair{strings.ToLower(proto), a, b}
}

func (p pair) String() string { return fmt.Sprintf("%s %v %v", p.proto, p.a, p.b) }

// toldFlow is the line of a flow that ended, and the messages before it.
type toldFlow struct {
	ID     uint64
	Proto  string
	Local  export.Endpoint
	Remote export.Endpoint
	First  export.Time
	Last   export.Time
	State  string
	Other  string            `json:"state_remote"`
	Reason string            `json:"close_reason"`
	ICMP   *export.ICMPError `json:"icmp_error"`
	Names  []export.Name
	Health *export.Health `json:"health"`
	App    *toldApp
	export.Volume
	export.Ways

	ends pair
	http []dpi.HTTPMessage
	dns  []dpi.DNSMessage
	tls  []dpi.TLSDetail
}

// toldApp is what a flow speaks.
type toldApp struct {
	Protocol   string
	Confidence string
	TLS        *dpi.TLSDetail
	QUIC       *dpi.QUICDetail
	HTTP       *dpi.HTTPDetail
	HTTP2      *dpi.HTTPDetail
	DNS        *dpi.DNSDetail
	SSH        *dpi.SSHDetail
	SIP        *dpi.SIPDetail
	MQTT       *dpi.MQTTDetail
	NTP        *dpi.NTPDetail
	SNMP       *dpi.SNMPDetail
	STUN       *dpi.STUNDetail
	SMTP       *dpi.SMTPDetail
	DHCP       *dpi.DHCPDetail
	BitTorrent *dpi.BitTorrentDetail
	NetBIOS    *dpi.NetBIOSDetail `json:"netbios_ns"`

	parts map[string]json.RawMessage // what each protocol said, by its key
}

// UnmarshalJSON keeps the text, too.
func (a *toldApp) UnmarshalJSON(b []byte) error {
	type plain toldApp
	if err := json.Unmarshal(b, (*plain)(a)); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &a.parts); err != nil {
		return err
	}
	delete(a.parts, "protocol")
	delete(a.parts, "confidence")
	return nil
}

// protocol returns what the flow's bytes say that it speaks, "" for nothing.
func (f *toldFlow) protocol() string {
	if f.App == nil || f.App.Confidence == dpi.ByPort.String() {
		return ""
	}
	return f.App.Protocol
}

// speaks returns all protocols that the flow's bytes say something of, the last one
// first.
func (f *toldFlow) speaks() []string {
	if f.protocol() == "" {
		return []string{""}
	}
	all := []string{f.App.Protocol}
	for _, k := range slices.Sorted(maps.Keys(f.App.parts)) {
		if name := strings.ReplaceAll(k, "_", "-"); name != f.App.Protocol {
			all = append(all, name)
		}
	}
	return all
}

// toldLine is any line of --json-events.
type toldLine struct {
	Event  string
	Flow   json.RawMessage
	HTTP   *dpi.HTTPMessage
	DNS    *dpi.DNSMessage
	TLS    *dpi.TLSDetail
	Totals export.Volume
	Drops  export.Drops
}

var corpora struct {
	once sync.Once
	all  map[string]*told
}

// corporaTold runs the program over every capture, once for all tests.
func corporaTold(t *testing.T) map[string]*told {
	t.Helper()
	dir := testkit.Corpora(t)
	binary := testkit.Binary(t)
	corpora.once.Do(func() {
		corpora.all = map[string]*told{}
		var mu sync.Mutex
		eachCapture(t, dir, func(file, path string) {
			c := parseTold(t, file, runRead(t, binary, nil, path, "--json-events", "--decap"))
			mu.Lock()
			corpora.all[file] = c
			mu.Unlock()
		})
	})
	if len(corpora.all) < 1500 {
		t.Fatalf("read %d captures, want 1,500 and more", len(corpora.all))
	}
	return corpora.all
}

// eachCapture calls f for each capture that the program reads, on as many
// goroutines as there are processors. File is its name below pcaps.
func eachCapture(t *testing.T, dir string, f func(file, path string)) {
	t.Helper()
	files := make(chan string)
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for file := range files {
				f(file, filepath.Join(dir, "pcaps", filepath.FromSlash(file)))
			}
		})
	}
	for _, a := range jsonLines[fileAnswer](t, filepath.Join(dir, "expected", "files.jsonl")) {
		if replayRefused[a.File] == "" {
			files <- strings.TrimPrefix(a.File, "pcaps/")
		}
	}
	close(files)
	readers.Wait()
}

// parseTold reads lines of --json-events.
func parseTold(t *testing.T, file string, r testkit.Result) *told {
	t.Helper()
	c := &told{result: r, byPair: map[pair][]*toldFlow{}, byID: map[uint64]*toldFlow{}, opened: map[uint64]int{}, closed: map[uint64]int{}}
	messages := map[uint64]*toldFlow{}
	for text := range strings.Lines(r.Stdout) {
		var line toldLine
		var f toldFlow
		err := json.Unmarshal([]byte(text), &line)
		if err == nil && line.Flow != nil {
			err = json.Unmarshal(line.Flow, &f)
		}
		if err != nil {
			t.Errorf("%s: %v in %.200s", file, err, text)
			return c
		}
		m := messages[f.ID]
		if m == nil {
			m = &toldFlow{}
			messages[f.ID] = m
		}
		if line.Flow != nil && (line.Event != "opened" && c.opened[f.ID] == 0 || c.closed[f.ID] != 0) {
			c.untimely++
		}
		switch line.Event {
		case "opened":
			c.opened[f.ID]++
		case "closed":
			c.closed[f.ID]++
			f.http, f.dns, f.tls = m.http, m.dns, m.tls
			f.ends = newPair(f.Proto, endOf(f.Local), endOf(f.Remote))
			c.flows = append(c.flows, f)
		case "http":
			m.http = append(m.http, *line.HTTP)
		case "dns":
			m.dns = append(m.dns, *line.DNS)
		case "tls":
			m.tls = append(m.tls, *line.TLS)
		case "end":
			c.totals, c.dropped = line.Totals, line.Drops.Events
		}
	}
	slices.SortFunc(c.flows, func(f, g toldFlow) int { return int(f.ID) - int(g.ID) })
	for i := range c.flows {
		f := &c.flows[i]
		c.byPair[f.ends] = append(c.byPair[f.ends], f)
		c.byID[f.ID] = f
	}
	return c
}

// endOf returns an end with its port; the zero value for what is not IP.
func endOf(e export.Endpoint) netip.AddrPort {
	addr, err := netip.ParseAddr(e.IP)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr, e.Port)
}

// expectedEnds is how the files of expected values name the ends of a flow.
type expectedEnds struct {
	File  string
	L4    string
	A, B  netip.Addr
	APort uint16
	BPort uint16
}

func (e expectedEnds) file() string { return strings.TrimPrefix(e.File, "pcaps/") }

func (e expectedEnds) pair() pair {
	return newPair(e.L4, netip.AddrPortFrom(e.A, e.APort), netip.AddrPortFrom(e.B, e.BPort))
}
