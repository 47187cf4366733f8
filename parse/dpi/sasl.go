package dpi

import (
	"bytes"
	"strings"
)

// saslNames are mechanisms of authentication (IANA, SASL Mechanisms), and those that
// servers offer without having asked.
var saslNames = wordSet(`
	9798-M-DSA-SHA1 9798-M-ECDSA-SHA1 9798-M-RSA-SHA1-ENC 9798-U-DSA-SHA1 9798-U-ECDSA-SHA1 9798-U-RSA-SHA1-ENC
	AMQPLAIN ANONYMOUS AWS_MSK_IAM CRAM-MD5 DIGEST-MD5 EAP-AES128 EAP-AES128-PLUS ECDH-X25519-CHALLENGE
	ECDSA-NIST256P-CHALLENGE EXTERNAL GS2-KRB5 GS2-KRB5-PLUS GSS-SPNEGO GSSAPI KERBEROS_V4 KERBEROS_V5 LOGIN
	MONGODB-AWS MONGODB-CR MONGODB-OIDC MONGODB-X509 MSN NMAS-SAMBA-AUTH NMAS_AUTHEN NMAS_LOGIN NTLM OAUTH10A OAUTHBEARER
	OPENID20 OTP PLAIN PLAIN-CLIENTTOKEN RABBIT-CR-DEMO SAML20 SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-224 SCRAM-SHA-256
	SCRAM-SHA-256-PLUS SCRAM-SHA-384 SCRAM-SHA-512 SCRAM-SHA-512-PLUS SCRAM-SHA3-512 SECURID SKEY SPNEGO SPNEGO-PLUS SXOVER-PLUS
	X-OAUTH2 XOAUTH XOAUTH2 XYMCOOKIE`)

// saslName returns the name of an authentication mechanism in upper case, "" if b is
// none that is known: a client that does not know the rules sends a password there.
func saslName(b []byte) string {
	const longest = 32
	if len(b) > longest {
		return ""
	}
	var space [longest]byte
	name := appendUpper(space[:0], b)
	if saslNames[string(name)] {
		return string(name)
	}
	return ""
}

// saslUser returns the user of a client's first message of PLAIN (RFC 4616), whose
// password follows and is not looked at, or of SCRAM (RFC 5802).
func saslUser(mechanism string, b []byte) string {
	switch {
	case mechanism == "PLAIN":
		r := cursor{b: b}
		r.cstring()
		// There is something behind the user; else the first name is missing, and
		// this is the password.
		if name := r.cstring(); !r.short && len(r.b) > 0 && plain(name) {
			return text(name)
		}
	case strings.HasPrefix(mechanism, "SCRAM-"):
		at := bytes.Index(b, []byte(",n="))
		if at < 0 || at >= 16 {
			return ""
		}
		name := b[at+len(",n="):]
		if end := bytes.IndexByte(name, ','); end >= 0 && plain(name[:end]) {
			return text(name[:end])
		}
	}
	return ""
}
