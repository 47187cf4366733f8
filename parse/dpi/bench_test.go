package dpi

import (
	"crypto/tls"
	"math/rand/v2"
	"net/netip"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// A bulk is a download: what both ends say first, and then segments of 1448 bytes
// from the server without end.
type bulk struct {
	name  string
	begin []said
}

func bulks() []bulk {
	noise := make([]byte, 300)
	rng := rand.New(rand.NewPCG(8, 8))
	for n := range noise {
		noise[n] = byte(rng.Uint32())
	}
	return []bulk{
		{"http", []said{
			{dir: ToServer, b: []byte("GET /large HTTP/1.1\r\nHost: example.net\r\n\r\n")},
			{dir: ToClient, b: []byte("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")},
		}},
		{"tls", talkTLS(&clientConfig, &serverConfig)},
		{"unknown", []said{{dir: ToServer, b: noise[:100]}, {dir: ToClient, b: noise[100:]}}},
	}
}

// begun returns the Inspector of a flow in which the first things have been said,
// and the number of the server's next byte.
func (u bulk) begun(p *Pool, n int) (*Inspector, uint32) {
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), 40000)
	i := p.Get(from, netip.MustParseAddrPort("192.0.2.1:41000"), nil)
	i.Start(ToServer, 1)
	i.Start(ToClient, 1)
	seq := [2]uint32{1, 1}
	for _, s := range u.begin {
		for b := s.b; len(b) > 0 && !i.Done(); {
			cut := min(len(b), 1448)
			i.Segment(segment(seq[s.dir], b[:cut]), s.dir)
			seq[s.dir] += uint32(cut)
			b = b[cut:]
		}
	}
	return i, seq[ToClient]
}

func segment(seq uint32, b []byte) *parse.Packet {
	return &parse.Packet{
		Proto: 6, TCPFlags: parse.FlagACK, Seq: seq, Data: append([]byte{0}, b...), Payload: 1, PayLen: uint32(len(b)),
	}
}

// BenchmarkBulk is what inspection adds to a packet of a download, as its owner
// sees it: flows that are done are not asked again.
func BenchmarkBulk(b *testing.B) {
	for _, u := range bulks() {
		b.Run(u.name, func(b *testing.B) {
			var pool Pool
			all := make([]*Inspector, 1000)
			seq := uint32(0)
			for n := range all {
				all[n], seq = u.begun(&pool, n)
			}
			p := segment(seq, make([]byte, 1448))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if !all[n].Done() {
					all[n].Segment(p, ToClient)
				}
				if n++; n == len(all) {
					n, p.Seq = 0, p.Seq+1448
				}
			}
		})
	}
}

// TestBulkAllocs requires that a download allocates nothing.
func TestBulkAllocs(t *testing.T) {
	for _, u := range bulks() {
		i, seq := u.begun(new(Pool), 1)
		p := segment(seq, make([]byte, 1448))
		testkit.ZeroAllocs(t, u.name, func() {
			i.Segment(p, ToClient)
			p.Seq += 1448
		})
	}
}

// BenchmarkConnections is a whole new flow: until there is nothing more to learn
// of it, with its App.
func BenchmarkConnections(b *testing.B) {
	v12 := withConfig(&clientConfig, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
	for _, u := range append(bulks(), bulk{"tls 1.2", talkTLS(v12, &serverConfig)}) {
		b.Run(u.name, func(b *testing.B) {
			var pool Pool
			b.ReportAllocs()
			for b.Loop() {
				i, _ := u.begun(&pool, 0)
				i.End(0)
				if i.App() == nil && u.name != "unknown" {
					b.Fatal("got no App")
				}
				pool.Put(i)
			}
		})
	}
}
