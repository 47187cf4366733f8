package dpi

import (
	"net/netip"
	"time"
)

// An Event is one message, or one exchange of a request and its response, that
// matters by itself: of DNS, TLS and HTTP.
type Event struct {
	Time   int64 // capture time of the packet that completed it, ns since the Unix epoch
	Detail Detail
}

// NameSource says who gave a name to an address.
type NameSource uint8

const (
	NameDNS NameSource = iota // an answer to a query that was seen
	NameMDNS
	NameLLMNR
	NameNetBIOS
	NameDHCP
)

// A Naming is a name that a message gave to an address.
type Naming struct {
	Source NameSource
	Name   string     // as asked for: CNAME chains are followed back to the question; without the final dot
	Addr   netip.Addr // what it stands for
	Client netip.Addr // to whom it was said; not valid where everyone on the link was told
	Time   int64      // ns since the Unix epoch
	TTL    time.Duration
}

// A Sink takes what an Inspector comes across besides its App. It is called from
// within Segment and Datagram.
type Sink interface {
	Event(Event)
	Naming(Naming)
}
