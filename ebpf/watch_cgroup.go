package ebpf

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// errPartOfCgroups means that the root of the machine's cgroups cannot be reached: in
// a container with a cgroup namespace of its own (cgroup_namespaces(7)).
var errPartOfCgroups = errors.New("only the sockets of this container: the machine's root cgroup cannot be reached")

// openCgroup opens the highest cgroup of the unified hierarchy that can be reached;
// part says where that is not the root. In a container that sees the machine's
// processes the root is found through the first of them, if the rights to follow
// /proc/1/root are there (proc_pid_root(5)). The error matches ErrNotSupported where
// cgroup2 is not mounted.
func openCgroup() (dir *os.File, part, err error) {
	var highest *os.File
	for _, process := range []string{"/proc/self", "/proc/1", "/host/proc/1"} {
		dir, err := openCgroupOf(process)
		if err != nil {
			continue
		}
		// Every cgroup but the root has a type (linux, admin-guide/cgroup-v2.rst).
		if _, err := os.Stat(filepath.Join(dir.Name(), "cgroup.type")); errors.Is(err, os.ErrNotExist) {
			if highest != nil {
				highest.Close()
			}
			return dir, nil, nil
		}
		if highest == nil {
			highest = dir
		} else {
			dir.Close()
		}
	}
	if highest == nil {
		return nil, nil, absentError{"cgroup2 is not mounted"}
	}
	return highest, errPartOfCgroups, nil
}

// openCgroupOf opens what a process, a folder of /proc, has mounted as cgroup2.
func openCgroupOf(process string) (*os.File, error) {
	text, err := os.ReadFile(process + "/mountinfo")
	if err != nil {
		return nil, err
	}
	mount := cgroup2Mount(string(text))
	if mount == "" {
		return nil, os.ErrNotExist
	}
	return os.Open(process + "/root" + mount)
}

// cgroup2Mount finds where cgroup2 is mounted in the text of a
// proc_pid_mountinfo(5): the highest part of it. It returns "" where it is not.
func cgroup2Mount(mountinfo string) string {
	best, depth := "", 0
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(line, " - ")
		if kind, _, _ := strings.Cut(after, " "); kind != "cgroup2" {
			continue
		}
		fields := strings.Fields(before)
		if len(fields) < 5 {
			continue
		}
		root, point := unescape(fields[3]), unescape(fields[4])
		if d := len(strings.FieldsFunc(root, func(r rune) bool { return r == '/' })); best == "" || d < depth {
			best, depth = point, d
		}
	}
	return best
}

// unescape undoes the octal escapes of a path in mountinfo.
func unescape(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+4 <= len(path) {
			if c, err := strconv.ParseUint(path[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(path[i])
	}
	return b.String()
}
