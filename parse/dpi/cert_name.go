package dpi

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
)

// attributeNames are the short names of what a distinguished name consists of
// (RFC 4514 3, RFC 4519, PKCS #9).
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.15": "businessCategory",
	"2.5.4.17": "postalCode", "2.5.4.42": "GN", "2.5.4.97": "organizationIdentifier",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
	"1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName",
}

// dnText writes a distinguished name as RFC 4514 does, the last part first:
// "CN=example.org,O=Example". "" if der is none.
func dnText(der []byte) string {
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &name); err != nil {
		return ""
	}
	var b strings.Builder
	for i := len(name) - 1; i >= 0 && b.Len() < maxText; i-- {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		for n, a := range name[i] {
			if n > 0 {
				b.WriteByte('+')
			}
			attribute(&b, a)
		}
	}
	return nameText(b.String())
}

func attribute(b *strings.Builder, a pkix.AttributeTypeAndValue) {
	kind := a.Type.String()
	if short := attributeNames[kind]; short != "" {
		kind = short
	}
	b.WriteString(kind)
	b.WriteByte('=')
	value, ok := a.Value.(string)
	if !ok {
		b.WriteByte('?') // no text: bits, numbers
		return
	}
	for i := range len(value) {
		c := value[i]
		if strings.IndexByte(`"+,;<>\`, c) >= 0 || (c == ' ' || c == '#') && i == 0 || c == ' ' && i == len(value)-1 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
}
