package export

import (
	"fmt"
	"reflect"
	"unsafe"

	"sockeye/track"
)

// ProcessSchema names the form of a ProcessRecord, as Schema does that of a Record.
const ProcessSchema = "sockeye.processes/1"

// ProcessRecord is one line of sockeye processes --json: what the processes of this
// machine carried. What runs between two of them counts for both, so Processes may add
// up to more than Totals.
type ProcessRecord struct {
	Head
	Totals    Totals     `json:"totals"`
	Filtered  Fold       `json:"filtered"`            // flows outside the boundary, and loopback flows that were not asked for
	Unmatched *Fold      `json:"unmatched,omitempty"` // flows that the query left out; nil without a query
	Other     Fold       `json:"other"`               // flows of processes beyond the top, filtered and unmatched ones
	Drops     Drops      `json:"drops"`
	Ownership *Ownership `json:"attribution"`
	Processes []Entry    `json:"processes"` // the busiest first; without a process those flows that are nobody's, for each reason
}

var processShape = shapeOf(reflect.TypeFor[ProcessRecord]())

// ProcessLine returns a record that has a group by process as one line of JSON with its
// line end. The memory is the Encoder's and is used again by the next call.
func (e *Encoder) ProcessLine(r *Record) ([]byte, error) {
	p := ProcessRecord{
		Head: r.Head, Totals: r.Totals, Filtered: r.Filtered, Unmatched: r.Unmatched, Drops: r.Drops, Ownership: r.Ownership,
		Processes: []Entry{},
	}
	p.Schema = ProcessSchema
	for i := range r.Groups {
		g := &r.Groups[i]
		if g.By != groupTexts[track.GroupProcess] {
			continue
		}
		p.Other = g.Other
		for k := range g.Entries {
			p.Processes = append(p.Processes, g.Entries[k].whole())
		}
	}
	e.err = nil
	e.line = append(e.value(e.line[:0], processShape, unsafe.Pointer(&p)), '\n') // processShape is that of a ProcessRecord
	if e.err != nil {
		return nil, fmt.Errorf("encode record: %w", e.err)
	}
	return e.line, nil
}
