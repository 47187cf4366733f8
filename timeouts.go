package main

import (
	"fmt"
	"strings"
	"time"

	"sockeye/track"
)

// timeLimits is what --timeout says, in the order in which it is said.
type timeLimits []timeLimit

type timeLimit struct {
	of   track.Limit
	time time.Duration
}

// unknownLimit is a name that no time limit has.
type unknownLimit string

func (n unknownLimit) Error() string { return fmt.Sprintf("no time limit is named %q", string(n)) }

// hint words the names that may have been meant.
func (n unknownLimit) hint() string {
	all := track.LimitNames()
	return suggest("", string(n), all, "the names are "+strings.Join(all, ", "))
}

// UnmarshalText adds limits such as "udp=30s" that commas separate.
func (l *timeLimits) UnmarshalText(text []byte) error {
	for s := range strings.SplitSeq(string(text), ",") {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("want a time limit such as udp=30s, got %q", s)
		}
		of, ok := track.ParseLimit(name)
		if !ok {
			return unknownLimit(name)
		}
		var d seconds
		if err := d.UnmarshalText([]byte(value)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		*l = append(*l, timeLimit{of, time.Duration(d)})
	}
	return nil
}

// limits returns the time limits of flows: those that are named, then --idle-timeout
// for all others if it is given, else their defaults.
func (c *liveCmd) limits() *track.Limits {
	all := new(track.Limits)
	for _, l := range c.Timeouts {
		all[l.of] = l.time
	}
	if c.IdleTimeout > 0 {
		all.SetRest(time.Duration(c.IdleTimeout))
	}
	return all
}
