package dpi

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"time"
)

// readChain returns the first certificate of a chain, each behind a 24-bit length
// (RFC 5246 7.4.2); nil if none can be read. What is there of a chain that is cut
// counts.
func readChain(chain tlsBytes) *Certificate {
	leaf := chain.sub(3)
	if len(leaf.b) == 0 || leaf.cut {
		return nil
	}
	c := readCertificate(leaf.b)
	if c == nil {
		return nil
	}
	for c.Chain = 1; len(chain.b) > 0; c.Chain++ {
		if chain.vector(3); chain.cut {
			break
		}
	}
	return c
}

// readCertificate reads a certificate. One that the strict reader refuses
// (negative serial numbers, key types that it does not know how to check) still
// says whose it is.
func readCertificate(der []byte) *Certificate {
	var c *Certificate
	if x, err := x509.ParseCertificate(der); err == nil {
		c = &Certificate{
			Subject: dnText(x.RawSubject), Issuer: dnText(x.RawIssuer), Names: certificateNames(x),
			NotBefore: x.NotBefore, NotAfter: x.NotAfter, Serial: serialText(x.SerialNumber),
		}
	} else if c = readLenient(der); c == nil {
		return nil
	}
	sum := sha256.Sum256(der)
	c.SHA256 = hex.EncodeToString(sum[:])
	return c
}

// certificateNames returns the first maxList of its DNS names and addresses.
func certificateNames(x *x509.Certificate) []string {
	n := min(len(x.DNSNames)+len(x.IPAddresses), maxList)
	if n == 0 {
		return nil
	}
	names := make([]string, 0, n)
	for _, s := range x.DNSNames[:min(len(x.DNSNames), n)] {
		names = append(names, nameText(s))
	}
	for _, a := range x.IPAddresses[:min(len(x.IPAddresses), n-len(names))] {
		names = append(names, a.String())
	}
	return names
}

// tbsCertificate is RFC 5280 4.1 as far as it is read, with nothing checked.
type tbsCertificate struct {
	Version      int `asn1:"optional,explicit,default:0,tag:0"`
	SerialNumber *big.Int
	Algorithm    asn1.RawValue
	Issuer       asn1.RawValue
	Validity     struct{ NotBefore, NotAfter time.Time }
	Subject      asn1.RawValue
	PublicKey    asn1.RawValue
}

// readLenient reads what RFC 5280 puts first in a certificate, without a look at
// its key and extensions.
func readLenient(der []byte) *Certificate {
	var outer struct{ TBS asn1.RawValue }
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil
	}
	var t tbsCertificate
	if _, err := asn1.Unmarshal(outer.TBS.FullBytes, &t); err != nil {
		return nil
	}
	return &Certificate{
		Subject: dnText(t.Subject.FullBytes), Issuer: dnText(t.Issuer.FullBytes),
		NotBefore: t.Validity.NotBefore, NotAfter: t.Validity.NotAfter, Serial: serialText(t.SerialNumber),
	}
}

// serialText writes a serial number in hexadecimal, as certificate tools do.
func serialText(n *big.Int) string { return nameText(n.Text(16)) }

// nameText is text for what is a string already.
func nameText(s string) string { return s[:min(len(s), maxText)] }
