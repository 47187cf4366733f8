package bpfdev

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// unhex reads hex digits; spaces, and what follows // on a line, are comments.
func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	var digits strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		tb.Fatalf("decode hex: %v", err)
	}
	return b
}

// A plain record of an Ethernet interface: the kernel makes the header 18
// bytes long, so that 18 + 14 is a multiple of 4.
const plainARP = `
	2a 3b 4c 68  40 e2 01 00  // bh_tstamp: 1749826346 s, 123456 us
	10 00 00 00  2a 00 00 00  // bh_caplen 16, bh_datalen 42
	12 00                     // bh_hdrlen 18
	ff ff ff ff ff ff  02 00 00 00 00 01  08 06  // broadcast, ARP
	00 01                     // ... cut by the filter
`

// A record of lo0: 4 bytes of link header, so bh_hdrlen is 20 and the fields
// are followed by padding. 25 bytes are captured: 3 more align the next record.
const plainLoopback = `
	2b 3b 4c 68  00 00 00 00
	19 00 00 00  19 00 00 00
	14 00  00 00
	02 00 00 00               // AF_INET, host byte order
	45 00 00 15 00 00 40 00 40 ff 7c d5 7f 00 00 01 7f 00 00 01
	41                        // one byte of payload
`

// What a TCP socket of process 501 ("curl") sends, with bpf_hdr_ext of today:
// 60 bytes, and 2 of padding before an Ethernet header.
const extendedOut = `
	2c 3b 4c 68  3f 42 0f 00  // 999999 us
	0e 00 00 00  ea 05 00 00  // bh_caplen 14, bh_datalen 1514
	3e 00  00  01             // bh_hdrlen 62, bh_complen 0, bh_flags DIR_OUT
	f5 01 00 00               // bh_pid 501
	63 75 72 6c 00 00 00 00 00 00 00 00 00 00 00 00 00  // bh_comm "curl"
	02                        // bh_pktflags START_SEQ
	00 00                     // bh_trace_tag
	00 00 00 00  00 00 00 00  // bh_svc, bh_flowid
	00 00 00 00  00 00 00 00  // bh_unsent_bytes, bh_unsent_snd
	00 00                     // padding
	02 00 00 00 00 02  02 00 00 00 00 01  08 00
`

// The same fields in the layout before bh_complen: 16 bits of flags.
const extendedOldOut = `
	2c 3b 4c 68  00 00 00 00
	0e 00 00 00  0e 00 00 00
	3e 00  01 00              // bh_hdrlen 62, bh_flags DIR_OUT
	00 00 00 00               // bh_pid unknown
	73 74 61 6c 65 00 00 00 00 00 00 00 00 00 00 00 00  // bytes that nothing says are a name
	00 00 00
	00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
	00 00
	02 00 00 00 00 02  02 00 00 00 00 01  08 00
`

// A received packet, with a name that fills its field.
const extendedIn = `
	2c 3b 4c 68  00 00 00 00
	0e 00 00 00  0e 00 00 00
	3e 00  00  00             // DIR_IN
	01 00 00 00
	61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70 71  // 17 bytes without NUL
	00 00 00
	00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
	00 00
	02 00 00 00 00 01  02 00 00 00 00 02  08 00
`

// want is what a test expects of a record.
type want struct {
	data    string // hex of its first bytes
	caplen  int
	wireLen uint32
	time    int64
	ext     bool
	out     bool
	pid     int32
	comm    string
}

var (
	wantARP      = want{data: "ffffffffffff", caplen: 16, wireLen: 42, time: 1749826346_123456_000}
	wantLoopback = want{data: "0200000045", caplen: 25, wireLen: 25, time: 1749826347_000000_000}
	wantOut      = want{data: "020000000002", caplen: 14, wireLen: 1514, time: 1749826348_999999_000, ext: true, out: true, pid: 501, comm: "curl"}
	wantOldOut   = want{data: "020000000002", caplen: 14, wireLen: 14, time: 1749826348_000000_000, ext: true, out: true}
	wantIn       = want{data: "020000000001", caplen: 14, wireLen: 14, time: 1749826348_000000_000, ext: true, pid: 1, comm: "abcdefghijklmnop"}
)

func TestWalk(t *testing.T) {
	const pad = "00 00 00\n"
	tests := []struct {
		name     string
		hex      string
		extended bool
		want     []want
		damaged  bool
	}{
		{name: "an empty buffer", hex: ""},
		{name: "one record", hex: plainARP, want: []want{wantARP}},
		{name: "two records, no padding between", hex: plainARP + "0000" + plainLoopback,
			want: []want{wantARP, wantLoopback}},
		{name: "padding between, none at the end", hex: plainLoopback + pad + plainLoopback,
			want: []want{wantLoopback, wantLoopback}},
		{name: "padding at the end", hex: plainLoopback + pad, want: []want{wantLoopback}},
		{name: "extended, sent by a socket", hex: extendedOut, extended: true, want: []want{wantOut}},
		{name: "extended, old layout", hex: extendedOldOut, extended: true, want: []want{wantOldOut}},
		{name: "extended, both ways", hex: extendedIn + extendedOut, extended: true, want: []want{wantIn, wantOut}},
		{name: "an extended header read as a plain one", hex: extendedOut,
			want: []want{{data: wantOut.data, caplen: 14, wireLen: 1514, time: wantOut.time}}},
		{name: "a plain header read as an extended one", hex: plainARP, extended: true, want: []want{wantARP}},
		{name: "a header cut short", hex: "2a3b4c68 40e20100 10000000 2a000000 12", damaged: true},
		{name: "a packet cut short", hex: plainARP + "0000" + "2b3b4c68 00000000 19000000 19000000 1400 0000 02000000",
			want: []want{wantARP}, damaged: true},
		{name: "a header length of 0 does not loop",
			hex: "2a3b4c68 40e20100 00000000 00000000 0000 0000 0000", damaged: true},
		{name: "a header length below the header's",
			hex: "2a3b4c68 40e20100 00000000 00000000 1100 0000 0000", damaged: true},
		{name: "a header length past the end",
			hex: "2a3b4c68 40e20100 00000000 00000000 ffff 0000", damaged: true},
		{name: "a captured length that wraps 32 bits",
			hex: "2a3b4c68 40e20100 f0ffffff ffffffff 1200 0000", damaged: true},
		{name: "more captured than there was",
			hex: "2a3b4c68 40e20100 02000000 01000000 1200 0000", damaged: true},
		{name: "an empty packet",
			hex:  "2a3b4c68 00000000 00000000 01000000 1200",
			want: []want{{wireLen: 1, time: 1749826346_000000_000}}},
		{name: "the time after 2038",
			hex:  "ffffffff 00000000 00000000 00000000 1200",
			want: []want{{time: 4294967295_000000_000}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			buf := unhex(t, tt.hex)
			w := Walk(buf, tt.extended)
			var r Record
			n := 0
			for ; w.Next(&r); n++ {
				if n == len(tt.want) {
					t.Fatalf("got a record more than %d: % x", n, r.Data)
				}
				check(t, &r, tt.want[n])
			}
			if n != len(tt.want) {
				t.Errorf("got %d records, want %d", n, len(tt.want))
			}
			if w.Damaged() != tt.damaged {
				t.Errorf("damaged: got %v, want %v", w.Damaged(), tt.damaged)
			}
			if w.More() {
				t.Error("more bytes after the walk ended")
			}
			testkit.ZeroAllocs(t, "walk", func() {
				mac := [6]byte{2, 0, 0, 0, 0, 1}
				for w := Walk(buf, tt.extended); w.Next(&r); {
					r.Way(mac[:])
				}
			})
		})
	}
}

func check(t *testing.T, r *Record, want want) {
	t.Helper()
	if got := hex.EncodeToString(r.Data); !strings.HasPrefix(got, want.data) {
		t.Errorf("data: got %s, want %s...", got, want.data)
	}
	if len(r.Data) != want.caplen || cap(r.Data) != want.caplen {
		t.Errorf("captured length: got %d of capacity %d, want %d", len(r.Data), cap(r.Data), want.caplen)
	}
	if r.WireLen != want.wireLen {
		t.Errorf("wire length: got %d, want %d", r.WireLen, want.wireLen)
	}
	if r.Time != want.time {
		t.Errorf("time: got %d, want %d", r.Time, want.time)
	}
	if r.Extended != want.ext || r.Out != want.out || r.PID != want.pid || string(r.Comm) != want.comm {
		t.Errorf("extension: got %v out=%v pid=%d comm=%q, want %v out=%v pid=%d comm=%q",
			r.Extended, r.Out, r.PID, r.Comm, want.ext, want.out, want.pid, want.comm)
	}
}

// FuzzWalk: every record lies in the buffer behind the one before, its lengths
// agree, the walk ends, and a prefix of the buffer yields the same records up
// to where it is cut.
func FuzzWalk(f *testing.F) {
	for _, text := range []string{plainARP, plainARP + "0000" + plainLoopback, extendedOut, extendedIn + extendedOut} {
		f.Add(unhex(f, text), true, uint16(60))
		f.Add(unhex(f, text), false, uint16(17))
	}
	f.Fuzz(func(t *testing.T, buf []byte, extended bool, cut uint16) {
		all := spans(t, buf, extended)
		part := spans(t, buf[:min(int(cut), len(buf))], extended)
		if len(part) > len(all) || !slices.Equal(part, all[:len(part)]) {
			t.Errorf("packets of a prefix at %v, of the whole at %v", part, all)
		}
	})
}

// A span is where a packet lies in the buffer.
type span struct{ begin, end int }

func spans(t *testing.T, buf []byte, extended bool) []span {
	t.Helper()
	var out []span
	var r Record
	at := 0
	for w := Walk(buf, extended); w.Next(&r); {
		if uint64(r.WireLen) < uint64(len(r.Data)) {
			t.Fatalf("wire length %d below captured %d", r.WireLen, len(r.Data))
		}
		if bytes.IndexByte(r.Comm, 0) >= 0 || len(r.Comm) > 16 || len(r.Comm) > 0 && r.PID == 0 {
			t.Fatalf("process %d is called %q", r.PID, r.Comm)
		}
		r.Way(buf[:min(6, len(buf))])
		// The end that alignment adds is not there behind the last record.
		end := len(buf) - len(w.rest)
		begin := bytes.Index(buf[at+hdrLen:end], r.Data) + at + hdrLen
		if begin < at+hdrLen || begin+len(r.Data) > end {
			t.Fatalf("packet % x is not in the buffer between %d and %d", r.Data, at, end)
		}
		out = append(out, span{begin, begin + len(r.Data)})
		at = end
	}
	return out
}

// fullBuffer is what a busy interface delivers: n extended records, cut to 128
// bytes.
func fullBuffer(tb testing.TB, n int) []byte {
	head := unhex(tb, extendedOut)
	head = head[:len(head)-14]
	head[offCapLen] = 128
	record := append(head, make([]byte, 128)...)
	for len(record)%alignment != 0 {
		record = append(record, 0)
	}
	return bytes.Repeat(record, n)
}

func BenchmarkWalk(b *testing.B) {
	const records = 1000
	buf := fullBuffer(b, records)
	mac := []byte{2, 0, 0, 0, 0, 1}
	b.ReportAllocs()
	b.SetBytes(int64(len(buf)))
	var r Record
	for b.Loop() {
		n := 0
		for w := Walk(buf, true); w.Next(&r); n++ {
			if r.Way(mac) != WayOut {
				b.Fatal("a packet lost its direction")
			}
		}
		if n != records {
			b.Fatalf("got %d records, want %d", n, records)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
}
