package bpfdev

import (
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// biocSExtHdr is BIOCSEXTHDR, _IOW('B', 124, u_int) of the private part of
// bsd/net/bpf.h.
const biocSExtHdr = 0x8004427c

// ioctl passes arg, which must be what the request of that name takes. x/sys
// has no libSystem wrapper that takes a pointer to anything.
func ioctl(fd int, req uintptr, name string, arg unsafe.Pointer) error {
	//lint:ignore SA1019 see above
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), req, uintptr(arg))
	if errno != 0 {
		return os.NewSyscallError("ioctl "+name, errno)
	}
	return nil
}

func setUint(fd int, req uintptr, name string, v uint32) error {
	return ioctl(fd, req, name, unsafe.Pointer(&v)) // the request takes a u_int
}

func getUint(fd int, req uintptr, name string) (uint32, error) {
	var v uint32
	err := ioctl(fd, req, name, unsafe.Pointer(&v)) // the request fills a u_int
	return v, err
}

// setBufferLen asks for buffers of n bytes and returns what the kernel grants.
func setBufferLen(fd, n int) (int, error) {
	v := uint32(n)
	err := ioctl(fd, unix.BIOCSBLEN, "BIOCSBLEN", unsafe.Pointer(&v)) // a u_int, both ways
	return int(v), err
}

func setTimeout(fd int, d time.Duration) error {
	tv := unix.NsecToTimeval(d.Nanoseconds())
	return ioctl(fd, unix.BIOCSRTIMEOUT, "BIOCSRTIMEOUT", unsafe.Pointer(&tv)) // a struct timeval
}

func setInterface(fd int, name string) error {
	// struct ifreq of net/if.h: the name, then a union that is not read.
	var ifr [32]byte
	copy(ifr[:unix.IFNAMSIZ-1], name)
	return ioctl(fd, unix.BIOCSETIF, "BIOCSETIF", unsafe.Pointer(&ifr)) // as long as a struct ifreq
}

// setFilter sets prog, which must not be empty. BIOCSETF throws away what was
// captured before, BIOCSETFNR does not.
func setFilter(fd int, req uintptr, name string, prog []bpf.RawInstruction) error {
	if len(prog) > unix.BPF_MAXINSNS {
		return fmt.Errorf("set filter: %d instructions, the kernel takes %d", len(prog), unix.BPF_MAXINSNS)
	}
	insns := make([]unix.BpfInsn, len(prog))
	for i, in := range prog {
		insns[i] = unix.BpfInsn{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	p := unix.BpfProgram{Len: uint32(len(insns)), Insns: &insns[0]}
	err := ioctl(fd, req, name, unsafe.Pointer(&p)) // a struct bpf_program
	runtime.KeepAlive(insns)                        // the kernel reads it through p
	return err
}

// getStats reads the counters, which the kernel starts anew with BIOCSETF,
// BIOCSETIF and BIOCSDLT.
func getStats(fd int) (unix.BpfStat, error) {
	var s unix.BpfStat
	err := ioctl(fd, unix.BIOCGSTATS, "BIOCGSTATS", unsafe.Pointer(&s)) // fills a struct bpf_stat
	return s, err
}
