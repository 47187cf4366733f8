package main

// The parts of the manual's page that are not made from tables.

var manDescription = []string{
	"Sockeye shows every connection that this machine makes: whose it is, what it says, where it goes and what it costs. It takes packets from the interfaces, or from a capture file.",
	"On a terminal it opens a dashboard with the tabs Flows, Processes, Hosts, Details, Sockets, Graphs, Events and System. Where the output is no terminal it writes a table every second; with `--json` a record, with `--json-events` a line for what happens.",
	"Every packet is counted once, in its flow. Rates are over the true last 2, 10 and 40 seconds. What is shown adds up to what passed, and every loss has a counter of its own.",
	"Nothing is sent on the network, unless `--reverse-dns` asks for names or a filter has the name of a host.",
}

var manQueryText = []string{
	"A query chooses flows: in the dashboard (`/`), with `-q`, and in alerts. It changes nothing of what is captured or counted. Words side by side must all hold; there are `and`, `or`, `not` and parentheses. A bare word finds any text that is shown.",
	"`process:fire` finds a part of a value, `process=firefox` all of it; `rate>1M`, `age<5m`, `port:80-90`, `port:80,443`, `host:10.0.0.0/8` and `process:/^fire/` are comparisons, ranges, sets, networks and regular expressions. `:name` is a saved query of the configuration. These are the fields:",
}

// manSection is a section that is written by hand.
type manSection struct {
	title string
	text  []string
	items [][2]string
}

var manSections = []manSection{
	{title: "Rights", text: []string{
		"On Linux capturing takes `cap_net_raw`; whose flows are, also of other users, takes more. On macOS it takes root, or the group `access_bpf`. `sockeye doctor` says what this machine lets you do, and which command mends what is missing. Reading files, `sockeye sockets` and `--demo` take no rights.",
	}},
	{title: "Files", items: [][2]string{
		{"`$XDG_CONFIG_HOME/sockeye/config.yaml`, `~/.config/sockeye/config.yaml`", "The configuration; under sudo that of the user who called."},
		{"`$XDG_STATE_HOME/sockeye/logs`, `~/.local/state/sockeye/logs`", "Logs, with `--log-level`."},
		{"`$XDG_DATA_HOME/sockeye/geoip`, `~/.local/share/sockeye/geoip`, `/usr/share/GeoIP`, `/var/lib/GeoIP`", "Databases of countries, cities and networks (`.mmdb`)."},
	}},
	{title: "Environment", items: [][2]string{
		{"`NO_COLOR`", "If not empty, the dashboard has no colors but bold, dim, underlined and reverse text."},
		{"`TERM`, `COLORTERM`", "What the terminal can show. With `TERM=dumb` there is no dashboard."},
		{"`LC_ALL`, `LC_CTYPE`, `LANG`", "A locale without UTF-8 has lines and bars of ASCII characters."},
		{"`XDG_CONFIG_HOME`, `XDG_STATE_HOME`, `XDG_DATA_HOME`", "Where the files are."},
	}},
	{title: "Exit status", items: [][2]string{
		{"0", "Success; also when a signal ended it, or the reader of its output went away."},
		{"1", "A failure: no rights, no such interface, and so on."},
		{"2", "Wrong usage, filter, query or configuration."},
		{"3", "The capture file is damaged; everything before the damage was used."},
	}},
}

// manExamples are what is wanted, and the command for it.
var manExamples = [][2]string{
	{"The dashboard, of all interfaces that carry traffic:", "sudo sockeye"},
	{"Look at it without any rights:", "sockeye --demo"},
	{"Only what one program talks about with the Internet:", "sudo sockeye -q 'process:firefox not scope:private'"},
	{"Who listens:", "sockeye sockets -l"},
	{"The fast flows of a capture file, as JSON:", "sockeye read trace.pcapng --json --once | jq '.flows[:10]'"},
	{"Let the kernel take only what is asked for:", "sudo sockeye -f 'tcp port 443 and not host 10.0.0.1'"},
}
