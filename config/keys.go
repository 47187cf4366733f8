package config

import (
	"math"
	"slices"
)

// key is one name that a file may set.
type key struct {
	name string
	what string // what it does, for people: the comment in a file of defaults
	form string // what a value looks like, for people
	read reader

	// Either the default, as YAML, or what holds where the key is not there and an
	// example of a value.
	def              string
	without, example string

	option string // of the command line that means the same; "" where there is none
}

// keys lists every key, in the order of docs/config.md.
var keys = slices.Concat(captureKeys, screenKeys)

// captureKeys are what every command that counts goes by.
var captureKeys = []key{
	{name: "interface", option: "-i", what: "Where packets are taken from: the name of an interface, or a list of names.",
		form: "name or list of names", without: "those with a default route or traffic", example: "eth0",
		read: texts(func(c *Config) *[]string { return &c.Interface })},
	{name: "filter", option: "-f", what: "Which packets are taken, as pcap-filter(7) says it.",
		form: "expression of pcap-filter(7)", without: "none", example: "tcp port 443",
		read: parsed(func(c *Config) **string { return &c.Filter }, verbatim)},
	{name: "net_filter", option: "-F", what: "Only flows with an end in one of these networks.",
		form: "CIDR or list of them", without: "none", example: "[10.0.0.0/8, fd00::/8]",
		read: texts(func(c *Config) *[]string { return &c.NetFilter })},
	{name: "promiscuous", option: "-p", what: "Takes what is not for this machine, too.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.Promiscuous })},
	{name: "snaplen", option: "-s", what: "How many bytes of each packet are kept.",
		form: "bytes", without: "everything", example: "256",
		read: number(func(c *Config) **int { return &c.Snaplen }, 1, math.MaxInt)},
	{name: "ring_size", option: "--ring-size", what: "Memory of all capture rings together.",
		form: "`64MiB`", without: "`32MiB`", example: "64MiB",
		read: parsed(func(c *Config) **Size { return &c.RingSize }, ParseSize)},
	{name: "queues", option: "--queues", what: "How many rings an interface has.",
		form: "number, 64 at most", without: "one a processor, as far as each gets 4 MiB", example: "4",
		read: number(func(c *Config) **int { return &c.Queues }, 1, MostQueues)},
	{name: "direction", option: "--direction", what: "Packets that come in, that go out, or both.",
		form: "`in`, `out`, `inout`", def: "inout",
		read: choice(func(c *Config) **string { return &c.Direction }, "in", "out", "inout")},
	{name: "decap", option: "--decap", what: "Counts what is in a tunnel, one tunnel deep.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.Decap })},
	{name: "dpi", option: "--no-dpi", what: "Looks into payload for protocols and names.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.DPI })},
	{name: "refresh_interval", option: "-r", what: "Time between two pictures, or two records.",
		form: "`500ms`, `2s`; a plain number is milliseconds", def: "1s",
		read: parsed(func(c *Config) **Interval { return &c.RefreshInterval }, ParseInterval)},
	{name: "ports", option: "-P", what: "Shows ports.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.Ports })},
	{name: "bars", option: "-b", what: "Draws bars in text output on a terminal.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.Bars })},
	{name: "bytes", option: "-B", what: "Rates in bytes, not bits.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.Bytes })},
	{name: "show_localhost", option: "--show-localhost", what: "Rows for traffic of this machine with itself.",
		form: "`true`, `false`", without: "with `interface: lo` only", example: "true",
		read: boolean(func(c *Config) **bool { return &c.ShowLocalhost })},
	{name: "top", option: "--top", what: "How many flows a record has; 0 for all.",
		form: "number, 0 for all", def: "1000",
		read: number(func(c *Config) **int { return &c.Top }, 0, math.MaxInt)},
	{name: "max_flows", option: "--max-flows", what: "How many flows are kept at a time; 0 for as many as suit the memory.",
		form: "number, 2^30 at most; 0 for one that suits the memory", def: "0",
		read: number(func(c *Config) **int { return &c.MaxFlows }, 0, MostFlows)},
	{name: "timeout", option: "--timeout", what: "When silent flows end.",
		form: "`udp=30s` or list of such [time limits](cli.md#time-limits)", without: "by kind", example: "[udp=30s]",
		read: texts(func(c *Config) *[]string { return &c.Timeout })},
	{name: "group", option: "--group", what: "What flows are added up by in text output.",
		form: "`host`, `port`, `process`, `container`, `user`, `unit`, `package`, `none`, or a list of them; `read` takes the first two", without: "none", example: "[process, host]",
		read: choices(func(c *Config) *[]string { return &c.Group }, Groups...)},
	{name: "order", option: "-o", what: "What text output is sorted by.",
		form: "`2s`, `10s`, `40s`, `source`, `destination`, `total`", def: "2s",
		read: choice(func(c *Config) **string { return &c.Order }, Orders...)},
	{name: "names", option: "-n", what: "Names of hosts, not addresses.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.Names })},
	{name: "port_names", option: "-N", what: "Names of services, not numbers of ports.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.PortNames })},
	{name: "attribution", option: "--attribution", what: "How owners of flows are found.",
		form: "`auto`, `ebpf`, `sock_diag`, `proc`, `off`", def: "auto",
		read: choice(func(c *Config) **string { return &c.Attribution }, Attributions...)},
	{name: "max_sockets", option: "--max-sockets", what: "How many open sockets are remembered; 0 for 65536.",
		form: "number, 2^20 at most; 0 for the default", def: "0",
		read: number(func(c *Config) **int { return &c.MaxSockets }, 0, MostSockets)},
	{name: "hash", option: "--hash", what: "SHA-256 of executables.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.Hash })},
	{name: "processes", option: "-Z", what: "Shows whose each flow is.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.Processes })},
	{name: "geoip", option: "--no-geoip", what: "Countries, cities and networks of addresses.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.GeoIP })},
	{name: "geoip_country_db", option: "--geoip-country-db", what: "The database of countries.",
		form: "path of an `.mmdb` file; `~/` is the home of the user who called", without: "found in the usual folders", example: "/var/lib/GeoIP/country.mmdb",
		read: parsed(func(c *Config) **string { return &c.GeoIPCountryDB }, verbatim)},
	{name: "geoip_city_db", option: "--geoip-city-db", what: "The database of cities.",
		form: "path of an `.mmdb` file; `~/` is the home of the user who called", without: "found in the usual folders", example: "/var/lib/GeoIP/city.mmdb",
		read: parsed(func(c *Config) **string { return &c.GeoIPCityDB }, verbatim)},
	{name: "geoip_asn_db", option: "--geoip-asn-db", what: "The database of networks.",
		form: "path of an `.mmdb` file; `~/` is the home of the user who called", without: "found in the usual folders", example: "/var/lib/GeoIP/asn.mmdb",
		read: parsed(func(c *Config) **string { return &c.GeoIPASNDB }, verbatim)},
	{name: "reverse_dns", option: "--reverse-dns", what: "Asks the network for names of hosts.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.ReverseDNS })},
	{name: "log_level", option: "--log-level", what: "What the log file holds.",
		form: "`off`, `error`, `warn`, `info`, `debug`", def: "off",
		read: choice(func(c *Config) **string { return &c.LogLevel }, LogLevels...)},
}

// Orders are the values of order, and of -o.
var Orders = []string{"2s", "10s", "40s", "source", "destination", "total"}

// Groups are the values of group, and of --group.
var Groups = []string{"host", "port", "process", "container", "user", "unit", "package", "none"}

// Attributions are the values of attribution, and of --attribution.
var Attributions = []string{"auto", "ebpf", "sock_diag", "proc", "off"}

// LogLevels are the values of log_level, and of --log-level.
var LogLevels = []string{"off", "error", "warn", "info", "debug"}
