package alert

import (
	"fmt"
	"time"

	"sockeye/config"
	"sockeye/track"
	"sockeye/track/query"
)

// Subject is what a rule is about: each of these is watched by itself.
type Subject uint8

// The subjects.
const (
	OfFlow Subject = iota
	OfProcess
	OfRemote
	OfInterface
	OfTotal
)

var subjects = [...]string{OfFlow: "flow", OfProcess: "process", OfRemote: "remote", OfInterface: "interface", OfTotal: "total"}

// String returns the subject as the configuration writes it.
func (s Subject) String() string { return subjects[s] }

// Metric is what a rule measures.
type Metric uint8

// The metrics.
const (
	Rate           Metric = iota // bytes/s both ways together, over 2 s
	Volume                       // bytes both ways together; see Watch.Look for of which flows
	NewDestination               // a remote address that was not called before
	NewProcess                   // a program that was not seen before
	Drops                        // packets lost between two looks
)

var metrics = [...]string{Rate: "rate", Volume: "volume", NewDestination: "new-destination", NewProcess: "new-process", Drops: "drops"}

// String returns the metric as the configuration writes it.
func (m Metric) String() string { return metrics[m] }

// once reports whether a metric is about something that happens, rather than lasts.
func (m Metric) once() bool { return m == NewDestination || m == NewProcess }

// quiet returns how long an alert's end has to last.
func (r *Rule) quiet() time.Duration {
	if r.Metric == Drops {
		return max(r.For, onceFor)
	}
	return r.For
}

// hysteresis is the part of a limit below which an alert ends where nothing else is said:
// what swings round its limit is one alert, not many.
const hysteresis = 0.8

// A Rule says what is worth a warning.
type Rule struct {
	Name   string // "" for none
	On     Subject
	Metric Metric
	Query  *query.Query[track.Row] // only flows that it finds; nil for all
	Above  float64                 // bytes/s, bytes or packets
	Below  float64                 // what ends it, at most Above
	For    time.Duration           // how long it has to last, to begin and to end

	Bell, Flash, Log bool // what a screen does
}

// Parse reads a rule of the configuration. Compile reads queries. What contradicts itself
// is an error: a rule on the drops of a process, say.
func Parse(c *config.Alert, compile func(string) (*query.Query[track.Row], error)) (Rule, error) {
	r := Rule{Name: c.Name, Above: float64(c.Above), Below: hysteresis * float64(c.Above), For: c.For}
	if c.Below != nil {
		r.Below = float64(*c.Below)
	}
	var okOn, okMetric bool
	for i, name := range subjects {
		if name == c.On {
			r.On, okOn = Subject(i), true
		}
	}
	for i, name := range metrics {
		if name == c.Metric {
			r.Metric, okMetric = Metric(i), true
		}
	}
	if !okOn || !okMetric {
		return r, fmt.Errorf("alert on %q by %q: no such rule", c.On, c.Metric)
	}
	r.Bell, r.Flash, r.Log = actions(c.Actions)
	if err := r.check(c.Query != ""); err != nil {
		return r, err
	}
	if c.Query != "" {
		q, err := compile(c.Query)
		if err != nil {
			return r, fmt.Errorf("query of an alert: %w", err)
		}
		r.Query = q
	}
	return r, nil
}

// actions reads a list of them; nil stands for all.
func actions(all []string) (bell, flash, log bool) {
	if all == nil {
		return true, true, true
	}
	for _, a := range all {
		bell, flash, log = bell || a == "bell", flash || a == "flash", log || a == "log"
	}
	return bell, flash, log
}

// check says what contradicts itself.
func (r *Rule) check(filtered bool) error {
	switch {
	case r.Metric == Drops && r.On != OfInterface && r.On != OfTotal:
		return fmt.Errorf("alert on %v by drops: packets are lost of an interface, or of the total", r.On)
	case r.Metric == Drops && filtered:
		return fmt.Errorf("alert by drops with a query: nobody knows whose lost packets are")
	case r.Metric == NewDestination && r.On == OfInterface, r.Metric == NewDestination && r.On == OfFlow:
		return fmt.Errorf("alert on %v by new-destination: want on: process, remote or total", r.On)
	case r.Metric == NewProcess && r.On != OfProcess && r.On != OfTotal:
		return fmt.Errorf("alert on %v by new-process: want on: process or total", r.On)
	}
	return nil
}

// Threshold is the simple form of a rule: flows that carry more than so many bytes a
// second.
func Threshold(rate float64) Rule {
	return Rule{On: OfFlow, Metric: Rate, Above: rate, Below: hysteresis * rate, Bell: true, Flash: true, Log: true}
}
