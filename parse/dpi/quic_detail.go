package dpi

import (
	"encoding/hex"
	"time"
)

// QUICDetail is what a QUIC connection says in the clear, or in Initial packets,
// whose keys anyone on the path can derive. Its TLS handshake is a TLSDetail
// beside it; what the server says in EncryptedExtensions (its transport
// parameters, the ALPN that it chose) goes in Handshake packets and cannot be read.
type QUICDetail struct {
	Version string   `json:"version,omitempty"`          // "1", "2", "draft-29", "Q046", or the number in hex
	Offered []string `json:"versions_offered,omitempty"` // by a server that refused the client's
	Phase   string   `json:"state"`
	DCID    string   `json:"dcid,omitempty"`      // hex: the connection ID that the client chose first for the server
	SCID    string   `json:"scid,omitempty"`      // hex: the client's own
	Server  string   `json:"server_id,omitempty"` // hex: the server's own
	Retry   bool     `json:"retry,omitempty"`     // the server had the client prove its address
	ZeroRTT bool     `json:"zero_rtt,omitempty"`  // the client sent data before the handshake

	// The client's transport parameters.
	IdleTimeoutMS uint64 `json:"idle_timeout_ms,omitempty"`
	MaxData       uint64 `json:"initial_max_data,omitempty"`
	MaxUDPPayload uint64 `json:"max_udp_payload_size,omitempty"`
	ActiveIDs     uint64 `json:"active_connection_id_limit,omitempty"`
	UserAgent     string `json:"user_agent,omitempty"` // of Google's clients

	SNI   string     `json:"sni,omitempty"`    // of Google's own handshake; that of TLS is TLSDetail's
	RTTMS float64    `json:"rtt_ms,omitempty"` // from a client's Initial to the server's acknowledgement of it
	Close *QUICClose `json:"close,omitempty"`  // CONNECTION_CLOSE of an Initial packet; later ones are encrypted
	// Unverified: datagrams were cut by the capture, so that their authentication
	// could not be checked.
	Unverified bool `json:"unverified,omitempty"`
}

// QUICClose says how a connection ended: RFC 9000, section 19.19.
type QUICClose struct {
	Code   uint64 `json:"code"`
	Name   string `json:"name,omitempty"`   // "PROTOCOL_VIOLATION"; of a TLS alert "CRYPTO_ERROR"
	Reason string `json:"reason,omitempty"` // the peer's text
	From   string `json:"from"`             // "client", "server"
}

// The states of a connection, as far as an observer can tell them.
const (
	quicStateInitial   = "QUIC_INITIAL"   // the client asked
	quicStateHandshake = "QUIC_HANDSHAKE" // the server answered with its hello, or a Handshake packet passed
	quicStateConnected = "QUIC_CONNECTED" // the client sent 1-RTT data, which it does when the handshake is complete
	quicStateDraining  = "QUIC_DRAINING"  // closed without an error: late packets may come
	quicStateClosed    = "QUIC_CLOSED"    // refused with an error, or reset
)

// Protocol returns QUIC.
func (d *QUICDetail) Protocol() Protocol { return QUIC }

// Key returns "quic".
func (d *QUICDetail) Key() string { return "quic" }

// Subject returns the name in Google's own handshake. That of TLS is TLSDetail's.
func (d *QUICDetail) Subject() string { return d.SNI }

// State returns where the connection stands.
func (d *QUICDetail) State() string { return d.Phase }

// IdleLimit returns how long the client lets the connection be idle, 0 if it did
// not say. What the server says is encrypted; the shorter of both counts.
func (d *QUICDetail) IdleLimit() time.Duration {
	const most = 1 << 40 // ms; longer ones mean "never"
	if d.IdleTimeoutMS > most {
		return 0
	}
	return time.Duration(d.IdleTimeoutMS) * time.Millisecond
}

// ServerID returns the connection ID that the server chose, by which the client
// calls it wherever it goes; nil while it is not known.
func (d *QUICDetail) ServerID() []byte {
	id, err := hex.DecodeString(d.Server)
	if err != nil || len(id) == 0 {
		return nil
	}
	return id
}

func (d *QUICDetail) clone() Detail {
	c := *d
	return &c
}

func (*QUICDetail) loose() {}

var quicErrors = [...]string{
	"NO_ERROR", "INTERNAL_ERROR", "CONNECTION_REFUSED", "FLOW_CONTROL_ERROR", "STREAM_LIMIT_ERROR",
	"STREAM_STATE_ERROR", "FINAL_SIZE_ERROR", "FRAME_ENCODING_ERROR", "TRANSPORT_PARAMETER_ERROR",
	"CONNECTION_ID_LIMIT_ERROR", "PROTOCOL_VIOLATION", "INVALID_TOKEN", "APPLICATION_ERROR",
	"CRYPTO_BUFFER_EXCEEDED", "KEY_UPDATE_ERROR", "AEAD_LIMIT_REACHED", "NO_VIABLE_PATH",
	"VERSION_NEGOTIATION_ERROR",
}

// quicError names a transport error: RFC 9000, section 20.1, and RFC 9368, section 10.
func quicError(code uint64) string {
	switch {
	case code < uint64(len(quicErrors)):
		return quicErrors[code]
	case code >= 0x100 && code < 0x200:
		return "CRYPTO_ERROR" // and the low byte is a TLS alert
	}
	return ""
}
