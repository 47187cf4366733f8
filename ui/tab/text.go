package tab

import (
	"cmp"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/ui/theme"
)

// The texts of rows, for all tabs. They say what the text output says, see package
// export. What comes from outside is in them as it came: term.Pane makes it printable.

// protoText names a row's protocol: of IP the one above it, else the EtherType's.
func protoText(r *track.Row) string {
	switch {
	case isIP(r.Family):
		return parse.ProtoName(uint8(r.Proto))
	case r.Family == parse.FamilyNone && r.Proto == 0:
		return "unknown"
	}
	return parse.EtherTypeName(r.Proto)
}

func isIP(f parse.Family) bool { return f == parse.FamilyIPv4 || f == parse.FamilyIPv6 }

// endOf returns an end of a row: that of what is sent by track.Sent, which is the local
// one, or the other.
func endOf(r *track.Row, way int) *track.Endpoint {
	if way == track.Sent {
		return &r.Local
	}
	return &r.Remote
}

// addressText returns an end's address without its port: of IP or, in flows that have
// none, of the network card. It is "" where there is neither.
func addressText(r *track.Row, e *track.Endpoint) string {
	switch {
	case r.Family == parse.FamilyLink:
		return net.HardwareAddr(e.MAC[:]).String()
	case e.Addr.IsValid():
		return e.Addr.String()
	}
	return ""
}

// remoteName returns the name of a row's remote end, "" where none is known or none is
// wanted.
func remoteName(m *Model, r *track.Row) string {
	if !m.Prefs.Resolve || m.Naming == nil {
		return ""
	}
	return m.Naming.Host(r)
}

// hostText names an end without its port: by name where one is known and wanted, else
// by address. It is "?" where there is no address either.
func hostText(m *Model, r *track.Row, way int) string {
	if way == track.Received {
		if name := remoteName(m, r); name != "" {
			return name
		}
	}
	return cmp.Or(addressText(r, endOf(r, way)), "?")
}

// endText names an end as people want to see it: "example.org:https", "[2001:db8::1]:443",
// or without the port.
func endText(m *Model, r *track.Row, way int) string {
	host := hostText(m, r, way)
	port := portText(m, r, way)
	if port == "" {
		return host
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// portText returns the port of an end, by the service's name where it is that of the
// service and names are wanted; "" where there is none, or none is wanted.
func portText(m *Model, r *track.Row, way int) string {
	port := endOf(r, way).Port
	if !m.Prefs.Ports || !r.HasPorts() || port == 0 {
		return ""
	}
	if m.Prefs.ServiceNames && m.Naming != nil && m.Naming.Port(r) == port {
		if name := m.Naming.Service(r); name != "" {
			return name
		}
	}
	return strconv.Itoa(int(port))
}

// serviceText names the service that was called, by its port where it has no name or
// none is wanted; "" where there are no ports.
func serviceText(m *Model, r *track.Row) string {
	if m.Naming == nil {
		return ""
	}
	if m.Prefs.ServiceNames {
		if name := m.Naming.Service(r); name != "" {
			return name
		}
	}
	if port := m.Naming.Port(r); port != 0 {
		return strconv.Itoa(int(port))
	}
	return ""
}

// countryText returns the code of the country that a row's remote end is in, "" where
// no database tells.
func countryText(m *Model, r *track.Row) string {
	if m.Naming == nil {
		return ""
	}
	return m.Naming.Place(&r.Remote).Country
}

// appName names what a flow speaks: "tls", or "tls?" where nothing but the port says so.
func appName(a *dpi.App) string {
	switch {
	case a == nil || a.Protocol == dpi.Unknown:
		return ""
	case a.Confidence == dpi.ByPort:
		return a.Protocol.String() + "?"
	}
	return a.Protocol.String()
}

// appText is appName with what people know the flow by: "tls example.org".
func appText(a *dpi.App) string {
	name, subject := appName(a), a.Subject()
	if name == "" || subject == "" {
		return name + subject
	}
	return name + " " + subject
}

// stateText names the state of a row: why it is over, or its state, of the local end
// where the two have one each.
func stateText(r *track.Row) string {
	if r.Closed != track.Open {
		return "closed " + r.Closed.String()
	}
	return r.State[0].String()
}

// wayMark shows between whom a flow runs and who began it.
func wayMark(r *track.Row) string {
	switch {
	case r.Class == track.Loopback:
		return "↻"
	case r.Class == track.Forwarded:
		return "⇄"
	case r.Class == track.Incoming:
		return "←"
	}
	return "→"
}

// asciiSigns stand for signs where the screen has none but ASCII's.
var asciiSigns = map[string]string{
	"→": ">", "←": "<", "↻": "@", "⇄": "=", "★": "*", "▸": "+", "▾": "-", "▲": "^", "▼": "v", "↑": "tx ", "↓": "rx ", " · ": ", ",
}

// sign returns a sign as the screen can show it.
func sign(m *Model, s string) string {
	if plain, ok := asciiSigns[s]; ok && m.Theme != nil && m.Theme.ASCII {
		return plain
	}
	return s
}

var classTexts = [...]string{
	track.Outgoing: "outgoing", track.Incoming: "incoming", track.Loopback: "loopback", track.Forwarded: "forwarded",
}

// wayText is wayMark in words.
func wayText(r *track.Row) string {
	if !r.InitiatorKnown && (r.Class == track.Outgoing || r.Class == track.Incoming) {
		return classTexts[r.Class] + " (guessed)"
	}
	return classTexts[r.Class]
}

// rttOf returns the time from this machine to the remote end and back; of traffic
// between others that between the two. Of QUIC it is the handshake's. It is 0 where it
// is not known.
func rttOf(r *track.Row) time.Duration {
	rtt := r.Health.RTT
	switch {
	case r.Class != track.Forwarded && rtt[track.Sent] != 0:
		return rtt[track.Sent]
	case r.Class == track.Forwarded && rtt[track.Sent] != 0 && rtt[track.Received] != 0:
		return rtt[track.Sent] + rtt[track.Received]
	}
	if q, ok := r.App.Find("quic").(*dpi.QUICDetail); ok {
		return time.Duration(q.RTTMS * float64(time.Millisecond))
	}
	return 0
}

// staleFrom and veryStaleFrom are the parts of its time limit after which a silent flow
// is about to leave, and about to leave soon.
const (
	staleFrom     = 0.75
	veryStaleFrom = 0.90
)

// staleRole returns how a row looks by its age: closed flows are faint, those that are
// about to leave warn. It is theme.Text for all others, whose cells have their own roles.
func staleRole(r *track.Row) theme.Role {
	switch {
	case r.Closed != track.Open:
		return theme.Faint
	case r.Stale >= veryStaleFrom:
		return theme.Bad
	case r.Stale >= staleFrom:
		return theme.Warn
	}
	return theme.Text
}

// plural returns "1 flow" or "2 flows".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
