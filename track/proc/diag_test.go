package proc

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

var compareAddrs = cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })

// recorded turns annotated hex into bytes: what follows "--" in a line is for people.
func recorded(tb testing.TB, text string) []byte {
	tb.Helper()
	var all []byte
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "--")
		b, err := hex.DecodeString(strings.Join(strings.Fields(line), ""))
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// Answers of a Linux 6.18 on amd64. Its tcp_info has 280 bytes; the last of them that
// is read is at 168.
var (
	answerTCP = `
		0a 01 02 00  1f 90  c0 7e                        -- AF_INET6, ESTABLISHED, timer; :8080, :49278
		00 00 00 00 00 00 00 00 00 00 ff ff 7f 00 00 01  -- ::ffff:127.0.0.1
		00 00 00 00 00 00 00 00 00 00 ff ff 7f 00 00 01
		00 00 00 00  19 10 00 00 00 00 00 00             -- no interface; cookie
		5c 3a 00 00  05 00 00 00  00 00 00 00            -- timer, receive queue, send queue
		00 00 00 00  33 23 7b 00                         -- uid, inode
		05 00 08 00 00 00 00 00                          -- INET_DIAG_SHUTDOWN
		08 00 0f 00 00 00 00 00                          -- INET_DIAG_MARK
		0c 00 15 00 01 00 00 00 00 00 00 00              -- INET_DIAG_CGROUP_ID
		06 00 16 00 12 00 00 00                          -- INET_DIAG_SOCKOPT
		28 00 07 00 45 03 00 00 00 00 02 00 00 00 00 00 00 1e 3c 00  -- INET_DIAG_SKMEMINFO
		bb 0c 00 00 00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00  -- seven drops, set here
		1c 01 02 00                                      -- INET_DIAG_INFO
		01 00 00 00 00 07 aa 01 e0 1c 03 00 40 9c 00 00  -- 0: state, options, RTO, ATO
		00 80 00 00 18 02 00 00 00 00 00 00 00 00 00 00  -- 16: MSS sent and received, unacked, sacked
		00 00 00 00 00 00 00 00 00 00 00 00 3c 00 00 00  -- 32: lost, retrans, fackets, times
		00 00 00 00 3c 00 00 00 3c 00 00 00 ff ff 00 00  -- 48: path MTU
		cb ff 00 00 31 00 00 00 1c 00 00 00 ff ff ff 7f  -- 64: RTT 49 us, its variation 28 us
		0b 00 00 00 cb ff 00 00 03 00 00 00 00 00 00 00  -- 80: window 11
		cb ff 00 00 00 00 00 00 15 48 bd e4 03 00 00 00  -- 96: retransmits, pacing
		ff ff ff ff ff ff ff ff 0b 00 00 00 00 00 00 00  -- 112: no limit; 11 acknowledged
		05 00 00 00 00 00 00 00 02 00 00 00 04 00 00 00  -- 128: 5 received; segments
		00 00 00 00 06 00 00 00 01 00 00 00 01 00 00 00  -- 144: not sent, least RTT
		55 55 85 45 01 00 00 00                          -- 160: delivery rate
		` + strings.Repeat("00", 112) + `
		08 00 04 00 62 62 72 00                          -- INET_DIAG_CONG: bbr`
	answerListen = `
		0a 0a 00 00  1f 90  00 00                        -- AF_INET6, LISTEN; :8080
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		00 00 00 00  18 10 00 00 00 00 00 00
		00 00 00 00  00 00 00 00  00 10 00 00            -- none wait, 4096 may
		00 00 00 00  2e 23 7b 00
		05 00 08 00 00 00 00 00
		05 00 0b 00 00 00 00 00                          -- INET_DIAG_SKV6ONLY: no`
	answerUDP6 = `
		0a 07 00 00  14 ea  00 00                        -- AF_INET6, CLOSE; :5354
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		02 00 00 00  1c 10 00 00 00 00 00 00             -- interface 2
		00 00 00 00  40 03 00 00  00 00 00 00
		e8 03 00 00  35 23 7b 00                         -- uid 1000
		05 00 0b 00 01 00 00 00                          -- INET_DIAG_SKV6ONLY: yes
		28 00 07 00 40 03 00 00 00 40 03 00 00 00 00 00 00 40 03 00
		c0 0c 00 00 00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00  -- seven drops`
	answerTimeWait = `
		02 06 03 00  86 0c  1f 90                        -- AF_INET, TIME_WAIT
		7f 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00
		7f 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00
		00 00 00 00  1f 10 00 00 00 00 00 00
		30 ea 00 00  00 00 00 00  00 00 00 00
		e8 03 00 00  00 00 00 00                         -- uid, here as other kernels have it; no inode
		08 00 0f 00 00 00 00 00`
	answerPacket = `
		11 03 03 00  3a 23 7b 00                         -- AF_PACKET, SOCK_RAW, ETH_P_ALL, inode
		1d 10 00 00 00 00 00 00                          -- cookie
		1c 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00  -- PACKET_DIAG_INFO: interface 1
		00 00 00 00 00 00 00 00 01 00 00 00
		08 00 05 00 e8 03 00 00                          -- PACKET_DIAG_UID
		28 00 06 00 40 03 00 00 00 40 03 00 00 00 00 00 00 40 03 00  -- PACKET_DIAG_MEMINFO
		00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00`
)

func end(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

func TestReadDiag(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		proto        uint8
		device       uint32
		want         Socket
	}{
		{"IPv4 at a socket for both", answerTCP, parse.ProtoTCP, 0, Socket{
			Family: afInet6, Proto: 6, Type: sockStream, State: "ESTABLISHED",
			Local: end("127.0.0.1:8080"), Remote: end("127.0.0.1:49278"),
			Inode: 8069939, Cookie: 0x1019, Cgroup: 1, ReceiveQueue: 5, Drops: 7,
			TCP: &KernelTCP{
				RTT: 49 * time.Microsecond, RTTVar: 28 * time.Microsecond, MinRTT: 6 * time.Microsecond,
				Window: 11, MSS: 32768, Sent: 11, Received: 5,
				DeliveryRate: 0x145855555, Pacing: 0x3e4bd4815, Congestion: "bbr",
			},
		}},
		{"listens, for both", answerListen, parse.ProtoTCP, 0, Socket{
			Family: afInet6, Proto: 6, Type: sockStream, State: "LISTEN", Local: end("[::]:8080"), Remote: end("[::]:0"),
			Dual: true, Inode: 8069934, Cookie: 0x1018, SendQueue: 4096,
		}},
		{"UDP for IPv6 alone, on an interface", answerUDP6, parse.ProtoUDP, 2, Socket{
			Family: afInet6, Proto: 17, Type: sockDgram, State: "UNCONNECTED", Local: end("[::]:5354"), Remote: end("[::]:0"),
			UID: 1000, Inode: 8069941, Cookie: 0x101c, ReceiveQueue: 832, Drops: 7,
		}},
		{"nobody's in TIME_WAIT", answerTimeWait, parse.ProtoTCP, 0, Socket{
			Family: afInet, Proto: 6, Type: sockStream, State: "TIME_WAIT",
			Local: end("127.0.0.1:34316"), Remote: end("127.0.0.1:8080"), Cookie: 0x101f,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := recorded(t, tt.answer)
			var got Socket
			var tcp KernelTCP
			device, ok := readDiag(b, tt.proto, &got, &tcp)
			if !ok || device != tt.device {
				t.Errorf("got device %d, %v, want %d, true", device, ok, tt.device)
			}
			if diff := cmp.Diff(tt.want, got, compareAddrs); diff != "" {
				t.Errorf("socket, want - got +:\n%s", diff)
			}
			testkit.ZeroAllocs(t, "readDiag", func() { readDiag(b, tt.proto, &got, &tcp) })
		})
	}
}

func TestReadPacketDiag(t *testing.T) {
	want := Socket{
		Family: afPacket, Proto: 3, Type: sockRaw, State: "UNCONNECTED",
		UID: 1000, Inode: 8069946, Cookie: 0x101d, ReceiveQueue: 832, Drops: 7,
	}
	var got Socket
	device, ok := readPacketDiag(recorded(t, answerPacket), &got)
	if !ok || device != 1 {
		t.Errorf("got device %d, %v, want 1, true", device, ok)
	}
	if diff := cmp.Diff(want, got, compareAddrs); diff != "" {
		t.Errorf("socket, want - got +:\n%s", diff)
	}
}

func TestPutQuery(t *testing.T) {
	for _, tt := range []struct {
		name  string
		query diagQuery
		want  string
	}{
		{"TCP", exactQuery(parse.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.2:4000")), `
			02 06 00 00  ff ff ff ff  00 50  0f a0
			c0 00 02 01 00 00 00 00 00 00 00 00 00 00 00 00
			c6 33 64 02 00 00 00 00 00 00 00 00 00 00 00 00
			00 00 00 00  ff ff ff ff ff ff ff ff`},
		{"UDP, as for a packet that comes in", exactQuery(parse.ProtoUDP, end("[2001:db8::1]:53"), end("[2001:db8::2]:4000")), `
			0a 11 00 00  ff ff ff ff  0f a0  00 35
			20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02
			20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
			00 00 00 00  ff ff ff ff ff ff ff ff`},
		{"all with a port", diagQuery{family: afInet, proto: parse.ProtoUDP, details: true, local: netip.AddrPortFrom(netip.Addr{}, 53)}, `
			02 11 4a 00  ff ff ff ff  00 35  00 00
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
			00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
			00 00 00 00  ff ff ff ff ff ff ff ff`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got [diagRequestLen]byte
			tt.query.put(&got)
			if want := recorded(t, tt.want); !bytes.Equal(got[:], want) {
				t.Errorf("got\n%swant\n%s", hex.Dump(got[:]), hex.Dump(want))
			}
		})
	}
}

func TestPacketRequest(t *testing.T) {
	got := packetRequest()
	if want := recorded(t, "11 00 00 00  00 00 00 00  11 00 00 00  00 00 00 00 00 00 00 00"); !bytes.Equal(got[:], want) {
		t.Errorf("got % x, want % x", got, want)
	}
}

func TestFailure(t *testing.T) {
	for _, tt := range []struct {
		name    string
		message netlinkMessage
		want    error
	}{
		{"refused", netlinkMessage{typ: netlinkError, body: recorded(t, "fe ff ff ff")}, syscall.ENOENT},
		{"done", netlinkMessage{typ: netlinkDone, body: recorded(t, "00 00 00 00")}, nil},
		{"done, of an old kernel", netlinkMessage{typ: netlinkDone}, nil},
	} {
		if got := tt.message.failure(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCongestionName(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"known", "cubic\x00", "cubic"},
		{"of a module of one's own", "mine\x00", "mine"},
		{"unended", "bbr", "bbr"},
		{"empty", "", ""},
	} {
		if got := congestionName([]byte(tt.value)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// FuzzReadDiag reads answers of any form: nothing is read past their end, and a part
// of an answer never says more of TCP than the whole.
func FuzzReadDiag(f *testing.F) {
	for _, text := range []string{answerTCP, answerListen, answerUDP6, answerTimeWait, answerPacket} {
		f.Add(recorded(f, text), uint8(parse.ProtoTCP), 40)
	}
	f.Fuzz(func(t *testing.T, b []byte, proto uint8, cut int) {
		var whole, part Socket
		var tcp, partTCP KernelTCP
		_, ok := readDiag(b, proto, &whole, &tcp)
		if ok != (len(b) >= diagAnswerLen && (b[0] == afInet || b[0] == afInet6)) {
			t.Fatalf("an answer of %d bytes: got %v", len(b), ok)
		}
		if ok && whole.Inode == 0 && whole.UID != 0 {
			t.Errorf("a socket of nobody: got uid %d", whole.UID)
		}
		if whole.Local.Addr().Is4In6() || whole.Remote.Addr().Is4In6() {
			t.Errorf("got a mapped address in %v, %v", whole.Local, whole.Remote)
		}
		cut = min(max(cut, 0), len(b))
		if _, ok := readDiag(b[:cut:cut], proto, &part, &partTCP); ok && part.TCP != nil && whole.TCP == nil {
			t.Errorf("%d of %d bytes: got TCP's measures, the whole has none", cut, len(b))
		}
		readPacketDiag(b, &part)
	})
}

// FuzzCut cuts messages and attributes of any form: each is inside the input, and the
// cutting ends.
func FuzzCut(f *testing.F) {
	message := make([]byte, netlinkHeaderLen, 256)
	message = append(message, recorded(f, answerTimeWait)...)
	putHeader(message, 20, flagRequest, 1)
	f.Add(message)
	f.Fuzz(func(t *testing.T, b []byte) {
		for rest := b; ; {
			m, next, ok := cutMessage(rest)
			if !ok {
				break
			}
			if len(m.body)+netlinkHeaderLen+len(next) > len(rest) {
				t.Fatalf("a body of %d and a rest of %d of %d bytes", len(m.body), len(next), len(rest))
			}
			_ = m.failure()
			rest = next
		}
		for rest := b; ; {
			_, value, next, ok := cutAttribute(rest)
			if !ok {
				break
			}
			if len(value)+attributeHeaderLen+len(next) > len(rest) {
				t.Fatalf("a value of %d and a rest of %d of %d bytes", len(value), len(next), len(rest))
			}
			rest = next
		}
	})
}

func BenchmarkReadDiag(b *testing.B) {
	answer := recorded(b, answerTCP)
	var s Socket
	var tcp KernelTCP
	b.ReportAllocs()
	b.SetBytes(int64(len(answer)))
	for b.Loop() {
		readDiag(answer, parse.ProtoTCP, &s, &tcp)
	}
}
