//go:build unix

package config

import (
	"io/fs"
	"syscall"
)

// owner returns the user ID of whose file it is.
func owner(info fs.FileInfo) (uid int, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(s.Uid), true
}
