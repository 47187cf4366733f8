package tests

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sockeye/parse/dpi"
)

// What follows returns what the program says of a flow that has an App.

func tlsSNI(d *dpi.TLSDetail) string  { return d.SNI }
func tlsJA3S(d *dpi.TLSDetail) string { return d.JA3S }

func offeredALPN(f *toldFlow) (all []string) {
	for _, d := range hellosOf([]*toldFlow{f}) {
		all = append(all, d.ALPNOffered...)
	}
	return all
}

func quicSNI(f *toldFlow) []string {
	if d := f.App.QUIC; d != nil {
		return []string{d.SNI}
	}
	return nil
}

func httpHosts(f *toldFlow) []string {
	all := collect(f.http, func(m *dpi.HTTPMessage) string { return strings.ToLower(m.Host) })
	return append(all, collect(f.http, func(m *dpi.HTTPMessage) string {
		return fmt.Sprintf("%s:%d", strings.ToLower(m.Host), m.Port)
	})...)
}

func httpMethods(f *toldFlow) []string {
	return collect(f.http, func(m *dpi.HTTPMessage) string { return m.Method })
}

func httpPaths(f *toldFlow) []string {
	return collect(f.http, func(m *dpi.HTTPMessage) string { return onlyPath(m.Path) })
}

func httpStatus(f *toldFlow) []string {
	return collect(f.http, func(m *dpi.HTTPMessage) string { return strconv.Itoa(m.Status) })
}

func httpAgents(f *toldFlow) []string {
	return collect(f.http, func(m *dpi.HTTPMessage) string { return m.UserAgent })
}

func httpServers(f *toldFlow) []string {
	return collect(f.http, func(m *dpi.HTTPMessage) string { return m.Server })
}

func dnsQuestions(f *toldFlow) (all []string) {
	for _, m := range dnsMessages(f) {
		all = append(all, m.Question)
		all = append(all, m.Questions...)
		for _, a := range m.Answers {
			all = append(all, a.Name)
		}
	}
	if d := f.App.DNS; d != nil {
		all = append(append(all, d.Hosts...), d.Services...)
	}
	for i := range all {
		all[i] = foreignByte.ReplaceAllString(all[i], "\ufffd")
	}
	return all
}

// foreignByte is a byte beyond ASCII as we write it. Tshark's text has lost it.
var foreignByte = regexp.MustCompile(`\\(12[89]|1[3-9][0-9]|2[0-9][0-9])`)

func dnsMessages(f *toldFlow) []dpi.DNSMessage {
	if f.App.DNS == nil {
		return f.dns
	}
	return append(f.dns[:len(f.dns):len(f.dns)], f.App.DNS.DNSMessage)
}

func dnsData(kind string) func(f *toldFlow) []string {
	return func(f *toldFlow) (all []string) {
		for _, m := range dnsMessages(f) {
			for _, a := range m.Answers {
				if a.Type == kind {
					all = append(all, a.Data)
				}
			}
		}
		return all
	}
}

func netbiosNames(f *toldFlow) []string {
	if d := f.App.NetBIOS; d != nil {
		return d.Names
	}
	return nil
}

func sshBanners(f *toldFlow) []string {
	if d := f.App.SSH; d != nil {
		return []string{strings.TrimSpace(d.ClientBanner), strings.TrimSpace(d.ServerBanner)}
	}
	return nil
}

func sshClient(f *toldFlow) []string {
	if d := f.App.SSH; d != nil {
		return []string{d.HASSH}
	}
	return nil
}

func sshServer(f *toldFlow) []string {
	if d := f.App.SSH; d != nil {
		return []string{d.HASSHServer}
	}
	return nil
}

func dhcpHosts(f *toldFlow) []string {
	if d := f.App.DHCP; d != nil {
		return append(d.Hosts[:len(d.Hosts):len(d.Hosts)], d.HostName)
	}
	return nil
}

func dhcpVendor(f *toldFlow) []string {
	if d := f.App.DHCP; d != nil {
		return []string{d.VendorClass}
	}
	return nil
}

func sipMethods(f *toldFlow) []string {
	if d := f.App.SIP; d != nil {
		return d.Methods
	}
	return nil
}

func mqttClient(f *toldFlow) []string {
	if d := f.App.MQTT; d != nil {
		return []string{d.Client}
	}
	return nil
}

func mqttTopics(f *toldFlow) []string {
	if d := f.App.MQTT; d != nil {
		return append(d.Topics[:len(d.Topics):len(d.Topics)], d.WillTopic)
	}
	return nil
}

func ntpVersion(f *toldFlow) []string {
	if d := f.App.NTP; d != nil {
		return []string{strconv.Itoa(d.Version)}
	}
	return nil
}

func ntpMode(f *toldFlow) []string {
	if d := f.App.NTP; d != nil {
		return []string{d.Mode}
	}
	return nil
}

func snmpVersion(f *toldFlow) []string {
	if d := f.App.SNMP; d != nil {
		return []string{d.Version}
	}
	return nil
}

func stunMethod(f *toldFlow) []string {
	if d := f.App.STUN; d != nil {
		return []string{d.Method}
	}
	return nil
}

func infoHash(f *toldFlow) []string {
	if d := f.App.BitTorrent; d != nil {
		return []string{d.InfoHash}
	}
	return nil
}
