package tests

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"sockeye/internal/testkit"
)

// listenTCP listens on a free port of an address. The test's end closes it.
func listenTCP(t *testing.T, ns *testkit.Netns, addr string) net.Listener {
	t.Helper()
	var l net.Listener
	ns.Do(func() {
		var err error
		if l, err = net.Listen("tcp", net.JoinHostPort(addr, "0")); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { l.Close() })
	return l
}

// dial connects from within a namespace.
func dial(ns *testkit.Netns, network, to string) (c net.Conn, err error) {
	ns.Do(func() { c, err = net.DialTimeout(network, to, patience) })
	return c, err
}

// mustDial is dial for what must work. The test's end closes the connection.
func mustDial(t *testing.T, ns *testkit.Netns, network, to string) net.Conn {
	t.Helper()
	c, err := dial(ns, network, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience)) // of a socket that is open
	return c
}

// exchangeHTTP makes requests over one connection, /0, /1 and so on, and returns the
// server's address.
func exchangeHTTP(t *testing.T, client, server *testkit.Netns, addr, host string, n int) string {
	t.Helper()
	l := listenTCP(t, server, addr)
	s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintln(w, r.URL.Path)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	transport := &http.Transport{DialContext: func(_ context.Context, network, to string) (net.Conn, error) {
		return dial(client, network, to)
	}}
	for i := range n {
		request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/%d?token=secret", l.Addr(), i), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		request.Header.Set("User-Agent", "live/1")
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body) // all of it, so that the connection is used again
		response.Body.Close()
	}
	transport.CloseIdleConnections()
	return l.Addr().String()
}

// exchangeTLS makes one handshake of a version, and returns the server's address.
func exchangeTLS(t *testing.T, client, server *testkit.Netns, addr, host string, version uint16) string {
	t.Helper()
	l := listenTCP(t, server, addr)
	serves := &tls.Config{Certificates: []tls.Certificate{newCertificate(t, host)}, NextProtos: []string{"http/1.1"}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		s := tls.Server(c, serves)
		_, _ = io.Copy(s, s) // until the client closes
		s.Close()
	}()
	c := tls.Client(mustDial(t, client, "tcp", l.Addr().String()), &tls.Config{
		ServerName: host, NextProtos: []string{"h2", "http/1.1"}, InsecureSkipVerify: true,
		MinVersion: version, MaxVersion: version,
	})
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	<-done
	return l.Addr().String()
}

// newCertificate returns a certificate for a host that it signs itself.
func newCertificate(t *testing.T, host string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, from, from, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// dnsQuery returns a query for the addresses of a name.
func dnsQuery(t *testing.T, name string, kind dnsmessage.Type) []byte {
	t.Helper()
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 0x1234, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}},
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dnsAnswer answers a query with an address.
func dnsAnswer(query []byte, addr netip.Addr) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	m.Response, m.RecursionAvailable = true, true
	q := m.Questions[0]
	answer := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 300}}
	if addr.Is4() {
		answer.Body = &dnsmessage.AResource{A: addr.As4()}
	} else {
		answer.Body = &dnsmessage.AAAAResource{AAAA: addr.As16()}
	}
	m.Answers = append(m.Answers, answer)
	return m.Pack()
}

// exchangeDNS asks for a name over UDP and over TCP. The answer is the server's own
// address.
func exchangeDNS(t *testing.T, client, server *testkit.Netns, addr, name string) {
	t.Helper()
	kind := dnsmessage.TypeA
	if netip.MustParseAddr(addr).Is6() {
		kind = dnsmessage.TypeAAAA
	}
	query := dnsQuery(t, name, kind)
	answer, err := dnsAnswer(query, netip.MustParseAddr(addr))
	if err != nil {
		t.Fatal(err)
	}
	udp := listenAt(t, server, net.JoinHostPort(addr, "0"))
	asks := mustDial(t, client, "udp", udp.LocalAddr().String())
	talkDNS(t, asks, query, func(b []byte) int {
		n, from, err := udp.ReadFromUDPAddrPort(b)
		if err == nil {
			_, err = udp.WriteToUDPAddrPort(answer, from)
		}
		if err != nil {
			t.Error(err)
		}
		return n
	})

	framed := func(b []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) }
	l := listenTCP(t, server, addr)
	asks = mustDial(t, client, "tcp", l.Addr().String())
	serves, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	talkDNS(t, asks, framed(query), func(b []byte) int {
		n, err := io.ReadFull(serves, b[:len(query)+2])
		if err == nil {
			_, err = serves.Write(framed(answer))
		}
		if err != nil {
			t.Error(err)
		}
		return n
	})
	asks.Close()
	serves.Close()
}

// talkDNS sends a query and reads the answer, which serve sends once it has read the
// query.
func talkDNS(t *testing.T, asks net.Conn, query []byte, serve func(b []byte) int) {
	t.Helper()
	b := make([]byte, 512)
	if _, err := asks.Write(query); err != nil {
		t.Fatal(err)
	}
	if n := serve(b); n != len(query) {
		t.Fatalf("the server got %d bytes want %d", n, len(query))
	}
	if _, err := asks.Read(b); err != nil {
		t.Fatal(err)
	}
}
