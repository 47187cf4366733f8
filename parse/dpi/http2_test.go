package dpi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"sockeye/internal/testkit"
)

// frame builds a frame of HTTP/2.
func frame(kind, flags byte, stream uint32, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	b := []byte{byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body)), kind, flags}
	b = binary.BigEndian.AppendUint32(b, stream)
	return append(b, body...)
}

// an h2Talk encodes the header blocks of both directions.
type h2Talk struct {
	said  []said
	buf   [2]bytes.Buffer
	block [2]*hpack.Encoder
}

func newH2Talk() *h2Talk {
	k := &h2Talk{}
	for i := range k.block {
		k.block[i] = hpack.NewEncoder(&k.buf[i])
	}
	return k
}

// fields encodes names and values by turns.
func (k *h2Talk) fields(dir Dir, pairs ...string) []byte {
	k.buf[dir].Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = k.block[dir].WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return bytes.Clone(k.buf[dir].Bytes())
}

func (k *h2Talk) say(dir Dir, b ...[]byte) {
	k.said = append(k.said, said{dir: dir, b: bytes.Join(b, nil)})
}

const (
	endHeaders = flagEndHeaders
	endBoth    = flagEndHeaders | flagEndStream
)

// h2Plain is a conversation with two streams at once, padding, priority,
// continuation, a push, a reset and a farewell.
func h2Plain() conversation {
	k := newH2Talk()
	k.say(ToServer, []byte(http2Preface), frame(frameSettings, 0, 0, []byte{0, 1, 0, 0, 0x20, 0}))
	k.say(ToClient, frame(frameSettings, 0, 0), frame(frameSettings, 1, 0))
	first := k.fields(ToServer, ":method", "GET", ":scheme", "http", ":authority", "h2.example:8080", ":path", "/a?key=secret",
		"user-agent", "curl/8.7.1", "cookie", "secret", "authorization", "secret", "referer", "http://ref.example/x")
	k.say(ToServer,
		frame(frameHeaders, flagPadded|flagPriority|flagEndStream, 1, []byte{3, 0, 0, 0, 0, 16}, first[:10], make([]byte, 3)),
		frame(frameContinuation, 0, 1, first[10:12]), frame(frameContinuation, flagEndHeaders, 1, first[12:]),
		frame(frameHeaders, endHeaders, 3, k.fields(ToServer, ":method", "POST", ":scheme", "http", ":authority", "h2.example:8080",
			":path", "/b", "content-type", "application/json", "content-length", "6000")),
		frame(frameData, flagEndStream, 3, make([]byte, 6000)),
		frame(8, 0, 0, make([]byte, 4)))
	k.say(ToClient, frame(framePushPromise, endHeaders, 1, []byte{0, 0, 0, 2},
		k.fields(ToClient, ":method", "GET", ":scheme", "http", ":authority", "h2.example", ":path", "/pushed")))
	k.say(ToClient, frame(frameHeaders, endHeaders, 3, k.fields(ToClient, ":status", "100")),
		frame(frameHeaders, endBoth, 3, k.fields(ToClient, ":status", "404", "server", "h2o")))
	k.say(ToClient, frame(frameHeaders, endHeaders, 1, k.fields(ToClient, ":status", "200", "content-type", "text/html; charset=utf-8")),
		frame(frameData, flagEndStream, 1, make([]byte, 3000)),
		frame(frameReset, 0, 2, []byte{0, 0, 0, 8}), frame(frameGoAway, 0, 0, make([]byte, 8)))
	return conversation{name: "two streams", proto: HTTP2, said: k.said}
}

func h2GRPC() conversation {
	k := newH2Talk()
	k.say(ToServer, []byte(http2Preface), frame(frameSettings, 0, 0))
	for n := range uint32(2) {
		k.say(ToServer, frame(frameHeaders, endHeaders, 1+2*n, k.fields(ToServer, ":method", "POST", ":scheme", "http",
			":authority", "rpc.example", ":path", "/pkg.Greeter/SayHello", "content-type", "application/grpc+proto", "te", "trailers")),
			frame(frameData, flagEndStream, 1+2*n, []byte("\x00\x00\x00\x00\x05hello")))
		k.say(ToClient, frame(frameHeaders, endHeaders, 1+2*n, k.fields(ToClient, ":status", "200", "content-type", "application/grpc")),
			frame(frameData, 0, 1+2*n, []byte("\x00\x00\x00\x00\x05world")),
			frame(frameHeaders, endBoth, 1+2*n, k.fields(ToClient, "grpc-status", fmt.Sprint(5*n), "grpc-message", "")))
	}
	return conversation{name: "two calls", proto: GRPC, said: k.said}
}

func h2Upgrade() conversation {
	k := newH2Talk()
	k.say(ToServer, []byte("GET /up HTTP/1.1\r\nHost: old.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"))
	k.say(ToClient, []byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), frame(frameSettings, 0, 0),
		frame(frameHeaders, endBoth, 1, k.fields(ToClient, ":status", "203")))
	k.say(ToServer, []byte(http2Preface), frame(frameSettings, 0, 0),
		frame(frameHeaders, endBoth, 3, k.fields(ToServer, ":method", "GET", ":scheme", "http", ":authority", "new.example", ":path", "/next")))
	k.say(ToClient, frame(frameHeaders, endBoth, 3, k.fields(ToClient, ":status", "204")))
	return conversation{name: "upgraded", proto: HTTP2, said: k.said}
}

var h2Talks = register(h2Plain(), h2GRPC(), h2Upgrade())

func TestHTTP2(t *testing.T) {
	out := play(t, h2Talks[0])
	want := []string{"POST h2.example /b 404", "GET h2.example /a?key=… 200", "GET h2.example /pushed 0"}
	if got := exchanges(t, out); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
	if s := asJSON(out); strings.Contains(s, "secret") {
		t.Errorf("got a secret in %s", s)
	}
	got := *detail[*HTTPDetail](t, out.App, "http2")
	if got != (HTTPDetail{
		Version: "2", Method: "GET", Host: "h2.example", Port: 8080, Path: "/a?key=…", UserAgent: "curl/8.7.1", Referer: "ref.example",
		Status: 200, ContentType: "text/html", Server: "h2o", LatencyMS: got.LatencyMS,
		Requests: 3, Responses: 2, Errors: 1, Resets: 1, GoAway: "NO_ERROR", proto: HTTP2,
	}) {
		t.Errorf("got %+v", got)
	}
	if m := out.Events[0].Detail.(*HTTPMessage); m.Stream != 3 || m.RequestLength != 6000 || m.LatencyMS != 2 {
		t.Errorf("got %+v", m)
	}
	if m := out.Events[2].Detail.(*HTTPMessage); m.Reset != "CANCEL" || m.Stream != 2 {
		t.Errorf("got %+v", m)
	}
}

func TestHTTP2GRPC(t *testing.T) {
	out := play(t, h2Talks[1])
	got := *detail[*GRPCDetail](t, out.App, "grpc")
	if got != (GRPCDetail{Service: "pkg.Greeter", Method: "SayHello", Status: "NOT_FOUND", Calls: 2, Failures: 1}) {
		t.Errorf("got %+v", got)
	}
	if len(out.Events) != 2 || out.Events[0].Detail.(*HTTPMessage).GRPCStatus != "OK" || out.App.Subject() != "rpc.example" {
		t.Errorf("got %s", asJSON(out))
	}
}

func TestHTTP2Upgrade(t *testing.T) {
	out := play(t, h2Talks[2])
	want := []string{"GET old.example /up 101", "GET old.example /up 203", "GET new.example /next 204"}
	if got := exchanges(t, out); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
	if out.App.Find("http") == nil || out.App.Find("http2") == nil {
		t.Errorf("got %s", asJSON(out.App))
	}
}

// TestHTTP2Gap checks that nothing is guessed once bytes are missing.
func TestHTTP2Gap(t *testing.T) {
	c := h2Plain()
	all := append([]said{}, c.said[:3]...)
	all = append(all, said{dir: ToClient, wire: 40}, c.said[4])
	c.said, c.open = all, true
	out := c.once(t, manner{})
	if !out.inspector.Done() {
		t.Error("got an inspection that goes on")
	}
	if d := detail[*HTTPDetail](t, out.App, "http2"); d.Requests != 2 || d.Gaps != 1 {
		t.Errorf("got %+v", d)
	}
	if got := exchanges(t, out); len(got) != 2 {
		t.Errorf("got %q, want the two requests", got)
	}
}

// read has a fresh decoder read a header block, and returns the fields.
func (h *http2Decoder) read(t *testing.T, i *Inspector, dir Dir, id uint32, block []byte) []hpack.HeaderField {
	t.Helper()
	var got []hpack.HeaderField
	h.table(dir).SetEmitFunc(func(f hpack.HeaderField) {
		got = append(got, f)
		h.half[dir].f.add(f)
	})
	b := frame(frameHeaders, endHeaders, id, block)
	if n := h.stream(&i.c, dir, b); n != len(b) {
		t.Fatalf("got %d of %d bytes read", n, len(b))
	}
	return got
}

func h2Reader(t testing.TB) (*http2Decoder, *Inspector) {
	t.Helper()
	i := New(netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2"), &played{})
	h := &http2Decoder{}
	i.stage, i.dec = reading, h
	h.stream(&i.c, ToServer, []byte(http2Preface))
	return h, i
}

// TestHPACKExamples reads the examples of RFC 7541, appendix C.3 to C.6.
func TestHPACKExamples(t *testing.T) {
	for _, row := range []struct {
		name   string
		dir    Dir
		blocks []string
		want   []string // method, authority and path, or status, of each
	}{
		{"C.3 requests", ToServer, []string{
			"828684410f7777772e6578616d706c652e636f6d",
			"828684be58086e6f2d6361636865",
			"828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
		}, []string{"GET www.example.com /", "GET www.example.com /", "GET www.example.com /index.html"}},
		{"C.4 requests, Huffman", ToServer, []string{
			"828684418cf1e3c2e5f23a6ba0ab90f4ff",
			"828684be5886a8eb10649cbf",
			"828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
		}, []string{"GET www.example.com /", "GET www.example.com /", "GET www.example.com /index.html"}},
		{"C.5 responses", ToClient, []string{
			"4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
			"4803333037c1c0bf",
			"88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
		}, []string{"302", "307", "200"}},
		{"C.6 responses, Huffman", ToClient, []string{
			"488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
			"4883640effc1c0bf",
			"88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
		}, []string{"302", "307", "200"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			h, i := h2Reader(t)
			for n, text := range row.blocks {
				block, err := hex.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				h.read(t, i, row.dir, uint32(2*n+1), block)
				f := h.half[row.dir].f
				got := f.status
				if row.dir == ToServer {
					got = f.method + " " + f.authority + " " + f.path
				}
				if got != row.want[n] {
					t.Errorf("block %d: got %q, want %q", n, got, row.want[n])
				}
			}
		})
	}
}

// TestHPACKStories reads the header blocks that other programs encoded.
func TestHPACKStories(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testkit.Corpora(t), "hpack", "*", "story_*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got no stories: %v", err)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var story struct {
			Cases []struct {
				Wire    string
				Headers []map[string]string
				Size    *uint32 `json:"header_table_size"`
			}
		}
		if err := json.Unmarshal(text, &story); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		h, i := h2Reader(t)
		for n, c := range story.Cases {
			if c.Size != nil {
				h.stream(&i.c, ToServer, frame(frameSettings, 0, 0, binary.BigEndian.AppendUint32([]byte{0, 1}, *c.Size)))
			}
			block, _ := hex.DecodeString(c.Wire)
			got := h.read(t, i, ToClient, uint32(2*n+1), block)
			if len(got) != len(c.Headers) {
				t.Fatalf("%s, %d: got %d fields, want %d", name, n, len(got), len(c.Headers))
			}
			for k, f := range got {
				if v, ok := c.Headers[k][f.Name]; !ok || v != f.Value {
					t.Fatalf("%s, %d: got %s: %q, want %v", name, n, f.Name, f.Value, c.Headers[k])
				}
			}
		}
	}
	t.Logf("%d stories", len(files))
}

// TestHTTP2Damage checks that what breaks the rules ends the inspection.
func TestHTTP2Damage(t *testing.T) {
	for name, b := range map[string][]byte{
		"settings on a stream":             frame(frameSettings, 0, 1),
		"a ping of 7 bytes":                frame(6, 0, 0, make([]byte, 7)),
		"padding longer than the frame":    frame(frameHeaders, flagPadded|endHeaders, 1, []byte{9, 0x82}),
		"continuation of nothing":          frame(frameContinuation, endHeaders, 1, []byte{0x82}),
		"an index beyond the table":        frame(frameHeaders, endHeaders, 1, []byte{0xff, 0x7f}),
		"another frame within a block":     append(frame(frameHeaders, 0, 1, []byte{0x82}), frame(frameData, 0, 1)...),
		"a block that ends within a field": frame(frameHeaders, endHeaders, 1, []byte{0x41, 0x0f, 'w'}),
		"a table larger than allowed":      frame(frameHeaders, endHeaders, 1, []byte{0x3f, 0xe1, 0xff, 0x03, 0x82}),
	} {
		t.Run(name, func(t *testing.T) {
			h, i := h2Reader(t)
			h.stream(&i.c, ToServer, b)
			if i.op != opDone {
				t.Errorf("got op %v, want done", i.op)
			}
		})
	}
}

func TestHTTP2Bounds(t *testing.T) {
	h, i := h2Reader(t)
	k := newH2Talk()
	for n := range uint32(1000) {
		h.stream(&i.c, ToServer, frame(frameHeaders, endBoth, 2*n+1, k.fields(ToServer, ":method", "GET", ":path", "/", ":authority", "a")))
	}
	if n := cap(h.open); n > 2*http2Streams {
		t.Errorf("got room for %d streams", n)
	}
	if h.d.Requests != 1000 {
		t.Errorf("got %d requests", h.d.Requests)
	}
	// A block without end is given up.
	h, i = h2Reader(t)
	h.stream(&i.c, ToServer, frame(frameHeaders, 0, 1, []byte{0x82}))
	for range 100 {
		h.stream(&i.c, ToServer, frame(frameContinuation, 0, 1, bytes.Repeat([]byte{0x82}, 8000)))
	}
	if i.op != opDone {
		t.Error("got a block of 800,000 bytes read")
	}
}

func FuzzHTTP2(f *testing.F) {
	for _, c := range h2Talks {
		var b [2][]byte
		for _, s := range c.said {
			b[s.dir] = append(b[s.dir], s.b...)
		}
		f.Add(b[0], b[1], uint8(7))
	}
	f.Fuzz(func(t *testing.T, client, server []byte, cut uint8) {
		fuzzStream(t, newHTTP2, client, server, int(cut)+1)
	})
}

func TestHTTP2Allocations(t *testing.T) {
	h, i := h2Reader(t)
	data := frame(frameData, 0, 1, make([]byte, 1400))
	testkit.ZeroAllocs(t, "reading a frame of data", func() {
		if n := h.stream(&i.c, ToClient, data); n != len(data) {
			t.Fatalf("got %d bytes read", n)
		}
	})
}

func BenchmarkHTTP2(b *testing.B) {
	h, i := h2Reader(b)
	i.sink = nil
	k := newH2Talk()
	id := uint32(1)
	b.ReportAllocs()
	for b.Loop() {
		h.stream(&i.c, ToServer, frame(frameHeaders, endBoth, id, k.fields(ToServer, ":method", "GET", ":scheme", "http",
			":authority", "www.example.com", ":path", "/path", "user-agent", "curl/8.7.1", "accept", "*/*")))
		h.stream(&i.c, ToClient, frame(frameHeaders, endBoth, id, k.fields(ToClient, ":status", "200", "content-type", "text/html")))
		id += 2
	}
}
