package dpi

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// Versions as they stand in hellos.
const (
	versionSSL2    = 0x0002
	versionTLCP    = 0x0101 // GB/T 38636, also GMTLS
	versionSSL3    = 0x0300
	version10      = 0x0301
	version11      = 0x0302
	version12      = 0x0303
	version13      = 0x0304
	versionDTLSOld = 0x0100 // OpenSSL before 0.9.8f
	versionDTLS10  = 0xfeff
	versionDTLS12  = 0xfefd
	versionDTLS13  = 0xfefc
)

// versionName returns a version as people write it: "1.3", "SSL 3.0"; that it is
// of TLS or DTLS is told by the transport.
func versionName(v uint16) string {
	switch v {
	case versionSSL2:
		return "SSL 2.0"
	case versionSSL3:
		return "SSL 3.0"
	case version10, versionDTLS10:
		return "1.0"
	case version11:
		return "1.1"
	case version12, versionDTLS12:
		return "1.2"
	case version13, versionDTLS13:
		return "1.3"
	case versionTLCP:
		return "TLCP 1.1"
	case versionDTLSOld:
		return "1.0 (OpenSSL 0.9.8e)"
	}
	if isDraft13(v) {
		return "1.3 draft " + strconv.Itoa(int(v&0xff))
	}
	return hex16(v)
}

// isDraft13 reports whether v is a draft of TLS 1.3: 0x7fnn, and 0xfbnn by
// Facebook.
func isDraft13(v uint16) bool { return v>>8 == 0x7f || v>>8 == 0xfb }

// isNewer reports whether version a is newer than b. DTLS counts downwards.
func isNewer(a, b uint16) bool {
	if a >= 0xfe00 && b >= 0xfe00 {
		return a < b
	}
	return a > b
}

// groupName returns the name of a key-exchange group (IANA, TLS Supported Groups,
// and experiments that were deployed).
func groupName(g uint16) string {
	if n := groupNames[g]; n != "" {
		return n
	}
	return hex16(g)
}

var groupNames = map[uint16]string{
	1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1", 5: "sect193r2", 6: "sect233k1",
	7: "sect233r1", 8: "sect239k1", 9: "sect283k1", 10: "sect283r1", 11: "sect409k1", 12: "sect409r1",
	13: "sect571k1", 14: "sect571r1", 15: "secp160k1", 16: "secp160r1", 17: "secp160r2", 18: "secp192k1",
	19: "secp192r1", 20: "secp224k1", 21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1",
	25: "secp521r1", 26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1", 29: "x25519", 30: "x448",
	31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13", 34: "GC256A", 35: "GC256B",
	36: "GC256C", 37: "GC256D", 38: "GC512A", 39: "GC512B", 40: "GC512C", 41: "curveSM2",
	0x100: "ffdhe2048", 0x101: "ffdhe3072", 0x102: "ffdhe4096", 0x103: "ffdhe6144", 0x104: "ffdhe8192",
	0x200: "MLKEM512", 0x201: "MLKEM768", 0x202: "MLKEM1024",
	0x11eb: "SecP256r1MLKEM768", 0x11ec: "X25519MLKEM768", 0x11ed: "SecP384r1MLKEM1024", 0x11ee: "curveSM2MLKEM768",
	0x4138: "CECPQ2", // Google's experiment of 2019
	0x6399: "X25519Kyber768Draft00", 0x639a: "SecP256r1Kyber768Draft00",
	// Cloudflare's experiments of 2022.
	0xfe30: "X25519Kyber512Draft00", 0xfe31: "X25519Kyber768Draft00", 0xfe32: "P256Kyber768Draft00",
}

// isPostQuantum reports whether a group withstands quantum computers, alone or
// together with a curve.
func isPostQuantum(g uint16) bool {
	switch {
	case 0x200 <= g && g <= 0x202, 0x11eb <= g && g <= 0x11ee, 0xfe30 <= g && g <= 0xfe32:
		return true
	}
	return g == 0x4138 || g == 0x6399 || g == 0x639a
}

const alertFatal = 2

func alertLevel(level uint8) string {
	switch level {
	case 1:
		return "warning"
	case alertFatal:
		return "fatal"
	}
	return "level " + strconv.Itoa(int(level))
}

// alertName returns the name of an alert (IANA, TLS Alerts).
func alertName(a uint8) string {
	if n := alertNames[a]; n != "" {
		return n
	}
	return "alert " + strconv.Itoa(int(a))
}

var alertNames = [256]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
	42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
	46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
	51: "decrypt_error", 52: "too_many_cids_requested", 60: "export_restriction", 70: "protocol_version",
	71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
	100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable",
	112: "unrecognized_name", 113: "bad_certificate_status_response", 114: "bad_certificate_hash_value",
	115: "unknown_psk_identity", 116: "certificate_required", 117: "general_error", 120: "no_application_protocol",
	121: "ech_required",
}

//go:embed tls_suites.txt
var suiteText string

var suites = sync.OnceValue(func() map[uint16]string {
	m := make(map[uint16]string, 400)
	for line := range strings.Lines(suiteText) {
		if number, name, ok := strings.Cut(line, " "); ok {
			if v, err := strconv.ParseUint(number, 16, 16); err == nil {
				m[uint16(v)] = strings.TrimSuffix(name, "\n")
			}
		}
	}
	return m
})

// cipherName returns the IANA name of a cipher suite.
func cipherName(s uint16) string {
	if n := suites()[s]; n != "" {
		return n
	}
	return hex16(s)
}

// hex16 writes a number that has no name: "0x1234".
func hex16(v uint16) string {
	return string(appendHex([]byte("0x"), []uint16{v}))
}
