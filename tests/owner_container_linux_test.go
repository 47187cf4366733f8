package tests

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/generator"
)

// Addresses of the bridge of containers: the machine's, and a container's.
const bridgeAddress, containerAddress = "10.78.0.1", "10.78.0.2"

// behindNAT are scenarios with containers, whose addresses the machine translates.
var behindNAT = []scenario{
	{name: "TCP out of a container", parts: []part{
		{there, "sk-outside", "accept -at $B4:2201 -send 300000 -size 20000 -every 4ms"},
		{inside, "sk-inside", "connect -to $B4:2201 -send 200000 -size 20000 -every 4ms"}}},
	{name: "UDP out of a container", parts: []part{
		{there, "sk-outside-udp", "answer -at $B4:2202 -replies 1"},
		{inside, "sk-inside-udp", "ask -to $B4:2202 -count 100 -want 100 -every 4ms"}}},
	{name: "the machine to a container", parts: []part{
		{inside, "sk-server-inside", "accept -at $C4:2203 -send 100000"},
		{here, "sk-host", "connect -to $C4:2203 -send 100000"}}},
}

// newBridge is a stage with a bridge of containers.
func newBridge(t *testing.T, mode string, pods *podman) *stage {
	t.Helper()
	s := setUp(t)
	s.pods = pods
	s.ns[here], s.ns[there], _, _ = testkit.Veth(t)
	s.ns[inside] = testkit.NewNetns(t)
	s.ns[here].IP(t, "link", "add", testkit.Br, "type", "bridge")
	s.ns[here].IP(t, "link", "add", testkit.PortA, "type", "veth", "peer", "name", "eth0", "netns", s.ns[inside].Path())
	s.ns[here].IP(t, "link", "set", testkit.PortA, "master", testkit.Br)
	for _, link := range []string{testkit.PortA, testkit.Br} {
		s.ns[here].IP(t, "link", "set", link, "addrgenmode", "none") // it shall say nothing itself
		s.ns[here].IP(t, "link", "set", link, "up")
	}
	s.ns[here].IP(t, "addr", "add", bridgeAddress+"/24", "dev", testkit.Br)
	s.ns[inside].IP(t, "link", "set", "eth0", "addrgenmode", "none")
	s.ns[inside].IP(t, "addr", "add", containerAddress+"/24", "dev", "eth0")
	s.ns[inside].IP(t, "link", "set", "eth0", "up")
	s.ns[inside].IP(t, "route", "add", "default", "via", bridgeAddress)
	s.ns[here].Masquerade(t)
	s.start(t, mode, testkit.IfA, testkit.Br)
	return s
}

// contain starts a program in a container.
func (s *stage) contain(t *testing.T, c *actor, args []string) {
	t.Helper()
	options := []string{"--interactive", "--env", generator.Env, "--entrypoint", c.exe}
	// This program may be linked with the machine's libraries.
	for _, folder := range []string{filepath.Dir(s.original), "/usr", "/lib", "/lib64"} {
		if _, err := os.Stat(folder); err == nil {
			options = append(options, "--volume", folder+":"+folder+":ro")
		}
	}
	words, name := s.pods.container(append(options, image)...)
	c.cmd = s.ns[inside].Command(words[0], append(words[1:], args...)...)
	c.start(t)
	c.read(t)
	pid, id, _ := strings.Cut(s.pods.run("inspect", "--format", "{{.State.Pid}} {{.Id}}", name), " ")
	var err error
	if c.pid, err = strconv.Atoi(pid); err != nil {
		t.Fatalf("podman inspect: got pid %q: %v", pid, err)
	}
	c.container = id
}

// TestOwnerBehindNAT looks whose flows of containers are, which are one row each though
// they are captured before and after the translation of their addresses.
func TestOwnerBehindNAT(t *testing.T) {
	pods := newPodman(t)
	for _, mode := range rungs {
		t.Run(mode, func(t *testing.T) {
			s := newBridge(t, mode, pods)
			for i := range behindNAT {
				s.play(t, &behindNAT[i]).end(t, s.watch)
			}
			last := s.end(t)
			s.judge(t, last, mode)
			checkTranslated(t, last)
		})
	}
}

// checkTranslated checks that the rows of a container's flows say what they are called
// outside, and that they are the only ones.
func checkTranslated(t *testing.T, r *export.Record) {
	t.Helper()
	rows := make(map[uint16]int)
	for i := range r.Flows {
		f := &r.Flows[i]
		if f.Remote.IP != testkit.AddrB4 {
			continue
		}
		rows[f.Remote.Port]++
		if f.Local.IP != containerAddress || f.NAT == nil || f.NAT.Local.IP != testkit.AddrA4 {
			t.Errorf("got a row %s > %s with NAT %+v, want the container's, translated to %s", f.Source, f.Dest, f.NAT, testkit.AddrA4)
		}
	}
	if len(rows) != 2 || rows[2201] != 1 || rows[2202] != 1 {
		t.Errorf("got rows by port %v, want one of each", rows)
	}
}
