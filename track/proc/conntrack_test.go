package proc

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// Requests and the answers to them of a Linux 6.18 that masquerades, the latter
// without all that follows the status.
const (
	conntrackTCP = `
		02 00 00 00                            -- struct nfgenmsg: AF_INET
		34 00 01 80                            -- CTA_TUPLE_ORIG
		14 00 01 80                            -- CTA_TUPLE_IP
		08 00 01 00 0a 4e 00 02                -- 10.78.0.2
		08 00 02 00 0a 4e 01 02                -- 10.78.1.2
		1c 00 02 80                            -- CTA_TUPLE_PROTO
		05 00 01 00 06 00 00 00                -- TCP
		06 00 02 00 e0 ae 00 00                -- port 57518
		06 00 03 00 0f f0 00 00                -- port 4080`
	conntrackTCPReply = `
		34 00 02 80 14 00 01 80                -- CTA_TUPLE_REPLY
		08 00 01 00 0a 4e 01 02                -- 10.78.1.2
		08 00 02 00 0a 4e 01 01                -- 10.78.1.1
		1c 00 02 80 05 00 01 00 06 00 00 00
		06 00 02 00 0f f0 00 00
		06 00 03 00 e0 ae 00 00
		08 00 03 00 00 00 01 9e                -- CTA_STATUS`
	conntrackICMP = `
		02 00 00 00
		3c 00 01 80 14 00 01 80
		08 00 01 00 0a 4e 00 02
		08 00 02 00 0a 4e 01 02
		24 00 02 80
		05 00 01 00 01 00 00 00                -- ICMP
		06 00 04 00 03 09 00 00                -- identifier 777
		05 00 05 00 08 00 00 00                -- echo request
		05 00 06 00 00 00 00 00`
	conntrackICMPReply = `
		3c 00 02 80 14 00 01 80
		08 00 01 00 0a 4e 01 02
		08 00 02 00 0a 4e 01 01
		24 00 02 80 05 00 01 00 01 00 00 00
		06 00 04 00 03 09 00 00
		05 00 05 00 00 00 00 00                -- echo reply
		05 00 06 00 00 00 00 00
		08 00 03 00 00 00 01 9a`
	conntrackICMPv6 = `
		0a 00 00 00
		54 00 01 80 2c 00 01 80
		14 00 03 00 fd 00 00 78 00 00 00 00 00 00 00 00 00 00 00 02
		14 00 04 00 fd 00 00 78 00 01 00 00 00 00 00 00 00 00 00 02
		24 00 02 80
		05 00 01 00 3a 00 00 00                -- ICMPv6
		06 00 07 00 03 09 00 00                -- identifier 777
		05 00 08 00 80 00 00 00                -- echo request
		05 00 09 00 00 00 00 00`
	conntrackICMPv6Reply = `
		54 00 02 80 2c 00 01 80
		14 00 03 00 fd 00 00 78 00 01 00 00 00 00 00 00 00 00 00 02
		14 00 04 00 fd 00 00 78 00 01 00 00 00 00 00 00 00 00 00 01
		24 00 02 80 05 00 01 00 3a 00 00 00
		06 00 07 00 03 09 00 00
		05 00 08 00 81 00 00 00
		05 00 09 00 00 00 00 00`
)

func TestConntrackMessages(t *testing.T) {
	for _, tt := range []struct {
		name, request, reply string
		orig, back           natTuple
	}{
		{"TCP", conntrackTCP, conntrackTCPReply,
			natTuple{end("10.78.0.2:57518"), end("10.78.1.2:4080"), parse.ProtoTCP},
			natTuple{end("10.78.1.2:4080"), end("10.78.1.1:57518"), parse.ProtoTCP}},
		{"ICMP", conntrackICMP, conntrackICMPReply,
			natTuple{end("10.78.0.2:777"), end("10.78.1.2:777"), parse.ProtoICMP},
			natTuple{end("10.78.1.2:777"), end("10.78.1.1:777"), parse.ProtoICMP}},
		{"ICMPv6", conntrackICMPv6, conntrackICMPv6Reply,
			natTuple{end("[fd00:78::2]:777"), end("[fd00:78:1::2]:777"), parse.ProtoICMPv6},
			natTuple{end("[fd00:78:1::2]:777"), end("[fd00:78:1::1]:777"), parse.ProtoICMPv6}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			request := recorded(t, tt.request)
			got := putConntrackGet(nil, &tt.orig, false)
			if !bytes.Equal(got, request) {
				t.Errorf("request: got\n%swant\n%s", hex.Dump(got), hex.Dump(request))
			}
			answer := append(request, recorded(t, tt.reply)...)
			orig, reply, ok := readConntrack(answer)
			if !ok {
				t.Error("answer: got false")
			}
			for _, pair := range [...][2]natTuple{{tt.orig, orig}, {tt.back, reply}} {
				if diff := cmp.Diff(pair[0], pair[1], compareAddrs, cmp.AllowUnexported(natTuple{})); diff != "" {
					t.Errorf("tuple, want - got +:\n%s", diff)
				}
			}
			testkit.ZeroAllocs(t, "putConntrackGet and readConntrack", func() {
				got = putConntrackGet(got[:0], &tt.orig, false)
				readConntrack(answer)
			})
		})
	}
	if conntrackGet != 0x101 {
		t.Errorf("got type %#x, want 0x101", conntrackGet)
	}
}

func TestOtherSide(t *testing.T) {
	key := func(a, b string) parse.Key { k, _ := parse.KeyOf(end(a), end(b), parse.ProtoTCP); return k }
	between := func(src, dst string) natTuple { return natTuple{end(src), end(dst), parse.ProtoTCP} }
	for _, tt := range []struct {
		name        string
		k           parse.Key
		orig, reply natTuple
		want        parse.Key
		swapped, ok bool
	}{
		{"source translated, seen inside", key("10.0.0.2:4000", "192.0.2.9:80"),
			between("10.0.0.2:4000", "192.0.2.9:80"), between("192.0.2.9:80", "192.0.2.1:5000"),
			key("192.0.2.1:5000", "192.0.2.9:80"), false, true},
		{"source translated, seen outside", key("192.0.2.1:5000", "192.0.2.9:80"),
			between("10.0.0.2:4000", "192.0.2.9:80"), between("192.0.2.9:80", "192.0.2.1:5000"),
			key("10.0.0.2:4000", "192.0.2.9:80"), false, true},
		{"the client is the lower end on one side alone", key("10.0.0.2:4000", "192.0.2.9:80"),
			between("10.0.0.2:4000", "192.0.2.9:80"), between("192.0.2.9:80", "198.51.100.1:5000"),
			key("192.0.2.9:80", "198.51.100.1:5000"), true, true},
		{"destination translated: a published port", key("192.0.2.9:4000", "192.0.2.1:8080"),
			between("192.0.2.9:4000", "192.0.2.1:8080"), between("10.0.0.2:80", "192.0.2.9:4000"),
			key("10.0.0.2:80", "192.0.2.9:4000"), false, true},
		{"not translated", key("10.0.0.2:4000", "192.0.2.9:80"),
			between("10.0.0.2:4000", "192.0.2.9:80"), between("192.0.2.9:80", "10.0.0.2:4000"), parse.Key{}, false, false},
		{"another flow", key("10.0.0.3:4000", "192.0.2.9:80"),
			between("10.0.0.2:4000", "192.0.2.9:80"), between("192.0.2.9:80", "192.0.2.1:5000"), parse.Key{}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, swapped, ok := otherSide(&tt.k, &tt.orig, &tt.reply)
			if got != tt.want || swapped != tt.swapped || ok != tt.ok {
				t.Errorf("got %v - %v, %v, %v, want %v - %v, %v, %v", got.A(), got.B(), swapped, ok, tt.want.A(), tt.want.B(), tt.swapped, tt.ok)
			}
		})
	}
}

// FuzzReadConntrack reads answers of any form: both tuples have addresses where it is
// ok, and what is read can be asked for again.
func FuzzReadConntrack(f *testing.F) {
	for _, pair := range [][2]string{{conntrackTCP, conntrackTCPReply}, {conntrackICMP, conntrackICMPReply}, {conntrackICMPv6, conntrackICMPv6Reply}} {
		f.Add(append(recorded(f, pair[0]), recorded(f, pair[1])...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		orig, reply, ok := readConntrack(b)
		if !ok {
			return
		}
		for _, got := range []natTuple{orig, reply} {
			if !got.src.Addr().IsValid() || !got.dst.Addr().IsValid() {
				t.Fatalf("got %+v", got)
			}
			if got.src.Addr().Is4() != got.dst.Addr().Is4() {
				continue // which the kernel has not
			}
			var again natTuple
			_, value, _, ok := cutAttribute(putConntrackGet(nil, &got, false)[nfHeaderLen:])
			if again.read(value); !ok || again.src.Addr() != got.src.Addr() || again.dst.Addr() != got.dst.Addr() || again.proto != got.proto {
				t.Fatalf("got %+v again, want %+v", again, got)
			}
		}
	})
}
