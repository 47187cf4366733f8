package tests

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit/cbpf"
)

// attach asks the kernel whether it takes a program, for a socket on which
// nothing ever arrives. That takes no rights.
func attach(p cbpf.Program) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	insns := make([]unix.SockFilter, len(p))
	for i, in := range p {
		insns[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	prog := unix.SockFprog{Len: uint16(len(insns)), Filter: &insns[0]}
	err = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog)
	if errors.Is(err, unix.ENOMEM) {
		return nil // the limit of all options together, sysctl net.core.optmem_max
	}
	return os.NewSyscallError("setsockopt SO_ATTACH_FILTER", err)
}
