package main

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// What the conversations of the demonstration say: as much as it takes to tell what they
// are.

// randomBytes returns n of them.
func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// block puts a length of so many bytes before what is in it.
func block(width int, content ...[]byte) []byte {
	n := 0
	for _, c := range content {
		n += len(c)
	}
	b := make([]byte, width, width+n)
	for i := range width {
		b[width-1-i] = byte(n >> (8 * i))
	}
	for _, c := range content {
		b = append(b, c...)
	}
	return b
}

// extension is one of a TLS hello.
func extension(kind uint16, content ...[]byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, kind), block(2, content...)...)
}

// record is a TLS record of a handshake message.
func record(message byte, content ...[]byte) []byte {
	return append([]byte{22, 3, 1}, block(2, []byte{message}, block(3, content...))...)
}

// clientHello opens TLS 1.3 with a host (RFC 8446, section 4.1.2), with the protocols
// that the client would speak.
func clientHello(r *rand.Rand, host string, protocols ...string) []byte {
	var alpn []byte
	for _, p := range protocols {
		alpn = append(alpn, block(1, []byte(p))...)
	}
	return record(1,
		[]byte{3, 3}, randomBytes(r, 32), block(1, randomBytes(r, 32)),
		block(2, []byte{0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2b, 0xc0, 0x2f}),
		block(1, []byte{0}),
		block(2,
			extension(0, block(2, []byte{0}, block(2, []byte(host)))),
			extension(10, block(2, []byte{0, 0x1d, 0, 0x17})),
			extension(13, block(2, []byte{4, 3, 8, 4, 4, 1})),
			extension(16, block(2, alpn)),
			extension(43, block(1, []byte{3, 4, 3, 3})),
			extension(51, block(2, []byte{0, 0x1d}, block(2, randomBytes(r, 32)))),
		))
}

// serverHello answers it; what follows is encrypted.
func serverHello(r *rand.Rand) []byte {
	hello := record(2,
		[]byte{3, 3}, randomBytes(r, 32), block(1, randomBytes(r, 32)), []byte{0x13, 0x01, 0},
		block(2, extension(43, []byte{3, 4}), extension(51, []byte{0, 0x1d}, block(2, randomBytes(r, 32)))))
	return append(append(hello, 20, 3, 3, 0, 1, 1), encrypted(r, 900)...)
}

// encrypted is a TLS record of application data.
func encrypted(r *rand.Rand, n int) []byte {
	return append([]byte{23, 3, 3}, block(2, randomBytes(r, n))...)
}

// dnsName is a name as DNS writes it (RFC 1035, section 3.1).
func dnsName(name string) []byte {
	var b []byte
	for label := range strings.SplitSeq(name, ".") {
		b = append(b, block(1, []byte(label))...)
	}
	return append(b, 0)
}

// dnsQuestion asks for the address of a name, IPv6 or IPv4.
func dnsQuestion(id uint16, name string, six bool) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0) // recursion desired, one question
	return append(append(b, dnsName(name)...), 0, dnsType(six), 0, 1)
}

func dnsType(six bool) byte {
	if six {
		return 28 // AAAA
	}
	return 1
}

// dnsAnswer answers it.
func dnsAnswer(id uint16, name string, addr netip.Addr) []byte {
	b := dnsQuestion(id, name, addr.Is6())
	b[2], b[3], b[7] = 0x81, 0x80, 1 // a response with one answer
	b = append(b, 0xc0, 12, 0, dnsType(addr.Is6()), 0, 1, 0, 0, 0x0e, 0x10)
	return append(b, block(2, addr.AsSlice())...)
}

// Payloads of the other protocols.
func httpRequest(host, path, agent string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: " + agent + "\r\nAccept: */*\r\n\r\n")
}

func httpResponse(kind string) []byte {
	return []byte("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: " + kind + "\r\nContent-Length: 73400320\r\n\r\n")
}

func sshBanner(software string) []byte { return []byte("SSH-2.0-" + software + "\r\n") }

// ntpMessage is an NTP message (RFC 5905, figure 8) of a client or a server.
func ntpMessage(server bool) []byte {
	b := make([]byte, 48)
	b[0], b[1] = 4<<3|3, 0
	if server {
		b[0], b[1] = 4<<3|4, 2
	}
	return b
}
