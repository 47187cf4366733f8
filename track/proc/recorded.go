package proc

import (
	"sync"

	"sockeye/parse"
)

// Recorded words what a capture file tells of processes, in the place of an Attributor.
// It may be used by several goroutines.
type Recorded struct {
	from *parse.Processes

	mu   sync.Mutex
	made map[Ref]*Process
}

// NewRecorded returns a Recorded for a file that tells of these processes.
func NewRecorded(from *parse.Processes) *Recorded {
	return &Recorded{from: from, made: make(map[Ref]*Process)}
}

// Told returns whose a packet is by its Process.
func (r *Recorded) Told(process uint32) Found {
	if process == 0 {
		return Found{}
	}
	return Found{Ref: Ref(process), Source: FromPKTAP}
}

// Ask does nothing: there is nobody to ask.
func (r *Recorded) Ask([]Question) {}

// Wants returns false.
func (r *Recorded) Wants(*parse.Key) bool { return false }

// Owner puts a Found into words.
func (r *Recorded) Owner(f Found) Owner {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.made[f.Ref]
	if p == nil {
		of, ok := r.from.At(uint32(f.Ref))
		switch {
		case !ok:
			return Owner{Reason: Off}
		case of.PID == 0:
			return Owner{Reason: Kernel}
		}
		p = toldProcess(of, uint32(f.Ref))
		p.Ref = f.Ref
		r.made[f.Ref] = p
	}
	return Owner{Process: p, Source: f.Source}
}

// toldProcess is what packets tell of a process.
func toldProcess(of parse.Process, slot uint32) *Process {
	p := &Process{ID: ID{PID: of.PID}, Name: of.Name, Comm: of.Name, Told: slot}
	if of.ForName != "" {
		p.For = &Parent{ID: ID{PID: of.ForPID}, Name: of.ForName}
	}
	return p
}
