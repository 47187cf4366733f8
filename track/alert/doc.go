// Package alert says when traffic is worth a warning: more than so much a second, more
// than so much altogether, a host or program that was not seen before, lost packets.
//
// A Watch holds snapshots against Rules. It reads no clock and remembers little: what is
// above a limit now, and of what was seen before as much as seenMost says.
package alert
