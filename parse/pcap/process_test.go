package pcap

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	build "sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

// processBlock is the body of a block about a process.
func processBlock(o pcapfile.Order, pid uint32, name string) []byte {
	b := o.AppendUint32(nil, pid)
	b = o.AppendUint16(b, processName)
	b = o.AppendUint16(b, uint16(len(name)))
	b = append(b, name...)
	return append(append(b, make([]byte, -len(name)&3)...), 0, 0, 0, 0)
}

// tap is a frame with a PKTAP header.
func tap(h build.PKTAP) []byte {
	return build.Build(h, build.Ethernet{}, build.IPv4{}, build.TCP{Src: 40000, Dst: 443})
}

// tapPcap is a file of n packets of two processes.
func tapPcap(n int) *pcapfile.Pcap {
	f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: uint32(parse.LinkPKTAP), Snap: 1 << 18})
	for i := range n {
		f.Packet(1, 0, tap(build.PKTAP{V2: i&1 != 0, Iface: fmt.Sprint("en", i&1), PID: int32(100 + i%2), Comm: "curl", Flags: parse.PKTAPOut}))
	}
	return f
}

// processesOf reads a file, and writes for each packet its interface, its direction and
// its process.
func processesOf(t *testing.T, file []byte) (all []string, r *Reader) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	ps := []parse.Packet{{Process: 9}, {Process: 9}}
	for err == nil {
		var n int
		n, _, err = r.Read(ps)
		for _, p := range ps[:n] {
			s := r.Interfaces()[p.Iface].Name + " " + [...]string{"?", "in", "broadcast", "multicast", "other", "out"}[p.Hint]
			if of, ok := r.Processes().At(p.Process); ok {
				s += fmt.Sprintf(" %d %s", of.PID, of.Name)
				if of.ForName != "" {
					s += fmt.Sprintf(" for %d %s", of.ForPID, of.ForName)
				}
			} else if p.Process != 0 {
				t.Errorf("packet %d: got slot %d, which nobody has", p.Number, p.Process)
			}
			all = append(all, s)
		}
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return all, r
}

func TestTapped(t *testing.T) {
	rows := []struct {
		name string
		h    build.PKTAP
		want string
	}{
		{"sent", build.PKTAP{PID: 100, Comm: "curl", Flags: parse.PKTAPOut}, "en0 out 100 curl"},
		{"received", build.PKTAP{PID: 100, Comm: "curl", Flags: parse.PKTAPIn}, "en0 in 100 curl"},
		{"of another interface", build.PKTAP{Iface: "utun3", PID: 100, Comm: "curl", Flags: parse.PKTAPOut}, "utun3 out 100 curl"},
		{"for another", build.PKTAP{PID: 100, Comm: "nsurlsessiond", EPID: 7, EComm: "Mail", Flags: parse.PKTAPOut},
			"en0 out 100 nsurlsessiond for 7 Mail"},
		{"of the kernel", build.PKTAP{Comm: "kernel_task", Flags: parse.PKTAPOut}, "en0 out 0 kernel_task"},
		{"of nobody", build.PKTAP{Flags: parse.PKTAPIn}, "en0 in"},
		{"of a process that has ended", build.PKTAP{PID: 100, Flags: parse.PKTAPOut}, "en0 out"},
		{"without a direction", build.PKTAP{PID: 100, Comm: "curl"}, "en0 ?"},
	}
	for _, form := range []struct {
		name string
		link parse.LinkType
		v2   bool
	}{{"first form", parse.LinkPKTAP, false}, {"second form", parse.LinkPKTAP, true}, {"old number", parse.LinkUser2, false}} {
		classic := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: uint32(form.link), Snap: 1 << 18})
		ng := pcapfile.NewNg(be).Section(be).Interface(uint16(form.link), 0, opt(ifName, "pktap0"))
		var want []string
		for _, r := range rows {
			r.h.V2 = form.v2
			classic.Packet(1, 0, tap(r.h))
			ng.Enhanced(0, micros, uint32(len(tap(r.h))), tap(r.h))
			want = append(want, r.want)
		}
		for format, file := range map[string][]byte{"pcap": classic.Bytes(), "pcapng": ng.Bytes()} {
			got, r := processesOf(t, file)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, %s (-want +got):\n%s", form.name, format, d)
			}
			for _, i := range r.Interfaces() {
				if i.Link != form.link {
					t.Errorf("%s, %s: interface %s has the link type %v, want %v", form.name, format, i.Name, i.Link, form.link)
				}
			}
		}
	}
}

// TestTapInterfacesAreBounded: beyond the bound, and where the name is none, packets stay
// with the file's own one.
func TestTapInterfacesAreBounded(t *testing.T) {
	f := pcapfile.NewPcap(le, pcapfile.Header{Magic: magicMicro, Link: uint32(parse.LinkPKTAP), Snap: 1 << 18})
	f.Packet(1, 0, tap(build.PKTAP{Iface: "\x05", Flags: parse.PKTAPOut}))
	for i := range maxTapIfaces + 5 {
		f.Packet(1, 0, tap(build.PKTAP{Iface: fmt.Sprint("en", i), Flags: parse.PKTAPOut}))
	}
	got, r := processesOf(t, f.Bytes())
	if n := len(r.Interfaces()); n != 1+maxTapIfaces {
		t.Errorf("got %d interfaces, want %d", n, 1+maxTapIfaces)
	}
	for _, n := range []int{0, len(got) - 1} {
		if got[n] != " out" {
			t.Errorf("packet %d: got %q, want none of its own", n+1, got[n])
		}
	}
}

// TestNgProcesses checks that a packet's process is that of its section, in its byte
// order, and that none is made up.
func TestNgProcesses(t *testing.T) {
	f := pcapfile.NewNg(le).Section(le).Interface(1, 0, opt(ifName, "en0"))
	var want []string
	sent := opt(epbFlags, uint32(2))
	add := func(is string, opts ...pcapfile.Option) {
		f.Enhanced(0, micros, 4, frame(4), opts...)
		want = append(want, is)
	}
	f.Block(blockProcess, processBlock(le, 100, "nsurlsessiond"))
	add("en0 out 100 nsurlsessiond", sent, opt(epbProcess, uint32(0)))
	f.Block(blockProcess, processBlock(le, 7, "Mail"))
	add("en0 in 100 nsurlsessiond for 7 Mail", opt(epbProcess, uint32(0)), opt(epbEffective, uint32(1)), opt(epbFlags, uint32(1)))
	add("en0 ?", opt(epbProcess, uint32(0)))           // either end's
	add("en0 out", sent, opt(epbEffective, uint32(1))) // nobody's
	add("en0 out", sent, opt(epbProcess, uint8(0)))    // no number
	add("en0 out", sent, opt(epbProcess, uint32(2)))   // there is none
	f.Block(blockProcess, nil)                         // nor is that one
	f.Block(blockProcess, processBlock(le, 8, ""))
	add("en0 out", sent, opt(epbProcess, uint32(2))) // it has no name

	f.Section(be).Interface(1, 0, opt(ifName, "en1"))
	add("en1 out", sent, opt(epbProcess, uint32(0))) // it is of the section before
	f.Block(blockProcess, processBlock(be, 200, "ssh"))
	add("en1 out 200 ssh", sent, opt(epbProcess, uint32(0)))
	add("en1 out", sent, opt(epbProcess, uint32(0x01000000))) // the other byte order
	add("en1 out", sent)
	got, r := processesOf(t, f.Bytes())
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("processes (-want +got):\n%s", d)
	}
	if b := r.Info().Blocks; b.Process != 4 || b.Unknown != 1 {
		t.Errorf("got %d blocks of processes and %d others, want 4 and 1", b.Process, b.Unknown)
	}
}
