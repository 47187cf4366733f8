package dpi

import "strings"

// GRPCDetail is what is known of a connection that carries gRPC calls.
type GRPCDetail struct {
	Service  string `json:"service,omitempty"` // of the first call, with its package
	Method   string `json:"method,omitempty"`
	Status   string `json:"status,omitempty"` // of the last call that ended, "OK"
	Calls    uint32 `json:"calls,omitempty"`
	Failures uint32 `json:"failures,omitempty"` // calls that ended with anything but OK
}

// Protocol returns GRPC.
func (d *GRPCDetail) Protocol() Protocol { return GRPC }

// Key returns "grpc".
func (d *GRPCDetail) Key() string { return "grpc" }

// Subject returns the service.
func (d *GRPCDetail) Subject() string { return "" }

func (d *GRPCDetail) clone() Detail {
	c := *d
	return &c
}

// isGRPC reports whether a media type is that of gRPC over HTTP/2.
func isGRPC(mediaType string) bool {
	return mediaType == "application/grpc" || strings.HasPrefix(mediaType, "application/grpc+")
}

// call notes a gRPC call that begins.
func (h *http2Decoder) call(c *conv, m *HTTPMessage) {
	if h.grpc == nil {
		h.grpc = &GRPCDetail{}
		h.grpc.Service, h.grpc.Method, _ = strings.Cut(strings.TrimPrefix(m.Path, "/"), "/")
		c.detail(h.grpc)
	}
	h.grpc.Calls++
	c.changed()
}

// outcome notes how a call ended.
func (h *http2Decoder) outcome(c *conv, m *HTTPMessage) {
	if h.grpc == nil || m.GRPCStatus == "" {
		return
	}
	h.grpc.Status = m.GRPCStatus
	if m.GRPCStatus != "OK" {
		h.grpc.Failures++
	}
	c.changed()
}

// grpcCodes are the names of google.rpc.Code, by number.
var grpcCodes = [...]string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
	"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
	"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}

// grpcCode returns the name of a status, which is sent as a decimal number.
func grpcCode(s string) string {
	if n, ok := number([]byte(s)); ok && n < int64(len(grpcCodes)) {
		return grpcCodes[n]
	}
	return cutString(s)
}
