package proc

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// commMax is the longest name that the kernel keeps: TASK_COMM_LEN of linux/sched.h
// without its NUL.
const commMax = 15

// maxArgs bounds Process.Args and Script, in bytes with a NUL after each argument: a
// command line may have megabytes, and 65,536 processes are kept. No path is longer
// (PATH_MAX of linux/limits.h), nor a file's name than nameMax (NAME_MAX).
const (
	maxArgs = 4096
	nameMax = 255
)

// splitArgs splits /proc/PID/cmdline into arguments. A process that wrote a title
// over its own leaves one argument, and often NULs up to the old end: those are
// dropped, and with them empty arguments at the end of others.
func splitArgs(b []byte) []string {
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 {
		return nil
	}
	return strings.Split(string(b), "\x00")
}

// boundArgs drops what exceeds maxArgs. The last argument kept then ends in "…".
func boundArgs(args []string) []string {
	room := maxArgs
	for i, a := range args {
		if room -= len(a) + 1; room < 0 {
			cut := len(a) + 1 + room
			for cut > 0 && cut < len(a) && !utf8.RuneStart(a[cut]) {
				cut--
			}
			return append(clones(args[:i]), a[:cut]+"…")
		}
	}
	return args
}

// clones copies strings out of the longer one that they are parts of.
func clones(parts []string) []string {
	out := make([]string, 0, len(parts)+1)
	for _, p := range parts {
		out = append(out, strings.Clone(p))
	}
	return out
}

// wholeName is a process's name: its comm, or where the kernel cut that at 15 bytes,
// the name of the file that it comes from, if it begins so. Nothing else may take
// its place, unless there is none: a process can name itself as it likes.
func wholeName(comm, exe, argv0, script string) string {
	if comm == "" {
		return baseName(exe)
	}
	if len(comm) != commMax {
		return comm
	}
	for _, path := range [...]string{exe, argv0, script} {
		if name := baseName(path); len(name) > commMax && len(name) <= nameMax && strings.HasPrefix(name, comm) {
			return strings.Clone(name) // not to keep the whole command line with it
		}
	}
	return comm
}

// baseName is the last part of a path. That of "dir/" is empty.
func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
