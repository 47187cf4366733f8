package dpi

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

var httpTalks = register(
	conversation{name: "two exchanges on one connection", proto: HTTP, text: `
		c "GET /a/b?token=abc&page=2 HTTP/1.1\r\nHost: Example.com:8080\r\nUser-Agent: curl/8.7.1\r\nReferer: http://u:p@ref.example/x?y\r\nCookie: secret=1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\nSet-Cookie: secret=2\r\n\r\nhello"
		c "POST /form HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{ }"
		s "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	`},
	conversation{name: "chunks, trailers, an interim response, HEAD", proto: HTTP, text: `
		c "PUT /up HTTP/1.1\r\nhost: a.example\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
		s "HTTP/1.1 100 Continue\r\n\r\n"
		c "5;x=y\r\nabcde\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
		c "HEAD /up HTTP/1.1\r\nHost: a.example\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
		c "GET /last HTTP/1.1\r\nHost: a.example\r\n\r\n"
		s "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"
	`},
	conversation{name: "pipelined requests", proto: HTTP, text: `
		c "GET /1 HTTP/1.1\r\nHost: p.example\r\n\r\nGET /2 HTTP/1.1\r\nHost: p.example\r\n\r\n\r\nGET /3 HTTP/1.1\r\nHost: p.example\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 201 OK\r\nContent-Length: 1\r\n\r\nb"
		s "HTTP/1.1 202 OK\r\nContent-Length: 1\r\n\r\nc"
	`},
	conversation{name: "a body until the connection ends", proto: HTTP, text: `
		c "GET http://h.example:81/x HTTP/1.0\r\nHost: other.example\r\n\r\n"
		s "HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 500 This is text\r\n\r\n"
	`},
	conversation{name: "no version", proto: HTTP, text: `
		c "GET /old\r\n"
		s "<html>it works</html>"
	`},
	conversation{name: "a method of WebDAV, lines without CR", proto: HTTP, text: `
		c "VERSION-CONTROL /x HTTP/1.1\nHost: [2001:db8::1]:8080\n\n"
		s "HTTP/1.1 405 No\nContent-Length: 0\n\n"
	`},
	conversation{name: "a gap in a body", proto: HTTP, text: `
		c "GET /1 HTTP/1.1\r\nHost: g.example\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
		s gap 5000
		c "GET /2 HTTP/1.1\r\nHost: g.example\r\n\r\n"
		s "HTTP/1.1 204 No Content\r\n\r\n"
	`},
	conversation{name: "a gap in a head", proto: HTTP, whole: true, text: `
		c "GET /1 HTTP/1.1\r\nHost: g.example\r\n\r\n"
		s cut 300 "HTTP/1.1 200 OK\r\nContent-Ty"
		s "<p>rest of the body</p>"
		c "GET /2 HTTP/1.1\r\nHost: g.example\r\n\r\n"
		s "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
	`},
	conversation{name: "a gap in a first line", proto: HTTP, whole: true, text: `
		c "GET /1 HTTP/1.1\r\nHost: g.example\r\n\r\n"
		s "HTTP/1.1 204 No Content\r\n\r\n"
		c cut 500 "POST /a/long/pa"
		s "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
		c "GET /3 HTTP/1.1\r\nHost: g.example\r\n\r\n"
		s "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
	`},
	conversation{name: "seen from the middle", proto: HTTP, mid: true, whole: true, text: `
		s "...rest of a body\r\n"
		c "GET /2 HTTP/1.1\r\nHost: m.example\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	`},
	conversation{name: "no answer", proto: HTTP, text: `
		c "GET /1 HTTP/1.1\r\nHost: n.example\r\n\r\n"
	`},
)

// exchanges returns what the events say: "method host path status".
func exchanges(t *testing.T, out played) []string {
	t.Helper()
	var all []string
	for _, e := range out.Events {
		m, ok := e.Detail.(*HTTPMessage)
		if !ok {
			t.Fatalf("got an event of type %T", e.Detail)
		}
		all = append(all, fmt.Sprintf("%s %s %s %d", m.Method, m.Host, m.Path, m.Status))
	}
	return all
}

func TestHTTP(t *testing.T) {
	want := map[string][]string{
		"two exchanges on one connection":             {"GET Example.com /a/b?token=…&page=… 200", "POST example.com /form 404"},
		"chunks, trailers, an interim response, HEAD": {"PUT a.example /up 200", "HEAD a.example /up 200", "GET a.example /last 304"},
		"pipelined requests":                          {"GET p.example /1 200", "GET p.example /2 201", "GET p.example /3 202"},
		"a body until the connection ends":            {"GET h.example /x 200"},
		"no version":                                  {"GET  /old 0"},
		"a method of WebDAV, lines without CR":        {"VERSION-CONTROL 2001:db8::1 /x 405"},
		"a gap in a body":                             {"GET g.example /1 200", "GET g.example /2 204"},
		"a gap in a head":                             {"GET g.example /1 200", "GET g.example /2 201"},
		"a gap in a first line":                       {"GET g.example /1 204", "POST  /a/long/pa… 200", "GET g.example /3 404"},
		"seen from the middle":                        {"GET m.example /2 200"},
		"no answer":                                   {"GET n.example /1 0"},
	}
	for _, c := range httpTalks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			if got := exchanges(t, out); strings.Join(got, "\n") != strings.Join(want[c.name], "\n") {
				t.Errorf("got %q, want %q", got, want[c.name])
			}
			if s := asJSON(out); strings.Contains(s, "secret") || strings.Contains(s, "abc") || strings.Contains(s, "c2VjcmV0") {
				t.Errorf("got a secret in %s", s)
			}
		})
	}
}

func TestHTTPDetail(t *testing.T) {
	out := play(t, httpTalks[0])
	got := *detail[*HTTPDetail](t, out.App, "http")
	want := HTTPDetail{
		Version: "1.1", Method: "GET", Host: "Example.com", Port: 8080, Path: "/a/b?token=…&page=…",
		UserAgent: "curl/8.7.1", Referer: "ref.example", Status: 404, Server: "nginx", LatencyMS: 1,
		Requests: 2, Responses: 2, Errors: 1, proto: HTTP,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if out.App.Confidence != Exact || out.App.Subject() != "Example.com" {
		t.Errorf("got %v, subject %q", out.App.Confidence, out.App.Subject())
	}
	m := out.Events[0].Detail.(*HTTPMessage)
	if m.ContentType != "text/html" || m.ContentLength != 5 || m.LatencyMS != 1 {
		t.Errorf("got %+v", m)
	}
	if m = out.Events[1].Detail.(*HTTPMessage); m.RequestType != "application/json" || m.RequestLength != 3 {
		t.Errorf("got %+v", m)
	}
}

var upgradeTalks = register(
	conversation{name: "to WebSocket", proto: WebSocket, text: `
		c "GET /chat?key=1 HTTP/1.1\r\nHost: ws.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhl\r\nSec-WebSocket-Protocol: chat, superchat\r\n\r\n"
		s "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover, x-other\r\n\r\n" 81 05 "hello"
		c 81 85 37fa213d 7f9f4d5158
	`},
	conversation{name: "CONNECT to another HTTP", proto: HTTP, text: `
		c "CONNECT inner.example:443 HTTP/1.1\r\nHost: inner.example:443\r\nProxy-Authorization: Basic c2VjcmV0\r\n\r\n"
		s "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno"
		c "CONNECT inner.example:443 HTTP/1.1\r\nHost: inner.example:443\r\n\r\n"
		s "HTTP/1.1 200 Connection established\r\n\r\n"
		c "GET /inner HTTP/1.1\r\nHost: deep.example\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	`},
	conversation{name: "an upgrade that is not wanted", proto: HTTP, text: `
		c "GET /1 HTTP/1.1\r\nHost: u.example\r\nUpgrade: h2c\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
		c "GET /2 HTTP/1.1\r\nHost: u.example\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	`},
)

func TestHTTPUpgrade(t *testing.T) {
	out := play(t, upgradeTalks[0])
	got := asJSON(detail[*WebSocketDetail](t, out.App, "websocket"))
	const want = `{"host":"ws.example","path":"/chat?key=…","subprotocol":"chat","extensions":["permessage-deflate","x-other"]}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !out.inspector.Done() {
		t.Error("got an inspection that goes on")
	}

	out = play(t, upgradeTalks[1])
	if n := len(out.App.Details); n != 2 {
		t.Fatalf("got %d details, want 2: %s", n, asJSON(out.App))
	}
	outer := out.App.Details[0].(*HTTPDetail)
	if outer.Upgrade != "connect" || outer.Host != "inner.example" || outer.Port != 443 || out.App.Subject() != "deep.example" {
		t.Errorf("got %s", asJSON(out.App))
	}

	out = play(t, upgradeTalks[2])
	if got := exchanges(t, out); len(got) != 2 || got[1] != "GET u.example /2 200" {
		t.Errorf("got %q", got)
	}
}

// TestSimpleRequest: a request of HTTP/0.9 is so short that it may be something else.
func TestSimpleRequest(t *testing.T) {
	c := conversation{name: "HTTP/0.9", proto: HTTP, text: `
		c "GET /a\r\n"
		s "<html>hello</html>"`}
	out := play(t, c)
	if out.App.Confidence != Heuristic {
		t.Errorf("got %v, want a doubt", out.App.Confidence)
	}
	if d := detail[*HTTPDetail](t, out.App, "http"); d.Path != "/a" || d.Requests != 1 {
		t.Errorf("got %s", asJSON(d))
	}
}

func TestRedactPath(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"/a/b", "/a/b"},
		{"/a?b=c", "/a?b=…"},
		{"/a?b=c&d=e#f=g", "/a?b=…&d=…"},
		{"/a?justavalue", "/a?…"},
		{"/a?", "/a?"},
		{"/a;jsessionid=12/b;c/d", "/a;jsessionid=…/b;…/d"},
		{"/a?" + strings.Repeat("n", 40) + "=1", "/a?…"},
		{"/a?b%20=1&c[0]=2", "/a?…&c[0]=…"},
		{"/a%3Fb=c", "/a?b=…"},
		{"/login&token=x&y", "/login?token=…&…"},
		{"/wiki/AT&T", "/wiki/AT&T"},
		{"/a&b?c=d", "/a?…"},
		{"/https://joe:x@a.example/b", "/https://a.example/b"},
		{"/https:/joe@a.example/b?c=d", "/https:/a.example/b?c=…"},
		{"/https://joe:x", "/https://joe"},
		{"/https://a.example/b@c", "/https://a.example/b@c"},
		{"/" + strings.Repeat("x", 300), "/" + strings.Repeat("x", 255)},
		{"/" + strings.Repeat("x", 250) + "?a=b", "/" + strings.Repeat("x", 250) + "?a="},
	} {
		if got := redactPath([]byte(row.in)); got != row.want {
			t.Errorf("%q: got %q, want %q", row.in, got, row.want)
		}
	}
}

func TestSplitHost(t *testing.T) {
	for _, row := range []struct {
		in, host string
		port     uint16
	}{
		{"a.example", "a.example", 0},
		{" a.example:81 ", "a.example", 81},
		{"user:password@a.example:81", "a.example", 81},
		{"[2001:db8::1]", "2001:db8::1", 0},
		{"[2001:db8::1]:443", "2001:db8::1", 443},
		{"2001:db8::1", "2001:db8::1", 0},
		{"a:99999", "a", 0},
		{":", "", 0},
		{"", "", 0},
	} {
		if host, port := splitHost([]byte(row.in)); string(host) != row.host || port != row.port {
			t.Errorf("%q: got %q %d, want %q %d", row.in, host, port, row.host, row.port)
		}
	}
}

func TestHTTPBounds(t *testing.T) {
	c := conversation{name: "many requests, no answer", proto: HTTP, open: true}
	for n := range 200 {
		c.said = append(c.said, said{b: []byte(fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: b.example\r\n\r\n", n))})
	}
	out := c.once(t, manner{})
	d := out.inspector.dec.(*httpDecoder)
	if len(out.Events) != 200 || cap(d.pending) > 2*maxPending {
		t.Errorf("got %d events, room for %d requests", len(out.Events), cap(d.pending))
	}
	long := conversation{name: "long lines", proto: HTTP, text: `
		c "GET /` + strings.Repeat("x", 6000) + ` HTTP/1.1\r\nCookie: ` + strings.Repeat("y", 6000) + `\r\nHost: long.example\r\n\r\n"
		s "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	`}
	out = play(t, long)
	if got := exchanges(t, out); len(got) != 1 || !strings.HasPrefix(got[0], "GET long.example /xxx") || !strings.HasSuffix(got[0], " 200") || len(got[0]) > 300 {
		t.Errorf("got %q", got)
	}
}

func FuzzHTTP(f *testing.F) {
	for _, c := range append(httpTalks[:len(httpTalks):len(httpTalks)], upgradeTalks...) {
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		var b [2][]byte
		for _, s := range all {
			b[s.dir] = append(b[s.dir], s.b...)
		}
		f.Add(b[0], b[1], uint8(7))
	}
	f.Fuzz(func(t *testing.T, client, server []byte, cut uint8) {
		fuzzStream(t, func() decoder { return newHTTP() }, client, server, int(cut)+1)
	})
}

// fuzzStream has a decoder of streams read two directions in pieces of n bytes,
// as an Inspector would, with a gap in the middle. It checks what holds for all.
func fuzzStream(t *testing.T, begin func() decoder, client, server []byte, n int) {
	sink := &played{}
	i := New(netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("192.0.2.2:40001"), sink)
	i.stage, i.dec = reading, begin()
	heads, unread, skip := [2][]byte{client, server}, [2][]byte{}, [2]int{}
	for round := 0; len(heads[0])+len(heads[1]) > 0 && i.stage == reading && i.op == opNone; round++ {
		for dir := range heads {
			k := min(n, len(heads[dir]))
			piece := heads[dir][:k]
			heads[dir] = heads[dir][k:]
			if drop := min(skip[dir], len(piece)); drop > 0 {
				skip[dir] -= drop
				piece = piece[drop:]
			}
			if g, ok := i.dec.(gapDecoder); ok && round == 5 {
				unread[dir] = nil
				g.gap(&i.c, Dir(dir), 100)
				continue
			}
			unread[dir] = append(unread[dir], piece...)
			if len(unread[dir]) == 0 || i.op != opNone {
				continue
			}
			b := append([]byte(nil), unread[dir]...)
			got := i.dec.(streamDecoder).stream(&i.c, Dir(dir), b)
			if got < 0 || got > 1<<31 {
				t.Fatalf("got %d bytes read", got)
			}
			skip[dir] += max(got-len(b), 0)
			unread[dir] = unread[dir][min(got, len(b)):]
			clear(b) // it was only lent
			if len(unread[dir]) > 16<<10 {
				return // the Inspector would make a gap
			}
		}
	}
	if e, ok := i.dec.(endDecoder); ok {
		e.end(&i.c)
	}
	i.stale = true
	for _, d := range i.details {
		if s := asJSON(d); len(s) > 64<<10 {
			t.Fatalf("got a detail of %d bytes", len(s))
		}
	}
}

func TestHTTPAllocations(t *testing.T) {
	d := newHTTP().(*httpDecoder)
	i := New(netip.AddrPort{}, netip.AddrPort{}, nil)
	i.stage, i.dec = reading, d
	body := []byte(strings.Repeat("x", 1400))
	d.stream(&i.c, ToServer, []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	d.stream(&i.c, ToClient, []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
	chunk := append([]byte("578\r\n"), append(body, '\r', '\n')...)
	testkit.ZeroAllocs(t, "reading a chunk", func() {
		if n := d.stream(&i.c, ToClient, chunk); n != len(chunk) {
			t.Fatalf("got %d bytes read, want %d", n, len(chunk))
		}
	})
}

func BenchmarkHTTP(b *testing.B) {
	i := New(netip.AddrPort{}, netip.AddrPort{}, nil)
	d := newHTTP().(*httpDecoder)
	i.stage, i.dec = reading, d
	request := []byte("GET /path/to?q=1 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n" +
		"Accept: */*\r\nAccept-Language: en\r\nCookie: a=b\r\nConnection: keep-alive\r\n\r\n")
	response := []byte("HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 10\r\n\r\n0123456789")
	b.SetBytes(int64(len(request) + len(response)))
	b.ReportAllocs()
	for b.Loop() {
		d.stream(&i.c, ToServer, request)
		d.stream(&i.c, ToClient, response)
	}
}
