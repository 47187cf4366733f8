package parse

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// A decodeRow is one frame and what Decode makes of it, as describe writes it.
// Frame is hexadecimal, with comments from # to the end of a line.
type decodeRow struct {
	name  string
	link  LinkType
	frame string
	wire  int // bytes on the wire, if that is not the frame's length; -1 if not known
	in    Packet
	want  string
}

// Headers that many rows have in common.
const (
	macs = "020000000002 020000000001 "
	// ipv4 10.0.0.1 > 10.0.0.2, protocol and length to be filled in.
	addrs4 = "40 %02x 0000 0a000001 0a000002 "
	addrs6 = "20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002 "
	tcpAck = "9c40 01bb 00000001 00000002 5010 0200 0000 0000 " // 40000 > 443
	udp8   = "9c40 0035 0008 0000 "                             // 40000 > 53, empty
)

// ip4 returns an IPv4 header without options.
func ip4(proto, length int) string {
	return fmt.Sprintf("4500 %04x 1234 4000 "+addrs4, length, proto)
}

// ip6 returns an IPv6 header.
func ip6(next, length int) string {
	return fmt.Sprintf("60000000 %04x %02x 40 ", length, next) + addrs6
}

// unhex reads hexadecimal with comments.
func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	var digits strings.Builder
	for line := range strings.Lines(s) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		tb.Fatalf("row %q: %v", s, err)
	}
	return b
}

// testDecode decodes each row, checks what came out, and that nothing was
// allocated.
func testDecode(t *testing.T, rows []decodeRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p := r.in
			p.Data, p.Link = unhex(t, r.frame), r.link
			switch {
			case r.wire == 0:
				p.WireLen = uint32(len(p.Data))
			case r.wire > 0:
				p.WireLen = uint32(r.wire)
			}
			p.Decode()
			if got := describe(&p); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
			checkBounds(t, &p)
			testkit.ZeroAllocs(t, "Decode", p.Decode)
		})
	}
}

// describe writes all that Decode set, but for what is zero: family and
// protocol, source and destination, EtherType, VLAN, offsets, lengths,
// fragment, TCP and ICMP fields, status.
func describe(p *Packet) string {
	var s []string
	add := func(format string, args ...any) { s = append(s, fmt.Sprintf(format, args...)) }
	add("%s", [...]string{"none", "ipv4", "ipv6", "link", "arp"}[p.Family])
	switch p.Family {
	case FamilyIPv4, FamilyIPv6:
		add("%s %v > %v", ProtoName(p.Proto), p.Key.Src(p.Swapped), p.Key.Dst(p.Swapped))
	case FamilyARP:
		add("%v > %v", p.Key.Src(p.Swapped).Addr(), p.Key.Dst(p.Swapped).Addr())
	case FamilyLink:
		src, dst := p.Key.MACA(), p.Key.MACB()
		if p.Swapped {
			src, dst = dst, src
		}
		add("%x > %x", src, dst)
	}
	if p.Key.Proto != uint16(p.Proto) {
		add("key=%04x", p.Key.Proto)
	}
	add("type=%04x", p.EtherType)
	if p.VLAN != 0 {
		add("vlan=%d", p.VLAN)
	}
	add("at=%d/%d/%d", p.L3, p.L4, p.Payload)
	if p.IPLen != 0 || p.PayLen != 0 {
		add("len=%d/%d", p.IPLen, p.PayLen)
	}
	if p.FragOff != 0 || p.FragID != 0 {
		add("frag=%d/%x", p.FragOff, p.FragID)
	}
	if p.Seq != 0 || p.Ack != 0 || p.TCPFlags != 0 || p.Window != 0 {
		add("tcp=%d/%d/%02x/%d", p.Seq, p.Ack, p.TCPFlags, p.Window)
	}
	if p.ICMPType != 0 || p.ICMPCode != 0 {
		add("icmp=%d/%d", p.ICMPType, p.ICMPCode)
	}
	for i, name := range [...]string{
		"truncated", "malformed", "fragment", "first", "noports", "tso", "tunnelled", "inner", "stray", "icmperror",
	} {
		if p.Status&(1<<i) != 0 {
			add("%s", name)
		}
	}
	return strings.Join(s, " ")
}
