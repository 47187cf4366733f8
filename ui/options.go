package ui

import (
	"time"

	"sockeye/config"
	"sockeye/track"
	"sockeye/ui/tab"
	"sockeye/ui/term"
)

// Options say what a dashboard shows, how, and where.
type Options struct {
	Terminal term.Options // how the terminal is opened
	Screen   Screen       // drawn on instead, if not nil

	// Source is what is shown. One that is a tab.Control can be changed as well, one that
	// is a tab.Player has a time axis.
	Source tab.Source
	Prefs  *tab.Prefs // the loop's from now on; nil for the defaults
	// Save writes settings into the configuration file, by their keys. It is called by one
	// goroutine at a time, never the loop's; nil where nothing is kept.
	Save func(changes map[string]any) error
	// Notice is what the status line says first, such as what is wrong with the
	// configuration.
	Notice     string
	Repository string // where the source is; "" where it has no home
	License    string

	Query   string              // chosen from the start
	Queries map[string]string   // saved ones, by name
	Keys    map[string][]string // keys that actions have instead of their own, by name

	Themes          config.Palettes // the user's own
	Background      term.Color      // of the terminal, where it is known: themes for those who chose none follow it
	BackgroundKnown bool
	Colors          term.Colors // what the terminal shows
	ASCII           bool        // the terminal shows no character beyond ASCII

	Alerts Alerts // nil for none

	// Export creates a new file for an export and never opens one that is there: main
	// knows whose it has to be.
	Export func(name string) (File, error)
	Clock  func() time.Time // time.Now if nil
}

// File is a file that is written.
type File interface {
	Write(p []byte) (int, error)
	Close() error
	Name() string // its path
}

// Alerts finds what there is to warn of.
type Alerts interface {
	// Observe looks at a snapshot, and returns the alarms that hold now, or ended since
	// the last call, the newest last.
	Observe(s *track.Snapshot, naming tab.Naming, now time.Time) []tab.Alarm
	// SetThreshold warns of flows that carry more than this, in bytes a second; 0 is none.
	SetThreshold(rate float64)
}
