package dpi

import "time"

// TLSDetail is what a TLS or DTLS handshake says in the clear, also within QUIC.
type TLSDetail struct {
	Transport string `json:"transport,omitempty"` // "dtls", "quic"; "" for TCP

	// The client's hello.
	SNI              string   `json:"sni,omitempty"` // the outer name where ECH is used
	ALPNOffered      []string `json:"alpn_offered,omitempty"`
	VersionsOffered  []string `json:"versions_offered,omitempty"` // highest first: "1.3", "1.2", …
	GroupsOffered    []string `json:"groups_offered,omitempty"`   // key-exchange groups of which the client sent a share
	PostQuantumOffer bool     `json:"post_quantum_offered,omitempty"`
	ECH              bool     `json:"ech,omitempty"`        // an encrypted hello (or a decoy of one) was sent
	EarlyData        bool     `json:"early_data,omitempty"` // the client means to send data before the answer (0-RTT)
	JA3              string   `json:"ja3,omitempty"`
	JA3Full          string   `json:"ja3_full,omitempty"`
	JA4              string   `json:"ja4,omitempty"`

	// The server's answer.
	Version     string `json:"version,omitempty"` // negotiated
	Cipher      string `json:"cipher,omitempty"`  // IANA name
	ALPN        string `json:"alpn,omitempty"`    // chosen; of TLS 1.3 it is encrypted and unknown
	Group       string `json:"group,omitempty"`   // key exchange
	PostQuantum bool   `json:"post_quantum,omitempty"`
	Resumed     bool   `json:"resumed,omitempty"`
	Retried     bool   `json:"hello_retry,omitempty"`     // HelloRetryRequest
	Cookie      bool   `json:"cookie_exchange,omitempty"` // DTLS HelloVerifyRequest
	JA3S        string `json:"ja3s,omitempty"`
	JA3SFull    string `json:"ja3s_full,omitempty"`

	// Application is what runs inside as far as ALPN tells: the name chosen or,
	// where that is encrypted, all names offered: "http", "dns", "imap".
	Application string `json:"application,omitempty"`
	// DNS says that DNS is carried, and how: "dot", "doq", "doh"; see carriedDNS.
	DNS string `json:"dns,omitempty"`

	Certificate *Certificate `json:"certificate,omitempty"` // the server's, up to TLS 1.2
	ClientCert  *Certificate `json:"client_certificate,omitempty"`
	Alert       string       `json:"alert,omitempty"`        // the last one in the clear, "fatal handshake_failure"
	AlertFrom   string       `json:"alert_from,omitempty"`   // "client", "server"
	Established bool         `json:"established,omitempty"`  // both ends changed to encryption
	HandshakeMS float64      `json:"handshake_ms,omitempty"` // from the client's hello to that

	began int64 // capture time of the hello
	proto Protocol
}

// Certificate is the leaf of a chain that was sent in the clear.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names,omitempty"` // DNS names and addresses
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Serial    string    `json:"serial,omitempty"`
	SHA256    string    `json:"sha256,omitempty"`
	Chain     int       `json:"chain,omitempty"` // certificates that were sent
}

// Protocol returns TLS, DTLS or QUIC.
func (d *TLSDetail) Protocol() Protocol { return d.proto }

// Key returns "tls": what is said is the same over each transport.
func (d *TLSDetail) Key() string { return "tls" }

// Subject returns the server's name as the client called it.
func (d *TLSDetail) Subject() string { return d.SNI }

func (d *TLSDetail) clone() Detail {
	c := *d
	return &c
}

func (*TLSDetail) loose() {}
