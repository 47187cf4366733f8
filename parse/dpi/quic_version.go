package dpi

import "encoding/hex"

// quicVersion is what the versions of QUIC differ in, as far as an observer can
// read them: how keys of Initial packets come from the client's connection ID,
// how packet types are numbered, and how Retry is authenticated.
type quicVersion struct {
	number uint32
	name   string
	salt   []byte // nil: Initial packets cannot be read
	label  string // what HKDF labels begin with: "quic", "quicv2"
	kinds  [4]quicKind
	retry  *quicRetryKey // nil: Retry carries no integrity tag
	google bool          // the frames are Google's
	crypto bool          // and hold Google's own handshake instead of TLS
	// Transport parameters have 16-bit numbers and lengths: before draft 27.
	fixedParams bool
}

// quicRetryKey authenticates Retry packets: AES-128-GCM with a key that is public.
type quicRetryKey struct{ key, nonce []byte }

// quicKind is the type of a packet with a long header.
type quicKind uint8

const (
	quicInitial quicKind = iota
	quicZeroRTT
	quicHandshake
	quicRetry
	quicNegotiation // version 0
	quicOpaque      // of a version that is not known
)

// Packet types by the two bits of the first byte: RFC 9000, table 5, and RFC
// 9369, section 3.2.
var (
	quicKinds1 = [4]quicKind{quicInitial, quicZeroRTT, quicHandshake, quicRetry}
	quicKinds2 = [4]quicKind{quicRetry, quicInitial, quicZeroRTT, quicHandshake}
)

// Salts: RFC 9001, section 5.2; RFC 9369, section 3.3.1; the same sections of
// draft-ietf-quic-tls at the draft that changed them; those of Google's versions
// are Chromium's.
var (
	quicSalt1   = unhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
	quicSalt2   = unhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
	quicSalt29  = unhex("afbfec289993d24c9e9786f19c6111e04390a899")
	quicSalt23  = unhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
	quicSalt22  = unhex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a")
	quicSaltQ50 = unhex("504574efd066fe2f9d945cfcdbd3a7f0d3b56b45")
	quicSaltT50 = unhex("7ff579e5acd072915580304c43a2367c60488310")
	quicSaltT51 = unhex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d")
)

// Keys of Retry: RFC 9001, section 5.8; RFC 9369, section 3.3.3; drafts 29 and 25.
var (
	quicRetry1  = &quicRetryKey{unhex("be0c690b9f66575a1d766b54e368c84e"), unhex("461599d35d632bf2239825bb")}
	quicRetry2  = &quicRetryKey{unhex("8fb4b01b56ac48e260fbcbcead7ccc92"), unhex("d86969bc2d7c6d9990efb04a")}
	quicRetry29 = &quicRetryKey{unhex("ccce187ed09a09d05728155a6cb96be1"), unhex("e54930f97f2136f0530a8c1c")}
	quicRetry25 = &quicRetryKey{unhex("4d32ecdb2a2133c841e4043df27d4430"), unhex("4d1611d05513a552c587d575")}
)

// quicVersions are those with the header of RFC 8999, from draft 22 on.
var quicVersions = []quicVersion{
	{number: 1, name: "1", salt: quicSalt1, label: "quic", kinds: quicKinds1, retry: quicRetry1},
	{number: 0x6b3343cf, name: "2", salt: quicSalt2, label: "quicv2", kinds: quicKinds2, retry: quicRetry2},
	draft(34, quicSalt1, quicRetry1), draft(33, quicSalt1, quicRetry1),
	draft(32, quicSalt29, quicRetry29), draft(31, quicSalt29, quicRetry29),
	draft(30, quicSalt29, quicRetry29), draft(29, quicSalt29, quicRetry29),
	draft(28, quicSalt23, quicRetry25), draft(27, quicSalt23, quicRetry25),
	draft(26, quicSalt23, quicRetry25), draft(25, quicSalt23, quicRetry25),
	draft(24, quicSalt23, nil), draft(23, quicSalt23, nil), draft(22, quicSalt22, nil),
	// Facebook's mvfst, by the draft that each follows.
	{number: 0xfaceb001, name: "mvfst-22", salt: quicSalt22, label: "quic", kinds: quicKinds1, fixedParams: true},
	{number: 0xfaceb002, name: "mvfst-27", salt: quicSalt23, label: "quic", kinds: quicKinds1, retry: quicRetry25},
	{number: 0xfaceb00e, name: "mvfst-exp", salt: quicSalt23, label: "quic", kinds: quicKinds1, retry: quicRetry25},
	// Google's: Q carries its own handshake, T carries TLS.
	{number: 0x51303530, name: "Q050", salt: quicSaltQ50, label: "quic", kinds: quicKinds1, google: true, crypto: true},
	{number: 0x54303530, name: "T050", salt: quicSaltT50, label: "quic", kinds: quicKinds1, google: true},
	{number: 0x54303531, name: "T051", salt: quicSaltT51, label: "quic", kinds: quicKinds1, google: true},
}

// draft describes a version of the working group: 0xff0000NN.
func draft(n uint32, salt []byte, retry *quicRetryKey) quicVersion {
	name := string([]byte{'d', 'r', 'a', 'f', 't', '-', '0' + byte(n/10), '0' + byte(n%10)})
	return quicVersion{
		number: 0xff000000 + n, name: name, salt: salt, label: "quic", kinds: quicKinds1, retry: retry, fixedParams: n < 27,
	}
}

// quicVersionOf returns what is known of a version, or nil.
func quicVersionOf(number uint32) *quicVersion {
	for i := range quicVersions {
		if quicVersions[i].number == number {
			return &quicVersions[i]
		}
	}
	return nil
}

// quicReserved reports whether a version is one of those that exist to be refused:
// RFC 9000, section 15.
func quicReserved(number uint32) bool { return number&0x0f0f0f0f == 0x0a0a0a0a }

// quicName returns how JSON names a version.
func quicName(number uint32) string {
	if v := quicVersionOf(number); v != nil {
		return v.name
	}
	if name, ok := googleName(number); ok {
		return name
	}
	const digits = "0123456789abcdef"
	b := []byte("0x00000000")
	for i := range 8 {
		b[9-i] = digits[number>>(4*i)&15]
	}
	return string(b)
}

// unhex decodes a constant.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}
