package tests

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// TestLiveLimits: flows leave after their time limits, each kind after its own, and
// what comes of a closed connection after that raises no new row.
func TestLiveLimits(t *testing.T) {
	a, _, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "--timeout", "tcp-closed=1,quic-initial=3,udp=5")
	inject := a.Injector(t, ifA)
	client, server := packet.IP("10.0.0.1"), packet.IP("10.0.0.2")
	segment := func(fromClient bool, flags uint8, seq, ack uint32, data string) []byte {
		ip, tcp := packet.IPv4{Src: client, Dst: server}, packet.TCP{Src: 40000, Dst: 443, Flags: flags, Seq: seq, Ack: ack}
		if !fromClient {
			ip, tcp = packet.IPv4{Src: server, Dst: client}, packet.TCP{Src: 443, Dst: 40000, Flags: flags, Seq: seq, Ack: ack}
		}
		return packet.Build(packet.Ethernet{}, ip, tcp, packet.Bytes(data))
	}
	const fin, syn, rst, ack = 1, 2, 4, 16
	dcid := "\x08\x01\x02\x03\x04\x05\x06\x07\x08"
	initial := "\xc3\x00\x00\x00\x01" + dcid + "\x00\x00\x44\xce" + strings.Repeat("x", 1230)
	frames := [][]byte{
		segment(true, syn, 100, 0, ""), segment(false, syn|ack, 500, 101, ""), segment(true, ack, 101, 501, ""),
		segment(true, ack, 101, 501, "hello"), segment(false, rst|ack, 501, 106, ""),
		packet.Build(packet.Ethernet{}, packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: 40001, Dst: 443}, packet.Bytes(initial)),
		packet.Build(packet.Ethernet{}, packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: 40002, Dst: 9999}, packet.Bytes("hello")),
	}
	inject.Send(t, frames...)
	has := func(r *export.Record, port int) bool {
		return slices.ContainsFunc(r.Flows, func(f export.Flow) bool { return f.Source == fmt.Sprintf("10.0.0.1:%d", port) })
	}
	w.await("all three flows", func(r *export.Record) bool { return has(r, 40000) && has(r, 40001) && has(r, 40002) })
	w.await("QUIC and UDP alone", func(r *export.Record) bool { return !has(r, 40000) && has(r, 40001) && has(r, 40002) })
	inject.Send(t, segment(true, fin|ack, 106, 501, ""), segment(true, ack, 101, 501, "hello"), segment(false, rst, 501, 0, ""))
	w.await("UDP alone", func(r *export.Record) bool { return !has(r, 40000) && !has(r, 40001) && has(r, 40002) })
	w.await("no flow", func(r *export.Record) bool { return len(r.Flows) == 0 })
	for _, r := range w.all() {
		if r.Totals.Packets > uint64(len(frames)) && has(r, 40000) {
			t.Fatalf("a late packet has a row: %s", outline(r))
		}
	}
	sent := uint64(len(frames) + 3)
	r := w.end(sent)
	checkLossless(t, r)
	if r.Drops.Expired != 3 || r.Other.Packets != sent || r.Other.Flows != 3 {
		t.Errorf("got %d expired, other %+v, want 3 flows with all %d packets", r.Drops.Expired, r.Other, sent)
	}
}

// TestLiveHeld: a connection that is silent past its time limit stays, as idle, for
// as long as the kernel holds its socket open.
func TestLiveHeld(t *testing.T) {
	a, b, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "--timeout", "tcp-idle=1,tcp-established=1,tcp-fin=1,tcp-time-wait=1,tcp-closed=1")
	var l net.Listener
	var c net.Conn
	b.Do(func() {
		var err error
		if l, err = net.Listen("tcp", net.JoinHostPort(testkit.AddrB4, "0")); err != nil {
			t.Fatal(err)
		}
	})
	defer l.Close()
	a.Do(func() {
		var err error
		if c, err = net.Dial("tcp", l.Addr().String()); err != nil {
			t.Fatal(err)
		}
	})
	idle := func(r *export.Record) bool {
		return slices.ContainsFunc(r.Flows, func(f export.Flow) bool { return f.Idle && f.Dest == l.Addr().String() })
	}
	w.await("an idle flow", idle)
	_ = c.(*net.TCPConn).SetLinger(0)
	c.Close()
	w.await("no flow", func(r *export.Record) bool { return len(r.Flows) == 0 })
	w.end(4) // the handshake and the reset
}
