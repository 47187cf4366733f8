package proc

import (
	"bytes"
	"strings"
)

// parseCgroup reads /proc/PID/cgroup (cgroups(7)): its paths, the one to show first.
// That is the one of the unified hierarchy, then systemd's own, then that of pids.
// A path that says nothing ("/": of a hierarchy that nobody uses) comes last.
func parseCgroup(b []byte) []string {
	var ranked [4][]string
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		id, rest, ok := strings.Cut(string(line), ":")
		controllers, path, ok2 := strings.Cut(rest, ":")
		if !ok || !ok2 || !strings.HasPrefix(path, "/") {
			continue
		}
		path = strings.TrimSuffix(path, " (deleted)") // the group has been removed
		rank := 3
		switch {
		case id == "0" && controllers == "":
			rank = 0
		case controllers == "name=systemd":
			rank = 1
		case word(strings.ReplaceAll(controllers, ",", " "), "pids"):
			rank = 2
		}
		ranked[rank] = append(ranked[rank], path)
	}
	var paths, roots []string
	for _, list := range ranked {
		for _, path := range list {
			if path == "/" {
				roots = append(roots, path)
			} else {
				paths = append(paths, path)
			}
		}
	}
	return append(paths, roots...)
}

// unitOf is the systemd unit of a cgroup: the last part of its path that is named as
// the units that run processes are. It is the unit's own name, escapes included.
func unitOf(path string) string {
	for path != "" {
		i := strings.LastIndexByte(path, '/')
		part := path[i+1:]
		for _, kind := range [...]string{".service", ".scope", ".socket", ".mount", ".swap"} {
			if len(part) > len(kind) && strings.HasSuffix(part, kind) {
				// One that a file of the kernel could be mistaken for has a "_" before it
				// (cg_escape of systemd's cgroup-util.c).
				return strings.TrimPrefix(part, "_")
			}
		}
		path = path[:max(i, 0)]
	}
	return ""
}

// unescapeUnit takes back systemd's escapes in a name that became part of a unit's:
// "\x2d" is "-" (systemd-escape(1)).
func unescapeUnit(s string) string {
	var out []byte
	for {
		i := strings.Index(s, `\x`)
		if i < 0 || i+4 > len(s) {
			return string(append(out, s...))
		}
		hi, lo := hexDigit(s[i+2]), hexDigit(s[i+3])
		if hi < 0 || lo < 0 {
			out = append(out, s[:i+2]...)
			s = s[i+2:]
			continue
		}
		out = append(append(out, s[:i]...), byte(hi<<4|lo))
		s = s[i+4:]
	}
}

// hexDigit is the value of a lower-case hexadecimal digit, -1 of anything else.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
