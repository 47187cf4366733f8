package ebpf

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit"
	"sockeye/track/proc"
)

// record puts one together from annotated hex: spaces do not count.
func record(tb testing.TB, parts ...string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(parts, ""), " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// zeros is hex of n bytes.
func zeros(n int) string { return strings.Repeat("00", n) }

// someone is the part of a record that is about a process.
const someone = "80778e0600000000" + // start: 110 ms after boot, and a bit
	"4100000000000000" + // cgroup 65
	"39300000 e8030000 e9030000" + // tgid 12345, uid 1000, gid 1001
	"980000f0" + // network namespace
	"63757200 00000000 0000000000000000" // "cur"

// calls is a call from 127.0.0.1:40000 to 127.0.0.2:443.
func calls(tb testing.TB) []byte {
	return record(tb,
		"00ca9a3b00000000", // 1 s after boot
		"0700000000000000", // cookie
		zeros(8),           // inode
		someone,
		"7f000001", zeros(12), "7f000002", zeros(12),
		"409c 01bb", // ports, each in its byte order
		"04 02 03 02", "0600 0100", zeros(4))
}

var testProcess = proc.Event{
	Time: 5e9 + 1e9, Cookie: 7, NetNS: 0xf0000098, Comm: "cur",
	Process: proc.ID{PID: 12345, Start: 11}, UID: 1000, GID: 1001, Cgroup: 65,
}

// with returns testProcess with changes.
func with(change func(e *proc.Event)) proc.Event {
	e := testProcess
	change(&e)
	return e
}

func TestDecode(t *testing.T) {
	head := "00ca9a3b00000000 0700000000000000"
	for _, tt := range []struct {
		name string
		b    []byte
		want proc.Holding
	}{
		{"a call", calls(t), proc.Holding{Event: with(func(e *proc.Event) {
			e.Kind, e.Family, e.Type, e.Proto = proc.SocketCalls, 2, 1, 6
			e.Local, e.Remote = netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.2:443")
		})}},
		{"a held socket for both families, of MPTCP", record(t, head, "e703000000000000", someone,
			zeros(16), zeros(16), "409c 0000", "03 0a 0b 0a", "0601 0100", zeros(4)),
			proc.Holding{Inode: 999, Event: with(func(e *proc.Event) {
				e.Kind, e.Family, e.Type, e.Proto, e.Dual = proc.SocketListens, 10, 1, 6, true
				e.Local, e.Remote = netip.MustParseAddrPort("[::]:40000"), netip.MustParseAddrPort("[::]:0")
			})}},
		{"a mapped address", record(t, head, zeros(8), someone,
			zeros(10), "ffff 0a000001", zeros(10), "ffff 0a000002", "409c 0035", "06 0a 07 0a", "1100 0200", zeros(4)),
			proc.Holding{Event: with(func(e *proc.Event) {
				e.Kind, e.Family, e.Type, e.Proto, e.Sends = proc.SocketUsed, 10, 2, 17, true
				e.Local, e.Remote = netip.MustParseAddrPort("10.0.0.1:40000"), netip.MustParseAddrPort("10.0.0.2:53")
			})}},
		{"an injected frame", record(t, head, zeros(8), someone,
			"0a000001", zeros(12), "0a000002", zeros(12), "409c 0035", "06 11 07 02", "1100 0300", zeros(4)),
			proc.Holding{Event: with(func(e *proc.Event) {
				e.Kind, e.Family, e.Type, e.Proto, e.Sends = proc.SocketUsed, 17, 3, 17, true
				e.Local, e.Remote = netip.MustParseAddrPort("10.0.0.1:40000"), netip.MustParseAddrPort("10.0.0.2:53")
			})}},
		{"a socket of packets", record(t, head, zeros(8), someone, zeros(36), "06 11 04 00", "0000 0300", zeros(4)),
			proc.Holding{Event: with(func(e *proc.Event) {
				e.Kind, e.Family, e.Type, e.Sends = proc.SocketUsed, 17, 3, true
			})}},
		{"the end of a process", record(t, head, zeros(8), someone, zeros(36), "09 00 00 00", zeros(8)),
			proc.Holding{Event: with(func(e *proc.Event) { e.Kind = proc.ProcessEnded })}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDecoder()
			d.boot = 5e9
			var got proc.Holding
			if !d.decode(&got, tt.b) {
				t.Fatal("got no event")
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			testkit.ZeroAllocs(t, "decode", func() { d.decode(&got, tt.b) })
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	var h proc.Holding
	d := newDecoder()
	whole := calls(t)
	for n := range whole {
		if d.decode(&h, whole[:n]) {
			t.Fatalf("got an event of %d bytes, want none", n)
		}
	}
	for _, kind := range []byte{0, byte(proc.ProcessEnded) + 1, 255} {
		whole[eventKind] = kind
		if d.decode(&h, whole) {
			t.Errorf("got an event of kind %d, want none", kind)
		}
	}
}

func TestDecoderForgetsNames(t *testing.T) {
	d := newDecoder()
	for i := range 3 * maxNames {
		want := strconv.Itoa(i)
		var comm [16]byte
		copy(comm[:], want)
		if got := d.name(comm[:]); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if len(d.names) > maxNames {
		t.Errorf("got %d names kept, want at most %d", len(d.names), maxNames)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(calls(f))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h proc.Holding
		if !newDecoder().decode(&h, b) {
			return
		}
		if len(b) < eventSize {
			t.Fatalf("an event of %d bytes", len(b))
		}
		if h.Kind < proc.SocketMade || h.Kind > proc.ProcessEnded {
			t.Fatalf("kind %d", h.Kind)
		}
		if h.Local.Addr().Is4In6() || h.Remote.Addr().Is4In6() {
			t.Fatalf("a mapped address: %v %v", h.Local, h.Remote)
		}
		if strings.ContainsRune(h.Comm, 0) || len(h.Comm) > 16 {
			t.Fatalf("comm %q", h.Comm)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	d, r := newDecoder(), calls(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(r)))
	var h proc.Holding
	for b.Loop() {
		d.decode(&h, r)
	}
}
