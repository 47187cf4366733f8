package proc

import (
	"bytes"
	"strconv"
)

// stat is what is read of proc_pid_stat(5).
type stat struct {
	comm   string // whole: of a kernel thread it may be longer than 15 bytes
	state  byte   // R, S, Z, …
	parent int32  // 0: none that can be seen here
	kernel bool   // a thread of the kernel
	start  uint64 // ticks since boot
	stack  uint64 // where its stack begins: chosen anew by each execve(2); 0 where that may not be known
}

// kernelThread is PF_KTHREAD of linux/sched.h.
const kernelThread = 0x00200000

// Fields of proc_pid_stat(5) after the name: numbers 3, 4, 9, 22 and 28 there.
const (
	statState  = 0
	statParent = 1
	statFlags  = 6
	statStart  = 19
	statStack  = 25
)

// parseStat reads /proc/PID/stat. The name stands in parentheses and may hold any
// byte but NUL, parentheses and blanks included: only the last one ends it.
func parseStat(b []byte) (stat, bool) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return stat{}, false
	}
	s := stat{comm: unescapeComm(b[open+1 : end])}
	rest := b[end+1:]
	for i := 0; i <= statStack; i++ {
		var field []byte
		if field, rest = nextField(rest); len(field) == 0 {
			return stat{}, false
		}
		switch i {
		case statState:
			s.state = field[0]
		case statParent:
			n, _ := decimal(field)
			s.parent = int32(n)
		case statFlags:
			n, _ := decimal(field)
			s.kernel = n&kernelThread != 0
		case statStart:
			n, ok := decimal(field)
			if !ok {
				return stat{}, false
			}
			s.start = n
		case statStack:
			s.stack, _ = decimal(field)
		}
	}
	return s, true
}

// unescapeComm takes back what the kernel does to a name in this file alone: a
// newline and a backslash are written as \n and \\ (proc_task_name of fs/proc/array.c).
func unescapeComm(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			switch b[i+1] {
			case 'n':
				out, i = append(out, '\n'), i+1
				continue
			case '\\':
				i++
			}
		}
		out = append(out, b[i])
	}
	return string(out)
}

// parseIDs reads the effective user and group from /proc/PID/status: the second
// number of its lines Uid and Gid (real, effective, saved, of file systems).
func parseIDs(b []byte) (uid, gid uint32, ok bool) {
	u, okU := effective(b, "\nUid:")
	g, okG := effective(b, "\nGid:")
	return u, g, okU && okG
}

func effective(b []byte, label string) (uint32, bool) {
	_, line, ok := bytes.Cut(b, []byte(label))
	if !ok {
		return 0, false
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	_, line = nextField(line)
	field, _ := nextField(line)
	n, ok := decimal(field)
	return uint32(n), ok && n <= 1<<32-1
}

// nextField cuts the first field off a line of fields between blanks.
func nextField(b []byte) (field, rest []byte) {
	b = bytes.TrimLeft(b, " \t\n")
	if i := bytes.IndexAny(b, " \t\n"); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}

// decimal reads a number without sign that takes the whole field.
func decimal(b []byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(b), 10, 64)
	return n, err == nil
}

// inodeOf reads the number in links like "socket:[12345]" and "net:[4026531840]".
func inodeOf(link []byte, kind string) (uint64, bool) {
	b, ok := bytes.CutPrefix(link, []byte(kind))
	if !ok {
		return 0, false
	}
	if b, ok = bytes.CutPrefix(b, []byte(":[")); !ok {
		return 0, false
	}
	if b, ok = bytes.CutSuffix(b, []byte("]")); !ok {
		return 0, false
	}
	return decimal(b)
}
