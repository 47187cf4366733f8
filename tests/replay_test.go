package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestReplay reads every capture with the program, twice, and compares the
// last record with what tshark counted: packets and bytes, protocols, and who
// sent how much to whom.
func TestReplay(t *testing.T) {
	dir := testkit.Corpora(t)
	binary := testkit.Binary(t)
	answers := jsonLines[fileAnswer](t, filepath.Join(dir, "expected", "files.jsonl"))
	if len(answers) < 1500 {
		t.Fatalf("files.jsonl names %d captures, want 1,500 and more", len(answers))
	}
	packets := expectedPackets(t, dir)
	conversations := expectedConversations(t, dir)
	listed := newListing(t, replayDifferences)
	var compared replayCount
	t.Run("files", func(t *testing.T) {
		for _, a := range answers {
			t.Run(strings.TrimPrefix(a.File, "pcaps/"), func(t *testing.T) {
				t.Parallel()
				compared.files.Add(1)
				r := replay{t: t, answer: a, listed: listed, count: &compared}
				if !fileDifferences[a.File].tshark {
					r.packets = packets[a.File]
				}
				r.run(binary, dir)
				if r.final == nil {
					return
				}
				r.compareTotals()
				r.compareInterfaces()
				if len(r.packets) == 0 {
					return // tshark did not read it
				}
				r.compareProtocols()
				ours := tablesOf(t, r.final)
				r.compareTables(byPackets, ours, tablesOfPackets(r.packets))
				r.compareTables(byTshark, ours, conversations[a.File])
			})
		}
	})
	if int(compared.files.Load()) == len(answers) { // -run left none out
		listed.reportUnmet(t)
	}
	t.Logf("%d captures, %d packets; %d conversations compared by the table of packets, %d by tshark's own tables",
		compared.files.Load(), compared.packets.Load(), compared.tables[byPackets].Load(), compared.tables[byTshark].Load())
}

// replayCount is what was compared.
type replayCount struct {
	files   atomic.Int64
	packets atomic.Int64
	tables  [checks]atomic.Int64 // conversations, by check
}

// replay is one capture and what the program made of it.
type replay struct {
	t       *testing.T
	answer  fileAnswer
	packets []expectedPacket // empty where tshark did not read the capture
	listed  *listing
	count   *replayCount
	final   *export.Record // nil where nothing could be read
}

// run runs the program twice and keeps its last record.
func (r *replay) run(binary, dir string) {
	r.t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(r.answer.File))
	got := runRead(r.t, binary, nil, path, "--json", "--top", "0")
	again := runRead(r.t, binary, nil, path, "--json", "--top", "0")
	if got.Stdout != again.Stdout || got.Stderr != again.Stderr || got.Code != again.Code {
		r.t.Errorf("a second run differs: exit code %d, then %d; stderr %q, then %q; %s",
			got.Code, again.Code, got.Stderr, again.Stderr, firstDifference(got.Stdout, again.Stdout))
	}
	packets, fails := r.truth()
	code := 0
	switch {
	case replayRefused[r.answer.File] != "":
		code = 1
	case fails:
		code = 3
	}
	if got.Code != code {
		r.t.Errorf("got exit code %d, want %d; stderr: %s", got.Code, code, got.Stderr)
	}
	if complains := strings.HasPrefix(got.Stderr, "error: "); complains != fails {
		r.t.Errorf("got %q on stderr, want an error: %v", got.Stderr, fails)
	}
	records := decodeRecords(r.t, got.Stdout)
	for i := range records {
		if last := i == len(records)-1; records[i].Final != last {
			r.t.Errorf("record %d of %d: got final %v", i+1, len(records), records[i].Final)
		}
	}
	switch nothing := fails && packets == 0; {
	case nothing != (len(records) == 0):
		r.t.Errorf("got %d records of %d packets, an error: %v", len(records), packets, fails)
	case len(records) > 0:
		r.final = &records[len(records)-1]
	}
}

// truth returns how many packets the capture holds and whether it ends in an
// error, from the reference that is right about that.
func (r *replay) truth() (packets int, fails bool) {
	a, d := r.answer, fileDifferences[r.answer.File]
	switch {
	case !d.tshark:
		return a.Tshark, a.TsharkRC != 0
	case d.tcpdump:
		return d.packets, d.fails
	case a.Tcpdump != nil:
		packets = *a.Tcpdump
	}
	return packets, a.TcpdumpRC != 0
}

// compareTotals compares packets and bytes of the capture, and checks that the
// parts of the record add up to them.
func (r *replay) compareTotals() {
	f := r.final
	n, fails := r.truth()
	r.count.packets.Add(int64(n))
	want := volume{Packets: uint64(n), Bytes: f.Totals.Bytes}
	if len(r.packets) > 0 {
		want.Bytes = 0
		for i := range r.packets {
			want.Bytes += r.packets[i].length
		}
	}
	if got := (volume{f.Totals.Packets, f.Totals.Bytes}); got != want {
		r.differ(inTotals, []string{fmt.Sprintf("got %v, want %v", got, want)})
	}
	shown, protocols := f.Filtered.Volume, export.Volume{}
	addVolume(&shown, f.Other.Volume)
	for i := range f.Flows {
		addVolume(&shown, f.Flows[i].Volume)
	}
	for i := range f.Protocols {
		addVolume(&protocols, f.Protocols[i].Volume)
	}
	ways := f.Totals.Forwarded
	addVolume(&ways, f.Totals.Loopback)
	addVolume(&ways, export.Volume{
		Packets: f.Totals.PacketsSent + f.Totals.PacketsReceived, Bytes: f.Totals.BytesSent + f.Totals.BytesReceived,
		IP: f.Totals.IPSent + f.Totals.IPReceived, Payload: f.Totals.PayloadSent + f.Totals.PayloadReceived,
	})
	for what, sum := range map[string]export.Volume{"flows": shown, "protocols": protocols, "directions": ways} {
		if sum != f.Totals.Volume {
			r.t.Errorf("the sum over %s is %+v, the total %+v", what, sum, f.Totals.Volume)
		}
	}
	if damaged := f.Drops.Damaged != 0; damaged != fails {
		r.t.Errorf("got %d damaged places, want some: %v", f.Drops.Damaged, fails)
	}
}

// compareInterfaces checks that the interfaces carried each packet of the
// capture, those included that count once for several interfaces.
func (r *replay) compareInterfaces() {
	var got, delivered uint64
	for i := range r.final.Interfaces {
		in := &r.final.Interfaces[i]
		got += in.Packets
		delivered += in.Kernel.Delivered
	}
	if n, _ := r.truth(); got != uint64(n) || delivered != uint64(n) {
		r.t.Errorf("interfaces: got %d packets, %d delivered, want %d", got, delivered, n)
	}
}

// compareProtocols compares the record's protocols with the outermost ones of
// all packets.
func (r *replay) compareProtocols() {
	want, got := map[protocol]volume{}, map[protocol]volume{}
	for i := range r.packets {
		p := &r.packets[i]
		v := want[p.proto]
		v.add(1, p.length)
		want[p.proto] = v
	}
	for _, p := range r.final.Protocols {
		got[protocol{p.Family, p.Number}] = volume{p.Packets, p.Bytes}
	}
	r.differ(inProtocols, differing(got, want))
}

// compareTables compares conversations.
func (r *replay) compareTables(check replayCheck, got, want tables) {
	r.count.tables[check].Add(int64(len(want)))
	d := r.differ(check, differing(got, want))
	if !d.more {
		return
	}
	for c, ours := range got {
		if theirs := want[c]; !theirs.AB.covers(ours.AB) || !theirs.BA.covers(ours.BA) {
			r.t.Errorf("%s: %v: got %v, tshark less: %v (listed: %s)", check, c, ours, theirs, d.reason)
		}
	}
}

// differ reports differences from tshark, unless they are listed; then it
// returns the entry.
func (r *replay) differ(check replayCheck, how []string) replayDifference {
	r.t.Helper()
	if len(how) == 0 {
		return replayDifference{}
	}
	d, ok := r.listed.meet(strings.TrimPrefix(r.answer.File, "pcaps/"), check)
	if !ok {
		r.t.Errorf("%s:\n%s", check, strings.Join(how, "\n"))
	}
	return d
}

// runRead runs "sockeye read" without this user's configuration.
func runRead(t *testing.T, binary string, stdin io.Reader, args ...string) testkit.Result {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"read"}, args...)...)
	cmd.Env = []string{"HOME=/nonexistent"}
	cmd.Stdin = stdin
	return testkit.Run(t, cmd)
}

// decodeRecords reads lines of JSON that hold records and nothing else.
func decodeRecords(t *testing.T, lines string) (all []export.Record) {
	t.Helper()
	for line := range strings.Lines(lines) {
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		var r export.Record
		if err := dec.Decode(&r); err != nil {
			t.Fatalf("decode record %d: %v", len(all)+1, err)
		}
		all = append(all, r)
	}
	return all
}

// firstDifference shows two outputs, which may be long, where they part.
func firstDifference(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	part := func(s string) string { return s[max(0, n-60):min(len(s), n+60)] }
	return fmt.Sprintf("%d and %d bytes, at byte %d of line %d: %q, then %q",
		len(a), len(b), n, 1+bytes.Count([]byte(a[:n]), []byte("\n")), part(a), part(b))
}

func addVolume(v *export.Volume, w export.Volume) {
	v.Packets += w.Packets
	v.Bytes += w.Bytes
	v.IP += w.IP
	v.Payload += w.Payload
}
