package dpi

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"strings"
	"sync"
)

const (
	quicSampleAt  = 4  // the sample begins as if the packet number had four bytes
	quicSampleLen = 16 // RFC 9001, section 5.4.3
	quicTagLen    = 16 // of AES-GCM
	quicNonceLen  = 12
	quicKeyLen    = 16 // of AES-128
)

// quicKeys read the Initial packets of one side. They come from the connection ID
// that the client chose, which anyone on the path can see: RFC 9001, section 5.2.
// The ciphers that are made of them, of 1.8 KB, are not kept with a connection: see
// quicScratch.
type quicKeys struct {
	packet, header [quicKeyLen]byte
	iv             [quicNonceLen]byte
}

// newQUICKeys derives the keys of one side. It costs about 3 µs
// (BenchmarkQUICKeys), and so is done once a connection.
func newQUICKeys(v *quicVersion, dcid []byte, dir Dir) *quicKeys {
	initial := quicHMAC(v.salt, dcid) // HKDF-Extract of RFC 5869, section 2.2
	side := "client in"
	if dir == ToClient {
		side = "server in"
	}
	secret := quicExpand(&initial, side, "", sha256.Size)
	iv := quicExpand(&secret, v.label, " iv", quicNonceLen)
	key := quicExpand(&secret, v.label, " key", quicKeyLen)
	header := quicExpand(&secret, v.label, " hp", quicKeyLen)
	return &quicKeys{packet: [quicKeyLen]byte(key[:]), header: [quicKeyLen]byte(header[:]), iv: [quicNonceLen]byte(iv[:])}
}

// quicCipher returns AES with a key.
func quicCipher(key *[quicKeyLen]byte) cipher.Block {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has the right length
	}
	return block
}

// quicCiphers are what keys are used with.
type quicCiphers struct {
	of     quicKeys
	header cipher.Block
	packet cipher.Block // of the aead: for packets whose tag was not captured
	aead   cipher.AEAD
}

// use makes the ciphers of keys. It takes 0.6 µs unless they were used last.
func (c *quicCiphers) use(k *quicKeys) {
	if c.aead != nil && c.of == *k {
		return
	}
	c.of, c.header, c.packet = *k, quicCipher(&k.header), quicCipher(&k.packet)
	var err error
	if c.aead, err = cipher.NewGCM(c.packet); err != nil {
		panic(err) // AES has the block size that GCM takes
	}
}

// quicExpand is HKDF-Expand-Label of RFC 8446, section 7.1, without a context: the
// first n bytes of what it returns. The label is in two parts. n is at most the
// length of one hash, so that HKDF-Expand of RFC 5869, section 2.3, has one round.
func quicExpand(secret *[sha256.Size]byte, label, what string, n int) [sha256.Size]byte {
	const round = 1
	var space [48]byte
	info := append(space[:0], byte(n>>8), byte(n), byte(len("tls13 ")+len(label)+len(what)))
	info = append(append(append(info, "tls13 "...), label...), what...)
	return quicHMAC(secret[:], append(info, 0, round))
}

// quicHMAC is HMAC-SHA-256 (RFC 2104), with a key that is no longer than a block.
// That of the standard library makes two hashes for each key, in the heap: 47
// allocations for one side, and 1.7 times the CPU.
func quicHMAC(key, text []byte) [sha256.Size]byte {
	var space [2 * sha256.BlockSize]byte
	b := append(space[:0], quicInnerPad...)
	subtle.XORBytes(b, b, key)
	sum := sha256.Sum256(append(b, text...))
	b = append(space[:0], quicOuterPad...)
	subtle.XORBytes(b, b, key)
	return sha256.Sum256(append(b, sum[:]...))
}

// What HMAC fills a key up with: RFC 2104, section 2.
var (
	quicInnerPad = strings.Repeat("\x36", sha256.BlockSize)
	quicOuterPad = strings.Repeat("\x5c", sha256.BlockSize)
)

// quicScratch is the memory in which a packet is decrypted: what a decoder is
// given is borrowed, and must not be written to. It has the ciphers of the
// connection that was read last.
type quicScratch struct {
	quicCiphers
	mask  [aes.BlockSize]byte
	nonce [quicNonceLen]byte
	text  []byte
}

var quicScratches = sync.Pool{New: func() any { return &quicScratch{text: make([]byte, 0, 2048)} }}

// open takes the protection off an Initial packet. pkt is what was captured of it
// and wire its length; at is where the packet number begins; largest is the
// newest number of that side. The plaintext is valid while s is.
//
// Of a packet that the capture cut, the tag is missing, and nothing proves what
// is read: exact is false then, and the plaintext is as much as is there.
func (k *quicKeys) open(s *quicScratch, pkt []byte, at, wire int, largest uint64) (plain []byte, pn uint64, exact, ok bool) {
	sample := at + quicSampleAt
	if len(pkt) < sample+quicSampleLen {
		return nil, 0, false, false
	}
	s.use(k)
	s.header.Encrypt(s.mask[:], pkt[sample:sample+quicSampleLen])
	first := pkt[0] ^ s.mask[0]&0x0f
	size := int(first&3) + 1
	head := append(s.text[:0], pkt[:at+size]...)
	head[0] = first
	var cut uint64
	for i := range size {
		head[at+i] ^= s.mask[1+i]
		cut = cut<<8 | uint64(head[at+i])
	}
	pn = quicNumber(largest, cut, size)
	s.nonce = k.iv
	binary.BigEndian.PutUint64(s.nonce[4:], binary.BigEndian.Uint64(s.nonce[4:])^pn)

	body := pkt[at+size:]
	if len(pkt) < wire {
		s.text = append(head, body[:min(len(body), max(0, wire-quicTagLen-at-size))]...)
		plain = s.text[at+size:]
		s.counter(plain)
		return plain, pn, false, true
	}
	out, err := s.aead.Open(head, s.nonce[:], body, head)
	if err != nil {
		s.text = head
		return nil, 0, false, false
	}
	s.text = out
	return out[at+size:], pn, true, true
}

// counter decrypts in place without authentication: GCM is counter mode, and its
// second counter block begins the text (NIST SP 800-38D, section 7.2).
func (s *quicScratch) counter(b []byte) {
	clear(s.mask[:])
	copy(s.mask[:], s.nonce[:])
	s.mask[aes.BlockSize-1] = 2
	cipher.NewCTR(s.packet, s.mask[:]).XORKeyStream(b, b)
}

// quicNumber restores a packet number from the size bytes of it that are sent:
// RFC 9000, section A.3.
func quicNumber(largest, cut uint64, size int) uint64 {
	expected := largest + 1
	window := uint64(1) << (8 * size)
	n := expected&^(window-1) | cut
	switch {
	case n+window/2 <= expected && n < 1<<62-window:
		return n + window
	case n > expected+window/2 && n >= window:
		return n - window
	}
	return n
}

// valid reports whether the tag at the end of a Retry packet was made for a
// client's connection ID: RFC 9001, section 5.8.
func (r *quicRetryKey) valid(pkt, dcid []byte) bool {
	block, err := aes.NewCipher(r.key)
	if err != nil || len(pkt) < quicTagLen || len(dcid) > quicMaxID {
		return false
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return false
	}
	at := len(pkt) - quicTagLen
	pseudo := append([]byte{byte(len(dcid))}, dcid...)
	pseudo = append(pseudo, pkt[:at]...)
	_, err = aead.Open(nil, r.nonce, pkt[at:], pseudo)
	return err == nil
}
