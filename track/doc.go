// Package track keeps the flows: one record for both directions of each
// conversation, in shards of pointer-free memory, with exact counters, rates
// over true windows, and totals that always add up.
package track
