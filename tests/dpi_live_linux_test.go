package tests

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse/dpi"
)

// telling is a run of the program with --json-events.
type telling struct {
	t      *testing.T
	cmd    *exec.Cmd
	stderr bytes.Buffer
	mu     sync.Mutex
	out    bytes.Buffer
}

// Write takes output of the program.
func (l *telling) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(b)
}

// text returns the output so far.
func (l *telling) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

// tell starts the program in a namespace, and waits until it captures: what is sent
// meanwhile by probe comes back as an event.
func tell(t *testing.T, ns *testkit.Netns, probe *net.UDPConn, to netip.AddrPort, args ...string) *telling {
	t.Helper()
	l := &telling{t: t, cmd: ns.Command(testkit.Binary(t), append([]string{"--json-events"}, args...)...)}
	l.cmd.Stdout, l.cmd.Stderr = l, &l.stderr
	testkit.Start(t, l.cmd)
	testkit.Eventually(t, patience, "the first event", func() bool {
		_, _ = probe.WriteToUDPAddrPort([]byte{1}, to) // what is not sent is not seen
		return strings.Contains(l.text(), `"opened"`)
	})
	return l
}

// end stops the run and returns what it told.
func (l *telling) end() *told {
	l.t.Helper()
	if err := l.cmd.Process.Signal(syscall.SIGINT); err != nil {
		l.t.Fatal(err)
	}
	if err := l.cmd.Wait(); err != nil {
		l.t.Fatalf("%v; stderr: %s", err, &l.stderr)
	}
	c := parseTold(l.t, "live", testkit.Result{Stdout: l.text()})
	checkTold(l.t, "live", c)
	return c
}

// to returns the only flow that came to an address and port.
func (c *told) to(t *testing.T, proto, end string) *toldFlow {
	t.Helper()
	var found []*toldFlow
	for i := range c.flows {
		if f := &c.flows[i]; f.Proto == proto && (endOf(f.Remote).String() == end || endOf(f.Local).String() == end) {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("got %d %s flows of %s, want one", len(found), proto, end)
	}
	return found[0]
}

// TestLiveInspection has real servers and clients talk, and compares what is told of
// them.
func TestLiveInspection(t *testing.T) {
	t.Parallel()
	for name, addrs := range map[string][3]string{
		"IPv4": {testkit.AddrA4, testkit.AddrB4, "10.77.0.99"},
		"IPv6": {testkit.AddrA6, testkit.AddrB6, "fd00:77::99"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			own, peer, nobody := addrs[0], addrs[1], addrs[2]
			probe, silent := listen(t, a, own), listen(t, b, peer)
			run := tell(t, a, probe, udpEnd(silent), "-i", ifA, "--timeout", "udp=2")

			const exchanges = 50
			exchangeDNS(t, a, b, peer, "named.test.")
			web := exchangeHTTP(t, a, b, peer, "web.test", exchanges)
			tls12 := exchangeTLS(t, a, b, peer, "tls12.test", tls.VersionTLS12)
			tls13 := exchangeTLS(t, a, b, peer, "tls13.test", tls.VersionTLS13)
			refused := refuse(t, a, b, peer)
			unreachable := unreach(t, a, b, probe, peer)
			a.Injector(t, ifA).Send(t, synTo(own, nobody))
			testkit.Eventually(t, patience, "the end of the first flow by its limit", func() bool {
				return strings.Contains(run.text(), `"close_reason":"timeout"`)
			})
			c := run.end()

			checkDNS(t, c, peer)
			checkWeb(t, c.to(t, "tcp", web), exchanges)
			checkHandshake(t, c.to(t, "tcp", tls12), "tls12.test", "1.2")
			checkHandshake(t, c.to(t, "tcp", tls13), "tls13.test", "1.3")
			if f := c.to(t, "tcp", refused); f.Reason != "rst" || f.State != "CLOSED" {
				t.Errorf("refused: got %s, closed by %q", f.State, f.Reason)
			} else if !named(f, "named.test", "dns") {
				t.Errorf("refused: got names %+v, want named.test by DNS", f.Names)
			}
			if f := c.to(t, "udp", unreachable); f.ICMP == nil || f.ICMP.Text != "port unreachable" || f.ICMP.From != peer {
				t.Errorf("unreachable: got %+v", f.ICMP)
			}
			if f := c.to(t, "tcp", endText(nobody, 9)); f.State != "SYN_SENT" || f.Packets != 1 {
				t.Errorf("nobody: got %s in %d packets", f.State, f.Packets)
			}
		})
	}
}

func named(f *toldFlow, name, source string) bool {
	return slices.ContainsFunc(f.Names, func(n export.Name) bool { return n.Name == name && n.Source == source })
}

func udpEnd(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// refuse connects to a port on which nobody listens.
func refuse(t *testing.T, a, b *testkit.Netns, addr string) string {
	t.Helper()
	l := listenTCP(t, b, addr)
	l.Close()
	if c, err := dial(a, "tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("a closed port takes connections")
	}
	return l.Addr().String()
}

// unreach sends to a UDP port on which nobody listens.
func unreach(t *testing.T, a, b *testkit.Netns, from *net.UDPConn, addr string) string {
	t.Helper()
	closed := listen(t, b, addr)
	end := udpEnd(closed)
	closed.Close()
	if _, err := from.WriteToUDPAddrPort([]byte("anybody?"), end); err != nil {
		t.Fatal(err)
	}
	return end.String()
}

// synTo builds a SYN to port 9 of an address, to the other machine's MAC.
func synTo(from, to string) []byte {
	layers := []packet.Layer{packet.Ethernet{Src: macOf(testkit.MACA), Dst: macOf(testkit.MACB)}}
	if src, dst := packet.IP(from), packet.IP(to); src.Is4() {
		layers = append(layers, packet.IPv4{Src: src, Dst: dst})
	} else {
		layers = append(layers, packet.IPv6{Src: src, Dst: dst})
	}
	return packet.Build(append(layers, packet.TCP{Src: 4000, Dst: 9, Seq: 1, Flags: packet.SYN})...)
}

// checkDNS: two flows, over UDP and TCP, were asked once and answered.
func checkDNS(t *testing.T, c *told, addr string) {
	t.Helper()
	var protos []string
	for i := range c.flows {
		f := &c.flows[i]
		if f.protocol() != "dns" {
			continue
		}
		protos = append(protos, f.Proto)
		if len(f.dns) != 1 {
			t.Errorf("DNS over %s: got %d messages want 1", f.Proto, len(f.dns))
			continue
		}
		m := &f.dns[0]
		answered := len(m.Answers) == 1 && m.Answers[0].Data == addr && m.Answers[0].TTL == 300
		if m.Outcome != "answered" || m.Question != "named.test" || !answered || m.ResponseMS <= 0 {
			t.Errorf("DNS over %s: got %+v", f.Proto, m)
		}
	}
	slices.Sort(protos)
	if !slices.Equal(protos, []string{"tcp", "udp"}) {
		t.Errorf("DNS: got flows of %v want one over TCP and one over UDP", protos)
	}
}

// checkWeb: all requests are told, in order, with their responses.
func checkWeb(t *testing.T, f *toldFlow, n int) {
	t.Helper()
	if f.protocol() != "http" || f.App.HTTP.Requests != uint32(n) || f.App.HTTP.Responses != uint32(n) {
		t.Errorf("HTTP: got %s with %+v", f.protocol(), f.App.HTTP)
	}
	if len(f.http) != n {
		t.Fatalf("HTTP: got %d messages want %d", len(f.http), n)
	}
	for i, m := range f.http {
		want := dpi.HTTPMessage{
			Version: "1.1", Method: "GET", Host: "web.test", Path: fmt.Sprintf("/%d?token=…", i), UserAgent: "live/1",
			Status: 200, ContentType: "text/plain", ContentLength: m.ContentLength, LatencyMS: m.LatencyMS,
		}
		if m != want || m.LatencyMS <= 0 {
			t.Errorf("HTTP: got %+v want %+v", m, want)
		}
	}
	if f.Reason != "fin" || f.Health == nil || f.Health.Handshake <= 0 || f.Health.RetransmitsSent != 0 {
		t.Errorf("HTTP: closed by %q, health %+v", f.Reason, f.Health)
	}
}

// checkHandshake: one handshake with all that can be seen of it.
func checkHandshake(t *testing.T, f *toldFlow, host, version string) {
	t.Helper()
	if f.protocol() != "tls" || len(f.tls) != 1 {
		t.Fatalf("%s: got %s with %d messages", host, f.protocol(), len(f.tls))
	}
	d := &f.tls[0]
	if d.SNI != host || d.Version != version || !slices.Equal(d.ALPNOffered, []string{"h2", "http/1.1"}) || !d.Established || d.HandshakeMS <= 0 {
		t.Errorf("%s: got %+v", host, d)
	}
	if d.JA3 == "" || d.JA3S == "" || !strings.HasPrefix(d.JA4, "t"+strings.ReplaceAll(version, ".", "")+"d") {
		t.Errorf("%s: got fingerprints %q %q %q", host, d.JA3, d.JA3S, d.JA4)
	}
	if clear := version == "1.2"; clear != (d.ALPN == "http/1.1") || clear != (d.Certificate != nil) {
		t.Errorf("%s: got ALPN %q, certificate %+v", host, d.ALPN, d.Certificate)
	}
	if !named(f, host, "sni") {
		t.Errorf("%s: got names %+v", host, f.Names)
	}
}
