// Package proc finds out whose the sockets of this machine are: which process,
// container and user each flow belongs to, how that is known, and where it is not
// known, why.
//
// The Attributor answers the flow table's Questions from the best source that is
// there: events of the kernel (package ebpf), its socket tables (sock_diag(7)), then
// /proc. It asks once per flow. It names nobody by a guess: an owner that no source
// vouches for is unknown, with a Reason and a counter.
package proc
