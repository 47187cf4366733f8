package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A turn is what one end of a conversation says, a number of times.
type turn struct {
	back  bool // the server
	b     []byte
	times int // 0 is once
}

// A talk is a kind of conversation.
type talk struct {
	name  string
	share int // of the packets, of 100
	udp   bool
	port  uint16
	turns []turn
}

// segmentSize is the payload of a full TCP segment, with timestamps.
const segmentSize = 1448

// talks returns what the mixed capture is made of.
func talks() ([]talk, error) {
	hello, err := handshake()
	if err != nil {
		return nil, err
	}
	initial, err := quicInitial()
	if err != nil {
		return nil, err
	}
	query, answer, err := lookup()
	if err != nil {
		return nil, err
	}
	noise := make([]byte, segmentSize)
	rand.Read(noise)                                              // never fails
	record := append([]byte{23, 3, 3, 5, 163}, noise[:1443]...)   // TLS: application data
	short := append([]byte{0x40}, noise[:1200]...)                // QUIC: 1-RTT
	packetSSH := append([]byte{0, 0, 5, 164, 6}, noise[:1443]...) // encrypted: any bytes
	unknown := turn{back: true, b: append([]byte{0xfe, 0xed}, noise[:1200]...), times: 120}
	return []talk{
		{name: "TLS", share: 50, port: 443, turns: append(slices.Clip(hello), turn{b: record[:200]}, turn{back: true, b: record, times: 150})},
		{name: "HTTP", share: 8, port: 80, turns: exchanges(20, noise)},
		{name: "DNS", share: 2, udp: true, port: 53, turns: []turn{{b: query}, {back: true, b: answer}}},
		{name: "QUIC", share: 22, udp: true, port: 443, turns: []turn{
			{b: initial}, {back: true, b: short}, {b: short[:60]}, {back: true, b: short, times: 100}, {b: short[:40], times: 30}}},
		{name: "SSH", share: 5, port: 22, turns: []turn{
			{b: []byte("SSH-2.0-OpenSSH_9.9\r\n")}, {back: true, b: []byte("SSH-2.0-OpenSSH_9.6\r\n")},
			{b: keyExchange(noise)}, {back: true, b: keyExchange(noise)}, {back: true, b: packetSSH, times: 60}}},
		{name: "unknown", share: 13, port: 9999, turns: []turn{{b: noise[:90]}, unknown}},
	}, nil
}

// exchanges returns n requests of one connection with their responses.
func exchanges(n int, body []byte) (all []turn) {
	for i := range n {
		head := fmt.Sprintf("GET /page/%d?q=1 HTTP/1.1\r\nHost: www.example.net\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\r\n", i)
		reply := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n", 8*len(body))
		all = append(all, turn{b: []byte(head)}, turn{back: true, b: []byte(reply)}, turn{back: true, b: body, times: 8})
	}
	return all
}

// keyExchange returns a KEXINIT (RFC 4253 §7.1) with usual lists.
func keyExchange(cookie []byte) []byte {
	b := append([]byte{20}, cookie[:16]...)
	for _, list := range []string{
		"mlkem768x25519-sha256,curve25519-sha256,ecdh-sha2-nistp256", "ssh-ed25519,rsa-sha2-512",
		"chacha20-poly1305@openssh.com,aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com",
		"hmac-sha2-256", "hmac-sha2-256", "none", "none", "", "",
	} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(list))), list...)
	}
	b = append(b, 0, 0, 0, 0, 0)
	const padding = 8
	head := binary.BigEndian.AppendUint32(nil, uint32(1+len(b)+padding))
	return slices.Concat(head, []byte{padding}, b, make([]byte, padding))
}

// lookup returns a DNS query and its answer.
func lookup() (query, answer []byte, err error) {
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 7, RecursionDesired: true}, Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName("www.example.net."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	query, err = m.Pack()
	if err != nil {
		return nil, nil, fmt.Errorf("pack query: %w", err)
	}
	m.Response = true
	m.Answers = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 60},
		Body:   &dnsmessage.AResource{A: [4]byte{198, 51, 100, 7}}}}
	answer, err = m.Pack()
	if err != nil {
		return nil, nil, fmt.Errorf("pack answer: %w", err)
	}
	return query, answer, nil
}

// handshake records what the two ends of TLS 1.3 say to each other.
func handshake() ([]turn, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	from := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.net"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, from, from, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	var all recording
	a, b := net.Pipe()
	client := tls.Client(&recorded{a, false, &all}, &tls.Config{
		ServerName: "www.example.net", NextProtos: []string{"h2", "http/1.1"}, InsecureSkipVerify: true})
	server := tls.Server(&recorded{b, true, &all}, &tls.Config{
		Certificates:           []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		SessionTicketsDisabled: true})
	failed := make(chan error, 1)
	go func() { failed <- server.Handshake() }()
	if err := errors.Join(client.Handshake(), <-failed); err != nil {
		return nil, fmt.Errorf("record handshake: %w", err)
	}
	return all.turns, nil
}

// A recording is what two ends wrote, in the order of their writes.
type recording struct {
	mu    sync.Mutex
	turns []turn
}

// recorded is an end whose writes are recorded.
type recorded struct {
	net.Conn
	back bool
	to   *recording
}

func (r *recorded) Write(b []byte) (int, error) {
	r.to.mu.Lock()
	r.to.turns = append(r.to.turns, turn{back: r.back, b: bytes.Clone(b)})
	r.to.mu.Unlock()
	return r.Conn.Write(b)
}

// quicInitial returns a client's first datagram of QUIC version 1, encrypted as RFC
// 9001 §5 says.
func quicInitial() ([]byte, error) {
	client := tls.QUICClient(&tls.QUICConfig{TLSConfig: &tls.Config{
		ServerName: "www.example.net", NextProtos: []string{"h3"}, MinVersion: tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519}}}) // a post-quantum hello is more than one datagram
	client.SetTransportParameters([]byte{1, 4, 0x80, 0, 0x75, 0x30}) // max_idle_timeout
	if err := client.Start(context.Background()); err != nil {
		return nil, fmt.Errorf("make hello of QUIC: %w", err)
	}
	hello := client.NextEvent()
	const size, tag, numberSize = 1200, 16, 4
	id := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	head := slices.Concat([]byte{0xc0 | numberSize - 1, 0, 0, 0, 1, byte(len(id))}, id, []byte{0, 0}) // no own ID, no token
	length := size - len(head) - 2
	head = binary.BigEndian.AppendUint16(head, 0x4000|uint16(length))
	head = binary.BigEndian.AppendUint32(head, 0) // packet number
	frame := binary.BigEndian.AppendUint16([]byte{6, 0}, 0x4000|uint16(len(hello.Data)))
	frame = append(frame, hello.Data...)
	if room := length - numberSize - tag; len(frame) <= room {
		frame = append(frame, make([]byte, room-len(frame))...)
	} else {
		return nil, errors.New("make hello of QUIC: it is too long")
	}
	return protect(head, frame, id, numberSize)
}

// protect encrypts an Initial packet of a client and its header.
func protect(head, frame, id []byte, numberSize int) ([]byte, error) {
	salt := []byte{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}
	initial, err := hkdf.Extract(sha256.New, id, salt)
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	expand := func(secret []byte, label string, n int) (key []byte) {
		if err == nil {
			label = "tls13 " + label
			info := slices.Concat([]byte{0, byte(n), byte(len(label))}, []byte(label), []byte{0})
			key, err = hkdf.Expand(sha256.New, secret, string(info), n)
		}
		return key
	}
	secret := expand(initial, "client in", 32)
	key, iv, hp := expand(secret, "quic key", 16), expand(secret, "quic iv", 12), expand(secret, "quic hp", 16)
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	b := seal.Seal(slices.Clone(head), iv, frame, head) // the packet number is 0: the nonce is iv
	mask := make([]byte, 16)
	at := len(head) - numberSize
	if block, err = aes.NewCipher(hp); err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	block.Encrypt(mask, b[at+4:at+20])
	b[0] ^= mask[0] & 0x0f
	for i := range numberSize {
		b[at+i] ^= mask[1+i]
	}
	return b, nil
}
