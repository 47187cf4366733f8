package link

import "context"

// system is what the operating system gives a Monitor. openSystem of
// link_linux.go, link_darwin.go and link_other.go makes one in the network
// namespace of the calling thread.
type system interface {
	// list returns all interfaces in the order of Index. With full false it may
	// leave out what is slow or large to ask for: Addrs, DefaultRoute, Speed
	// and Duplex.
	list(full bool) ([]Interface, error)

	// watch calls changed after every change of what list(true) returns, and
	// whenever changes may have been missed. It may call it too often. It
	// returns nil when ctx is done and an error when it cannot watch any more.
	watch(ctx context.Context, changed func()) error

	close() error
}
