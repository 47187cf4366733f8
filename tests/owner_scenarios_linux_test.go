package tests

import (
	"fmt"
	"os"
	"testing"

	"sockeye/internal/testkit"
)

// resolverAddress is there's, too.
const resolverAddress = "8.8.8.8"

// scenario is some traffic whose owners sockeye shall name.
type scenario struct {
	name  string
	parts []part // in the order in which they start
	// unknown says, for a way of attribution, why that may not know the owners.
	unknown unknowns
	// slack is the part by which payload may differ from what programs counted.
	slack float64
	// heir: the first program gets the pid that this one had.
	heir string
	// background: it takes long, and the others go on meanwhile.
	background bool
}

// unknowns are reasons by way of attribution. Those of auto and ebpf are the same.
type unknowns map[string]string

// byTables is for both ways that read the kernel's socket tables.
func byTables(why string) unknowns { return unknowns{"sock_diag": why, "proc": why} }

func everywhere(why string) unknowns {
	return unknowns{"auto": why, "ebpf": why, "sock_diag": why, "proc": why}
}

const (
	usual = 0.01 // slack

	gone  = "the tables are read when its sockets are gone, or its process"
	noEnd = "its socket has no ends in the tables that tell it from others"
)

// scenarios are the kinds of traffic that there are.
var scenarios = []scenario{
	{name: "slow drip", background: true, parts: []part{
		{there, "sk-drip-there", "accept -at $B4:2001"},
		{here, "sk-drip", "connect -to $B4:2001 -send 1000 -size 100 -every 200ms"}}},
	{name: "TCP up", parts: []part{
		{there, "sk-up-there", "accept -at $B4:2002"},
		{here, "sk-up", "connect -to $B4:2002 -send 2000000 -size 40000 -every 4ms"}}},
	{name: "TCP down", parts: []part{
		{there, "sk-down-there", "accept -at $B4:2003 -send 2000000 -size 40000 -every 4ms"},
		{here, "sk-down", "connect -to $B4:2003"}}},
	{name: "TCP both ways", parts: []part{
		{there, "sk-both-there", "accept -at $B4:2004 -send 1500000 -size 40000 -every 4ms"},
		{here, "sk-both", "connect -to $B4:2004 -send 2000000 -size 40000 -every 4ms"}}},
	{name: "TCP server", parts: []part{
		{here, "sk-server-with-a-long-name", "accept -at $A4:2005 -send 300000 -size 20000 -every 4ms"},
		{there, "sk-server-there", "connect -to $A4:2005 -send 200000 -size 20000 -every 4ms -count 3 -parallel 3"}}},
	{name: "TCP over IPv6", parts: []part{
		{there, "sk-tcp6-there", "accept -at $B6:2006 -send 500000 -size 40000 -every 4ms"},
		{here, "sk-tcp6", "connect -to $B6:2006 -send 500000 -size 40000 -every 4ms"}}},
	{name: "TCP server of IPv6 for IPv4", parts: []part{
		{here, "sk-dual", "accept -at [::]:2007 -send 100000"},
		{there, "sk-dual-there", "connect -to $A4:2007 -send 100000"}}},
	{name: "parallel burst", parts: []part{
		{there, "sk-burst-there", "accept -at $B4:2009 -send 500"},
		{here, "sk-burst", "connect -to $B4:2009 -send 1000 -count 60 -parallel 60"}}},

	{name: "UDP both ways", parts: []part{
		{there, "sk-udp-there", "answer -at $B4:2011 -replies 1"},
		{here, "sk-udp", "ask -to $B4:2011 -count 400 -want 400 -every 4ms"}}},
	{name: "UDP without connect", parts: []part{
		{there, "sk-free-there", "answer -at $B4:2012 -replies 1 -size 700"},
		{here, "sk-free", "ask -at 0.0.0.0:0 -to $B4:2012 -unconnected -count 200 -want 200 -every 4ms"}}},
	{name: "UDP that is only received", parts: []part{
		{here, "sk-sink", "answer -at 0.0.0.0:2013"},
		{there, "sk-sink-there", "ask -to $A4:2013 -count 200 -every 4ms"}}},
	{name: "UDP down", parts: []part{
		{there, "sk-pull-there", "answer -at $B4:2014 -replies 300 -every 4ms"},
		{here, "sk-pull", "ask -to $B4:2014 -want 300"}}},
	{name: "UDP server of IPv6 for IPv4", unknown: unknowns{"proc": "/proc/net does not tell which sockets of IPv6 take IPv4"}, parts: []part{
		{here, "sk-dual-udp", "answer -at [::]:2015 -replies 1"},
		{there, "sk-dual-udp-there", "ask -to $A4:2015 -count 100 -want 100 -every 4ms"}}},
	{name: "UDP over IPv6", parts: []part{
		{there, "sk-udp6-there", "answer -at $B6:2016 -replies 1"},
		{here, "sk-udp6", "ask -to $B6:2016 -count 200 -want 200 -every 4ms"}}},
	{name: "UDP 443", parts: []part{
		{there, "sk-443-there", "answer -at $B4:443 -replies 2 -size 1200"},
		{here, "sk-443", "ask -to $B4:443 -count 100 -want 200 -size 1200 -every 4ms"}}},
	{name: "small UDP 53", parts: []part{
		{there, "sk-53-there", "answer -at $B4:53 -replies 1 -size 60"},
		{here, "sk-53", "ask -to $B4:53 -count 10 -want 10 -size 30"}}},
	{name: "sendmmsg and recvmmsg", parts: []part{
		{there, "sk-mmsg-there", "answer -at $B4:2017 -replies 1 -how mmsg"},
		{here, "sk-mmsg", "ask -to $B4:2017 -how mmsg -count 400 -want 400 -every 4ms"}}},
	{name: "recvmmsg and sendmmsg of a server", parts: []part{
		{here, "sk-mmsg-server", "answer -at $A4:2018 -replies 2 -how mmsg"},
		{there, "sk-mmsg-client", "ask -to $A4:2018 -how mmsg -count 100 -want 200 -every 4ms"}}},
	{name: "UDP by io_uring", parts: []part{
		{there, "sk-ring-udp-there", "answer -at $B4:2019 -replies 1"},
		{here, "sk-ring-udp", "ask -to $B4:2019 -how io_uring -count 200 -want 200 -every 4ms"}}},

	{name: "io_uring both ways", parts: []part{
		{there, "sk-ring-there", "accept -at $B4:2020 -send 500000 -size 20000 -every 4ms"},
		{here, "sk-ring", "connect -to $B4:2020 -how io_uring -send 500000 -size 20000 -every 4ms"}}},
	{name: "server by io_uring and its workers", parts: []part{
		{here, "sk-rings", "accept -at $A4:2021 -how io_uring+workers -send 300000 -size 20000 -every 4ms"},
		{there, "sk-rings-there", "connect -to $A4:2021 -send 300000 -size 20000 -every 4ms"}}},
	{name: "sendfile", parts: []part{
		{there, "sk-file-there", "accept -at $B4:2022"},
		{here, "sk-file", "connect -to $B4:2022 -how sendfile -send 1000000 -size 40000 -every 4ms"}}},
	{name: "sendfile of a server", parts: []part{
		{here, "sk-files", "accept -at $A4:2023 -how sendfile -send 1000000 -size 40000 -every 4ms"},
		{there, "sk-files-there", "connect -to $A4:2023"}}},
	{name: "splice", parts: []part{
		{there, "sk-splice-there", "accept -at $B4:2024 -send 400000 -size 20000 -every 4ms"},
		{here, "sk-splice", "connect -to $B4:2024 -how splice -send 400000 -size 20000 -every 4ms"}}},
	{name: "splice of a server that only receives", parts: []part{
		{here, "sk-spliced", "accept -at $A4:2025 -how splice"},
		{there, "sk-spliced-there", "connect -to $A4:2025 -send 400000 -size 20000 -every 4ms"}}},

	{name: "ICMP flood by a raw socket", unknown: byTables(noEnd), parts: []part{
		{here, "sk-flood", "ping -to $B4:0 -count 1000 -want 1000 -size 200 -every 2ms"}}},
	{name: "ICMP by a ping socket", parts: []part{
		{here, "sk-ping", "ping -how socket -to $B4:0 -count 100 -want 100 -size 56 -every 4ms"}}},
	{name: "ICMPv6 by a raw socket", unknown: byTables(noEnd), parts: []part{
		{here, "sk-ping6", "ping -to $B6:0 -count 100 -want 100 -size 56 -every 4ms"}}},
	{name: "raw IP protocol 253", parts: []part{
		{there, "sk-raw-there", "answer -proto 253 -at $B4:0 -replies 1 -size 300"},
		{here, "sk-raw", "ask -proto 253 -to $B4:0 -count 200 -want 200 -size 500 -every 4ms"}}},
	{name: "AF_PACKET injection", unknown: byTables(noEnd), parts: []part{
		{there, "sk-frames-there", "answer -at $B4:2026"},
		{here, "sk-frames", "inject -device $IF -mac $MAC_A -peer $MAC_B -at $A4:2027 -to $B4:2026 -count 400 -size 900 -every 4ms"}}},
	// DATA chunks of 20 KB in packets of 1,500 bytes: 16 bytes a chunk, and what acknowledges them, are payload of SCTP's header.
	{name: "SCTP", slack: 0.05, parts: []part{
		{there, "sk-sctp-there", "accept -proto 132 -at $B4:2028 -send 400000 -size 20000 -every 4ms"},
		{here, "sk-sctp", "connect -proto 132 -to $B4:2028 -send 400000 -size 20000 -every 4ms"}}},

	{name: "TCP over loopback", parts: []part{
		{here, "sk-lo-server", "accept -at 127.0.0.1:2029 -send 300000 -size 20000 -every 4ms"},
		{here, "sk-lo-client", "connect -to 127.0.0.1:2029 -send 600000 -size 20000 -every 4ms"}}},
	{name: "TCP over loopback to an own address", parts: []part{
		{here, "sk-own-server", "accept -at [::]:2030 -send 100000"},
		{here, "sk-own-client", "connect -to $A4:2030 -send 200000"}}},
	{name: "UDP over loopback", parts: []part{
		{here, "sk-lo-answer", "answer -at [::1]:2031 -replies 1 -size 200"},
		{here, "sk-lo-ask", "ask -to [::1]:2031 -count 200 -want 200 -every 4ms"}}},
}

// crowds are many flows, that are over at once.
var crowds = [...]scenario{
	{name: "many small connections", unknown: byTables(gone), parts: []part{
		{there, "sk-many-there", "accept -at $B4:2008 -send 100 -brief"},
		{here, "sk-many", "connect -to $B4:2008 -send 200 -count 300 -brief"}}},
	{name: "short-lived processes", unknown: byTables(gone), parts: []part{
		{there, "sk-short-there", "accept -at $B4:2010 -send 100 -brief"},
		{here, "sk-short", "spawn -brief -count 40 -- connect -brief -to $B4:2010 -send 200"}}},
}

// traps are what leads to a wrong owner.
var traps = []scenario{
	{name: "TCP and UDP on one port", parts: []part{
		{here, "sk-port-tcp", "accept -at $A4:2101 -send 1000"},
		{here, "sk-port-udp", "answer -at $A4:2101 -replies 1"},
		{there, "sk-call-tcp", "connect -to $A4:2101 -send 2000"},
		{there, "sk-call-udp", "ask -to $A4:2101 -count 20 -want 20 -every 20ms"}}},
	{name: "one address in two namespaces, UDP", parts: []part{
		{beyond, "sk-beyond", "answer -at $B4:2102 -replies 1"},
		{decoy, "sk-decoy", "ask -at $A4:2103 -to $B4:2102 -count 20 -want 20"},
		{there, "sk-twin-there", "answer -at $B4:2102 -replies 1"},
		{here, "sk-twin", "ask -at $A4:2103 -to $B4:2102 -count 40 -want 40 -every 20ms"}}},
	{name: "one address in two namespaces, TCP", parts: []part{
		{beyond, "sk-beyond-tcp", "accept -at $B4:2104"},
		{decoy, "sk-decoy-tcp", "connect -at $A4:2105 -to $B4:2104 -send 100"},
		{there, "sk-twin-tcp-there", "accept -at $B4:2104 -send 500"},
		{here, "sk-twin-tcp", "connect -at $A4:2105 -to $B4:2104 -send 1000"}}},
	{name: "a server in another namespace that has the address of who is called", parts: []part{
		{beyond, "sk-no-server", "answer -at $B4:2114"},
		{here, "sk-calls-nobody", "ask -to $B4:2114 -unconnected -count 10 -every 20ms"}}},
	{name: "a resolver, and who asks another one", parts: []part{
		{here, "sk-resolver", "answer -at 0.0.0.0:53 -replies 1 -size 100"},
		{there, "sk-resolver-there", "ask -to $A4:53 -count 10 -want 10 -size 40 -every 20ms"},
		{there, "sk-8888", "answer -at $R4:53 -replies 1 -size 100"},
		{here, "sk-asker", "ask -to $R4:53 -count 10 -want 10 -size 40 -every 20ms"},
		{here, "sk-free-asker", "ask -to $R4:53 -unconnected -count 10 -want 10 -size 40 -every 20ms"}}},
	{name: "a server that gives each connection to a child", parts: []part{
		{here, "sk-fork", "accept -fork -at $A4:2106 -send 2000"},
		{there, "sk-fork-there", "connect -to $A4:2106 -send 1000 -count 3 -parallel 3"}}},
	{name: "two programs that listen on one port", parts: []part{
		{here, "sk-group-one", "accept -reuse -at $A4:2107 -send 500"},
		{here, "sk-group-two", "accept -reuse -at $A4:2107 -send 500"},
		{there, "sk-group-there", "connect -to $A4:2107 -send 1000 -count 12 -parallel 12"}}},
	{name: "two programs that share a UDP port", unknown: everywhere("datagrams go to one of both, and what the sockets are bound to does not tell which"), parts: []part{
		{here, "sk-share-one", "answer -reuse -at $A4:2108"},
		{here, "sk-share-two", "answer -reuse -at $A4:2108"},
		{there, "sk-share-there", "ask -to $A4:2108 -count 20 -every 20ms"}}},
	{name: "a socket for any address beside one for its own", parts: []part{
		{here, "sk-any", "answer -reuse -at 0.0.0.0:2109 -replies 1"},
		{here, "sk-exact", "answer -reuse -at $A4:2109 -replies 1"},
		{there, "sk-exact-there", "ask -to $A4:2109 -count 20 -want 20 -every 20ms"},
		{here, "sk-any-here", "ask -to 127.0.0.1:2109 -count 20 -want 20 -every 20ms"}}},
	{name: "a socket for any address that sends beside one for its own", unknown: everywhere("both may send from this address and port"), parts: []part{
		{there, "sk-called", "answer -at $B4:2113"},
		{here, "sk-narrow", "answer -reuse -at $A4:2112"},
		{here, "sk-wide", "ask -reuse -at 0.0.0.0:2112 -unconnected -to $B4:2113 -count 20 -every 20ms"}}},
	{name: "a connected socket beside a bound one", parts: []part{
		{there, "sk-peer", "answer -at $B4:2111 -replies 1"},
		{here, "sk-connected", "ask -reuse -at $A4:2110 -to $B4:2111 -count 20 -want 20 -every 20ms"},
		{here, "sk-bound", "answer -reuse -at 0.0.0.0:2110 -replies 1"},
		{there, "sk-stranger", "ask -to $A4:2110 -count 20 -want 20 -every 20ms"}}},
	{name: "the kernel's answers to ping, beside a raw socket", parts: []part{
		{here, bystander + "icmp", "answer -proto 1 -at $A4:0"},
		{there, "sk-pings", "ping -to $A4:0 -count 20 -want 20 -every 20ms"}}},
}

// successors are two programs one after the other whose flows have the same ends.
var successors = [2]scenario{
	{name: "a flow", parts: []part{
		{there, "sk-first-there", "accept -reuse -at $B4:2121 -brief"},
		{here, "sk-first", "connect -reuse -at $A4:2120 -to $B4:2121 -send 1000"}}},
	{name: "its successor with the same ends", parts: []part{
		{there, "sk-second-there", "accept -reuse -at $B4:2121 -brief"},
		{here, "sk-second", "connect -reuse -at $A4:2120 -to $B4:2121 -send 2000"}}},
}

// heirs are two programs one after the other that have one pid, which the second one
// takes over. It takes rights to choose it.
var heirs = [2]scenario{
	{name: "a pid", parts: []part{
		{here, "sk-ancestor", "accept -at $A4:2122"},
		{there, "sk-ancestor-there", "connect -to $A4:2122 -send 1000"}}},
	{name: "the pid of one that has ended", heir: "sk-ancestor", parts: []part{
		{here, "sk-heir", "accept -at $A4:2123"},
		{there, "sk-heir-there", "connect -to $A4:2123 -send 2000"}}},
}

// bystander begins the names of programs that get packets of flows which are not theirs.
const bystander = "sk-bystander-"

// rungs are the ways of attribution.
var rungs = []string{"ebpf", "sock_diag", "proc", "auto"}

// TestOwnerScenarios has programs of every kind talk and looks whose their flows are,
// by each way of attribution with the others off.
func TestOwnerScenarios(t *testing.T) {
	t.Parallel()
	testkit.NetAdmin(t)
	shares := make([]*share, len(rungs))
	t.Cleanup(func() {
		for i, s := range shares {
			if s != nil {
				t.Logf("%-9s %v", rungs[i], s)
			}
		}
	})
	for i, mode := range rungs {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			if mode == "ebpf" {
				testkit.Root(t)
			}
			s := newStage(t, mode)
			s.perform(t)
			shares[i] = s.judge(t, s.end(t), mode)
		})
	}
}

// perform plays all scenarios, one after the other.
func (s *stage) perform(t *testing.T) {
	t.Helper()
	var background []*act
	plays := [][]scenario{scenarios, traps, successors[:], crowds[:]}
	if os.Geteuid() == 0 && testkit.FirstNamespace() {
		plays = append(plays, heirs[:])
	}
	for _, all := range plays {
		for i := range all {
			a := s.play(t, &all[i])
			if all[i].background {
				background = append(background, a)
			} else {
				a.end(t, s.watch)
			}
		}
	}
	for _, a := range background {
		a.end(t, s.watch)
	}
}

// String is one line of the table of shares.
func (s *share) String() string {
	return fmt.Sprintf("%4d of %4d ends named (%.1f %%), %.1f %% of their payload; unknown: %v",
		s.named, s.ends, percent(s.named, s.ends), percent(s.bytesNamed, s.bytes), s.unknown)
}

func percent(part, of uint64) float64 { return 100 * float64(part) / float64(max(of, 1)) }
