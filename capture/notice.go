package capture

import (
	"fmt"
	"time"
)

// NoticeKind says what happened to an interface during a capture.
type NoticeKind uint8

const (
	NoticeOpened  NoticeKind = iota // its capture began
	NoticeDown                      // it went down; the capture waits for it
	NoticeGone                      // it was deleted; the capture waits for its return
	NoticeFailed                    // it could not be opened or read, see Err; the capture tries again
	NoticeUnfit                     // the filter cannot apply to its link type, see Err; it is left out
	NoticeResumed                   // its capture goes on, after a gap of Gap
	NoticeMerged                    // too many interfaces for a ring each: one socket for all took over
)

// Notice is something that the user of a live capture wants to be told.
type Notice struct {
	Kind NoticeKind
	Slot uint16
	Name string        // of the interface
	Gap  time.Duration // how long nothing was captured (NoticeResumed)
	Err  error         // why (NoticeFailed, NoticeUnfit)
}

// String returns the notice as a line for people, without a final period.
func (n Notice) String() string {
	switch n.Kind {
	case NoticeOpened:
		return fmt.Sprintf("interface %s: capturing", n.Name)
	case NoticeDown:
		return fmt.Sprintf("interface %s is down: waiting for it", n.Name)
	case NoticeGone:
		return fmt.Sprintf("interface %s is gone: waiting for its return", n.Name)
	case NoticeFailed:
		return fmt.Sprintf("interface %s failed: %v: trying again", n.Name, n.Err)
	case NoticeUnfit:
		return fmt.Sprintf("interface %s is left out: %v", n.Name, n.Err)
	case NoticeResumed:
		return fmt.Sprintf("interface %s: resumed after %.1f s", n.Name, n.Gap.Seconds())
	default:
		return "many interfaces carry traffic: capturing all of them through one socket"
	}
}
