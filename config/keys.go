package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// key is one name that a file may set, and how its value gets into a Config.
type key struct {
	name string
	set  func(*Config, *yaml.Node) error
}

// keys lists every key, in the order of docs/config.md.
var keys = []key{
	{"interface", texts(func(c *Config) *[]string { return &c.Interface })},
	{"filter", parsed(func(c *Config) **string { return &c.Filter }, verbatim)},
	{"net_filter", texts(func(c *Config) *[]string { return &c.NetFilter })},
	{"promiscuous", boolean(func(c *Config) **bool { return &c.Promiscuous })},
	{"snaplen", number(func(c *Config) **int { return &c.Snaplen }, 1, math.MaxInt)},
	{"ring_size", parsed(func(c *Config) **Size { return &c.RingSize }, ParseSize)},
	{"queues", number(func(c *Config) **int { return &c.Queues }, 1, MostQueues)},
	{"direction", choice(func(c *Config) **string { return &c.Direction }, "in", "out", "inout")},
	{"decap", boolean(func(c *Config) **bool { return &c.Decap })},
	{"dpi", boolean(func(c *Config) **bool { return &c.DPI })},
	{"refresh_interval", parsed(func(c *Config) **Interval { return &c.RefreshInterval }, ParseInterval)},
	{"names", boolean(func(c *Config) **bool { return &c.Names })},
	{"port_names", boolean(func(c *Config) **bool { return &c.PortNames })},
	{"ports", boolean(func(c *Config) **bool { return &c.Ports })},
	{"bars", boolean(func(c *Config) **bool { return &c.Bars })},
	{"bytes", boolean(func(c *Config) **bool { return &c.Bytes })},
	{"show_localhost", boolean(func(c *Config) **bool { return &c.ShowLocalhost })},
	{"top", number(func(c *Config) **int { return &c.Top }, 0, math.MaxInt)},
	{"max_flows", number(func(c *Config) **int { return &c.MaxFlows }, 0, MostFlows)},
	{"timeout", texts(func(c *Config) *[]string { return &c.Timeout })},
	{"attribution", choice(func(c *Config) **string { return &c.Attribution }, Attributions...)},
	{"max_sockets", number(func(c *Config) **int { return &c.MaxSockets }, 0, MostSockets)},
	{"hash", boolean(func(c *Config) **bool { return &c.Hash })},
	{"processes", boolean(func(c *Config) **bool { return &c.Processes })},
	{"reverse_dns", boolean(func(c *Config) **bool { return &c.ReverseDNS })},
	{"geoip", boolean(func(c *Config) **bool { return &c.GeoIP })},
	{"geoip_country_db", parsed(func(c *Config) **string { return &c.GeoIPCountryDB }, verbatim)},
	{"geoip_city_db", parsed(func(c *Config) **string { return &c.GeoIPCityDB }, verbatim)},
	{"geoip_asn_db", parsed(func(c *Config) **string { return &c.GeoIPASNDB }, verbatim)},
	{"group", choices(func(c *Config) *[]string { return &c.Group }, Groups...)},
	{"order", choice(func(c *Config) **string { return &c.Order }, Orders...)},
	{"log_level", choice(func(c *Config) **string { return &c.LogLevel }, LogLevels...)},
}

// Orders are the values of order, and of -o.
var Orders = []string{"2s", "10s", "40s", "source", "destination", "total"}

// Groups are the values of group, and of --group.
var Groups = []string{"host", "port", "process", "container", "user", "unit", "package", "none"}

// Attributions are the values of attribution, and of --attribution.
var Attributions = []string{"auto", "ebpf", "sock_diag", "proc", "off"}

// LogLevels are the values of log_level, and of --log-level.
var LogLevels = []string{"off", "error", "warn", "info", "debug"}

// Keys returns the names of all keys.
func Keys() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

func boolean(field func(*Config) **bool) func(*Config, *yaml.Node) error {
	return func(c *Config, n *yaml.Node) error {
		var v bool
		if n.Decode(&v) != nil {
			return fmt.Errorf("want true or false, got %s", shown(n))
		}
		*field(c) = &v
		return nil
	}
}

func number(field func(*Config) **int, least, most int) func(*Config, *yaml.Node) error {
	return func(c *Config, n *yaml.Node) error {
		var v int
		// The tag is asked because Decode would cut 1.5 to 1.
		if n.Tag != "!!int" || n.Decode(&v) != nil || v < least {
			return fmt.Errorf("want a whole number, %d or more, got %s", least, shown(n))
		}
		if v > most {
			return fmt.Errorf("want %d at most, got %d", most, v)
		}
		*field(c) = &v
		return nil
	}
}

func choice(field func(*Config) **string, values ...string) func(*Config, *yaml.Node) error {
	return func(c *Config, n *yaml.Node) error {
		// Compared as written: YAML 1.1 would read a bare off as false.
		for _, v := range values {
			if n.Kind == yaml.ScalarNode && n.Value == v {
				*field(c) = &v
				return nil
			}
		}
		return fmt.Errorf("want one of %s, got %s", strings.Join(values, ", "), shown(n))
	}
}

// choices reads one of the values or a list of them.
func choices(field func(*Config) *[]string, values ...string) func(*Config, *yaml.Node) error {
	read := texts(field)
	return func(c *Config, n *yaml.Node) error {
		if err := read(c, n); err != nil {
			return err
		}
		for _, v := range *field(c) {
			if !slices.Contains(values, v) {
				return fmt.Errorf("want some of %s, got %q", strings.Join(values, ", "), v)
			}
		}
		return nil
	}
}

// parsed reads a scalar, of whatever YAML type, by its text.
func parsed[T any](field func(*Config) **T, parse func(string) (T, error)) func(*Config, *yaml.Node) error {
	return func(c *Config, n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode {
			return fmt.Errorf("want one value, got %s", shown(n))
		}
		v, err := parse(n.Value)
		if err != nil {
			return err
		}
		*field(c) = &v
		return nil
	}
}

// verbatim takes a text as it is written.
func verbatim(s string) (string, error) { return s, nil }

// texts reads one text or a list of them.
func texts(field func(*Config) *[]string) func(*Config, *yaml.Node) error {
	return func(c *Config, n *yaml.Node) error {
		items := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			items = n.Content
		}
		var all []string
		for _, item := range items {
			if item.Kind != yaml.ScalarNode || item.Value == "" {
				return errors.New("want a text or a list of texts")
			}
			all = append(all, item.Value)
		}
		*field(c) = all
		return nil
	}
}

// shown words a value for a message.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	default:
		return fmt.Sprintf("%q", n.Value)
	}
}
