package dpi

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strconv"
	"strings"
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

func TestDistinguishedName(t *testing.T) {
	long := strings.Repeat("x", 1000)
	tests := []struct {
		name pkix.RDNSequence
		want string
	}{
		{nil, ""},
		{rdn("2.5.4.6", "DE", "2.5.4.10", "A, B+C", "2.5.4.3", " #x "), `CN=\ #x\ ,O=A\, B\+C,C=DE`},
		{rdn("1.2.840.113549.1.9.1", "a@b.example", "0.9.2342.19200300.100.1.25", "example"), "DC=example,emailAddress=a@b.example"},
		{rdn("1.2.3.4", "v"), "1.2.3.4=v"},
		{rdn("2.5.4.3", long), "CN=" + long[:maxText-3]},
	}
	for _, test := range tests {
		der, err := asn1.Marshal(test.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := dnText(der); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := dnText([]byte{0x30, 0x05}); got != "" {
		t.Errorf("got %q of what is no name", got)
	}
}

// rdn makes a name of types and values.
func rdn(parts ...string) (name pkix.RDNSequence) {
	for i := 0; i < len(parts); i += 2 {
		var kind asn1.ObjectIdentifier
		for _, n := range strings.Split(parts[i], ".") {
			v, _ := strconv.Atoi(n)
			kind = append(kind, v)
		}
		name = append(name, []pkix.AttributeTypeAndValue{{Type: kind, Value: parts[i+1]}})
	}
	return name
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
