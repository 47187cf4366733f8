package export

import (
	"sockeye/track/proc"
)

// Ownership says how the search for owners fares. Counts are of ends of flows, since
// the capture began.
type Ownership struct {
	Asked    uint64        `json:"asked"`
	Answered []SourceCount `json:"answered"`       // those with a process
	Unknown  []ReasonCount `json:"unknown"`        // those without one
	Median   float64       `json:"median_took_ms"` // from a flow's first packet to its process, of the last answers
	Events   uint64        `json:"kernel_events"`  // that eBPF told of
	Lost     uint64        `json:"lost_events"`    // for which there was no room on their way
	Full     uint64        `json:"unkept_sockets"` // for which there was no room, in the kernel or beyond --max-sockets
	Sources  []OwnerSource `json:"sources"`
}

// SourceCount is how many owners one source found.
type SourceCount struct {
	Source string `json:"source"`
	Ends   uint64 `json:"ends"`
}

// ReasonCount is how many owners are not known for one reason.
type ReasonCount struct {
	Reason string `json:"reason"`
	Ends   uint64 `json:"ends"`
}

// OwnerSource says whether a source of owners can be used.
type OwnerSource struct {
	Source string `json:"source"`
	Usable bool   `json:"usable"`
	Why    string `json:"why,omitempty"`  // not; or what it lacks
	Hint   string `json:"hint,omitempty"` // the command that mends it
}

// ownershipOf words what an Attributor counted, nil where there is none. It uses the
// memory of to.
func ownershipOf(to *Ownership, s *proc.Stats) *Ownership {
	if s == nil {
		return nil
	}
	if to == nil {
		to = new(Ownership)
	}
	*to = Ownership{
		Asked: s.Asked, Median: milliseconds(s.Median),
		Events: s.Watcher.Events, Lost: s.Watcher.Lost, Full: s.Watcher.Full,
		Answered: resize(to.Answered, 0), Unknown: resize(to.Unknown, 0), Sources: resize(to.Sources, 0),
	}
	for source, n := range s.Answered {
		if n > 0 {
			to.Answered = append(to.Answered, SourceCount{proc.Source(source).String(), n})
		}
	}
	for reason, n := range s.Unknown {
		if n > 0 {
			to.Unknown = append(to.Unknown, ReasonCount{proc.Reason(reason).String(), n})
		}
	}
	for _, state := range s.Sources {
		to.Sources = append(to.Sources, OwnerSource{state.Source.String(), state.Usable, state.Why, state.Hint})
	}
	return to
}
