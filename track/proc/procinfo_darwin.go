package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Calls and flavours of proc_info(2): sys/proc_info.h and sys/proc_info_private.h of
// XNU.
const (
	procPIDInfo   = 2 // PROC_INFO_CALL_PIDINFO
	procPIDFDInfo = 3 // PROC_INFO_CALL_PIDFDINFO

	pidListFDs    = 1  // PROC_PIDLISTFDS; the same user's or root's
	pidPath       = 11 // PROC_PIDPATHINFO; anybody's
	pidFDSocket   = 3  // PROC_PIDFDSOCKETINFO; the same user's or root's
	pidPathLength = 4096
)

// procInfo calls proc_info(2) and returns how many bytes of buf it filled.
func procInfo(call, pid, flavor, arg int, buf []byte) (int, error) {
	//lint:ignore SA1019 neither libSystem's function nor x/sys has a wrapper for it
	n, _, errno := unix.Syscall6(unix.SYS_PROC_INFO, uintptr(call), uintptr(pid), uintptr(flavor),
		uintptr(arg), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf))) // the kernel fills at most len(buf)
	if errno != 0 {
		return 0, os.NewSyscallError("proc_info", errno)
	}
	return min(int(n), len(buf)), nil
}

// executable returns the path of what a process runs.
func executable(pid int32) (string, error) {
	buf := make([]byte, pidPathLength)
	n, err := procInfo(procPIDInfo, int(pid), pidPath, 0, buf)
	if err != nil {
		return "", err
	}
	return unix.ByteSliceToString(buf[:n]), nil
}

// socketsOf returns the handles of the sockets that a process has open.
func socketsOf(pid int32) (map[uint64]bool, error) {
	buf := make([]byte, 4<<10)
	for {
		n, err := procInfo(procPIDInfo, int(pid), pidListFDs, 0, buf)
		if err != nil {
			return nil, err
		}
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 4*len(buf)) // it may have more
	}
	handles := make(map[uint64]bool)
	info := make([]byte, socketInfoLen)
	for _, fd := range socketFDs(buf, nil) {
		n, err := procInfo(procPIDFDInfo, int(pid), pidFDSocket, int(fd), info)
		if err != nil {
			continue // closed meanwhile
		}
		if h, ok := socketHandle(info[:n]); ok {
			handles[h] = true
		}
	}
	return handles, nil
}

// kinfo reads what sysctl kern.proc tells of a process, whosever it is. It returns
// fs.ErrNotExist where there is none.
func kinfo(pid int32) (*unix.KinfoProc, error) {
	k, err := unix.SysctlKinfoProc("kern.proc.pid", int(pid))
	switch {
	case errors.Is(err, unix.EIO): // nothing came
		return nil, fmt.Errorf("process %d: %w", pid, fs.ErrNotExist)
	case err != nil:
		return nil, os.NewSyscallError("sysctl kern.proc.pid", err)
	case k.Proc.P_pid != pid:
		return nil, fmt.Errorf("process %d: %w", pid, fs.ErrNotExist)
	}
	return k, nil
}

// kinfoID is the identity of a process.
func kinfoID(k *unix.KinfoProc) ID {
	start := k.Proc.P_starttime
	return ID{PID: k.Proc.P_pid, Start: uint64(start.Sec)*100 + uint64(start.Usec)/10_000}
}
