package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"gopkg.in/yaml.v3"
)

// Config is what a configuration file sets. A nil pointer or an empty list
// means that the file does not name the key. What a value means beyond its
// form (whether such an interface exists, say) is for the caller to check.
type Config struct {
	Interface       []string  // interface: names, as for -i
	Filter          *string   // filter: an expression of pcap-filter(7), as for -f
	NetFilter       []string  // net_filter: CIDR prefixes, as for -F
	Promiscuous     *bool     // promiscuous
	Snaplen         *int      // snaplen: bytes of each packet that are kept
	RingSize        *Size     // ring_size: memory of all rings together
	Queues          *int      // queues: rings an interface
	Direction       *string   // direction: in, out or inout
	Decap           *bool     // decap: look one tunnel deep
	DPI             *bool     // dpi: look into payload
	RefreshInterval *Interval // refresh_interval: time between two records
	Names           *bool     // names: show names of hosts
	PortNames       *bool     // port_names: show names of services
	Ports           *bool     // ports: show ports at all
	Bars            *bool     // bars: draw bars on a terminal
	Bytes           *bool     // bytes: rates in bytes, not bits
	ShowLocalhost   *bool     // show_localhost: rows for loopback traffic
	Top             *int      // top: flows a record; 0 for all
	MaxFlows        *int      // max_flows: flows kept at a time; 0 for a number that suits the memory
	Timeout         []string  // timeout: time limits of silent flows, "udp=30s"
	Attribution     *string   // attribution: how owners are found
	MaxSockets      *int      // max_sockets: open sockets that are remembered; 0 for the default
	Hash            *bool     // hash: SHA-256 of executables
	Processes       *bool     // processes: flows with their processes
	ReverseDNS      *bool     // reverse_dns: ask the network for names
	GeoIP           *bool     // geoip: countries, cities and networks of addresses
	GeoIPCountryDB  *string   // geoip_country_db: path of an .mmdb file
	GeoIPCityDB     *string   // geoip_city_db
	GeoIPASNDB      *string   // geoip_asn_db
	Group           []string  // group: what flows are added up by
	Order           *string   // order: what text output is sorted by
	LogLevel        *string   // log_level: off, error, warn, info or debug
}

// maxFile is the longest file that is read: a configuration is a screenful.
const maxFile = 1 << 20

// Load reads the file at path. A file that is missing gives an error that
// matches fs.ErrNotExist; one that says something wrong gives an *Error.
func Load(path string) (*Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read configuration: %s is not a regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("read configuration: %s is longer than %d bytes", path, maxFile)
	}
	return Parse(path, text)
}

// LoadDefault reads the file at DefaultPath and returns its path with it. No
// file there is no error, and neither is a folder that may not be entered (the
// home of another user, for a service): the Config is empty then.
func LoadDefault(u User) (*Config, string, error) {
	path := DefaultPath(u)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return &Config{}, path, nil
	}
	c, err := Load(path)
	return c, path, err
}

// Parse reads the text of a configuration file. Every error is an *Error that
// names path.
func Parse(path string, text []byte) (*Config, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, syntaxError(path, err)
	}
	c := &Config{}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return c, nil // empty, or nothing but comments
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, &Error{Path: path, Line: root.Line, Reason: "want lines of the form \"key: value\""}
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		name, value := root.Content[i], root.Content[i+1]
		if first, again := seen[name.Value]; again {
			return nil, &Error{Path: path, Line: name.Line, Key: name.Value,
				Reason: fmt.Sprintf("given before, on line %d", first)}
		}
		seen[name.Value] = name.Line
		if err := c.set(path, name, value); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// set gives one key its value.
func (c *Config) set(path string, name, value *yaml.Node) error {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name.Value })
	if i < 0 {
		return &Error{Path: path, Line: name.Line, Key: name.Value, Reason: "no such key", Unknown: true}
	}
	if value.Tag == "!!null" {
		return &Error{Path: path, Line: name.Line, Key: name.Value, Reason: "has no value"}
	}
	if err := keys[i].set(c, value); err != nil {
		return &Error{Path: path, Line: value.Line, Key: name.Value, Reason: err.Error()}
	}
	return nil
}
