package main

import (
	"net/netip"
	"time"

	"sockeye/track/proc"
)

// The machine of the demonstration. All addresses are for documentation (RFC 5737, RFC
// 3849), but for those of its own network.
var (
	demoAddr4  = netip.MustParseAddr("192.168.1.23")
	demoAddr6  = netip.MustParseAddr("2001:db8:1::23")
	demoRouter = netip.MustParseAddr("192.168.1.1")
	demoNAS    = netip.MustParseAddr("192.168.1.40")
)

// Processes of the demonstration, by their number in demoProcesses from 1.
const (
	demoBrowser uint32 = iota + 1
	demoMail
	demoPlayer
	demoResolver
	demoApt
	demoWeb
	demoSSHD
	demoGit
	demoTime
	demoSync
	demoAgent
	demoPinger
)

func demoProcess(pid int32, name, exe, user string, uid uint32, unit, pkg string) proc.Process {
	p := proc.Process{
		ID: proc.ID{PID: pid, Start: uint64(pid) * 10}, Name: name, Comm: name[:min(len(name), 15)], Exe: exe, Args: []string{exe},
		UID: uid, GID: uid, User: user, Group: user, Unit: unit, Parents: []proc.Parent{{ID: proc.ID{PID: 1}, Name: "systemd"}},
	}
	if pkg != "" {
		p.Package = &proc.Package{Manager: "dpkg", Name: pkg, Version: "1.0-1", Arch: "amd64"}
	}
	return p
}

// demoProcesses returns them in their order.
func demoProcesses() []proc.Process {
	const session = "session-2.scope"
	all := []proc.Process{
		demoProcess(4711, "firefox", "/usr/lib/firefox/firefox", "alice", 1000, "app-firefox.scope", "firefox"),
		demoProcess(4820, "thunderbird", "/usr/lib/thunderbird/thunderbird", "alice", 1000, "app-thunderbird.scope", "thunderbird"),
		demoProcess(5102, "mpv", "/usr/bin/mpv", "alice", 1000, "app-mpv.scope", "mpv"),
		demoProcess(512, "systemd-resolved", "/usr/lib/systemd/systemd-resolved", "systemd-resolve", 101, "systemd-resolved.service", "systemd-resolved"),
		demoProcess(6033, "apt-get", "/usr/bin/apt-get", "_apt", 42, session, "apt"),
		demoProcess(1377, "nginx", "/usr/sbin/nginx", "www-data", 33, "docker-4f1a.scope", "nginx"),
		demoProcess(801, "sshd", "/usr/sbin/sshd", "root", 0, "ssh.service", "openssh-server"),
		demoProcess(6120, "git-remote-https", "/usr/lib/git-core/git-remote-https", "alice", 1000, session, "git"),
		demoProcess(620, "chronyd", "/usr/sbin/chronyd", "_chrony", 104, "chrony.service", "chrony"),
		demoProcess(2210, "syncthing", "/usr/bin/syncthing", "alice", 1000, "syncthing.service", "syncthing"),
		demoProcess(930, "telemetry-agent", "/opt/agent/bin/telemetry-agent", "agent", 996, "telemetry-agent.service", ""),
		demoProcess(6208, "ping", "/usr/bin/ping", "alice", 1000, session, "iputils-ping"),
	}
	all[demoWeb-1].Container = &proc.Container{
		Runtime: "docker", ID: "4f1a6f0c9be2d35c7a80c1b7e3a9d1f4e2b6c8a7d9e0f1a2b3c4d5e6f7a8b9c0", Name: "web", Image: "nginx:1.27",
	}
	for i := range all {
		all[i].Ref = proc.Ref(i + 1)
	}
	return all
}

func demoAt(name, addr string, rtt time.Duration) demoHost {
	return demoHost{name, netip.MustParseAddr(addr), rtt}
}

// demoPlans returns who talks with whom.
func demoPlans() []demoPlan {
	const (
		ms     = time.Millisecond
		minute = time.Minute
		once   = -1
	)
	news := demoAt("www.example.com", "203.0.113.10", 18*ms)
	return append([]demoPlan{
		{kind: demoTLS, process: demoPlayer, host: demoAt("video.example.net", "203.0.113.77", 12*ms), port: 443, down: 640e3, up: 4e3, swing: 12 * time.Second, life: 50 * minute, pause: 3 * time.Second},
		{kind: demoTLS, process: demoBrowser, host: news, port: 443, down: 45e3, up: 3e3, swing: 9 * time.Second, life: 20 * time.Second, pause: 2 * time.Second},
		{kind: demoTLS, process: demoBrowser, host: demoAt("cdn.example.net", "2001:db8:77::9", 15*ms), port: 443, down: 160e3, up: 5e3, swing: 7 * time.Second, life: 40 * time.Second, pause: 4 * time.Second},
		{kind: demoTLS, process: demoBrowser, host: demoAt("api.example.com", "203.0.113.24", 31*ms), port: 443, down: 2e3, up: 6e3, life: 10 * minute, pause: 5 * time.Second},
		{kind: demoTLS, process: demoMail, host: demoAt("imap.example.org", "198.51.100.143", 42*ms), port: 993, down: 600, up: 90, life: 30 * minute, pause: 9 * time.Second},
		{kind: demoHTTP, process: demoApt, host: demoAt("mirror.example.org", "198.51.100.80", 9*ms), port: 80, down: 380e3, up: 0, swing: 30 * time.Second, begin: 8 * time.Second, life: 45 * time.Second, pause: 20 * time.Second},
		{kind: demoTLS, process: demoWeb, host: demoAt("", "198.51.100.201", 55*ms), port: 443, in: true, down: 1500, up: 70e3, swing: 15 * time.Second, life: 25 * time.Second, pause: 6 * time.Second},
		{kind: demoTLS, process: demoWeb, host: demoAt("", "2001:db8:9::1c", 88*ms), port: 443, in: true, down: 900, up: 22e3, begin: 11 * time.Second, life: 18 * time.Second, pause: 12 * time.Second},
		{kind: demoSSH, process: demoSSHD, host: demoAt("", "192.168.1.40", 1*ms), port: 22, in: true, down: 900, up: 2600, life: 40 * minute, pause: once},
		{kind: demoTLS, process: demoGit, host: demoAt("git.example.org", "198.51.100.44", 27*ms), port: 443, down: 210e3, up: 8e3, begin: 22 * time.Second, life: 9 * time.Second, pause: 50 * time.Second},
		{kind: demoTLS, process: demoSync, host: demoAt("relay.example.net", "203.0.113.150", 63*ms), port: 22067, down: 9e3, up: 95e3, swing: 25 * time.Second, life: 45 * minute, pause: 5 * time.Second},
		{kind: demoTLS, process: demoAgent, host: demoAt("telemetry.example.com", "203.0.113.99", 120*ms), port: 443, down: 100, up: 1800, life: 5 * time.Second, pause: 10 * time.Second},
		{kind: demoNTP, process: demoTime, host: demoAt("ntp.example.org", "198.51.100.123", 14*ms), port: 123, begin: 3 * time.Second, life: time.Second, pause: 31 * time.Second},
		{kind: demoPing, process: demoPinger, host: demoAt("", "203.0.113.1", 11*ms), life: 30 * minute, pause: once},
		{kind: demoRefused, host: demoAt("", "198.51.100.66", 140*ms), port: 3389, in: true, begin: 17 * time.Second, life: time.Second, pause: 23 * time.Second},
	}, demoTabs(news)...)
}

// demoTabs are short visits of the browser to one host, as a page makes several.
func demoTabs(host demoHost) []demoPlan {
	var all []demoPlan
	for i := range 6 {
		n := time.Duration(i)
		all = append(all, demoPlan{
			kind: demoTLS, process: demoBrowser, host: host, port: 443, down: 18e3, up: 900,
			begin: n * 2300 * time.Millisecond, life: (3 + 2*n) * time.Second, pause: (14 - n) * time.Second,
		})
	}
	return all
}
