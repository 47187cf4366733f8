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

	Screen
}

// Screen is what a file sets for the dashboard alone.
type Screen struct {
	Theme        *string         // theme: its name; whether there is such a one is not checked
	BarStyle     *string         // bar_style: one of BarStyles
	LogScale     *bool           // log_scale
	ScaleMax     *Amount         // scale_max: bytes/s at the end of the bars; 0 follows the traffic
	LineMode     *string         // line_mode: one of LineModes
	FlowsBy      *string         // flows_by: one of FlowGroups
	ProcessesBy  *string         // processes_by: one of ProcessGroups
	Closed       *bool           // closed: rows of flows that ended
	Cumulative   *bool           // cumulative: the row of sums since the start
	HeaderBar    *bool           // header_bar
	Borders      *bool           // borders: lines round boxes
	SidePanel    *bool           // side_panel
	InlineSpark  *bool           // inline_spark: a curve under the selected row
	Tooltips     *bool           // tooltips
	Mouse        *bool           // mouse
	QueryHistory []string        // query_history: the newest last
	ConfirmQuit  *bool           // confirm_quit
	Sort         map[string]Sort // sort, by tab
	Columns      map[string]bool // columns: shown or hidden, by "tab.column"
	Widths       map[string]int  // widths, by "tab.column"
	Pins         []Pin           // pins

	Queries map[string]string   // queries, by name; not compiled
	Keys    map[string][]string // keys: of an action; whether there are such is not checked
	Themes  Palettes            // themes

	AlertThreshold *Amount // alert_threshold: bytes/s of one flow; 0 for none
	Alerts         []Alert // alerts
}

// maxFile is the longest file that is read: a configuration is a screenful.
const maxFile = 1 << 20

// Load reads the file at path. A file that is missing gives an error that
// matches fs.ErrNotExist; one that says something wrong gives an *Error. The
// Config is never nil: see Parse.
func Load(path string) (*Config, error) {
	text, err := readFile(path)
	if err != nil {
		return &Config{}, err
	}
	return Parse(path, text)
}

func readFile(path string) ([]byte, error) {
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
	return text, nil
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
// names path. A key that does not exist is one that is Unknown, and the Config
// holds all others; with any other error the Config is empty, which means the
// defaults, so that half a file is never in force.
func Parse(path string, text []byte) (*Config, error) {
	c := &Config{}
	root, err := mapping(path, text)
	if root == nil {
		return c, err
	}
	var unknown error
	seen := map[string]int{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		name, value := root.Content[i], root.Content[i+1]
		if first, again := seen[name.Value]; again {
			return &Config{}, &Error{Path: path, Line: name.Line, Key: name.Value,
				Reason: fmt.Sprintf("given before, on line %d", first)}
		}
		seen[name.Value] = name.Line
		switch err := c.set(path, name, value); {
		case err == nil:
		case err.Unknown && unknown == nil:
			unknown = err
		case !err.Unknown:
			return &Config{}, err
		}
	}
	return c, unknown
}

// mapping returns the lines of a configuration file, nil where it has none.
func mapping(path string, text []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, syntaxError(path, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil, nil // empty, or nothing but comments
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, &Error{Path: path, Line: root.Line, Reason: "want lines of the form \"key: value\""}
	}
	return root, nil
}

// set gives one key its value.
func (c *Config) set(path string, name, value *yaml.Node) *Error {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name.Value })
	if i < 0 {
		return &Error{Path: path, Line: name.Line, Key: name.Value, Reason: "no such key", Unknown: true}
	}
	if value.Tag == "!!null" {
		return &Error{Path: path, Line: name.Line, Key: name.Value, Reason: "has no value"}
	}
	if err := keys[i].read(c, value); err != nil {
		e := &Error{Path: path, Line: value.Line, Key: name.Value, Reason: err.Error()}
		if placed := (*lineError)(nil); errors.As(err, &placed) {
			e.Line = placed.line
		}
		return e
	}
	return nil
}
