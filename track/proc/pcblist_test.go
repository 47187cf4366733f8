package proc

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sockeye/parse"
)

// A pcbTable builds a table as get_pcblist_n of bsd/netinet/in_pcblist.c does.
type pcbTable struct{ b []byte }

// record appends a record of n bytes with values at offsets, and the padding.
func (t *pcbTable) record(n int, kind uint32, values map[int]any) {
	r := make([]byte, n, n+8)
	binary.LittleEndian.PutUint32(r, uint32(n))
	binary.LittleEndian.PutUint32(r[4:], kind)
	for at, v := range values {
		switch v := v.(type) {
		case uint16:
			binary.LittleEndian.PutUint16(r[at:], v)
		case uint32:
			binary.LittleEndian.PutUint32(r[at:], v)
		case uint64:
			binary.LittleEndian.PutUint64(r[at:], v)
		case []byte:
			copy(r[at:], v)
		}
	}
	t.b = append(t.b, append(r, make([]byte, -n&7)...)...)
}

// generation appends a struct xinpgen. Its count stands where records have their kind.
func (t *pcbTable) generation(count uint32) {
	t.record(pcbGenLen, count, nil)
}

// pcbEnds are what xinpcb_n has of a socket.
type pcbEnds struct {
	flags         byte
	local, remote []byte // at the end of 16 bytes
	lport, fport  uint16
}

// socket appends the records of one socket, in the order and lengths of Darwin 24.
// State is negative for UDP.
func (t *pcbTable) socket(e pcbEnds, family uint32, uid, pid uint32, handle uint64, state int, queues ...uint32) {
	be := binary.BigEndian
	t.record(104, pcbInet, map[int]any{
		inpForeignPort: be.AppendUint16(nil, e.fport), inpLocalPort: be.AppendUint16(nil, e.lport),
		inpGeneration: uint64(7), inpFlags: []byte{e.flags},
		inpForeign + 16 - len(e.remote): e.remote, inpLocal + 16 - len(e.local): e.local,
	})
	t.record(104, pcbSocket, map[int]any{
		xsoHandle: handle, xsoType: uint16(sockStream), xsoFamily: family,
		xsoUID: uid, xsoLastPID: pid, 72: uint32(999), // so_e_pid
		xsoWaiting: uint16(queues[0]), xsoMayWait: uint16(queues[1]),
	})
	t.record(32, pcbReceive, map[int]any{xsbBytes: queues[2]})
	t.record(32, pcbSend, map[int]any{xsbBytes: queues[3]})
	t.record(136, 0x08, nil)
	if state >= 0 {
		t.record(204, pcbTCP, map[int]any{xtcpState: uint32(state)})
	}
}

// tcpTable is a table with a socket of each sort.
func tcpTable() []byte {
	var t pcbTable
	t.generation(pcbInet)
	t.socket(pcbEnds{inpIPv4, []byte{192, 0, 2, 1}, []byte{198, 51, 100, 2}, 50000, 443},
		darwinInet, 501, 1234, 0xabcdef0123456789, 4, 0, 0, 10, 20)
	t.socket(pcbEnds{inpIPv4 | inpIPv6, nil, nil, 8080, 0}, darwinInet6, 0, 1, 0x11, 1, 3, 128, 0, 0)
	t.socket(pcbEnds{inpIPv4, []byte{127, 0, 0, 1}, []byte{127, 0, 0, 1}, 8080, 50001},
		darwinInet6, 0, 1, 0x12, 5, 0, 0, 0, 0)
	linkLocal := netip.MustParseAddr("fe80:4::1").As16() // on interface 4
	remote := netip.MustParseAddr("fe80:4::2").As16()
	t.socket(pcbEnds{inpIPv6, linkLocal[:], remote[:], 50002, 22}, darwinInet6, 501, 77, 0x13, 2, 0, 0, 0, 0)
	t.socket(pcbEnds{inpIPv4, []byte{192, 0, 2, 1}, []byte{198, 51, 100, 3}, 50003, 80},
		0, 0, 0, 0, 10, 0, 0, 0, 0)
	t.generation(pcbInet)
	return t.b
}

func TestReadPCBs(t *testing.T) {
	at := netip.MustParseAddrPort
	tcp := func(s Socket, pid int32) pcb {
		s.Proto, s.Type, s.Cookie = parse.ProtoTCP, sockStream, 7
		return pcb{s, pid}
	}
	var udp pcbTable
	udp.generation(2)
	udp.socket(pcbEnds{inpIPv4, nil, nil, 5353, 0}, darwinInet, 65, 300, 0x21, -1, 0, 0, 0, 0)
	udp.socket(pcbEnds{inpIPv4, []byte{192, 0, 2, 1}, []byte{198, 51, 100, 2}, 50000, 443},
		darwinInet, 501, 301, 0x22, -1, 0, 0, 0, 0)
	udp.generation(2)
	var none pcbTable
	none.generation(40)
	none.generation(40)
	tests := []struct {
		name  string
		table []byte
		proto uint8
		want  []pcb
	}{
		{"TCP", tcpTable(), parse.ProtoTCP, []pcb{
			tcp(Socket{Family: afInet, State: "ESTABLISHED", Local: at("192.0.2.1:50000"), Remote: at("198.51.100.2:443"),
				Inode: 0xabcdef0123456789, UID: 501, ReceiveQueue: 10, SendQueue: 20}, 1234),
			tcp(Socket{Family: afInet6, State: "LISTEN", Local: at("[::]:8080"), Remote: at("[::]:0"), Dual: true,
				Inode: 0x11, ReceiveQueue: 3, SendQueue: 128}, 1),
			tcp(Socket{Family: afInet6, State: "CLOSE_WAIT", Local: at("127.0.0.1:8080"), Remote: at("127.0.0.1:50001"),
				Inode: 0x12}, 1),
			tcp(Socket{Family: afInet6, State: "SYN_SENT", Local: at("[fe80::1]:50002"), Remote: at("[fe80::2]:22"),
				Inode: 0x13, UID: 501}, 77),
			tcp(Socket{Family: afInet, State: "TIME_WAIT", Local: at("192.0.2.1:50003"), Remote: at("198.51.100.3:80")}, 0),
		}},
		{"UDP", udp.b, parse.ProtoUDP, []pcb{
			{Socket{Family: afInet, Proto: parse.ProtoUDP, Type: sockStream, State: "UNCONNECTED", Cookie: 7,
				Local: at("0.0.0.0:5353"), Remote: at("0.0.0.0:0"), Inode: 0x21, UID: 65}, 300},
			{Socket{Family: afInet, Proto: parse.ProtoUDP, Type: sockStream, State: "ESTABLISHED", Cookie: 7,
				Local: at("192.0.2.1:50000"), Remote: at("198.51.100.2:443"), Inode: 0x22, UID: 501}, 301},
		}},
		{"two headers and no socket", none.b, parse.ProtoTCP, nil},
	}
	opts := cmp.Options{cmp.AllowUnexported(pcb{}), cmpopts.EquateComparable(netip.AddrPort{})}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []pcb
			if err := readPCBs(tt.table, tt.proto, func(s *pcb) { got = append(got, *s) }); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, opts); d != "" {
				t.Errorf("sockets, want - got +:\n%s", d)
			}
		})
	}
}

func TestReadPCBsDamaged(t *testing.T) {
	whole := tcpTable()
	for n := range whole {
		if err := readPCBs(whole[:n], parse.ProtoTCP, func(*pcb) {}); !errors.Is(err, errPCBList) {
			t.Fatalf("the first %d of %d bytes: got %v, want %v", n, len(whole), err, errPCBList)
		}
	}
	var before pcbTable
	before.generation(1)
	before.record(104, pcbSocket, nil)
	before.generation(1)
	if err := readPCBs(before.b, parse.ProtoTCP, func(*pcb) {}); !errors.Is(err, errPCBList) {
		t.Errorf("a record before the socket's first: got %v, want %v", err, errPCBList)
	}
}

func TestPCBsPartial(t *testing.T) {
	own, others, gone := pcb{Socket: Socket{Inode: 1, UID: 501}}, pcb{Socket: Socket{Inode: 2}}, pcb{}
	tests := []struct {
		name    string
		sockets []pcb
		uid     uint32
		want    bool
	}{
		{"none", nil, 501, true},
		{"none, for root", nil, 0, false},
		{"only the own ones", []pcb{own, own, gone}, 501, true},
		{"others' too", []pcb{own, others}, 501, false},
	}
	for _, tt := range tests {
		if got := pcbsPartial(tt.sockets, tt.uid); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// FuzzReadPCBs reads tables of any form.
func FuzzReadPCBs(f *testing.F) {
	f.Add(tcpTable())
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		err := readPCBs(b, parse.ProtoTCP, func(s *pcb) {
			n++
			if !s.Local.IsValid() || !s.Remote.IsValid() || s.Local.Addr().Is4In6() {
				t.Errorf("ends %v, %v", s.Local, s.Remote)
			}
			if s.State == stateTimeWait && s.Inode != 0 {
				t.Error("a socket that has ended is somebody's")
			}
		})
		if max := len(b) / inpLen; n > max {
			t.Errorf("got %d sockets of %d bytes, at most %d fit", n, len(b), max)
		}
		if err != nil && !errors.Is(err, errPCBList) {
			t.Errorf("got %v, want %v", err, errPCBList)
		}
	})
}

func BenchmarkReadPCBs(b *testing.B) {
	table := tcpTable()
	b.SetBytes(int64(len(table)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := readPCBs(table, parse.ProtoTCP, func(*pcb) { n++ }); err != nil {
			b.Fatal(err)
		}
	}
}
