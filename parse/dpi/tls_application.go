package dpi

// applications tells what runs inside by ALPN names (IANA, TLS ALPN Protocol IDs).
var applications = map[string]string{
	"http/0.9": "http", "http/1.0": "http", "http/1.1": "http", "h2": "http", "h2c": "http", "h3": "http",
	"hq": "http", "spdy/1": "http", "spdy/2": "http", "spdy/3": "http", "spdy/3.1": "http",
	"dot": "dns", "doq": "dns", "imap": "imap", "pop3": "pop3", "smtp": "smtp", "managesieve": "managesieve",
	"ftp": "ftp", "nntp": "nntp", "nnsp": "nntp", "irc": "irc", "xmpp-client": "xmpp", "xmpp-server": "xmpp",
	"mqtt": "mqtt", "coap": "coap", "co": "coap", "postgresql": "postgresql", "tds/8.0": "tds",
	"stun.turn": "stun", "stun.nat-discovery": "stun", "webrtc": "webrtc", "c-webrtc": "webrtc",
	"sip/2": "sip", "ntske/1": "ntske", "sunrpc": "sunrpc", "smb": "smb", "radius/1.0": "radius", "radius/1.1": "radius",
	"acme-tls/1": "acme", "dicom": "dicom", "bgp4": "bgp", "opcua": "opcua",
}

// application returns what all of the ALPN names stand for, "" where they differ
// or say nothing.
func application(alpn []string) string {
	app := ""
	for _, name := range alpn {
		a := applications[name]
		if len(name) > 3 && (name[:3] == "h3-" || name[:3] == "hq-") { // drafts
			a = "http"
		}
		if a == "" || app != "" && a != app {
			return ""
		}
		app = a
	}
	return app
}
