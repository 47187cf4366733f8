package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// versionCmd shows what was built, from what and with what.
type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(a *app) error {
	info, _ := debug.ReadBuildInfo()
	return printVersion(a.stdout, info)
}

// printVersion writes what the Go tool left in the binary; info may be nil.
func printVersion(w io.Writer, info *debug.BuildInfo) error {
	version, commit, state := "unknown", "unknown", ""
	if info != nil {
		version = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				state = " with changes"
			}
		}
	}
	_, err := fmt.Fprintf(w, "sockeye %s\ncommit %s%s\n%s %s/%s\n",
		version, commit, state, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
