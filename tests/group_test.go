package tests

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/mixture"
)

// mixtureFile writes a capture of many flows and returns its path.
func mixtureFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mixture.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mixture.Write(f, mixture.Options{Packets: 20_000, Flows: 2000, Seed: 7}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// readGroups has the program read a file, grouped both ways, and returns its
// records. A second run must give the same bytes.
func readGroups(t *testing.T, args ...string) []export.Record {
	t.Helper()
	args = append(args, "--json", "--group", "host,port")
	first := runRead(t, testkit.Binary(t), nil, args...)
	if first.Code != 0 || first.Stderr != "" {
		t.Fatalf("got exit code %d, stderr %q, want 0 and nothing", first.Code, first.Stderr)
	}
	if again := runRead(t, testkit.Binary(t), nil, args...); again.Stdout != first.Stdout {
		t.Errorf("a second run differs: %s", firstDifference(first.Stdout, again.Stdout))
	}
	return decodeRecords(t, first.Stdout)
}

// checkGroups checks that in each group of a record everything that was counted
// is in an entry or in other, once, and that the busiest come first. A rate is
// rounded to thousandths, and so may be wrong by half of one in each entry.
func checkGroups(t *testing.T, r *export.Record, by ...string) {
	t.Helper()
	var got []string
	for i := range r.Groups {
		g := &r.Groups[i]
		got = append(got, g.By)
		sum, flows, rate := g.Other.Volume, g.Other.Flows, g.Other.Rate2
		for k := range g.Entries {
			e := &g.Entries[k]
			sum.Packets += e.Packets
			sum.Bytes += e.Bytes
			sum.IP += e.IP
			sum.Payload += e.Payload
			flows += e.Flows
			rate += e.Rate2
			if !r.Final && k > 0 && e.Rate2 > g.Entries[k-1].Rate2 {
				t.Errorf("by %s: entry %d has a higher rate than the one before", g.By, k)
			}
		}
		if sum != r.Totals.Volume {
			t.Errorf("by %s: entries and other make %+v, want the totals %+v", g.By, sum, r.Totals.Volume)
		}
		if want := uint64(len(r.Flows)) + r.Other.Flows + r.Filtered.Flows; flows != want {
			t.Errorf("by %s: got %d flows in entries and other, want %d", g.By, flows, want)
		}
		if slack := 0.001*float64(len(g.Entries)+1) + 1e-6*rate; math.Abs(rate-r.Totals.Rate2) > slack {
			t.Errorf("by %s: entries and other make %v bytes/s, want %v", g.By, rate, r.Totals.Rate2)
		}
	}
	if diff := cmp.Diff(by, got); diff != "" {
		t.Errorf("groups: want (-) got (+):\n%s", diff)
	}
}

// TestGroupReplay: with every flow and every entry in the record, the entries
// are what the flows add up to.
func TestGroupReplay(t *testing.T) {
	t.Parallel()
	records := readGroups(t, mixtureFile(t), "--top", "0", "-r", "200")
	if len(records) < 3 {
		t.Fatalf("got %d records, want a few", len(records))
	}
	keys := map[string]func(*export.Flow) string{
		"host": func(f *export.Flow) string { return f.Remote.IP },
		"port": func(f *export.Flow) string {
			if f.Remote.Port == 0 {
				return ""
			}
			return fmt.Sprintf("%s %d %s", f.Proto, f.Remote.Port, f.Service) // all were called there
		},
	}
	for i := range records {
		r := &records[i]
		checkGroups(t, r, "host", "port")
		for k := range r.Groups {
			g := &r.Groups[k]
			got := map[string]export.Entry{}
			for _, e := range g.Entries {
				key := e.Addr
				if g.By == "port" {
					key = fmt.Sprintf("%s %d %s", e.Proto, e.Port, e.Service)
				}
				got[key] = export.Entry{Flows: e.Flows, First: e.First, Last: e.Last, Volume: e.Volume, Ways: e.Ways, Rates: e.Rates, WayRates: e.WayRates}
			}
			want := entriesOf(r.Flows, keys[g.By])
			if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-6, 1)); diff != "" {
				t.Fatalf("record %d by %s: want (-) got (+):\n%.2000s", i, g.By, diff)
			}
		}
	}
}

// entriesOf adds flows up by a key; those without one are left out.
func entriesOf(flows []export.Flow, key func(*export.Flow) string) map[string]export.Entry {
	all := map[string]export.Entry{}
	for i := range flows {
		f := &flows[i]
		k := key(f)
		if k == "" {
			continue
		}
		e, known := all[k]
		if !known {
			e.First, e.Last = f.First, f.Last
		}
		e.Flows++
		e.First, e.Last = min(e.First, f.First), max(e.Last, f.Last)
		e.Volume = export.Volume{
			Packets: e.Packets + f.Packets, Bytes: e.Bytes + f.Bytes, IP: e.IP + f.IP, Payload: e.Payload + f.Payload,
		}
		e.Ways = export.Ways{
			PacketsSent: e.PacketsSent + f.PacketsSent, PacketsReceived: e.PacketsReceived + f.PacketsReceived,
			BytesSent: e.BytesSent + f.BytesSent, BytesReceived: e.BytesReceived + f.BytesReceived,
			IPSent: e.IPSent + f.IPSent, IPReceived: e.IPReceived + f.IPReceived,
			PayloadSent: e.PayloadSent + f.PayloadSent, PayloadReceived: e.PayloadReceived + f.PayloadReceived,
		}
		e.Rate2, e.Rate10, e.Rate40 = e.Rate2+f.Rate2, e.Rate10+f.Rate10, e.Rate40+f.Rate40
		e.Packets2, e.Packets10, e.Packets40 = e.Packets2+f.Packets2, e.Packets10+f.Packets10, e.Packets40+f.Packets40
		e.Sent2, e.Sent10, e.Sent40 = e.Sent2+f.Sent2, e.Sent10+f.Sent10, e.Sent40+f.Sent40
		e.Received2, e.Received10, e.Received40 = e.Received2+f.Received2, e.Received10+f.Received10, e.Received40+f.Received40
		e.PacketsSent2, e.PacketsSent10, e.PacketsSent40 = e.PacketsSent2+f.PacketsSent2, e.PacketsSent10+f.PacketsSent10, e.PacketsSent40+f.PacketsSent40
		e.PacketsReceived2 += f.PacketsReceived2
		e.PacketsReceived10 += f.PacketsReceived10
		e.PacketsReceived40 += f.PacketsReceived40
		all[k] = e
	}
	return all
}

// TestGroupFolds: what does not fit, what is filtered, and what has left the
// table is in other.
func TestGroupFolds(t *testing.T) {
	t.Parallel()
	file := mixtureFile(t)
	for name, args := range map[string][]string{
		"top":      {"--top", "3"},
		"evicted":  {"--max-flows", "100"},
		"filtered": {"-F", "10.0.0.0/27", "--top", "5"},
		"all":      {"-F", "203.0.113.0/24"}, // nothing has an end there
	} {
		t.Run(name, func(t *testing.T) {
			records := readGroups(t, append([]string{file, "-r", "200"}, args...)...)
			for i := range records {
				r := &records[i]
				checkGroups(t, r, "host", "port")
				for k := range r.Groups {
					g := &r.Groups[k]
					if name == "top" && len(g.Entries) != 3 || name == "all" && len(g.Entries) != 0 {
						t.Errorf("record %d by %s: got %d entries", i, g.By, len(g.Entries))
					}
					if r.Final && g.Other.Packets == 0 {
						t.Errorf("by %s: nothing is in other", g.By)
					}
				}
			}
		})
	}
}
