package dpi

import "strings"

// portDoT is where DNS over TLS lives (RFC 7858 3.1). Its clients hardly ever name it
// by ALPN.
const portDoT = 853

// resolvers are domains below which public resolvers speak DNS over HTTPS: those
// that browsers and operating systems know (Chromium's and Firefox's lists), and
// other large ones. Names below a label "doh" need not stand here.
var resolvers = wordSet(`
	1dot1dot1dot1.cloudflare-dns.com adguard-dns.com cloudflare-dns.com controld.com dns-family.adguard.com
	dns-unfiltered.adguard.com dns.aa.net.uk dns.adguard.com dns.alidns.com dns.cloudflare.com
	dns.digitale-gesellschaft.ch dns.google dns.google.com dns.mullvad.net dns.nextdns.io dns.njal.la dns.pub
	dns.quad9.net dns.sb dns.switch.ch dns.twnic.tw dns0.eu dns10.quad9.net dns11.quad9.net dns12.quad9.net
	dns64.dns.google dns9.quad9.net ibuki.cgnat.net jp.tiar.app odvr.nic.cz one.one.one.one ordns.he.net
	public.dns.iij.jp wikimedia-dns.org`)

// carriedDNS says by which of its transports a handshake is for DNS, "" if it is for
// something else: "dot" and "doq" by ALPN, or by the port where there is none, "doh" by
// the server's name, as all else of that is the same as for any page.
func (h *handshake) carriedDNS(c *conv) string {
	d := h.d
	switch {
	case d.Application == "dns" && h.over == 'q':
		return "doq"
	case d.Application == "dns":
		return "dot"
	case len(d.ALPNOffered) == 0 && h.over != 'q' && (c.ends[0].Port() == portDoT || c.ends[1].Port() == portDoT):
		return "dot"
	case (d.Application == "http" || d.Application == "") && isResolver(d.SNI):
		return "doh"
	}
	return ""
}

// isResolver reports whether a name is one of a public resolver.
func isResolver(name string) bool {
	name = strings.ToLower(name)
	for rest := name; rest != ""; {
		if resolvers[rest] {
			return true
		}
		var label string
		if label, rest, _ = strings.Cut(rest, "."); label == "doh" && rest != "" {
			return true
		}
	}
	first, _, several := strings.Cut(name, ".")
	return several && strings.Trim(first, "0123456789-") == "doh"
}
