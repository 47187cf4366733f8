package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"sockeye/capture"
	"sockeye/parse/filter"
	"sockeye/parse/pcap"
	"sockeye/track/query"
)

// Exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
	exitDamaged // everything before the damage was shown
)

// report says what went wrong: a line that begins with "error:", and one with
// "hint:" where there is a way out. Between them the place in a filter's
// expression is shown. It returns the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(a.stderr, "error: %s\n", oneLine(err.Error()))
	if bad, ok := errors.AsType[*filter.Error](err); ok {
		fmt.Fprint(a.stderr, pointer(bad.Text, bad.Offset))
	}
	wrong, isQuery := errors.AsType[*query.Error](err)
	if isQuery {
		fmt.Fprint(a.stderr, pointer(wrong.Text, wrong.Offset))
	}
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", oneLine(hint))
	}
	var (
		usage   *usageError
		damaged *pcap.DamagedError
	)
	switch {
	case errors.As(err, &usage), isFilterError(err), isQuery:
		return exitUsage
	case errors.As(err, &damaged):
		return exitDamaged
	default:
		return exitFailure
	}
}

// pointer shows a place in a text, given in bytes: the text, or as much as fits
// a line, and below it a caret.
func pointer(text string, offset int) string {
	const most = 72
	offset = min(max(offset, 0), len(text))
	at := utf8.RuneCountInString(text[:offset])
	line := []rune(strings.Map(blank, text))
	from := max(min(at-most/2, len(line)-most), 0)
	to := min(from+most, len(line))
	if from == to {
		return ""
	}
	before, after := "", ""
	if from > 0 {
		before = "…"
	}
	if to < len(line) {
		after = "…"
	}
	indent := strings.Repeat(" ", at-from+utf8.RuneCountInString(before))
	return fmt.Sprintf("  %s%s%s\n  %s^\n", before, string(line[from:to]), after, indent)
}

// blank keeps what was given from moving the cursor.
func blank(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return ' '
	}
	return r
}

// oneLine joins the lines of a message, and keeps names that were given from
// moving the cursor.
func oneLine(s string) string {
	return strings.Map(blank, strings.ReplaceAll(s, "\n", "; "))
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
		text     *filter.Error
		wrong    *query.Error
		obstacle *obstacleError
	)
	switch {
	case errors.As(err, &obstacle):
		return obstacle.Fix
	case errors.As(err, &text):
		return text.Hint
	case errors.As(err, &wrong):
		return queryHint(wrong)
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
	return hintOf(err)
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
