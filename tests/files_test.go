package tests

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/capture"
	"sockeye/internal/testkit"
	"sockeye/parse"
)

// fileAnswer is what tshark and tcpdump made of a capture (expected/files.jsonl).
type fileAnswer struct {
	File      string         `json:"file"`
	Tshark    int            `json:"packets_tshark"`
	Tcpdump   *int           `json:"packets_tcpdump"` // nil when it did not open the file
	TsharkRC  int            `json:"tshark_rc"`
	TcpdumpRC int            `json:"tcpdump_rc"`
	Links     map[string]int `json:"linktypes"`
}

// fileDifferences lists the captures on which a reference is not followed, and
// why. Where neither is, packets and fails say what is right.
var fileDifferences = map[string]struct {
	tshark, tcpdump bool // not followed
	packets         int
	fails           bool
	reason          string
}{
	"pcaps/libpcap/brcm-tag.pcap":         {tshark: true, reason: "tshark does not know link type 281"},
	"pcaps/tcpdump/brcm-tag.pcap":         {tshark: true, reason: "tshark does not know link type 281"},
	"pcaps/tcpdump/brcm-tag-prepend.pcap": {tshark: true, reason: "tshark does not know link type 282"},
	"pcaps/tcpdump/dsa-high-vid.pcap":     {tshark: true, reason: "tshark does not know link type 284"},
	"pcaps/tcpdump/edsa-high-vid.pcap":    {tshark: true, reason: "tshark does not know link type 285"},
	"pcaps/tcpdump/hoobr_juniper3.pcap":   {tshark: true, reason: "tshark does not know link type 132"},
	"pcaps/tcpdump/kday6.pcap":            {tshark: true, reason: "tshark does not know link type 182"},
	"pcaps/tcpdump/vtp_asan.pcap":         {tshark: true, reason: "tshark does not know link type 182"},
	"pcaps/tcpdump/vtp_asan-3.pcap":       {tshark: true, reason: "tshark does not know link type 182"},

	"pcaps/pcapng-gen/output_be__advanced__test101.pcapng":  {tcpdump: true, reason: "tcpdump refuses interfaces of several link types"},
	"pcaps/pcapng-gen/output_le__advanced__test101.pcapng":  {tcpdump: true, reason: "tcpdump refuses interfaces of several link types"},
	"pcaps/pcapng-gen/output_be__difficult__test201.pcapng": {tcpdump: true, reason: "tcpdump refuses interfaces of several link types"},
	"pcaps/pcapng-gen/output_le__difficult__test201.pcapng": {tcpdump: true, reason: "tcpdump refuses interfaces of several link types"},
	"pcaps/wireshark/many_interfaces.pcapng.2":              {tcpdump: true, reason: "tcpdump refuses interfaces of several link types"},
	"pcaps/wireshark/many_interfaces.pcapng.3":              {tcpdump: true, reason: "tcpdump refuses interfaces of several link types"},
	"pcaps/pcapng-gen/output_be__basic__test005.pcapng":     {tcpdump: true, reason: "tcpdump refuses interfaces of several snap lengths"},
	"pcaps/pcapng-gen/output_le__basic__test005.pcapng":     {tcpdump: true, reason: "tcpdump refuses interfaces of several snap lengths"},
	"pcaps/zeek/ldap__modify-request.pcapng":                {tcpdump: true, reason: "tcpdump refuses interfaces of several snap lengths"},

	"pcaps/pcapng-gen/output_be__basic__test017.pcapng": {tshark: true, tcpdump: true, reason: "tshark counts custom blocks as packets, tcpdump refuses a file without interfaces"},
	"pcaps/pcapng-gen/output_le__basic__test017.pcapng": {tshark: true, tcpdump: true, reason: "tshark counts custom blocks as packets, tcpdump refuses a file without interfaces"},
	"pcaps/libpcap/pcap-invalid-version-2.pcap":         {tshark: true, fails: true, reason: "tshark reads version 2.5, which does not exist"},
}

// linkDifferences lists the captures whose link types were counted past the
// place where both references stop.
var linkDifferences = map[string]string{
	"pcaps/gopacket/be__test901.pcapng":          "counted in sections of version 2.0 too",
	"pcaps/gopacket/le__test901.pcapng":          "counted in sections of version 2.0 too",
	"pcaps/libpcap/pcapng-invalid-vers-1.pcapng": "counted in a section of version 0.1",
	"pcaps/libpcap/pcapng-invalid-vers-2.pcapng": "counted in a section of version 1.1",
	"pcaps/libpcap/shb-option-too-long.pcapng":   "counted behind a damage",
	"pcaps/libpcap/pcap-invalid-version-2.pcap":  "counted in a file of version 2.5",
}

// frameDifferences lists single packets, by file and number, on which tshark is
// not followed.
var frameDifferences = map[string]string{
	"pcaps/ndpi/fuzz-2021-06-07-c6c72a0a56.pcap#1": "4,293,703,142 µs and 4,093,509,168 bytes are beyond tshark's integers",
	"pcaps/tcpdump/atm-heapoverflow.pcap#1":        "tshark does not count the four bytes of the SunATM pseudo-header",
}

// linkNumbers are the names that files.jsonl gives to link types.
var linkNumbers = map[string]parse.LinkType{
	"NULL": 0, "EN10MB": 1, "IEEE802": 6, "SLIP": 8, "PPP": 9, "FDDI": 10, "PPP_HDLC": 50,
	"ATM_RFC1483": 100, "RAW": 101, "C_HDLC": 104, "IEEE802_11": 105, "ATM_CLIP": 106, "FRELAY": 107,
	"LINUX_SLL": 113, "SUNATM": 123, "IEEE802_11_RADIO": 127, "ARCNET_LINUX": 129,
	"IPV4": 228, "IPV6": 229, "NFLOG": 239, "LINUX_SLL2": 276,
}

// frame is one packet as a file has it.
type frame struct {
	Time          int64 // ns since the Unix epoch
	Wire, Capture int
}

const (
	noTime  = -1 // tshark gives no time
	badTime = -2 // tshark gives what is no time
)

// fileRead is what was read of a capture.
type fileRead struct {
	frames []frame
	links  map[parse.LinkType]int
	err    error // nil at a clean end
}

// readCapture reads a capture as the program does.
func readCapture(t *testing.T, path string) (r fileRead) {
	t.Helper()
	r.links = map[parse.LinkType]int{}
	f, err := capture.OpenFile(path)
	if err != nil {
		r.err = err
		return r
	}
	defer f.Close()
	ps := make([]parse.Packet, 64)
	for err == nil {
		var n int
		n, _, err = f.Read(ps)
		for i := range ps[:n] {
			p := &ps[i]
			r.frames = append(r.frames, frame{p.Time, int(p.WireLen), len(p.Data)})
			r.links[p.Link]++
		}
	}
	if err != io.EOF {
		r.err = err
	}
	s, err := f.Stats()
	if lost := s.Dropped; err != nil || s.Received != uint64(len(r.frames))+lost || (s.Damaged != 0) != (r.err != nil) {
		t.Errorf("%s: got %+v, %v, want %d packets and the damage counted (%v)", path, s, err, len(r.frames), r.err)
	}
	return r
}

// TestFiles reads every capture and compares what it holds with what tshark
// and tcpdump found: how many packets of which link types, whether the file
// ends as it should, and the time and both lengths of each packet.
func TestFiles(t *testing.T) {
	dir := testkit.Corpora(t)
	frames := expectedFrames(t, dir)
	answers := jsonLines[fileAnswer](t, filepath.Join(dir, "expected", "files.jsonl"))
	if len(answers) < 1500 {
		t.Fatalf("files.jsonl names %d captures, want 1,500 and more", len(answers))
	}
	unused := maps.Clone(frameDifferences)
	for _, a := range answers {
		got := readCapture(t, filepath.Join(dir, filepath.FromSlash(a.File)))
		compareCounts(t, a, got)
		compareLinks(t, a, got)
		compareFrames(t, a.File, frames[a.File], got.frames, unused)
	}
	for at, reason := range unused {
		t.Errorf("%s: listed as different from tshark (%s), and is not", at, reason)
	}
}

// compareCounts compares the number of packets, and whether the end is clean,
// with each reference. A listed difference must be one.
func compareCounts(t *testing.T, a fileAnswer, got fileRead) {
	t.Helper()
	tcpdump := 0
	if a.Tcpdump != nil {
		tcpdump = *a.Tcpdump
	}
	n, failed := len(got.frames), got.err != nil
	d := fileDifferences[a.File]
	if same := n == a.Tshark && failed == (a.TsharkRC != 0); same == d.tshark {
		t.Errorf("%s: got %d packets, error %v; tshark %d, exit code %d (listed as different: %v, %q)", a.File, n, got.err, a.Tshark, a.TsharkRC, d.tshark, d.reason)
	}
	if same := n == tcpdump && failed == (a.TcpdumpRC != 0); same == d.tcpdump {
		t.Errorf("%s: got %d packets, error %v; tcpdump %d, exit code %d (listed as different: %v, %q)", a.File, n, got.err, tcpdump, a.TcpdumpRC, d.tcpdump, d.reason)
	}
	if d.tshark && d.tcpdump && (n != d.packets || failed != d.fails) {
		t.Errorf("%s: got %d packets, error %v, want %d, error %v (%s)", a.File, n, got.err, d.packets, d.fails, d.reason)
	}
}

func compareLinks(t *testing.T, a fileAnswer, got fileRead) {
	t.Helper()
	want := map[parse.LinkType]int{}
	for name, n := range a.Links {
		want[linkNumber(t, name)] = n
	}
	_, listed := linkDifferences[a.File]
	if diff := cmp.Diff(want, got.links); (diff != "") != listed {
		t.Errorf("%s: packets by link type (listed as different: %v) (-want +got):\n%s", a.File, listed, diff)
	}
}

func linkNumber(t *testing.T, name string) parse.LinkType {
	t.Helper()
	if l, ok := linkNumbers[name]; ok {
		return l
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(name, "LINKTYPE_"), 10, 16)
	if err != nil {
		t.Fatalf("link type %q is not known to this test", name)
	}
	return parse.LinkType(n)
}

// compareFrames compares packets with tshark's, where tshark read the file. A
// packet without a time has that of the packet before.
func compareFrames(t *testing.T, file string, want, got []frame, unused map[string]string) {
	t.Helper()
	if d := fileDifferences[file]; d.tshark {
		return
	}
	if len(want) != len(got) {
		t.Errorf("%s: got %d packets, want the %d of the table of packets", file, len(got), len(want))
		return
	}
	var last int64
	for i := range want {
		if want[i].Time == noTime {
			want[i].Time = last
		}
		last = got[i].Time
		at := fmt.Sprintf("%s#%d", file, i+1)
		_, listed := frameDifferences[at]
		delete(unused, at)
		if (want[i] != got[i]) != listed {
			t.Errorf("%s: got %+v, want %+v (listed as different: %v)", at, got[i], want[i], listed)
		}
	}
}

// TestFileBlocks compares the blocks of the pcapng generator's files with its
// own account of them.
func TestFileBlocks(t *testing.T) {
	dir := testkit.Corpora(t)
	type account struct {
		File   string            `json:"file"`
		Counts map[string]uint64 `json:"block_counts"`
	}
	all := jsonLines[account](t, filepath.Join(dir, "expected", "pcapng_blocks.jsonl"))
	if len(all) == 0 {
		t.Fatal("pcapng_blocks.jsonl is empty")
	}
	for _, a := range all {
		f, err := capture.OpenFile(filepath.Join(dir, filepath.FromSlash(a.File)))
		if err != nil {
			t.Error(err)
			continue
		}
		for ps := make([]parse.Packet, 16); err == nil; {
			_, _, err = f.Read(ps)
		}
		b := f.Info().Blocks
		got := map[string]uint64{
			"SHB": b.Section, "IDB": b.Interface, "EPB": b.Enhanced, "SPB": b.Simple, "PB": b.Packet,
			"NRB": b.Names, "ISB": b.Statistics, "DSB": b.Secrets, "CB": b.Custom, "DCB": b.CustomFixed,
			"unknown": b.Unknown,
		}
		maps.DeleteFunc(got, func(_ string, n uint64) bool { return n == 0 })
		if diff := cmp.Diff(a.Counts, got); diff != "" || err != io.EOF {
			t.Errorf("%s: error %v, blocks (-want +got):\n%s", a.File, err, diff)
		}
		_ = f.Close()
	}
}

// jsonLines reads a file of one JSON object a line.
func jsonLines[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, v)
	}
	return all
}

// expectedFrames reads the tables of packets: by file, frame.time_epoch,
// frame.len and frame.cap_len in the third to fifth column.
func expectedFrames(t *testing.T, dir string) map[string][]frame {
	t.Helper()
	all := map[string][]frame{}
	tables, err := filepath.Glob(filepath.Join(dir, "expected", "packets", "*.tsv.gz"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables of expected packets in %s (%v)", dir, err)
	}
	for _, path := range tables {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(z)
		lines.Buffer(nil, 1<<20)
		lines.Scan() // the names of the columns
		for lines.Scan() {
			c := strings.SplitN(lines.Text(), "\t", 6)
			all[c[0]] = append(all[c[0]], frame{epoch(t, c[2]), number(t, c[3]), number(t, c[4])})
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	return all
}

// epoch reads seconds with nine digits of fraction.
func epoch(t *testing.T, s string) int64 {
	t.Helper()
	if s == "" {
		return noTime
	}
	sec, frac, _ := strings.Cut(s, ".")
	if len(frac) != 9 || sec[0] == '-' {
		return badTime
	}
	return int64(number(t, sec))*1e9 + int64(number(t, frac))
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
