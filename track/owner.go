package track

import (
	"sockeye/parse"
	"sockeye/track/proc"
)

// Owners finds out whose flows are: a proc.Attributor. Its methods are quick, and may
// be called by several goroutines.
type Owners interface {
	// Ask takes questions, whose answers come to Table.Answer.
	Ask(qs []proc.Question)
	// Wants reports whether a flow that this machine has no end of shall be asked about.
	Wants(k *parse.Key) bool
	// Owner puts an answer into words.
	Owner(f proc.Found) proc.Owner
}

// Answer takes the answers to what the table asked its Owners. Answers about flows
// that have left are dropped.
func (t *Table) Answer(as []proc.Answer) {}
