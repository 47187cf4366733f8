package ui

import (
	"runtime/metrics"
	"time"

	"sockeye/ui/tab"
)

// usage measures what the program itself takes.
type usage struct {
	at  time.Time
	cpu time.Duration
}

// read returns what the program takes at the time now: its CPU since the last call.
func (u *usage) read(now, started time.Time) tab.Self {
	cpu := cpuTime()
	s := tab.Self{Memory: residentBytes(), Uptime: now.Sub(started)}
	if passed := now.Sub(u.at); !u.at.IsZero() && passed > 0 {
		s.CPU = float64(cpu-u.cpu) / float64(passed)
	}
	u.at, u.cpu = now, cpu
	return s
}

// runtimeBytes is what the runtime has from the system: the nearest to the resident
// memory that every system tells.
func runtimeBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
