package dpi

// What is kept of a flow is bounded by these, whatever its peers send.
const (
	maxText    = 256 // bytes of one text that is kept: a path, a user agent, a banner
	maxList    = 16  // entries of one list: answers, ALPN names
	maxPending = 32  // requests that wait for their response
)

// text returns a copy of b as it is kept: cut to maxText bytes.
func text(b []byte) string { return string(b[:min(len(b), maxText)]) }
