package proc

import (
	"bytes"
	"encoding/binary"
	"path"
)

// What proc_info(2) of macOS tells of the open files of a process (sys/proc_info.h of
// XNU), little endian.
const (
	fdInfoLen  = 8 // struct proc_fdinfo: number and type
	fdIsSocket = 2 // PROX_FDTYPE_SOCKET

	socketInfoLen    = 792 // struct socket_fdinfo
	socketInfoHandle = 160 // psi.soi_so
	socketInfoFamily = 184 // psi.soi_family

	darwinInet = 2 // AF_INET
)

// socketFDs returns the open files that are sockets, of an array of struct proc_fdinfo.
func socketFDs(b []byte, fds []int32) []int32 {
	for ; len(b) >= fdInfoLen; b = b[fdInfoLen:] {
		if binary.LittleEndian.Uint32(b[4:]) == fdIsSocket {
			fds = append(fds, int32(binary.LittleEndian.Uint32(b)))
		}
	}
	return fds
}

// socketHandle returns the kernel's handle of a socket of IP, of a struct
// socket_fdinfo.
func socketHandle(b []byte) (handle uint64, ok bool) {
	if len(b) < socketInfoFamily+4 {
		return 0, false
	}
	family := binary.LittleEndian.Uint32(b[socketInfoFamily:])
	if family != darwinInet && family != darwinInet6 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[socketInfoHandle:]), true
}

// darwinArgs takes the arguments out of what sysctl kern.procargs2 returns
// (bsd/kern/kern_sysctl.c, sysctl_procargsx): their number, the path of the
// executable, NULs to a border of words, the arguments and then the environment, each
// with a NUL at its end. It is cut where the process's memory was.
func darwinArgs(b []byte) []string {
	if len(b) < 4 {
		return nil
	}
	n := binary.LittleEndian.Uint32(b)
	_, rest, _ := bytes.Cut(b[4:], []byte{0})
	rest = bytes.TrimLeft(rest, "\x00")
	var args []string
	for ; n > 0 && len(rest) > 0; n-- {
		var arg []byte
		arg, rest, _ = bytes.Cut(rest, []byte{0})
		args = append(args, string(arg))
	}
	return args
}

// darwinName is a process's name: that of its executable, where the kernel's begins
// so, which is cut at 16 bytes.
func darwinName(comm, exe string) string {
	if name := path.Base(exe); len(comm) > 0 && len(name) > len(comm) && name[:len(comm)] == comm {
		return name
	}
	return comm
}
