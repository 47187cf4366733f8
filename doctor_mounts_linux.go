package main

import (
	"path"
	"slices"
	"strings"
)

// mount is a line of /proc/PID/mountinfo: proc(5).
type mount struct {
	root    string   // what of the file system is mounted
	point   string   // where
	kind    string   // of file system
	options []string // of the mount and of the file system
}

// parseMounts reads the table. Lines that it does not understand are left out.
func parseMounts(table string) (all []mount) {
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	for line := range strings.Lines(table) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 6 || len(right) < 3 {
			continue
		}
		options := append(strings.Split(left[5], ","), strings.Split(right[2], ",")...)
		all = append(all, mount{unescape.Replace(left[3]), unescape.Replace(left[4]), right[0], options})
	}
	return all
}

// rootIsDisk reports whether what is mounted at / is all of a disk's file system.
func rootIsDisk(mounts []mount) bool {
	for _, m := range slices.Backward(mounts) {
		if m.point == "/" {
			return m.root == "/" && !strings.Contains(m.kind, "overlay")
		}
	}
	return false
}

// option returns the value of an option, "" where it is not set.
func (m *mount) option(name string) string {
	for _, o := range m.options {
		if value, ok := strings.CutPrefix(o, name+"="); ok {
			return value
		}
	}
	return ""
}

func (m *mount) has(option string) bool { return slices.Contains(m.options, option) }

// holds reports whether a path is at or below the mount.
func (m *mount) holds(file string) bool {
	return m.point == "/" || file == m.point || strings.HasPrefix(file, path.Clean(m.point)+"/")
}
