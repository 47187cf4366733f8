package dpi

import (
	"bytes"
	"encoding/asn1"
	"testing"
)

func TestCertificateLenient(t *testing.T) {
	der := bytes.Clone(serverKey.Certificate[0])
	strict := readCertificate(der)
	// An unknown algorithm of the key: 1.2.840.10045.2.1 becomes something else,
	// with parameters that are none of its.
	key := []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06}
	at := bytes.Index(der, key)
	if at < 0 {
		t.Fatal("got no key in the certificate")
	}
	der[at+len(key)-1] = 0x1f // the curve's tag
	got := readCertificate(der)
	if got == nil {
		t.Fatal("got nothing of a certificate with a damaged key")
	}
	got.SHA256, got.Names = strict.SHA256, strict.Names
	if asJSON(got) != asJSON(strict) {
		t.Errorf("\n got %s\nwant %s", asJSON(got), asJSON(strict))
	}
}

func TestCertificateRefused(t *testing.T) {
	der := serverKey.Certificate[0]
	for n := range len(der) {
		if c := readCertificate(der[:n]); c != nil {
			t.Fatalf("got %s of %d bytes of %d", asJSON(c), n, len(der))
		}
	}
	if c := readChain(tlsBytes{b: vector24(vector24(der), vector24(der)[:40])}.sub24()); c == nil || c.Chain != 1 {
		t.Errorf("got %s of a chain that was cut, want one certificate", asJSON(c))
	}
}

func (r tlsBytes) sub24() tlsBytes { return r.sub(3) }

func FuzzCertificate(f *testing.F) {
	f.Add(serverKey.Certificate[0])
	f.Fuzz(func(t *testing.T, der []byte) {
		readLenient(der)
		c := readCertificate(der)
		if c == nil {
			return
		}
		if len(c.Subject) > maxText || len(c.Issuer) > maxText || len(c.Names) > maxList || len(c.Serial) > maxText {
			t.Fatalf("got an unbounded certificate %s", asJSON(c))
		}
		var raw asn1.RawValue
		if _, err := asn1.Unmarshal(der, &raw); err != nil {
			t.Fatalf("got %s of what is no DER: %v", asJSON(c), err)
		}
	})
}
