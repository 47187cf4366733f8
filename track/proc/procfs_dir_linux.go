package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// procDir is /proc/PID, held open. It stays the directory of that one process: when
// the pid is given out again, reading below it fails with ESRCH or ENOENT.
type procDir struct{ fd int }

func openProc(root string, pid int32) (procDir, error) {
	path := root + "/" + strconv.Itoa(int(pid))
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return procDir{-1}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return procDir{fd}, nil
}

func (d procDir) close() { _ = unix.Close(d.fd) }

// read reads a file as far as buf has room.
func (d procDir) read(name string, buf []byte) ([]byte, error) {
	fd, err := unix.Openat(d.fd, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("openat "+name, err)
	}
	defer unix.Close(fd)
	n := 0
	for n < len(buf) {
		m, err := unix.Read(fd, buf[n:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, os.NewSyscallError("read "+name, err)
		case m == 0:
			return buf[:n], nil
		default:
			n += m
		}
	}
	return buf, nil
}

// maxLong bounds a file that may be longer than a page.
const maxLong = 1 << 20

// readAll reads a file that may be longer than a page, as far as maxLong.
func (d procDir) readAll(name string) ([]byte, error) {
	for size := 8 << 10; ; size *= 4 {
		b, err := d.read(name, make([]byte, size))
		if err != nil || len(b) < size || size >= maxLong {
			return b, err
		}
	}
}

// link reads a symbolic link.
func (d procDir) link(name string, buf []byte) ([]byte, error) {
	n, err := unix.Readlinkat(d.fd, name, buf)
	if err != nil {
		return nil, os.NewSyscallError("readlinkat "+name, err)
	}
	return buf[:n], nil
}

// file is the identity of what a path below the directory leads to. It asks no file
// system for news: one that a program serves (FUSE) might let it wait for ever.
func (d procDir) file(name string) (fileID, error) {
	var st unix.Statx_t
	if err := unix.Statx(d.fd, name, unix.AT_STATX_DONT_SYNC, unix.STATX_INO, &st); err != nil {
		return fileID{}, os.NewSyscallError("statx "+name, err)
	}
	return fileID{unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino}, nil
}

// stat reads /proc/PID/stat.
func (d procDir) stat() (stat, error) {
	buf := pages.Get().(*page)
	defer pages.Put(buf)
	b, err := d.read("stat", buf[:])
	if err != nil {
		return stat{}, err
	}
	st, ok := parseStat(b)
	if !ok {
		return stat{}, fmt.Errorf("read stat: %w", errForm)
	}
	return st, nil
}

// errForm is that a file of proc(5) has not the form that it should have.
var errForm = errors.New("not in the form of proc(5)")

// statID is the identity of what a path leads to.
func statID(path string) (fileID, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return fileID{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return fileID{st.Dev, st.Ino}, nil
}

// page takes what files of /proc/PID have to say; the longest is cmdline, whose rest
// is not needed to find a script.
type page [32 << 10]byte

var pages = sync.Pool{New: func() any { return new(page) }}

// reasonOf says why something below /proc/PID could not be read.
func reasonOf(err error) Reason {
	switch {
	case err == nil:
		return None
	case errors.Is(err, fs.ErrPermission):
		return NoRights
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return Exited
	}
	return Failed
}
