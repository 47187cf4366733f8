package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
)

// neighborsFile is a capture of a link: a host that asks for a router and tells its
// name by mDNS, and two machines that both say to be the router.
func neighborsFile(t *testing.T) string {
	t.Helper()
	desk, router, other := packet.MAC{2, 0, 0, 0, 0, 1}, packet.MAC{0, 0, 0x5e, 0, 1, 1}, packet.MAC{2, 0, 0, 0, 0, 9}
	arp := func(op uint16, mac packet.MAC, src, dst string) []byte {
		return packet.Build(packet.Ethernet{Src: mac, Type: 0x806}, packet.ARP{Op: op, SrcMAC: mac, Src: packet.IP(src), Dst: packet.IP(dst)})
	}
	announced := packet.Bytes("\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00" +
		"\x04desk\x05local\x00\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\xc0\x00\x02\x07")
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: 0xa1b2c3d4, Snap: 65535, Link: 1})
	for i, b := range [][]byte{
		arp(1, desk, "192.0.2.7", "192.0.2.1"),
		arp(2, router, "192.0.2.1", "192.0.2.7"),
		arp(2, other, "192.0.2.1", "192.0.2.7"),
		packet.Build(packet.Ethernet{Src: desk}, packet.IPv4{Src: packet.IP("192.0.2.7"), Dst: packet.IP("224.0.0.251")},
			packet.UDP{Src: 5353, Dst: 5353}, announced),
	} {
		f.Packet(uint32(1_700_000_000+i), 0, b)
	}
	path := filepath.Join(t.TempDir(), "link.pcap")
	if err := os.WriteFile(path, f.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// neighborsOf runs the command and returns what it prints.
func neighborsOf(t *testing.T, c *neighborsCmd) string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := c.Run(&app{stdout: out, stderr: out}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNeighborsOfFile(t *testing.T) {
	path := neighborsFile(t)
	golden(t, "neighbors.txt", neighborsOf(t, &neighborsCmd{File: path}))
	if text := neighborsOf(t, &neighborsCmd{File: path, NoNames: true}); strings.Contains(text, "desk") {
		t.Errorf("with -n: got a name in\n%s", text)
	}
	var list []neighbor
	if err := json.Unmarshal([]byte(neighborsOf(t, &neighborsCmd{File: path, JSON: true})), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[1].Name != "desk.local" || list[1].MAC != "02:00:00:00:00:01" || list[0].OtherMACs != 1 {
		t.Errorf("as JSON: got %+v, want the router with another MAC, and desk.local", list)
	}
}
