package proc

import "net/netip"

// EventKind says what happened to a socket or a process.
type EventKind uint8

const (
	SocketMade    EventKind = iota + 1 // socket(2); its ends are not known yet
	SocketBound                        // bind(2), or the kernel chose a port: Local is known
	SocketListens                      // listen(2)
	SocketCalls                        // connect(2): Local and Remote are known
	SocketTaken                        // a connection came in and is established; the process is the listening socket's
	SocketUsed                         // a process sends or receives on it: the first time, and when it is another one than before
	SocketGone                         // closed for good
	ProcessBegan                       // execve(2)
	ProcessEnded                       // the whole thread group
)

// Event is one event of the kernel. What its kind does not know is zero.
type Event struct {
	Kind   EventKind
	Time   int64  // ns since the Unix epoch
	Cookie uint64 // of the socket, unique until the machine is started again
	NetNS  uint64 // inode of the socket's network namespace
	Family uint8  // AF_INET, AF_INET6, AF_PACKET
	Type   uint16 // SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, …; 0 where it is not known
	Proto  uint8  // IP protocol; of AF_PACKET 0, or that of a frame it sent, whose ends are Local and Remote then

	// An IPv4 address is never in its mapped form. The zero AddrPort is unknown,
	// the unspecified address any.
	Local, Remote netip.AddrPort

	Dual  bool // AF_INET6, bound to any address, and takes IPv4 too: not IPV6_V6ONLY; of SocketBound it is not known yet
	Sends bool // SocketUsed: by sending; a raw socket is told of once for each way

	Process ID // PID 0: the kernel, or in no process's context
	Comm    string
	UID     uint32
	GID     uint32
	Cgroup  uint64 // id of the cgroup in the unified hierarchy
}

// Watcher is a source of events, and of the sockets that were there before the first
// of them: package ebpf has one.
type Watcher interface {
	// Run hands over events in batches, whose memory it uses again, until Close. The
	// sockets that are there already come first, as SocketUsed or SocketListens.
	Run(events func([]Event)) error
	// Holders lists, in one pass over the whole machine, which process holds which
	// socket: its fd is open there.
	Holders(each func(Holding)) error
	// Stats returns counts since the start. It may be called at any time.
	Stats() WatcherStats
	Close() error
}

// Holding is a socket in the hands of a process, as Watcher.Holders sees it.
type Holding struct {
	Event        // SocketUsed or SocketListens
	Inode uint64 // of the socket, as in /proc/PID/fd
}

// WatcherStats are counts of a Watcher.
type WatcherStats struct {
	Events uint64 // that arrived
	Lost   uint64 // for which the ring had no room, or of which one socket made too many
	Full   uint64 // owners that were not kept for want of memory in their socket
	Hooks  []Hook
}

// Hook is one place in the kernel where a program was to be attached.
type Hook struct {
	Name string // "cgroup/connect4", "iter/task_file", …
	Err  error  // nil: it is attached
}
