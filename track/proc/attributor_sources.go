package proc

import (
	"errors"
	"fmt"
)

// sources are what an Attributor asks, as far as the machine and its rights have them.
type sources struct {
	facts    facts // nil where there is no /proc
	files    files
	own      socketTables                 // of the own network namespace; nil where none may be asked
	source   Source                       // what own is
	instead  func() (socketTables, error) // opens what takes own's place should that fail; nil for nothing
	spaces   func() ([]otherSpace, error)
	nat      translator
	ownSpace uint64
	states   []SourceState
}

// doctorHint is where people learn what is missing and how to give it.
const doctorHint = "sockeye doctor"

var errNoWatcher = fmt.Errorf("no events of the kernel: %w", errors.ErrUnsupported)

// openSources opens what the Mode permits. Of a Mode that names one source that one
// must be there.
func openSources(cfg *Config) (sources, error) {
	var s sources
	if cfg.Mode == NoneAtAll {
		return s, nil
	}
	if cfg.Mode == OnlyEBPF && cfg.Watcher == nil {
		return s, &sourceError{cfg.Mode, errNoWatcher, doctorHint}
	}
	if cfg.Mode == Auto || cfg.Mode == OnlyEBPF {
		s.states = append(s.states, SourceState{Source: FromEBPF, Usable: cfg.Watcher != nil})
	}
	s.ownSpace = ownSpace()
	if err := s.openFacts(cfg); err != nil {
		if cfg.Mode == OnlyDiag || cfg.Mode == OnlyProc {
			return s, &sourceError{cfg.Mode, err, doctorHint}
		}
		s.states = append(s.states, SourceState{Source: FromProc, Why: fmt.Sprintf("processes are named by the kernel alone: %v", err)})
	}
	if cfg.Mode == OnlyEBPF {
		s.openOthers(cfg.Mode)
		return s, nil
	}
	if err := s.openTables(cfg.Mode); err != nil && cfg.Mode != Auto {
		return s, &sourceError{cfg.Mode, err, doctorHint}
	}
	return s, nil
}

// openFacts opens what tells of processes and of their files.
func (s *sources) openFacts(cfg *Config) error {
	from, root, err := openProcfs(cfg.Root)
	if err != nil {
		return err
	}
	s.facts = from
	s.files = files{root: root, packageOf: newPackages().of}
	if cfg.Hash {
		s.files.hashOf = newHashes().of
	}
	return nil
}

// openTables opens the socket tables that a Mode permits: by sock_diag, else the text
// ones.
func (s *sources) openTables(mode Mode) error {
	if mode != OnlyProc {
		own, err := openDiag()
		if err == nil {
			s.own, s.source = own, FromDiag
			s.states = append(s.states, SourceState{Source: FromDiag, Usable: true})
			if mode == Auto {
				s.instead = ownTables
			}
			s.openOthers(mode)
			return nil
		}
		why := fmt.Sprintf("owners without sock_diag: %v", err)
		s.states = append(s.states, SourceState{Source: FromDiag, Why: why, Hint: doctorHint})
		if mode == OnlyDiag {
			return err
		}
	}
	own, err := ownTables()
	if err != nil {
		s.states = append(s.states, SourceState{Source: FromProc, Why: fmt.Sprintf("owners without the socket tables in /proc: %v", err)})
		return err
	}
	s.own, s.source = own, FromProc
	s.states = append(s.states, SourceState{Source: FromProc, Usable: true})
	s.openOthers(mode)
	return nil
}
