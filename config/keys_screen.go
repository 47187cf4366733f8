package config

// BarStyles are the values of bar_style.
var BarStyles = []string{"gradient", "solid", "thin", "ascii", "off"}

// LineModes are the values of line_mode.
var LineModes = []string{"one", "two", "sent", "received"}

// FlowGroups are the values of flows_by.
var FlowGroups = []string{"none", "process", "remote", "domain", "container", "port", "country"}

// ProcessGroups are the values of processes_by.
var ProcessGroups = []string{"process", "container", "unit", "user", "package"}

// Tabs are the names of the dashboard's tabs: the keys of sort, and what the keys of
// columns and widths begin with.
var Tabs = []string{"flows", "processes", "hosts", "details", "sockets", "graphs", "events", "system"}

// screenKeys are for the dashboard alone, which writes most of them itself.
var screenKeys = []key{
	{name: "theme", what: "Colors of the dashboard: `sockeye themes` lists them.",
		form: "name of a theme", without: "`muted`, or `light` on a light background", example: "tokyo-night",
		read: parsed(func(c *Config) **string { return &c.Theme }, named)},
	{name: "bar_style", what: "Bars behind rows.",
		form: "`gradient`, `solid`, `thin`, `ascii`, `off`", def: "gradient",
		read: choice(func(c *Config) **string { return &c.BarStyle }, BarStyles...)},
	{name: "log_scale", what: "Bars are logarithmic, not linear.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.LogScale })},
	{name: "scale_max", what: "Rate at the end of the bars; 0 follows the traffic.",
		form: "bytes per second, as `10MB`", def: "0",
		read: parsed(func(c *Config) **Amount { return &c.ScaleMax }, ParseAmount)},
	{name: "line_mode", what: "One or two lines a flow, or only what it sent or received.",
		form: "`one`, `two`, `sent`, `received`", def: "one",
		read: choice(func(c *Config) **string { return &c.LineMode }, LineModes...)},
	{name: "flows_by", what: "What the tab Flows groups by.",
		form: "`none`, `process`, `remote`, `domain`, `container`, `port`, `country`", def: "none",
		read: choice(func(c *Config) **string { return &c.FlowsBy }, FlowGroups...)},
	{name: "processes_by", what: "What the tab Processes adds up by.",
		form: "`process`, `container`, `unit`, `user`, `package`", def: "process",
		read: choice(func(c *Config) **string { return &c.ProcessesBy }, ProcessGroups...)},
	{name: "closed", what: "Rows of flows that ended.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.Closed })},
	{name: "cumulative", what: "Row of what was carried since the start.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.Cumulative })},
	{name: "header_bar", what: "The bar of facts at the top.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.HeaderBar })},
	{name: "borders", what: "Lines round boxes.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.Borders })},
	{name: "side_panel", what: "The panel beside rows, on screens of 122 columns or more.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.SidePanel })},
	{name: "inline_spark", what: "A curve under the selected row.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.InlineSpark })},
	{name: "tooltips", what: "Tooltips where the pointer rests.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.Tooltips })},
	{name: "mouse", what: "Takes the mouse; without it the terminal's own selection works.",
		form: "`true`, `false`", def: "true",
		read: boolean(func(c *Config) **bool { return &c.Mouse })},
	{name: "confirm_quit", what: "Asks before it quits.",
		form: "`true`, `false`", def: "false",
		read: boolean(func(c *Config) **bool { return &c.ConfirmQuit })},
	{name: "sort", what: "The column that a tab is sorted by; with `-` before it the largest is first.",
		form: "mapping of tabs to columns", without: "the tab's own order", example: "{flows: -total}",
		read: readSort},
	{name: "columns", what: "Columns that are hidden, or shown although they would not be.",
		form: "mapping of `tab.column` to `true`, `false`", without: "the tab's own columns", example: "{flows.rtt: false}",
		read: readColumns},
	{name: "widths", what: "Widths of columns that were dragged.",
		form: "mapping of `tab.column` to numbers", without: "as wide as fits", example: "{flows.process: 24}",
		read: readWidths},
	{name: "pins", what: "What is on top: all flows of a process with a host.",
		form: "list of mappings of `process` and `remote`", without: "none", example: "[{process: curl, remote: example.org}]",
		read: readPins},
	{name: "queries", what: "Queries that are used as `:name` in others.",
		form: "mapping of names to [queries](query.md)", without: "none", example: "{web: 'port:443 or port:80'}",
		read: readQueries},
	{name: "query_history", what: "Queries that were used on the screen, the newest last.",
		form: "query or list of queries", without: "none", example: "['port:443', 'rate>1M']",
		read: texts(func(c *Config) *[]string { return &c.QueryHistory })},
	{name: "keys", what: "Other keys for actions.",
		form: "mapping of actions to a key or a list of keys", without: "as the help of the dashboard says", example: "{pause: [P, F9]}",
		read: readKeys},
	{name: "themes", what: "Themes of your own, of six colors each.",
		form: "mapping of names to [`c1` to `c6`](themes.md#your-own)", without: "none",
		example: "{mine: {c1: 39, c2: '#87d7af', c3: 183, c4: 221, c5: 110, c6: 24}}",
		read:    readThemes},
	{name: "alert_threshold", what: "Alerts when a flow is faster; 0 never does.",
		form: "bytes per second, as `10MB`", def: "0",
		read: parsed(func(c *Config) **Amount { return &c.AlertThreshold }, ParseAmount)},
	{name: "alerts", what: "When to alert, and how.",
		form: "list of [rules](#alerts)", without: "none", example: "[{on: process, metric: rate, above: 10MB, for: 10s}]",
		read: readAlerts},
}
