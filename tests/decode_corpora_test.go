package tests

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/parse/pcap"
)

// A dissection is what tshark saw in one frame: its fields by name, several
// values of one field separated by commas, outermost first.
type dissection struct {
	columns map[string]int
	cells   []string
}

// first returns the outermost value of a field, "" when there is none.
func (d dissection) first(field string) string {
	s, _, _ := strings.Cut(d.cells[d.columns[field]], ",")
	return s
}

// number returns the outermost value of a numeric field, or -1.
func (d dissection) number(field string) int64 {
	n, err := strconv.ParseInt(d.first(field), 0, 64)
	if err != nil {
		return -1
	}
	return n
}

// TestDecodeCorpora decodes every capture and compares each packet with what
// tshark said of it.
func TestDecodeCorpora(t *testing.T) {
	dir := testkit.Corpora(t)
	tables, err := filepath.Glob(filepath.Join(dir, "expected", "packets", "*.tsv.gz"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables of expected packets in %s (%v)", dir, err)
	}
	c := comparison{t: t, expected: map[string]string{}, met: map[string]bool{}}
	for _, d := range decodeDifferences {
		if d.frames == nil {
			c.expected[d.file] = d.reason
		}
		for _, n := range d.frames {
			c.expected[frameName(d.file, n)] = d.reason
		}
	}
	for _, table := range tables {
		for file, frames := range readDissections(t, table) {
			c.compareFile(dir, file, frames)
		}
	}
	for at, reason := range c.expected {
		if !c.met[at] {
			t.Errorf("%s: is listed as different from tshark (%s), and is not", at, reason)
		}
	}
	t.Logf("%d packets compared, %d frames and files differ for a listed reason", c.packets, len(c.met))
}

// A comparison goes over all captures.
type comparison struct {
	t        *testing.T
	expected map[string]string // reasons of the differences that are listed
	met      map[string]bool   // which of these were met
	packets  int
}

// differs reports a difference that is not listed.
func (c *comparison) differs(at, what string) {
	c.t.Helper()
	if c.expected[at] != "" {
		c.met[at] = true
	} else {
		c.t.Errorf("%s: %s", at, what)
	}
}

func frameName(file string, number int) string { return fmt.Sprintf("%s#%d", file, number) }

// readDissections reads a table of expected packets, by capture and frame
// number.
func readDissections(t *testing.T, path string) map[string]map[int]dissection {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	files, columns := map[string]map[int]dissection{}, map[string]int{}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(columns) == 0 {
			for i, name := range cells {
				columns[name] = i
			}
			continue
		}
		d := dissection{columns, cells}
		file := cells[columns["file"]]
		if files[file] == nil {
			files[file] = map[int]dissection{}
		}
		files[file][int(d.number("frame.number"))] = d
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return files
}

// compareFile compares the packets of one capture.
func (c *comparison) compareFile(dir, file string, frames map[int]dissection) {
	name := strings.TrimPrefix(file, "pcaps/")
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		c.differs(name, err.Error())
		return
	}
	defer f.Close()
	r, err := pcap.NewReader(f)
	if err != nil {
		c.differs(name, err.Error())
		return
	}
	number := 0
	ps := make([]parse.Packet, 64)
	for err == nil {
		var n int
		n, _, err = r.Read(ps)
		for i := range ps[:n] {
			number++
			d, ok := frames[number]
			if !ok {
				continue // tshark could not open the capture or finish it
			}
			c.packets++
			ps[i].Decode()
			diffs := differences(&ps[i], d)
			ps[i].Decap = true
			ps[i].Decode()
			ps[i].Decap = false
			diffs = append(diffs, innerDifferences(&ps[i], d)...)
			if len(diffs) > 0 {
				c.differs(frameName(name, number),
					fmt.Sprintf("%s: %s", d.first("frame.protocols"), strings.Join(diffs, "; ")))
			}
		}
	}
	var damaged *pcap.DamagedError
	if err != io.EOF && !errors.As(err, &damaged) {
		c.differs(name, err.Error())
	} else if number < len(frames) {
		c.differs(name, fmt.Sprintf("got %d packets, want %d", number, len(frames)))
	}
}

// differences compares one packet with tshark's dissection of it.
func differences(p *parse.Packet, d dissection) (diffs []string) {
	// Where a header is not whole, tshark and Decode may give up at different
	// fields.
	partial := p.Status&(parse.Malformed|parse.Truncated|parse.Fragment) != 0
	differ := func(what string, got, want any) {
		g, w := fmt.Sprint(got), fmt.Sprint(want)
		if missing := w == "" || w == "-1"; g != w && !(missing && partial) {
			diffs = append(diffs, fmt.Sprintf("%s: got %s, want %s", what, g, w))
		}
	}
	layers := strings.Split(d.first("frame.protocols"), ":")
	network := slices.IndexFunc(layers, func(s string) bool { return s == "ip" || s == "ipv6" || s == "arp" })
	kind := ""
	if network >= 0 {
		kind = layers[network]
	}
	if tag := slices.Index(layers, "vlan"); tag >= 0 && tag < network && !slices.Contains(layers, "ieee8021ad") {
		differ("VLAN", p.VLAN, d.number("vlan.id"))
	}
	switch kind {
	case "ip":
		if d.first("ip.src") == "" && p.Family == parse.FamilyNone && partial {
			break // no addresses to be read
		}
		compareAddrs(differ, p, parse.FamilyIPv4, d.first("ip.src"), d.first("ip.dst"))
		compareIPv4(differ, p, d)
	case "ipv6":
		if d.first("ipv6.src") == "" && p.Family == parse.FamilyNone && partial {
			break
		}
		compareAddrs(differ, p, parse.FamilyIPv6, d.first("ipv6.src"), d.first("ipv6.dst"))
		compareIPv6(differ, p, d)
	case "arp":
		if src := d.first("arp.src.proto_ipv4"); src != "" {
			compareAddrs(differ, p, parse.FamilyARP, src, d.first("arp.dst.proto_ipv4"))
		}
	default:
		if p.Family != parse.FamilyLink && p.Family != parse.FamilyNone {
			differ("family", p.Family, "none of IP and ARP")
		}
	}
	if kind == "ip" || kind == "ipv6" {
		compareTransport(differ, p, d, transportLayer(layers[network+1:]))
	}
	return diffs
}

// innerDifferences compares the addresses of the packet within a tunnel.
func innerDifferences(p *parse.Packet, d dissection) (diffs []string) {
	if p.Status&parse.Fragment != 0 || p.Family == parse.FamilyNone {
		return nil // a part of a tunnelled packet is not entered
	}
	layers := strings.Split(d.first("frame.protocols"), ":")
	seen := map[string]int{}
	tunnel, inner := false, ""
	for i, l := range layers {
		isIP := l == "ip" || l == "ipv6"
		if isIP && len(seen) > 0 && (tunnel || slices.Contains([]string{"ip", "ipv6", "ah"}, layers[i-1])) {
			inner = l
			break
		}
		if isIP {
			seen[l]++
		}
		tunnel = tunnel || slices.Contains([]string{"gre", "vxlan", "geneve", "gtp", "l2tp", "teredo", "etherip"}, l)
		if l == "icmp" || l == "icmpv6" {
			break // what an error quotes is no tunnel
		}
	}
	if got := p.Status&parse.Inner != 0 && p.Family != parse.FamilyARP && p.Family != parse.FamilyLink; got != (inner != "") {
		return []string{fmt.Sprintf("entered a tunnel: got %v, want inner %q", got, inner)}
	}
	if inner == "" {
		return nil
	}
	nth := func(field string) string {
		all := strings.Split(d.cells[d.columns[field]], ",")
		return canonical(all[min(seen[inner], len(all)-1)])
	}
	if got, want := p.Key.Src(p.Swapped).Addr().String(), nth(inner+".src"); got != want {
		diffs = append(diffs, fmt.Sprintf("inner source: got %s, want %s", got, want))
	}
	if got, want := p.Key.Dst(p.Swapped).Addr().String(), nth(inner+".dst"); got != want {
		diffs = append(diffs, fmt.Sprintf("inner destination: got %s, want %s", got, want))
	}
	return diffs
}

func compareAddrs(differ func(string, any, any), p *parse.Packet, family parse.Family, src, dst string) {
	differ("family", p.Family, family)
	differ("source", p.Key.Src(p.Swapped).Addr(), canonical(src))
	differ("destination", p.Key.Dst(p.Swapped).Addr(), canonical(dst))
}

// canonical writes an address as netip does, which shows IPv4 within IPv6.
func canonical(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String()
	}
	return s
}

func compareIPv4(differ func(string, any, any), p *parse.Packet, d dissection) {
	if d.number("ip.proto") != parse.ProtoAH {
		differ("protocol", p.Proto, d.number("ip.proto"))
	}
	if length := d.number("ip.len"); p.Status&(parse.TSO|parse.Malformed) == 0 {
		differ("IP length", p.IPLen, length)
	}
	differ("fragment offset", p.FragOff, d.number("ip.frag_offset"))
	fragment := d.number("ip.frag_offset") > 0 || d.number("ip.flags.mf") == 1
	differ("fragment", p.Status&parse.Fragment != 0, fragment)
	differ("identification", p.FragID, d.number("ip.id"))
}

func compareIPv6(differ func(string, any, any), p *parse.Packet, d dissection) {
	if length := d.number("ipv6.plen"); length > 0 && p.Status&parse.Malformed == 0 {
		differ("IP length", p.IPLen, 40+length)
	}
}

// transportLayer returns the first protocol behind the IP headers.
func transportLayer(layers []string) string {
	for _, l := range layers {
		if !strings.HasPrefix(l, "ipv6.") && l != "ah" {
			return l
		}
	}
	return ""
}

func compareTransport(differ func(string, any, any), p *parse.Packet, d dissection, layer string) {
	ports := func(name string) {
		differ("source port", p.Key.Src(p.Swapped).Port(), d.first(name+".srcport"))
		differ("destination port", p.Key.Dst(p.Swapped).Port(), d.first(name+".dstport"))
	}
	switch layer {
	case "tcp":
		differ("protocol", p.Proto, parse.ProtoTCP)
		ports("tcp")
		differ("sequence number", p.Seq, d.number("tcp.seq_raw"))
		differ("acknowledgement", p.Ack, d.number("tcp.ack_raw"))
		flags := d.number("tcp.flags")
		if flags >= 0 {
			flags &= 0xff
		}
		differ("flags", p.TCPFlags, flags)
		differ("window", p.Window, d.number("tcp.window_size_value"))
		differ("payload", p.PayLen, d.number("tcp.len"))
	case "udp":
		differ("protocol", p.Proto, parse.ProtoUDP)
		ports("udp")
		if length := d.number("udp.length"); length >= 0 && p.Status&(parse.Fragment|parse.Malformed|parse.TSO) == 0 {
			differ("payload", p.PayLen, length-8)
		}
	case "sctp":
		differ("protocol", p.Proto, parse.ProtoSCTP)
		ports("sctp")
	case "icmp":
		differ("protocol", p.Proto, parse.ProtoICMP)
		differ("ICMP type", p.ICMPType, d.number("icmp.type"))
		differ("ICMP code", p.ICMPCode, d.number("icmp.code"))
	case "icmpv6":
		differ("protocol", p.Proto, parse.ProtoICMPv6)
		differ("ICMP type", p.ICMPType, d.number("icmpv6.type"))
		differ("ICMP code", p.ICMPCode, d.number("icmpv6.code"))
	}
}
