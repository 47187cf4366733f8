package tests

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
)

var updateScripts = flag.Bool("update", false, "rewrite what the scripts of testdata compare with")

// TestCLI drives the real binary through the scripts of testdata/cli. They need
// no rights.
func TestCLI(t *testing.T) {
	testscript.Run(t, scripts(t, filepath.Join("testdata", "cli"), nil))
}

// scripts returns the parameters of a folder of scripts. Besides the commands
// of testscript, they have
//
//	exits CODE PROGRAM ARGS...   the program ends with that exit code
//	records N                    stdout is N JSON records ("+": one at least), the last one final
//	await FILE TEXT              waits until TEXT is in FILE
func scripts(t *testing.T, dir string, env []string) testscript.Params {
	t.Helper()
	binary := testkit.Binary(t)
	return testscript.Params{
		Dir:                 dir,
		UpdateScripts:       *updateScripts,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(binary)+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Vars = append(e.Vars, env...)
			for name, data := range map[string][]byte{
				"trace.pcap": trace(), "talk.pcap": browsing(), "links.pcap": links(),
				"talk-cut.pcap": browsing()[:300], "links-cut.pcap": links()[:200],
			} {
				if err := os.WriteFile(filepath.Join(e.WorkDir, name), data, 0o644); err != nil {
					return err
				}
			}
			return databases(e.WorkDir)
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, errors.New("no such condition: " + cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "records": records, "await": await,
		},
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	code := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("got exit code %d, want %s", code, args[0])
	}
}

func records(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: records N [FILE]")
	}
	name := "stdout"
	if len(args) == 2 {
		name = args[1]
	}
	text := ts.ReadFile(name)
	if !strings.HasSuffix(text, "\n") {
		ts.Fatalf("got no line end at the end: a record is torn")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if args[0] != "+" && args[0] != strconv.Itoa(len(lines)) {
		ts.Fatalf("got %d records, want %s", len(lines), args[0])
	}
	for i, line := range lines {
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		var r export.Record
		if err := dec.Decode(&r); err != nil {
			ts.Fatalf("record %d: %v: %s", i, err, line)
		}
		if r.Schema != export.Schema || r.Final != (i == len(lines)-1) {
			ts.Fatalf("record %d of %d: got schema %q, final %v", i+1, len(lines), r.Schema, r.Final)
		}
		checkRecordSums(ts, &r)
	}
}

// checkRecordSums checks that a record adds up as docs/json.md says.
func checkRecordSums(ts *testscript.TestScript, r *export.Record) {
	var shown uint64
	for i := range r.Flows {
		shown += r.Flows[i].Bytes
	}
	if r.Unmatched != nil {
		shown += r.Unmatched.Bytes
	}
	if sum := shown + r.Filtered.Bytes + r.Other.Bytes; sum != r.Totals.Bytes {
		ts.Fatalf("got %d bytes in flows, filtered, unmatched and other, want the total of %d", sum, r.Totals.Bytes)
	}
	ways := r.Totals.BytesSent + r.Totals.BytesReceived + r.Totals.Loopback.Bytes + r.Totals.Forwarded.Bytes
	if ways != r.Totals.Bytes {
		ts.Fatalf("got %d bytes sent, received, loopback and forwarded, want the total of %d", ways, r.Totals.Bytes)
	}
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE TEXT")
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && bytes.Contains(b, []byte(args[1])) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("timed out waiting for %q in %s", args[1], args[0])
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// trace is a capture of five seconds: a TCP connection, two questions to a name
// server, one over IPv6, and a packet of the loopback interface.
func trace() []byte {
	const micro = 0xa1b2c3d4 // the magic number of microseconds
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: micro, Snap: 65535, Link: 1})
	at := func(ms uint32, layers ...packet.Layer) {
		const start = 1_700_000_000
		f.Packet(start+ms/1000, ms%1000*1000, packet.Build(append([]packet.Layer{packet.Ethernet{}}, layers...)...))
	}
	client, server := packet.IP("10.0.0.1"), packet.IP("203.0.113.9")
	there, back := packet.IPv4{Src: client, Dst: server}, packet.IPv4{Src: server, Dst: client}
	at(0, there, packet.TCP{Src: 40000, Dst: 443, Flags: packet.SYN})
	at(10, back, packet.TCP{Src: 443, Dst: 40000, Flags: packet.SYN | packet.ACK})
	at(20, there, packet.TCP{Src: 40000, Dst: 443, Flags: packet.ACK})
	at(500, packet.IPv4{Src: client, Dst: packet.IP("198.51.100.1")}, packet.UDP{Src: 50000, Dst: 53}, packet.Zeros(30))
	at(520, packet.IPv4{Src: packet.IP("198.51.100.1"), Dst: client}, packet.UDP{Src: 53, Dst: 50000}, packet.Zeros(90))
	for ms := uint32(1200); ms < 1700; ms += 50 {
		at(ms, back, packet.TCP{Src: 443, Dst: 40000, Flags: packet.ACK}, packet.Zeros(1000))
	}
	at(1700, there, packet.TCP{Src: 40000, Dst: 443, Flags: packet.ACK})
	at(4200, packet.IPv6{Src: packet.IP("2001:db8::1"), Dst: packet.IP("2001:db8::53")}, packet.UDP{Src: 50001, Dst: 53}, packet.Zeros(30))
	at(4900, packet.IPv4{Src: packet.IP("127.0.0.1"), Dst: packet.IP("127.0.0.1")}, packet.UDP{Src: 5000, Dst: 5001}, packet.Zeros(10))
	return f.Bytes()
}
