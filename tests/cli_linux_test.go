package tests

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sockeye/internal/testkit"
)

// TestCLILive drives the real binary through the scripts of testdata/cli_live,
// which capture on the loopback interface of a network namespace of their own.
// in is the command that runs another there.
func TestCLILive(t *testing.T) {
	ns := testkit.NewNetns(t)
	ns.IP(t, "link", "add", "down0", "type", "veth", "peer", "name", "down1")
	p := scripts(t, filepath.Join("testdata", "cli_live"), []string{"NETNS=" + ns.Path()})
	testscript.Run(t, p)
}
