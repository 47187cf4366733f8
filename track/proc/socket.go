package proc

import (
	"net/netip"
	"time"
)

// Socket is one socket of this machine.
type Socket struct {
	Family uint8  // AF_INET, AF_INET6, AF_PACKET
	Proto  uint16 // IP protocol; of AF_PACKET the EtherType, 3 for all
	Type   uint16 // SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, …
	// State is the kernel's, by the names of ss(8) in capitals: ESTABLISHED, LISTEN,
	// TIME_WAIT …; of UDP and raw sockets UNCONNECTED or ESTABLISHED.
	State string
	// An IPv4 address is never in its mapped form; Dual tells where a socket for
	// IPv6 takes IPv4, too.
	Local, Remote netip.AddrPort
	Dual          bool
	Device        string // the interface that it is bound to; empty for all

	UID    uint32 // who made it; not known where Inode is 0
	Inode  uint64 // 0 where no process holds it: in TIME_WAIT, half open, closed by its process (on macOS the kernel's handle of it)
	Cookie uint64
	Cgroup uint64
	NetNS  uint64 // inode of its network namespace

	ReceiveQueue, SendQueue uint32 // bytes; of a socket that listens: connections that wait, and how many may
	Drops                   uint64 // packets that found the receive queue full
	TCP                     *KernelTCP

	Owner  Owner
	Others []*Process // further processes that hold it, by pid
}

// KernelTCP is what the kernel itself measures of a TCP connection: struct tcp_info
// of linux/tcp.h.
type KernelTCP struct {
	RTT, RTTVar, MinRTT  time.Duration
	Window               uint32 // congestion window, segments
	MSS                  uint32 // bytes
	Retransmits          uint32 // segments, all
	Unacked, Lost        uint32 // segments now
	Sent, Received       uint64 // payload bytes: acknowledged by the other end, received
	DeliveryRate, Pacing uint64 // bytes/s
	Congestion           string // "cubic", "bbr"; empty where it was not asked for
}
