package dpi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"time"
)

// The first half of this file makes handshakes with crypto/tls, the second one
// writes them by hand.

// tape records what is written to both ends of a connection, in order.
type tape struct {
	mu   sync.Mutex
	said []said
}

// taped is one end of it. What is written waits in a channel: both ends may write
// at the same time, as over a network.
type taped struct {
	net.Conn // none: only what follows is called
	tape     *tape
	dir      Dir
	in       <-chan []byte
	out      chan<- []byte
	rest     []byte
}

func (c *taped) Write(b []byte) (int, error) {
	b = slices.Clone(b)
	c.tape.mu.Lock()
	c.tape.said = append(c.tape.said, said{dir: c.dir, b: b})
	c.tape.mu.Unlock()
	c.out <- b
	return len(b), nil
}

func (c *taped) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		rest, ok := <-c.in
		if !ok {
			return 0, io.EOF
		}
		c.rest = rest
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *taped) SetWriteDeadline(time.Time) error { return nil }

// talkTLS has a client and a server shake hands and exchange a message, and
// returns what they said.
func talkTLS(client, server *tls.Config) []said {
	t := &tape{}
	up, down := make(chan []byte, 64), make(chan []byte, 64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(down)
		s := tls.Server(&taped{tape: t, dir: ToClient, in: up, out: down}, server)
		if _, err := io.ReadFull(s, make([]byte, 4)); err == nil {
			_, _ = s.Write([]byte("pong"))
		}
	}()
	c := tls.Client(&taped{tape: t, dir: ToServer, in: down, out: up}, client)
	if _, err := c.Write([]byte("ping")); err == nil {
		_, _ = io.ReadFull(c, make([]byte, 4))
	}
	close(up)
	<-done
	return t.said
}

// testCertificate returns a new certificate for example.org, signed by itself.
func testCertificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	name := pkix.Name{CommonName: "example.org", Organization: []string{"Example, Inc."}}
	x := &x509.Certificate{
		SerialNumber: big.NewInt(0x1234), Subject: name,
		NotBefore: time.Unix(1_600_000_000, 0), NotAfter: time.Unix(1_900_000_000, 0),
		DNSNames: []string{"example.org", "*.example.org"}, IPAddresses: []net.IP{{192, 0, 2, 7}},
	}
	der, err := x509.CreateCertificate(rand.Reader, x, x, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

var (
	serverKey    = testCertificate()
	serverConfig = tls.Config{
		Certificates: []tls.Certificate{serverKey}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS10,
	}
	clientConfig = tls.Config{
		ServerName: "example.org", NextProtos: []string{"h2", "http/1.1"}, InsecureSkipVerify: true,
		MinVersion: tls.VersionTLS10,
	}
)

// withConfig returns a changed copy.
func withConfig(c *tls.Config, change func(*tls.Config)) *tls.Config {
	c = c.Clone()
	change(c)
	return c
}

func number16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

// vector8, vector16 and vector24 put a length before what they are given.
func vector8(parts ...[]byte) []byte {
	b := slices.Concat(parts...)
	return append([]byte{byte(len(b))}, b...)
}

func vector16(parts ...[]byte) []byte {
	b := slices.Concat(parts...)
	return append(number16(uint16(len(b))), b...)
}

func vector24(parts ...[]byte) []byte {
	b := slices.Concat(parts...)
	return append([]byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

func numbers(list ...uint16) []byte {
	var b []byte
	for _, v := range list {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func extension(kind uint16, body ...byte) []byte { return append(number16(kind), vector16(body)...) }

func sniExtension(name string) []byte {
	return extension(extServerName, vector16([]byte{0}, vector16([]byte(name)))...)
}

func alpnExtension(names ...string) []byte {
	var b []byte
	for _, n := range names {
		b = append(b, vector8([]byte(n))...)
	}
	return extension(extALPN, vector16(b)...)
}

// helloBody writes a ClientHello, without the header of the message; cookie is
// nil but in DTLS.
func helloBody(version uint16, cookie []byte, ciphers []uint16, extensions ...[]byte) []byte {
	b := append(number16(version), make([]byte, 32)...)
	b = append(b, 0) // no session
	b = append(b, cookie...)
	b = append(b, vector16(numbers(ciphers...))...)
	b = append(b, 1, 0) // no compression
	if len(extensions) > 0 {
		b = append(b, vector16(extensions...)...)
	}
	return b
}

func tlsHello(ciphers []uint16, extensions ...[]byte) []byte {
	return tlsMessageOf(msgClientHello, helloBody(version12, nil, ciphers, extensions...))
}

// serverHelloBody writes a ServerHello of TLS up to 1.2.
func serverHelloBody(version, cipher uint16, extensions ...[]byte) []byte {
	b := append(number16(version), make([]byte, 32)...)
	b = append(b, 0)
	b = append(append(b, number16(cipher)...), 0)
	if len(extensions) > 0 {
		b = append(b, vector16(extensions...)...)
	}
	return b
}

func tlsMessageOf(kind uint8, body []byte) []byte { return append([]byte{kind}, vector24(body)...) }

func recordOf(kind uint8, version uint16, body ...[]byte) []byte {
	return slices.Concat([]byte{kind}, number16(version), vector16(body...))
}

// dtlsRecordOf writes a record of DTLS 1.2.
func dtlsRecordOf(kind uint8, epoch uint16, body ...[]byte) []byte {
	return slices.Concat([]byte{kind}, number16(versionDTLS12), number16(epoch), make([]byte, 6), vector16(body...))
}

// fragmentOf writes the bytes from..to of a message as a fragment.
func fragmentOf(kind uint8, seq uint16, body []byte, from, to int) []byte {
	b := append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, number16(seq)...)
	b = append(b, byte(from>>16), byte(from>>8), byte(from))
	return append(b, vector24(body[from:to])...)
}

// speak makes a conversation of what both ends say in turn: "c", bytes, "s", bytes.
func speak(parts ...any) []said {
	var all []said
	for i := 0; i < len(parts); i += 2 {
		s := said{b: parts[i+1].([]byte)}
		if parts[i] == "s" {
			s.dir = ToClient
		}
		all = append(all, s)
	}
	return all
}
