package testkit

import (
	"os"
	"strings"
	"testing"
)

// Full reports whether nothing may be skipped: SOCKEYE_TEST=full.
func Full() bool { return os.Getenv("SOCKEYE_TEST") == "full" }

// Skip skips the test, and fails it in a full run. The reason says what is
// missing and how to get it.
func Skip(tb testing.TB, reason string) {
	tb.Helper()
	if Full() {
		tb.Fatalf("SOCKEYE_TEST=full permits no skip: %s", reason)
	}
	tb.Skip(reason)
}

// KernelLacks skips the test because the running kernel has no such thing. It
// is the only skip of a full run, so it is for what no package and no right
// could bring: try it, and call this when the kernel says that it does not
// know it.
func KernelLacks(tb testing.TB, what string) {
	tb.Helper()
	tb.Skipf("the kernel lacks %s", what)
}

// Corpora returns the folder of captures with known answers, from
// SOCKEYE_CORPORA. Where it is unset the test is skipped.
func Corpora(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("SOCKEYE_CORPORA")
	if dir == "" {
		Skip(tb, "SOCKEYE_CORPORA is not set: name the folder of captures in it")
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		tb.Fatalf("SOCKEYE_CORPORA=%s is not a folder", dir)
	}
	return dir
}

// Root skips the test unless it runs as the machine's root: that of a user
// namespace can neither load programs into the kernel nor give files away. For
// network namespaces NetAdmin suffices.
func Root(tb testing.TB) {
	tb.Helper()
	if os.Geteuid() != 0 || !FirstNamespace() {
		lacksRights(tb, "the machine's root")
	}
}

// FirstNamespace reports whether the user namespace is the machine's own: it
// maps every user to itself (user_namespaces(7)). Only Linux has the file.
func FirstNamespace() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || strings.Join(strings.Fields(string(text)), " ") == "0 0 4294967295"
}

// lacksRights fails a full run of the machine's root, who should have them. For
// anyone else it skips: scripts/test makes passes with the rights and without.
func lacksRights(tb testing.TB, what string) {
	tb.Helper()
	if os.Geteuid() == 0 && FirstNamespace() {
		Skip(tb, "root lacks "+what+": the container withholds it")
	}
	tb.Skipf("needs %s: run as root (network namespaces also under unshare --user --map-root-user)", what)
}
