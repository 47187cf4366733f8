package ebpf

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/track/proc"
)

// threadTime returns the processor time that this thread has had, in user mode and in
// the kernel.
func threadTime(tb testing.TB) time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkWatcherCost measures what the programs cost those whom they watch: each
// round does the same without and with a Watcher, and counts processor time.
func BenchmarkWatcherCost(b *testing.B) {
	newTestWatcher(b, WatchOptions{}).Close()
	n := testkit.NewNetns(b)
	var server, receiver, sender *sock
	n.Do(func() {
		server = socket(b, unix.AF_INET, unix.SOCK_STREAM, 0)
		receiver = socket(b, unix.AF_INET, unix.SOCK_DGRAM, 0)
		sender = socket(b, unix.AF_INET, unix.SOCK_DGRAM, 0)
	})
	server.bind(addrPort("127.0.0.1:0"))
	server.listen()
	receiver.bind(addrPort("127.0.0.1:0"))
	sender.connect(receiver.local())
	at := sockaddr(server.local())
	message := make([]byte, 100)

	connect := func() {
		client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		sender.must("socket", err)
		sender.must("connect", unix.Connect(client, at))
		accepted, _, err := unix.Accept(server.fd)
		sender.must("accept", err)
		_, err = unix.Write(client, message)
		sender.must("write", err)
		_, err = unix.Read(accepted, message)
		sender.must("read", err)
		unix.Close(client)
		unix.Close(accepted)
	}
	send := func() {
		_, err := unix.Write(sender.fd, message)
		sender.must("write", err)
		_, err = unix.Read(receiver.fd, message)
		sender.must("read", err)
	}
	for _, bb := range []struct {
		name string
		f    func()
		n    int
	}{{"connection", connect, 2000}, {"datagram", send, 50000}} {
		b.Run(bb.name, func(b *testing.B) {
			round := func() (took time.Duration) {
				n.Do(func() {
					took = -threadTime(b)
					for range bb.n {
						bb.f()
					}
					took += threadTime(b)
				})
				return took
			}
			var alone, watched time.Duration
			for b.Loop() {
				alone += round()
				w := newTestWatcher(b, WatchOptions{})
				done := make(chan error)
				go func() { done <- w.Run(func([]proc.Event) {}) }()
				watched += round()
				w.Close()
				<-done
			}
			ops := float64(b.N * bb.n)
			b.ReportMetric(float64(alone)/ops, "ns-alone/op")
			b.ReportMetric(float64(watched)/ops, "ns-watched/op")
			b.ReportMetric(float64(watched)/float64(alone), "ratio")
		})
	}
}
