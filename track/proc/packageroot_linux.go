package proc

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// A rootFS is a directory that processes have for their root. Whoever owns it may have
// put anything there: no name leads out of it, symbolic links are followed as those
// processes follow them, and nothing is opened but files and directories, since to
// open a device may do something.
type rootFS struct{ dir *os.File }

// openRoot opens a root, which may be a link of /proc/PID.
func openRoot(name string) (*rootFS, error) {
	f, err := os.OpenFile(name, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &rootFS{f}, nil
}

// Close closes the root, not the files that were opened in it.
func (r *rootFS) Close() error { return r.dir.Close() }

// Open implements fs.FS.
func (r *rootFS) Open(name string) (fs.File, error) {
	at, err := r.find(name)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	info, err := at.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	// The link leads to what was looked at, not to what has the name now. Whoever owns a
	// file can have a lease on it (fcntl(2), F_SETLEASE), for which others wait.
	return os.OpenFile("/proc/self/fd/"+strconv.Itoa(int(at.Fd())), os.O_RDONLY|unix.O_NONBLOCK, 0)
}

// stat tells about a file without opening it.
func (r *rootFS) stat(name string) (fs.FileInfo, error) {
	at, err := r.find(name)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	return at.Stat()
}

// find returns a place in the root, of which nothing but its attributes can be read
// (O_PATH of open(2)).
func (r *rootFS) find(name string) (*os.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for range 16 {
		fd, err := unix.Openat2(int(r.dir.Fd()), name, &how)
		switch {
		case err == nil:
			return os.NewFile(uintptr(fd), name), nil
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue // something was renamed meanwhile
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			return r.findOld(name)
		}
		return nil, &fs.PathError{Op: "openat2", Path: name, Err: err}
	}
	return nil, &fs.PathError{Op: "openat2", Path: name, Err: unix.EAGAIN}
}

// findOld is find before Linux 5.6, and where seccomp does not let openat2 through. It
// follows no links to absolute paths, and none at the end of the name.
func (r *rootFS) findOld(name string) (*os.File, error) {
	root, err := os.OpenRoot("/proc/self/fd/" + strconv.Itoa(int(r.dir.Fd())))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.OpenFile(name, unix.O_PATH, 0)
}
