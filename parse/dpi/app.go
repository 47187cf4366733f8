package dpi

import (
	"sync/atomic"
	"time"
)

// App is what is known of a flow's application. It does not change once it was
// handed out: Inspector.App returns another one when there is more.
type App struct {
	Protocol   Protocol // the last of Details that names one: the innermost
	Confidence Confidence
	Details    []Detail // one for each protocol that said something, in the order in which they were met

	json atomic.Pointer[[]byte] // see MarshalJSON
}

// newApp returns an App with room for n details.
func newApp(p Protocol, c Confidence, n int) *App {
	if n != 1 {
		return &App{Protocol: p, Confidence: c, Details: make([]Detail, n)}
	}
	one := new(struct { // most have one: a single piece of memory
		App
		details [1]Detail
	})
	one.Protocol, one.Confidence, one.Details = p, c, one.details[:]
	return &one.App
}

// A Detail is what one protocol said of a flow (in an App), or one message of it
// (in an Event). Its exported fields and their JSON names are documented in
// docs/applications.md; text in it is of the peer, and may hold any character.
type Detail interface {
	// Protocol is what it is about.
	Protocol() Protocol
	// Key is its name within the JSON object "app".
	Key() string
	// Subject is what people know the flow by: a server name, a host, a question;
	// "" where there is none.
	Subject() string

	// clone returns a copy that shares no memory that the decoder may write to.
	clone() Detail
}

// A loose Detail is no part of its decoder: when that will not write to it any more,
// it is handed out as it is.
type loose interface{ loose() }

// A Stater is a Detail of a protocol whose conversations have states. State
// returns one of the names of track.State: "QUIC_HANDSHAKE", "KEYEXCHANGE".
type Stater interface{ State() string }

// A Limiter is a Detail whose peers agreed on how long they may be silent; 0 if
// they did not.
type Limiter interface{ IdleLimit() time.Duration }

// Subject returns the subject of the innermost detail that has one.
func (a *App) Subject() string {
	if a == nil {
		return ""
	}
	for i := len(a.Details) - 1; i >= 0; i-- {
		if s := a.Details[i].Subject(); s != "" {
			return s
		}
	}
	return ""
}

// Find returns the detail with a key, or nil.
func (a *App) Find(key string) Detail {
	if a == nil {
		return nil
	}
	for _, d := range a.Details {
		if d.Key() == key {
			return d
		}
	}
	return nil
}
