package generator

import (
	"encoding/binary"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batched is how many datagrams one system call takes.
const batched = 16

// messageHeader is struct mmsghdr of sendmmsg(2).
type messageHeader struct {
	unix.Msghdr
	length uint32
	_      uint32
}

// batch sends and receives many datagrams by one system call. The kernel has the
// addresses of its buffers, which are on the heap and stay where they are.
type batch struct {
	out, in [batched]messageHeader
	outPart [batched]unix.Iovec
	inPart  [batched]unix.Iovec
	names   [batched]unix.RawSockaddrAny
	name    []byte
	room    [batched][2048]byte
}

func newBatch() *batch {
	w := &batch{}
	for i := range batched {
		w.inPart[i].Base = &w.room[i][0]
		w.inPart[i].SetLen(len(w.room[i]))
		w.in[i].Iov, w.out[i].Iov = &w.inPart[i], &w.outPart[i]
		w.in[i].SetIovlen(1)
		w.out[i].SetIovlen(1)
	}
	return w
}

func (w *batch) send(fd int, to netip.AddrPort, b []byte, n int) error {
	w.name = nil
	if to.IsValid() {
		w.name = rawSockaddr(to)
	}
	for i := range w.out {
		w.outPart[i].Base = unsafe.SliceData(b)
		w.outPart[i].SetLen(len(b))
		w.out[i].Name, w.out[i].Namelen = unsafe.SliceData(w.name), uint32(len(w.name))
	}
	for n > 0 {
		// All that the headers point to is in w, which is alive.
		m, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&w.out)), uintptr(min(n, batched)), 0, 0, 0)
		if errno != 0 {
			return os.NewSyscallError("sendmmsg", errno)
		}
		n -= int(m)
	}
	return nil
}

func (w *batch) receive(fd int, each func(from netip.AddrPort, b []byte)) error {
	for i := range w.in {
		w.in[i].Name = (*byte)(unsafe.Pointer(&w.names[i])) // a struct sockaddr of any family fits
		w.in[i].Namelen = unix.SizeofSockaddrAny
	}
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&w.in)), batched, unix.MSG_WAITFORONE, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("recvmmsg", errno)
	}
	for i := range int(n) {
		name := unsafe.Slice(w.in[i].Name, unix.SizeofSockaddrAny) // w.names[i]
		each(sockaddrOf(name), w.room[i][:w.in[i].length])
	}
	return nil
}

// rawSockaddr is a struct sockaddr_in or sockaddr_in6 of linux/in.h and in6.h.
func rawSockaddr(a netip.AddrPort) []byte {
	if a.Addr().Is4() {
		b := binary.NativeEndian.AppendUint16(nil, unix.AF_INET)
		b = binary.BigEndian.AppendUint16(b, a.Port())
		return append(append(b, a.Addr().AsSlice()...), make([]byte, 8)...)
	}
	b := binary.NativeEndian.AppendUint16(nil, unix.AF_INET6)
	b = binary.BigEndian.AppendUint16(b, a.Port())
	b = append(append(b, 0, 0, 0, 0), a.Addr().AsSlice()...)
	return append(b, 0, 0, 0, 0) // no scope
}

// sockaddrOf reads what rawSockaddr writes.
func sockaddrOf(b []byte) netip.AddrPort {
	port := binary.BigEndian.Uint16(b[2:])
	if binary.NativeEndian.Uint16(b) == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), port)
}
