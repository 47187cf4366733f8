package proc

import (
	"fmt"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// crowd opens 5,000 connections, which are 10,000 sockets, in a namespace of their own
// and runs f there. The last connection is f's.
func crowd(b *testing.B, f func(last net.Conn)) {
	b.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 10_100 {
		testkit.Skip(b, fmt.Sprintf("10,100 open files are needed: got %d, %v", limit.Cur, err))
	}
	testkit.NewNetns(b).Do(func() {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		var last net.Conn
		for range 5000 {
			if last, err = net.Dial("tcp4", l.Addr().String()); err != nil {
				b.Fatal(err)
			}
			defer last.Close()
			server, err := l.Accept()
			if err != nil {
				b.Fatal(err)
			}
			defer server.Close()
		}
		f(last)
	})
}

func BenchmarkFind(b *testing.B) {
	crowd(b, func(last net.Conn) {
		d, err := newDiag()
		if err != nil {
			b.Fatal(err)
		}
		defer d.close()
		local, remote := end(last.LocalAddr().String()), end(last.RemoteAddr().String())
		b.ReportAllocs()
		for b.Loop() {
			if _, m, err := d.find(parse.ProtoTCP, local, remote); m != matchExact {
				b.Fatal(m, err)
			}
		}
	})
}

func BenchmarkDump(b *testing.B) {
	crowd(b, func(net.Conn) {
		d, err := newDiag()
		if err != nil {
			b.Fatal(err)
		}
		defer d.close()
		tb, err := newTables("/proc", int32(unix.Gettid()))
		if err != nil {
			b.Fatal(err)
		}
		defer tb.close()
		for _, source := range []struct {
			name string
			finder
		}{{"sock_diag", d}, {"text", tb}} {
			b.Run(source.name, func(b *testing.B) {
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					n = 0
					if err := source.dump(func(*Socket) { n++ }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(n), "sockets")
			})
		}
	})
}

func BenchmarkFindAll(b *testing.B) {
	crowd(b, func(last net.Conn) {
		d, err := newDiag()
		if err != nil {
			b.Fatal(err)
		}
		defer d.close()
		local, remote := end(last.LocalAddr().String()), end("192.0.2.9:9")
		var found []Socket
		b.ReportAllocs()
		for b.Loop() {
			if found, _, err = d.findAll(parse.ProtoTCP, local, remote, found[:0]); err != nil || len(found) != 0 {
				b.Fatal(found, err)
			}
		}
	})
}
