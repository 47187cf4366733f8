package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"slices"
)

// doctorSchema names the form of the doctor's JSON.
const doctorSchema = "sockeye.doctor/1"

// diagnosis is what the doctor finds out about this machine.
type diagnosis struct {
	Schema string    `json:"schema"`
	Works  bool      `json:"works"` // packets can be captured, and whose some of them are can be found out
	System system    `json:"system"`
	Checks []finding `json:"checks"`
}

// system is what the findings follow from. What another system does not have is
// left out.
type system struct {
	Version string `json:"version"` // of sockeye
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Kernel  string `json:"kernel,omitempty"`
	UID     int    `json:"uid"` // effective
	rights
}

// finding is one thing that was tried, and what came of it.
type finding struct {
	Group string  `json:"group"`
	Name  string  `json:"name"`
	State verdict `json:"state"`
	Means string  `json:"means"`         // for the user
	Why   string  `json:"why,omitempty"` // it is not all right
	Fix   string  `json:"fix,omitempty"` // the command that mends it, or what else helps
	Parts []part  `json:"parts,omitempty"`

	job job
}

// part is one of several things that a finding sums up.
type part struct {
	Name  string  `json:"name"`
	State verdict `json:"state"`
	Why   string  `json:"why,omitempty"`
}

// failed returns the parts that do not work.
func (f *finding) failed() []part {
	return slices.DeleteFunc(slices.Clone(f.Parts), func(p part) bool { return p.State == works })
}

// The groups of findings, in the order in which they are shown.
const (
	groupCapture  = "capture"
	groupOwners   = "owners"
	groupNames    = "names"
	groupScreen   = "screen"
	groupSettings = "settings"
)

// verdict says how far something works.
type verdict string

const (
	works   verdict = "ok"
	limited verdict = "limited"
	fails   verdict = "no"
)

// job is what a finding is decisive for.
type job uint8

const (
	noJob      job = iota
	capturing      // packets
	attributes     // finds owners: one of several ways is enough
)

// conclude sets Works: the main job can be done.
func (d *diagnosis) conclude() {
	d.Works = d.can(capturing) && d.can(attributes)
}

func (d *diagnosis) can(what job) bool {
	for i := range d.Checks {
		if f := &d.Checks[i]; f.job == what && f.State != fails {
			return true
		}
	}
	return false
}

// obstacle returns the first finding that keeps the main job from being done, nil
// where it can be.
func (d *diagnosis) obstacle() *finding {
	for _, what := range []job{capturing, attributes} {
		for i := range d.Checks {
			if f := &d.Checks[i]; f.job == what && f.State == fails && !d.can(what) {
				return f
			}
		}
	}
	return nil
}

// add adds findings.
func (d *diagnosis) add(fs ...finding) { d.Checks = append(d.Checks, fs...) }

// thisSystem returns what every system has.
func thisSystem() system {
	s := system{Version: "unknown", OS: runtime.GOOS, Arch: runtime.GOARCH, UID: os.Geteuid()}
	if info, ok := debug.ReadBuildInfo(); ok {
		s.Version = info.Main.Version
	}
	return s
}
