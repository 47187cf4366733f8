package tests

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/mixture"
	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
)

// A capture of many blocks reads the same each time, from a file and from a
// pipe, and all of it is counted, also where it has more flows than the table
// may hold.
func TestReplayLarge(t *testing.T) {
	const packets, flows = 150_000, 20_000
	var content bytes.Buffer
	made, err := mixture.Write(&content, mixture.Options{Packets: packets, Flows: flows, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mixture.pcap")
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := testkit.Binary(t)
	run := func(t *testing.T, args ...string) string {
		t.Helper()
		first := runRead(t, binary, nil, append([]string{path}, args...)...)
		again := runRead(t, binary, nil, append([]string{path}, args...)...)
		piped := runRead(t, binary, bytes.NewReader(content.Bytes()), append([]string{"-"}, args...)...)
		want := strings.ReplaceAll(first.Stdout, path, "-")
		for what, r := range map[string]testkit.Result{"a first run": first, "a second run": again, "a pipe": piped} {
			if got := strings.ReplaceAll(r.Stdout, path, "-"); r.Code != 0 || r.Stderr != "" || got != want {
				t.Errorf("%s: got exit code %d, stderr %q; %s", what, r.Code, r.Stderr, firstDifference(want, got))
			}
		}
		return first.Stdout
	}
	counted := func(t *testing.T, records []export.Record) *export.Record {
		t.Helper()
		last := lastOf(t, records)
		if len(records) < 2 || last.Totals.Packets != packets || last.Totals.Bytes != made.Wire {
			t.Errorf("got %d packets, %d bytes in %d records, want %d, %d in some", last.Totals.Packets, last.Totals.Bytes, len(records), packets, made.Wire)
		}
		for i := range records {
			r := &records[i]
			sum := r.Other.Volume
			for k := range r.Flows {
				addVolume(&sum, r.Flows[k].Volume)
			}
			if sum != r.Totals.Volume {
				t.Errorf("record %d: the flows and other are %+v, the total %+v", i+1, sum, r.Totals.Volume)
			}
		}
		return last
	}
	t.Run("all flows", func(t *testing.T) {
		r := counted(t, decodeRecords(t, run(t, "--json", "--top", "0")))
		if len(r.Flows) != flows || r.Live != flows || r.Other.Flows != 0 {
			t.Errorf("got %d flows, %d in the table, %d in other, want %d, all shown", len(r.Flows), r.Live, r.Other.Flows, flows)
		}
	})
	t.Run("a small table", func(t *testing.T) {
		r := counted(t, decodeRecords(t, run(t, "--json", "--top", "100", "--interval", "500ms", "--max-flows", "5000")))
		if len(r.Flows) != 100 || r.Live != 5000 || r.Drops.Table < flows-5000 || r.Other.Flows != uint64(r.Live)-100+r.Drops.Table {
			t.Errorf("got %d flows, %d in the table, %d in other, %d thrown out; want 100 of 5000 and the rest in other", len(r.Flows), r.Live, r.Other.Flows, r.Drops.Table)
		}
	})
	t.Run("text", func(t *testing.T) {
		if out := run(t, "--text", "--interval", "500ms"); out == "" {
			t.Error("got no text")
		}
	})
}

// A flow cap that is asked for is one cap, also where all flows are between the
// same two hosts.
func TestReplayTwoHosts(t *testing.T) {
	const flows = 20_000
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: 0xa1b2c3d4, Snap: 65535, Link: 1})
	ends := packet.IPv4{Src: packet.IP("10.0.0.1"), Dst: packet.IP("203.0.113.9")}
	for i := range uint32(flows) {
		f.Packet(1_700_000_000, i, packet.Build(packet.Ethernet{}, ends, packet.UDP{Src: uint16(1024 + i), Dst: 443}))
	}
	for limit, evicted := range map[string]uint64{"20000": 0, "19000": 1000} {
		t.Run(limit, func(t *testing.T) {
			out := runRead(t, testkit.Binary(t), bytes.NewReader(f.Bytes()), "-", "--json", "--top", "0", "--max-flows", limit).Stdout
			r := lastOf(t, decodeRecords(t, out))
			if r.Drops.Table != evicted || uint64(len(r.Flows)) != flows-evicted {
				t.Errorf("got %d flows, %d thrown out, want %d and %d", len(r.Flows), r.Drops.Table, flows-evicted, evicted)
			}
		})
	}
}
