// Package bpfdev captures from the Berkeley Packet Filter devices of macOS,
// /dev/bpf0, /dev/bpf1 and so on (bpf(4), bsd/net/bpf.c and bpf.h of XNU).
//
// Walk and Record read what such a device delivers. They are pure functions
// over bytes and exist on every system; Device is there on macOS only.
//
// # What a device delivers
//
// One read returns a buffer of records: struct bpf_hdr, the link header and
// the packet, the next record at the next multiple of 4. The header says
// itself where the packet starts: the kernel pads it so that the network
// header is aligned. With BIOCSEXTHDR, a private ioctl that Apple's tcpdump
// uses, the records begin with struct bpf_hdr_ext instead, which also tells
// the direction and, for packets that a TCP socket of this machine sends, the
// process. It is meant to tell that of UDP too, but bpfread compares the flags
// with the direction bit still set, so that outgoing UDP never matches.
//
// Time stamps are in microseconds. Frames are shown as the network stack sees
// them: what the stack sends through TSO or receives through LRO is one large
// record that stands for several packets on the wire, with nothing that says
// how many, and a VLAN tag that the hardware handles is not in it.
//
// # Waiting
//
// A device has two buffers. The kernel fills one; when it is full, or when a
// read has waited for the time of BIOCSRTIMEOUT, it is handed over and the
// other is filled. So a read returns after at most that time, with what there
// is or with nothing, and a blocking read on a thread of its own is all that
// is needed. kqueue is no alternative: Go's poller registers every descriptor
// for reading and writing together, and bpfkqfilter refuses EVFILT_WRITE; and
// any ioctl, BIOCGSTATS too, cancels the timer that a waiting kevent or select
// has started (bpfioctl), so that a slow interface would stay silent until its
// buffer is full.
//
// # Rights
//
// The devices belong to root, mode 0600, and are made on demand at every boot,
// so that a change of their mode does not last. Either run as root, or install
// ChmodBPF (it comes with Wireshark, and alone as the Homebrew cask
// wireshark-chmodbpf): at every boot it gives the devices to the group
// access_bpf, mode 0660; the user must be a member of that group. Reading is
// enough: the device is opened for nothing else, and BIOCSHDRCMPLT, which is
// about frames that are written, is not set. Promiscuous mode and BIOCSEXTHDR
// need no further rights.
package bpfdev
