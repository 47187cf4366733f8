package tests

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/capture"
	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

// recordedPacket is one packet of a capture on macOS.
type recordedPacket struct {
	header  packet.PKTAP
	frame   []byte
	process int // of processBlocks; -1 for none
	behalf  int
}

// processBlocks are the processes of recordedPackets as Apple's libpcap writes them.
var processBlocks = []struct {
	pid  uint32
	name string
}{{100, "curl"}, {1, "launchd"}, {77, "sshd"}, {300, "nsurlsessiond"}, {301, "Mail"}, {9, "a\x1b[2Jb"}}

// recordedPackets are connections of curl, of sshd, to which launchd listens, of a
// daemon for Mail, of a program that is not named nicely, and of nobody.
func recordedPackets() []recordedPacket {
	const in, out = parse.PKTAPIn, parse.PKTAPOut
	mac := packet.IP("192.168.1.2")
	tcp := func(to string, lport, rport uint16, flags uint32, tcpFlags uint8, payload int) []byte {
		ip, l4 := packet.IPv4{Src: mac, Dst: packet.IP(to)}, packet.TCP{Src: lport, Dst: rport, Flags: tcpFlags}
		if flags == in {
			ip.Src, ip.Dst, l4.Src, l4.Dst = ip.Dst, ip.Src, rport, lport
		}
		return packet.Build(packet.Ethernet{}, ip, l4, packet.Zeros(payload))
	}
	const syn, ack, push = parse.FlagSYN, parse.FlagACK, parse.FlagPSH | parse.FlagACK
	var all []recordedPacket
	add := func(flags uint32, process, behalf int, frame []byte) {
		h := packet.PKTAP{Flags: flags, PID: -1}
		if process >= 0 {
			h.PID, h.Comm = int32(processBlocks[process].pid), processBlocks[process].name
		}
		if behalf >= 0 {
			h.EPID, h.EComm = int32(processBlocks[behalf].pid), processBlocks[behalf].name
		}
		all = append(all, recordedPacket{h, frame, process, behalf})
	}
	add(out, 0, -1, tcp("192.0.2.1", 50000, 443, out, syn, 0))
	add(in, 0, -1, tcp("192.0.2.1", 50000, 443, in, syn|ack, 0))
	add(in, -1, -1, tcp("192.0.2.2", 22, 40000, in, syn, 0))
	add(out, 1, -1, tcp("192.0.2.2", 22, 40000, out, syn|ack, 0))
	add(in, 1, -1, tcp("192.0.2.2", 22, 40000, in, ack, 0))
	add(out, 2, -1, tcp("192.0.2.2", 22, 40000, out, push, 30))
	add(in, 1, -1, tcp("192.0.2.3", 23, 40000, in, syn, 0))
	add(out, 3, 4, tcp("192.0.2.4", 50001, 443, out, syn, 0))
	add(out, 5, -1, tcp("192.0.2.5", 50002, 80, out, syn, 0))
	add(out, -1, -1, tcp("192.0.2.6", 50003, 80, out, syn, 0))
	return all
}

// recordedOwners is what sockeye says of them, by the remote end.
var recordedOwners = map[string]string{
	"192.0.2.1": "100 curl, pktap",
	"192.0.2.2": "77 sshd, pktap",
	"192.0.2.3": "1 launchd, listener",
	"192.0.2.4": "300 nsurlsessiond for 301 Mail, pktap",
	"192.0.2.5": "9 a\x1b[2Jb, pktap",
	"192.0.2.6": "",
}

// recordedFiles writes them in all forms that there are.
func recordedFiles(t *testing.T) map[string]string {
	t.Helper()
	dir, files := t.TempDir(), map[string]string{}
	save := func(name string, data []byte) {
		files[name] = filepath.Join(dir, name)
		if err := os.WriteFile(files[name], data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	le := binary.LittleEndian
	for _, form := range []struct {
		name string
		link parse.LinkType
		v2   bool
	}{{"first.pcap", parse.LinkPKTAP, false}, {"second.pcap", parse.LinkPKTAP, true}, {"user2.pcap", parse.LinkUser2, false}} {
		f := pcapfile.NewPcap(le, pcapfile.Header{Magic: 0xa1b2c3d4, Link: uint32(form.link), Snap: 1 << 18})
		for i, p := range recordedPackets() {
			p.header.V2 = form.v2
			f.Packet(1_700_000_000, uint32(i), packet.Build(p.header, packet.Bytes(p.frame)))
		}
		save(form.name, f.Bytes())
	}
	ng := pcapfile.NewNg(le).Section(le).Interface(1, 0, pcapfile.Option{Code: 2, Value: "en0"})
	for _, p := range processBlocks {
		b := le.AppendUint16(le.AppendUint16(le.AppendUint32(nil, p.pid), 2), uint16(len(p.name)))
		ng.Block(0x80000001, append(b, p.name...))
	}
	for i, p := range recordedPackets() {
		opts := []pcapfile.Option{{Code: 2, Value: p.header.Flags}} // 1 and 2 mean the same in both
		if p.process >= 0 {
			opts = append(opts, pcapfile.Option{Code: 0x8001, Value: uint32(p.process)})
		}
		if p.behalf >= 0 {
			opts = append(opts, pcapfile.Option{Code: 0x8003, Value: uint32(p.behalf)})
		}
		ng.Enhanced(0, 1_700_000_000_000_000+uint64(i), uint32(len(p.frame)), p.frame, opts...)
	}
	save("apple.pcapng", ng.Bytes())
	return files
}

// TestRecordedOwners reads whose the flows of files from macOS are.
func TestRecordedOwners(t *testing.T) {
	binary := testkit.Binary(t)
	for name, path := range recordedFiles(t) {
		t.Run(name, func(t *testing.T) {
			all := decodeRecords(t, runRead(t, binary, nil, "--json", "--once", path).Stdout)
			if len(all) != 1 {
				t.Fatalf("got %d records, want 1", len(all))
			}
			got := map[string]string{}
			for i := range all[0].Flows {
				f := &all[0].Flows[i]
				got[f.Ends.Remote.IP] = recordedOwner(t, f)
				if f.Interface != "en0" {
					t.Errorf("%s: got interface %q, want en0", f.Ends.Remote.IP, f.Interface)
				}
			}
			if d := cmp.Diff(recordedOwners, got); d != "" {
				t.Errorf("owners (-want +got):\n%s", d)
			}

			text := runRead(t, binary, nil, "--text", "--once", path).Stdout
			for _, want := range []string{"curl 100", "sshd 77", "~launchd 1", "nsurlsessiond 300"} {
				if !strings.Contains(text, want) {
					t.Errorf("the text has no %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "\x1b") {
				t.Errorf("the text has an escape sequence of the file: %q", text)
			}
		})
	}
}

// recordedOwner writes the owner of a flow's local end.
func recordedOwner(t *testing.T, f *export.Flow) string {
	t.Helper()
	if f.Process == nil {
		if f.Attribution != nil {
			t.Errorf("%s: got %+v about nobody, want nothing", f.Ends.Remote.IP, f.Attribution)
		}
		return ""
	}
	s := fmt.Sprintf("%d %s", f.Process.PID, f.Process.Name)
	if of := f.Process.For; of != nil {
		s += fmt.Sprintf(" for %d %s", of.PID, of.Name)
	}
	if f.Process.UID != nil || f.Process.GID != nil {
		t.Errorf("%s: got a user, whom the file does not tell", f.Ends.Remote.IP)
	}
	return s + ", " + f.Attribution.Source
}

// TestPKTAPAsTshark compares what a PKTAP header of the first form, which is what that
// knows, says of each packet.
func TestPKTAPAsTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		testkit.Skip(t, "tshark is not installed: apt-get install tshark")
	}
	path := recordedFiles(t)["first.pcap"]
	args := []string{"-r", path, "-T", "fields", "-E", "separator=|"}
	for _, field := range []string{"ifname", "pid", "cmdname", "epid", "ecmdname"} {
		args = append(args, "-e", "pktap."+field)
	}
	// It writes pids without a sign.
	want := strings.ReplaceAll(testkit.Run(t, exec.Command("tshark", args...)).Stdout, "4294967295", "-1")
	file, err := capture.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got strings.Builder
	ps := make([]parse.Packet, 64)
	n, _, err := file.Read(ps)
	if n != len(recordedPackets()) {
		t.Fatalf("read %d packets, error %v, want %d", n, err, len(recordedPackets()))
	}
	for i := range ps[:n] {
		p, ok := file.Processes().At(ps[i].Process)
		if !ok {
			p.PID = -1
		}
		if p.ForName == "" {
			p.ForPID = -1
		}
		fmt.Fprintf(&got, "%s|%d|%s|%d|%s\n", file.Interfaces()[ps[i].Iface].Name, p.PID, p.Name, p.ForPID, p.ForName)
	}
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("packets (-tshark +got):\n%s", d)
	}
}
