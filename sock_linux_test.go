package main

import (
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/capture"
	"sockeye/ebpf"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

func TestLiveFramesComeAsSent(t *testing.T) {
	a, b, ifA, ifB := testkit.Veth(t)
	out, in := openTap(t, a, ifA, capture.Options{Decap: true}), openTap(t, b, ifB, capture.Options{})
	eth := packet.Ethernet{Src: packet.MAC{2, 0, 0, 0x77, 0, 1}, Dst: packet.MAC{2, 0, 0, 0x77, 0, 2}}
	broadcast := eth
	broadcast.Dst = packet.MAC{255, 255, 255, 255, 255, 255}
	other := eth
	other.Dst = packet.MAC{2, 0, 0, 0x77, 0, 99}
	v4 := packet.IPv4{Src: packet.IP(testkit.AddrA4), Dst: packet.IP(silentB)}
	v6 := packet.IPv6{Src: packet.IP(testkit.AddrA6), Dst: packet.IP(silentB6)}
	rows := []struct {
		name  string
		frame []byte
		hint  parse.Hint
		tci   uint16
		tpid  uint16
	}{
		{"UDP over IPv4", packet.Build(eth, v4, packet.UDP{Src: 1, Dst: 9}, packet.Bytes("hello")), parse.HintHost, 0, 0},
		{"UDP over IPv6", packet.Build(eth, v6, packet.UDP{Src: 1, Dst: 9}, packet.Zeros(1200)), parse.HintHost, 0, 0},
		{"ARP to all", packet.Build(broadcast, packet.ARP{}), parse.HintBroadcast, 0, 0},
		{"to another machine", packet.Build(other, v4, packet.UDP{Src: 1, Dst: 9}), parse.HintOther, 0, 0},
		{"VLAN 7", packet.Build(eth, packet.VLAN{ID: 7, Priority: 3}, v4, packet.UDP{Src: 1, Dst: 9}), parse.HintOther, 3<<13 | 7, 0x8100},
		{"service VLAN 8", packet.Build(eth, packet.VLAN{ID: 8, TPID: 0x88a8}, v4, packet.UDP{Src: 1, Dst: 9}), parse.HintOther, 8, 0x88a8},
		{"unknown EtherType", packet.Build(packet.Ethernet{Src: eth.Src, Dst: eth.Dst, Type: 0x88b5}, packet.Zeros(100)), parse.HintHost, 0, 0},
	}
	begin := time.Now()
	s := openSender(t, a, ifA)
	for _, r := range rows {
		s.send(r.frame)
	}
	sent, got := out.read(len(rows)), in.read(len(rows))
	for i, r := range rows {
		o, p := sent[i], got[i]
		if o.Hint != parse.HintOutgoing || !o.Decap {
			t.Errorf("%s: as sent: got hint %d, decap %v, want %d, true", r.name, o.Hint, o.Decap, parse.HintOutgoing)
		}
		frame := r.frame
		if r.tpid != 0 { // the receiving kernel takes the tag off
			frame = append(frame[:12:12], frame[16:]...)
		}
		if string(p.Data) != string(frame) {
			t.Errorf("%s: got % x want % x", r.name, p.Data, frame)
		}
		if int(p.WireLen) != len(r.frame) || int(o.WireLen) != len(r.frame) {
			t.Errorf("%s: got lengths %d sent, %d received, want %d", r.name, o.WireLen, p.WireLen, len(r.frame))
		}
		if p.Link != parse.LinkEthernet || p.Segs > 1 || p.Decap {
			t.Errorf("%s: got link %v, %d segments, decap %v", r.name, p.Link, p.Segs, p.Decap)
		}
		if p.TagTCI != r.tci || p.TagTPID != r.tpid {
			t.Errorf("%s: got tag %#x %#x want %#x %#x", r.name, p.TagTPID, p.TagTCI, r.tpid, r.tci)
		}
		if p.Hint != r.hint && r.tpid == 0 {
			t.Errorf("%s: got hint %d want %d", r.name, p.Hint, r.hint)
		}
		if at := time.Unix(0, p.Time); at.Before(begin) || at.After(time.Now()) {
			t.Errorf("%s: got time %v, want after %v", r.name, at, begin)
		}
	}
	if st := in.stats(); st != (capture.Stats{Received: uint64(len(rows))}) {
		t.Errorf("got %+v, want %d received", st, len(rows))
	}
}

func TestLiveJumbo(t *testing.T) {
	a, b, ifA, ifB := testkit.Veth(t)
	a.IP(t, "link", "set", ifA, "mtu", "9000")
	b.IP(t, "link", "set", ifB, "mtu", "9000")
	in := openTap(t, b, ifB, capture.Options{})
	frame := udpFrame(1, 8972, false)
	openSender(t, a, ifA).send(frame)
	if p := in.read(1)[0]; string(p.Data) != string(frame) || int(p.WireLen) != len(frame) {
		t.Errorf("got %d bytes of %d, want %d", len(p.Data), p.WireLen, len(frame))
	}
}

func TestLiveInterfaceEnds(t *testing.T) {
	for _, tt := range []struct {
		name    string
		command []string
		want    error
	}{
		{"deleted", []string{"link", "del"}, capture.ErrInterfaceGone},
		{"set down", []string{"link", "set", "down"}, capture.ErrInterfaceDown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b, ifA, ifB := testkit.Veth(t)
			in := openTap(t, b, ifB, capture.Options{})
			s := openSender(t, a, ifA)
			got := make(chan struct {
				packets int
				err     error
			})
			go func() {
				var r struct {
					packets int
					err     error
				}
				for r.err == nil {
					var n int
					n, _, r.err = in.srcs[0].Read(in.buf)
					r.packets += n
				}
				got <- r
			}()
			for range 3 {
				s.send(udpFrame(1, 10, false))
			}
			b.IP(t, append(tt.command, ifB)...)
			r := <-got
			// What was captured before the end comes first.
			if r.packets != 3 || !errors.Is(r.err, tt.want) {
				t.Errorf("got %d packets, then %v, want 3, then %v", r.packets, r.err, tt.want)
			}
		})
	}
}

func TestLiveOpenErrors(t *testing.T) {
	n := testkit.NewNetns(t)
	n.IP(t, "link", "add", "sk-a", "type", "veth", "peer", "name", "sk-b")
	open := func(name string, index int) (err error) {
		n.Do(func() {
			tg := capture.Target{Name: name, Index: index, Queues: 2, Slot: func(int) (uint16, bool) { return 0, true }}
			if index == 0 {
				tg = targetOf(t, name)
			}
			_, err = openLive(tg, capture.Options{})
		})
		return err
	}
	if err := open("sk-a", 0); !errors.Is(err, capture.ErrInterfaceDown) {
		t.Errorf("interface that is down: got %v", err)
	}
	if err := open("sk-none", 4711); !errors.Is(err, capture.ErrInterfaceGone) {
		t.Errorf("no such interface: got %v", err)
	}
}

func TestLiveWithoutRights(t *testing.T) {
	testkit.Root(t)
	done := make(chan error)
	go func() {
		// The capabilities are the thread's, which ends with this goroutine.
		runtime.LockOSThread()
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		if err := unix.Capset(&head, &make([]unix.CapUserData, 2)[0]); err != nil {
			done <- err
			return
		}
		_, err := openLive(capture.Target{Name: "lo", Index: 1, Queues: 1}, capture.Options{})
		done <- err
	}()
	err := <-done
	var rights *capture.PermissionError
	if !errors.As(err, &rights) || !errors.Is(err, fs.ErrPermission) {
		t.Fatalf("got %v, want a PermissionError that matches fs.ErrPermission", err)
	}
	if rights.Needs != "CAP_NET_RAW" || !strings.Contains(rights.Remedy, "setcap cap_net_raw") {
		t.Errorf("got %+v", rights)
	}
}

// TestLiveFlowsKeepTheirQueue sends a thousand flows both ways over a veth pair
// and listens at both ends: each flow must be in the same queue everywhere.
func TestLiveFlowsKeepTheirQueue(t *testing.T) {
	const flows = 1000
	a, b, ifA, ifB := testkit.Veth(t)
	at := []*tap{openTap(t, a, ifA, capture.Options{}, queues(3)), openTap(t, b, ifB, capture.Options{}, queues(3))}
	sa, sb := openSender(t, a, ifA), openSender(t, b, ifB)
	for i := range flows {
		port := uint16(20000 + i)
		if i%2 == 0 {
			sa.send(udpFrame(port, 10, false))
			sb.send(udpFrame(port, 10, true))
		} else {
			sa.send(udp6Frame(port, false))
			sb.send(udp6Frame(port, true))
		}
	}
	queue := map[parse.Key]int{}
	var load [3]int
	for _, tap := range at {
		for _, p := range tap.read(2 * flows) {
			p.Decode()
			if q, known := queue[p.Key]; known && q != p.queue {
				t.Fatalf("flow %v is in queue %d and in queue %d", p.Key, q, p.queue)
			}
			queue[p.Key] = p.queue
			load[p.queue]++
		}
	}
	if len(queue) != flows {
		t.Errorf("got %d flows, want %d", len(queue), flows)
	}
	for q, n := range load {
		if n < 4*flows/3/2 {
			t.Errorf("queue %d got %d of %d packets: the hash does not spread", q, n, 4*flows)
		}
	}
}

// TestLiveOverload lets the rings run full: what was sent is what came, plus
// what the kernel says that it dropped.
func TestLiveOverload(t *testing.T) {
	const sent = 20000
	a, b, ifA, ifB := testkit.Veth(t)
	in := openTap(t, b, ifB, capture.Options{}, func(t *capture.Target) { t.Queues, t.RingBytes = 2, 2<<20 })
	s := openSender(t, a, ifA)
	for i := range sent {
		s.send(udpFrame(uint16(i), 200, false))
	}
	var st capture.Stats
	delivered := uint64(0)
	in.until(func(batch []captured) bool {
		delivered += uint64(len(batch))
		st = in.stats()
		return st.Received == delivered+st.Dropped
	})
	if st.Received != sent || st.Received != delivered+st.Dropped || st.Dropped == 0 || st.Freezes == 0 || st.Damaged != 0 {
		t.Errorf("sent %d, delivered %d, counters %+v", sent, delivered, st)
	}
	// The rings work again.
	s.send(udpFrame(1, 10, false))
	in.read(1)
	if again := in.stats(); again.Received != sent+1 || again.Dropped != st.Dropped {
		t.Errorf("after the overload: got %+v, before %+v", again, st)
	}
}

// mayLoad tells whether the eBPF filter can be loaded here; in a user namespace
// it cannot, and packets come in full.
func mayLoad(t *testing.T) bool {
	t.Helper()
	c, err := ebpf.NewCutter(ebpf.CutOptions{Snaplen: 1, Headers: 1})
	switch {
	case errors.Is(err, fs.ErrPermission):
		return false
	case err != nil:
		t.Fatal(err)
	}
	return c.Close() == nil
}

func TestLiveKeepsOfEachPacket(t *testing.T) {
	toPort9 := newFilter(t, "udp dst port 9")
	for _, tt := range []struct {
		name    string
		options capture.Options
		want    func(i int) int // bytes kept of the i-th packet of 1042
	}{
		{"first packets, then headers", capture.Options{}, func(i int) int {
			if i < 16 || !mayLoad(t) {
				return 1042
			}
			return headersSnap
		}},
		{"headers only", capture.Options{HeadersOnly: true}, func(int) int { return headersSnap }},
		{"headers in tunnels", capture.Options{HeadersOnly: true, Decap: true}, func(int) int { return headersSnapDecap }},
		{"snap length", capture.Options{Snaplen: 60}, func(int) int { return 60 }},
		{"filter", capture.Options{Filter: toPort9}, func(int) int { return 1042 }},
		{"filter and headers", capture.Options{Filter: toPort9, HeadersOnly: true}, func(int) int { return headersSnap }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b, ifA, ifB := testkit.Veth(t)
			in := openTap(t, b, ifB, tt.options, queues(2))
			s := openSender(t, a, ifA)
			for range 20 {
				s.send(udpFrame(1, 1000, false))
			}
			if tt.options.Filter != nil {
				s.send(udpFrame(1, 1000, true)) // from port 9 it is, not to it
			}
			for i, p := range in.read(20) {
				if len(p.Data) != tt.want(i) || p.WireLen != 1042 {
					t.Errorf("packet %d: got %d bytes of %d, want %d of 1042", i, len(p.Data), p.WireLen, tt.want(i))
				}
			}
			// What a filter rejects is not counted.
			if st := in.stats(); st != (capture.Stats{Received: 20}) {
				t.Errorf("got %+v, want 20 received", st)
			}
		})
	}
}

// TestLiveClose closes a ring under a waiting reader, and under packets that
// are lent out.
func TestLiveClose(t *testing.T) {
	a, b, ifA, ifB := testkit.Veth(t)
	in := openTap(t, b, ifB, capture.Options{})
	openSender(t, a, ifA).send(udpFrame(1, 10, false))
	src := in.srcs[0]
	n := 0
	for n == 0 {
		var err error
		if n, _, err = src.Read(in.buf); err != nil {
			t.Fatal(err)
		}
	}
	in.close()
	if d := in.buf[0].Data; n != 1 || len(d) != 52 {
		t.Errorf("after close: got %d packets, the first of %d bytes, want 1 of 52", n, len(d))
	}
	if st, err := src.Stats(); err != nil || st.Received != 1 {
		t.Errorf("after close: got %+v, %v, want 1 received", st, err)
	}

	waiting := openTap(t, b, ifB, capture.Options{})
	done := make(chan error)
	go func() {
		var err error
		for err == nil {
			_, _, err = waiting.srcs[0].Read(waiting.buf)
		}
		done <- err
	}()
	if err := waiting.srcs[0].Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, capture.ErrClosed) {
		t.Errorf("waiting reader: got %v, want ErrClosed", err)
	}
}

func TestLiveReadDoesNotAllocate(t *testing.T) {
	a, b, ifA, ifB := testkit.Veth(t)
	in := openTap(t, b, ifB, capture.Options{})
	s := openSender(t, a, ifA)
	for range 1000 {
		s.send(udpFrame(1, 500, false))
	}
	buf := make([]parse.Packet, 4)
	src := in.srcs[0]
	testkit.ZeroAllocs(t, "ring.Read", func() {
		if n, _, err := src.Read(buf); n == 0 || err != nil {
			t.Fatalf("got %d packets, %v", n, err)
		}
	})
}

func TestRingShape(t *testing.T) {
	for _, tt := range []struct{ bytes, size, blocks int }{
		{32 << 20, 1 << 20, 32},
		{4 << 20, 1 << 20, 4},
		{2 << 20, 512 << 10, 4},
		{1 << 20, 256 << 10, 4},
		{100 << 10, 128 << 10, 2}, // as small as it gets
		{5<<20 + 12345, 1 << 20, 5},
	} {
		if size, blocks := ringShape(tt.bytes); size != tt.size || blocks != tt.blocks {
			t.Errorf("%d bytes: got %d blocks of %d, want %d of %d", tt.bytes, blocks, size, tt.blocks, tt.size)
		}
	}
}
