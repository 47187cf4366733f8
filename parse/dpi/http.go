package dpi

// HTTPDetail is what is known of a connection that speaks HTTP: its first
// request, its last response, and how many there were.
type HTTPDetail struct {
	Version   string `json:"version,omitempty"` // "1.0", "1.1", "2"
	Method    string `json:"method,omitempty"`
	Host      string `json:"host,omitempty"` // of the request's target or its Host field, without port
	Port      uint16 `json:"port,omitempty"` // where one was named with the host
	Path      string `json:"path,omitempty"` // of its query, the names only
	UserAgent string `json:"user_agent,omitempty"`
	Referer   string `json:"referer_host,omitempty"` // the host only

	Status      int     `json:"status,omitempty"`
	ContentType string  `json:"content_type,omitempty"` // without its parameters
	Server      string  `json:"server,omitempty"`       // software
	LatencyMS   float64 `json:"latency_ms,omitempty"`   // from the end of the request's head to the status line

	Requests  uint32 `json:"requests,omitempty"`
	Responses uint32 `json:"responses,omitempty"`
	Errors    uint32 `json:"errors,omitempty"`  // responses with a status of 400 and above
	Resets    uint32 `json:"resets,omitempty"`  // streams of HTTP/2 that were given up
	GoAway    string `json:"goaway,omitempty"`  // why the connection of HTTP/2 was given up, "NO_ERROR" for no fault
	Upgrade   string `json:"upgrade,omitempty"` // what the connection changed to: "websocket", "h2c"; "connect" for a tunnel
	Gaps      uint32 `json:"gaps,omitempty"`    // times that a message was lost because bytes were not captured, or made no sense

	proto Protocol
}

// Protocol returns HTTP or HTTP2.
func (d *HTTPDetail) Protocol() Protocol { return d.proto }

// Key returns "http" or "http2".
func (d *HTTPDetail) Key() string { return d.proto.String() }

// Subject returns the host of the first request.
func (d *HTTPDetail) Subject() string { return d.Host }

func (d *HTTPDetail) clone() Detail {
	c := *d
	return &c
}

func (*HTTPDetail) loose() {}

// HTTPMessage is one request and its response; either may be missing.
type HTTPMessage struct {
	Version string `json:"version,omitempty"` // "1.0", "1.1", "2"
	Stream  uint32 `json:"stream,omitempty"`  // of HTTP/2

	Method        string `json:"method,omitempty"`
	Host          string `json:"host,omitempty"`
	Port          uint16 `json:"port,omitempty"`
	Path          string `json:"path,omitempty"`
	UserAgent     string `json:"user_agent,omitempty"`
	Referer       string `json:"referer_host,omitempty"`
	RequestType   string `json:"request_type,omitempty"`   // media type of the request's content
	RequestLength int64  `json:"request_length,omitempty"` // bytes, where the head says so

	Status        int     `json:"status,omitempty"`
	ContentType   string  `json:"content_type,omitempty"`
	ContentLength int64   `json:"content_length,omitempty"` // bytes, where the head says so
	Server        string  `json:"server,omitempty"`
	LatencyMS     float64 `json:"latency_ms,omitempty"`
	GRPCStatus    string  `json:"grpc_status,omitempty"` // "OK", "NOT_FOUND"
	Reset         string  `json:"reset,omitempty"`       // why the stream of HTTP/2 was given up: "CANCEL"

	proto Protocol
	began int64 // capture time of the end of the request's head; 0 if that was not seen
}

// Protocol returns HTTP or HTTP2.
func (m *HTTPMessage) Protocol() Protocol { return m.proto }

// Key returns "http", whatever the version.
func (m *HTTPMessage) Key() string { return "http" }

// Subject returns the host.
func (m *HTTPMessage) Subject() string { return m.Host }

func (m *HTTPMessage) clone() Detail {
	c := *m
	return &c
}

// request notes a request whose head is complete.
func (d *HTTPDetail) request(c *conv, m *HTTPMessage) {
	d.Requests++
	if d.Requests == 1 {
		d.Version, d.Method, d.Path = m.Version, m.Method, m.Path
		d.UserAgent, d.Referer = m.UserAgent, m.Referer
	}
	if d.Host == "" {
		d.Host, d.Port = m.Host, m.Port
	}
	c.changed()
}

// respond notes a response whose head is complete; the time is that of its status
// line.
func (d *HTTPDetail) respond(c *conv, m *HTTPMessage, at int64) {
	if m.began != 0 && at >= m.began {
		m.LatencyMS = float64((at-m.began)/1000) / 1000
	}
	d.Responses++
	if m.Status >= 400 {
		d.Errors++
	}
	d.Status, d.ContentType, d.LatencyMS = m.Status, m.ContentType, m.LatencyMS
	if m.Server != "" {
		d.Server = m.Server
	}
	if d.Version == "" {
		d.Version = m.Version
	}
	c.changed()
}

// WebSocketDetail is what a connection became that was upgraded.
type WebSocketDetail struct {
	Host        string   `json:"host,omitempty"`
	Path        string   `json:"path,omitempty"`
	Subprotocol string   `json:"subprotocol,omitempty"` // chosen by the server
	Extensions  []string `json:"extensions,omitempty"`  // agreed on, without their parameters
}

// subprotocol returns the name that a server chose, unless it looks like a token:
// clients that cannot set another field put those there, and servers repeat them.
func subprotocol(b []byte) string {
	const longest, digits = 32, 6
	n := 0
	for _, c := range b {
		if digit(c) {
			n++
		}
	}
	if len(b) > longest || n > digits {
		return redacted
	}
	return text(b)
}

// Protocol returns WebSocket.
func (d *WebSocketDetail) Protocol() Protocol { return WebSocket }

// Key returns "websocket".
func (d *WebSocketDetail) Key() string { return "websocket" }

// Subject returns the host.
func (d *WebSocketDetail) Subject() string { return d.Host }

func (d *WebSocketDetail) clone() Detail {
	c := *d
	return &c
}
