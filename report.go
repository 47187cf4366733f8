package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"sockeye/capture"
	"sockeye/parse/pcap"
)

// Exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
	exitDamaged // everything before the damage was shown
)

// report says what went wrong: a line that begins with "error:", and one with
// "hint:" where there is a way out. It returns the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(a.stderr, "error: %s\n", oneLine(err.Error()))
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", oneLine(hint))
	}
	var (
		usage   *usageError
		damaged *pcap.DamagedError
	)
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &damaged):
		return exitDamaged
	default:
		return exitFailure
	}
}

// oneLine joins the lines of a message, and keeps names that were given from
// moving the cursor.
func oneLine(s string) string {
	clean := func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}
	return strings.Map(clean, strings.ReplaceAll(s, "\n", "; "))
}

// hintFor says what to do about an error, "" when there is nothing to say.
func hintFor(err error) string {
	var (
		usage    *usageError
		rights   *capture.PermissionError
		missing  *capture.NoSuchInterfaceError
		down     *capture.InterfaceDownError
		format   *pcap.FormatError
		version  *pcap.VersionError
		filePath *fs.PathError
	)
	switch {
	case errors.As(err, &usage):
		return usage.hint
	case errors.As(err, &rights):
		return rights.Remedy
	case errors.As(err, &missing):
		if len(missing.Near) > 0 {
			return "sockeye interfaces lists all of them"
		}
		return "the interfaces are " + strings.Join(missing.All, ", ")
	case errors.As(err, &down):
		return "sudo ip link set " + down.Name + " up"
	case errors.Is(err, capture.ErrNoInterface):
		return "sudo ip link set NAME up; sockeye interfaces lists the names"
	case errors.Is(err, errStalled):
		return "the last record may be cut short"
	case errors.As(err, &format), errors.As(err, &version), errors.Is(err, pcap.ErrEmpty):
		return "sockeye reads pcap and pcapng, plain or compressed by gzip or zstd"
	case errors.As(err, &filePath):
		return fileHint(filePath)
	}
	return ""
}

// fileHint says what to do about a file that cannot be opened, "" when there is
// nothing to say.
func fileHint(err *fs.PathError) string {
	folder := filepath.Dir(err.Path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "the file must be readable: ls -l " + err.Path
	case errors.Is(err, syscall.EISDIR):
		return "name a file in it: ls " + err.Path
	case errors.Is(err, fs.ErrNotExist):
		entries, listErr := os.ReadDir(folder)
		if listErr != nil {
			return "there is no folder " + folder
		}
		names := make([]string, len(entries))
		for i, e := range entries {
			names[i] = e.Name()
		}
		return suggest("", filepath.Base(err.Path), names, "ls "+folder+" lists the files that are there")
	}
	return ""
}
