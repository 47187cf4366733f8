package dpi

import (
	"encoding/hex"
	"strings"
)

// ikeVendors are beginnings of vendor IDs in hexadecimal: most are MD5 sums of a
// text, some have a version behind them.
var ikeVendors = [...]struct{ id, name string }{
	{"afcad71368a1f1c96b8696fc7757", "DPD"},
	{"4a131c81070358455c5728f20e95452f", "RFC 3947 NAT-T"},
	{"90cb80913ebb696e086381b5ec427b1f", "NAT-T draft 02"},
	{"cd60464335df21f87cfdb2fc68b6a448", "NAT-T draft 02"},
	{"7d9419a65310ca6f2c179d9215529d56", "NAT-T draft 03"},
	{"4485152d18b6bbcd0be8a8469579ddcc", "NAT-T draft 00"},
	{"16f6ca16e4a4066d83821a0f0aeaa862", "NAT-T draft 01"},
	{"09002689dfd6b712", "XAUTH"},
	{"12f5f28c457168a9702d9fe274cc", "Cisco Unity"},
	{"1f07f70eaa6514d3b0fa96542a50", "Cisco VPN 3000"},
	{"4048b7d56ebce88525e7de7f00d6c2d3", "fragmentation"},
	{"882fe56d6fd20dbc2251613b2ebe5beb", "strongSwan"},
	{"1e2b516905991c7d7c96fcbfb587e461", "Microsoft Windows"},
	{"fb1de3cdf341b7ea16b7e5be0855f120", "Microsoft initial contact"},
	{"26244d38eddb61b3172a36e3d0cfb819", "Microsoft negotiation discovery"},
	{"e3a5966a76379fe707228231e5ce8652", "Microsoft CGA"},
	{"621b04bb09882ac1e15935fefa24aeee", "GSSAPI"},
	{"f4ed19e0c114eb516faaac0ee37daf2807b4381f", "Check Point"},
	{"699369228741c6d4ca094c93e242c9de19e7b7c6", "Juniper"},
}

// ikeVendor names a vendor ID; one that is text is its own name.
func ikeVendor(b []byte) string {
	id := hex.EncodeToString(b[:min(len(b), 64)])
	for _, v := range ikeVendors {
		if strings.HasPrefix(id, v.id) {
			return v.name
		}
	}
	if len(b) >= 4 && printable(b) {
		return text(b)
	}
	return ""
}

func ikeNotify(version int, v uint16) string {
	if version == 1 {
		switch v {
		case 14:
			return "NO-PROPOSAL-CHOSEN"
		case 18:
			return "INVALID-ID-INFORMATION"
		case 23:
			return "INVALID-HASH-INFORMATION"
		case 24:
			return "AUTHENTICATION-FAILED"
		case 24578:
			return "INITIAL-CONTACT"
		case 36136:
			return "R-U-THERE"
		}
		return ""
	}
	switch v { // RFC 7296, section 3.10.1
	case 1:
		return "UNSUPPORTED_CRITICAL_PAYLOAD"
	case 4:
		return "INVALID_IKE_SPI"
	case 5:
		return "INVALID_MAJOR_VERSION"
	case 7:
		return "INVALID_SYNTAX"
	case 14:
		return "NO_PROPOSAL_CHOSEN"
	case 17:
		return "INVALID_KE_PAYLOAD"
	case 24:
		return "AUTHENTICATION_FAILED"
	case 16388:
		return "NAT_DETECTION_SOURCE_IP"
	case 16389:
		return "NAT_DETECTION_DESTINATION_IP"
	case 16390:
		return "COOKIE"
	case 16406:
		return "REDIRECT_SUPPORTED"
	case 16407:
		return "REDIRECT"
	case 16430:
		return "FRAGMENTATION_SUPPORTED"
	case 16431:
		return "SIGNATURE_HASH_ALGORITHMS"
	}
	return ""
}

// The names below are those of IANA's registry of IKEv2 parameters; what is not
// among them keeps its number.
func ikeCipher(v uint16) string {
	switch v {
	case 3:
		return "3DES"
	case 12:
		return "AES-CBC"
	case 13:
		return "AES-CTR"
	case 14:
		return "AES-CCM-8"
	case 15:
		return "AES-CCM-12"
	case 16:
		return "AES-CCM-16"
	case 18:
		return "AES-GCM-8"
	case 19:
		return "AES-GCM-12"
	case 20:
		return "AES-GCM-16"
	case 28:
		return "CHACHA20-POLY1305"
	}
	return itoa(uint32(v))
}

func ikePRF(v uint16) string {
	switch v {
	case 1:
		return "HMAC-MD5"
	case 2:
		return "HMAC-SHA1"
	case 4:
		return "AES128-XCBC"
	case 5:
		return "HMAC-SHA2-256"
	case 6:
		return "HMAC-SHA2-384"
	case 7:
		return "HMAC-SHA2-512"
	}
	return itoa(uint32(v))
}

func ikeIntegrity(v uint16) string {
	switch v {
	case 1:
		return "HMAC-MD5-96"
	case 2:
		return "HMAC-SHA1-96"
	case 5:
		return "AES-XCBC-96"
	case 7:
		return "HMAC-SHA1-160"
	case 12:
		return "HMAC-SHA2-256-128"
	case 13:
		return "HMAC-SHA2-384-192"
	case 14:
		return "HMAC-SHA2-512-256"
	}
	return itoa(uint32(v))
}

func ikeGroup(v uint16) string {
	switch v {
	case 1:
		return "MODP-768"
	case 2:
		return "MODP-1024"
	case 5:
		return "MODP-1536"
	case 14:
		return "MODP-2048"
	case 15:
		return "MODP-3072"
	case 16:
		return "MODP-4096"
	case 19:
		return "P-256"
	case 20:
		return "P-384"
	case 21:
		return "P-521"
	case 31:
		return "Curve25519"
	case 36:
		return "ML-KEM-768"
	}
	return itoa(uint32(v))
}
