package tests

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
)

// captureOf makes a capture file from frames, a millisecond apart.
func captureOf(frames ...[]byte) []byte {
	const micro, start = 0xa1b2c3d4, 1_700_000_000
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: micro, Snap: 65535, Link: 1})
	for i, frame := range frames {
		f.Packet(start, uint32(i)*1000, frame)
	}
	return f.Bytes()
}

// framesOf makes the frames of a TCP connection between two IPv4 addresses, in
// which the texts are said in turn, the client first.
func framesOf(client, server string, port, to uint16, texts ...string) [][]byte {
	there := packet.IPv4{Src: packet.IP(client), Dst: packet.IP(server)}
	back := packet.IPv4{Src: there.Dst, Dst: there.Src}
	var frames [][]byte
	next := [2]uint32{1000, 9000} // of client and server
	say := func(who int, flags uint8, text string) {
		ip, tcp := there, packet.TCP{Src: port, Dst: to, Seq: next[who], Ack: next[1-who], Flags: flags}
		if who == 1 {
			ip, tcp.Src, tcp.Dst = back, to, port
		}
		if flags&packet.ACK == 0 {
			tcp.Ack = 0
		}
		frames = append(frames, packet.Build(packet.Ethernet{}, ip, tcp, packet.Bytes(text)))
		next[who] += uint32(len(text))
		if flags&(packet.SYN|packet.FIN) != 0 {
			next[who]++
		}
	}
	say(0, packet.SYN, "")
	say(1, packet.SYN|packet.ACK, "")
	say(0, packet.ACK, "")
	for i, text := range texts {
		say(i%2, packet.ACK|packet.PSH, text)
	}
	say(0, packet.ACK|packet.FIN, "")
	say(1, packet.ACK|packet.FIN, "")
	say(0, packet.ACK, "")
	return frames
}

// browsing is a capture of what a browser does: it asks DNS for www.example.com, gets
// a page from there by HTTP, then by TLS, whose server refuses it. Another port is
// closed.
func browsing() []byte {
	const client, server = "192.0.2.10", "203.0.113.9"
	question := "\x03www\x07example\x03com\x00\x00\x01\x00\x01"
	dns := packet.IPv4{Src: packet.IP(client), Dst: packet.IP("192.0.2.53")}
	reply := packet.IPv4{Src: dns.Dst, Dst: dns.Src}
	frames := [][]byte{
		packet.Build(packet.Ethernet{}, dns, packet.UDP{Src: 50000, Dst: 53},
			packet.Bytes("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"+question)),
		packet.Build(packet.Ethernet{}, reply, packet.UDP{Src: 53, Dst: 50000},
			packet.Bytes("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"+question+"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xcb\x00\x71\x09")),
	}
	frames = append(frames, framesOf(client, server, 50001, 80,
		"GET /search?q=secret HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8\r\nCookie: id=secret\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n\r\nhello\n")...)
	frames = append(frames, framesOf(client, server, 50002, 443,
		clientHello("www.example.com"), "\x15\x03\x03\x00\x02\x02\x28")...)
	there := packet.IPv4{Src: packet.IP(client), Dst: packet.IP(server)}
	back := packet.IPv4{Src: there.Dst, Dst: there.Src}
	return captureOf(append(frames,
		packet.Build(packet.Ethernet{}, there, packet.TCP{Src: 50003, Dst: 81, Seq: 1000, Flags: packet.SYN}),
		packet.Build(packet.Ethernet{}, back, packet.TCP{Src: 81, Dst: 50003, Ack: 1001, Flags: packet.RST | packet.ACK}))...)
}

// clientHello is a TLS record with a ClientHello (RFC 8446, 4.1.2) that names a
// server and offers HTTP.
func clientHello(server string) string {
	vector := func(size int, s string) string { // with its length before it
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(s)))
		return string(n[4-size:]) + s
	}
	extensions := "\x00\x00" + vector(2, vector(2, "\x00"+vector(2, server))) +
		"\x00\x10" + vector(2, vector(2, vector(1, "h2")+vector(1, "http/1.1"))) +
		"\x00\x2b" + vector(2, vector(1, "\x03\x04\x03\x03")) +
		"\x00\x0a" + vector(2, vector(2, "\x00\x1d"))
	hello := "\x03\x03" + string(make([]byte, 32)) + vector(1, "") + vector(2, "\x13\x01\x13\x02") + vector(1, "\x00") + vector(2, extensions)
	return "\x16\x03\x01" + vector(2, "\x01"+vector(3, hello))
}

// links is a capture of how hosts make themselves known on a link: by ARP, one of
// them with a second card, and by neighbour discovery, one of them as a router.
// One advertisement has passed a router, and is not to be believed. Two tell their
// names, one of them in order to harm who looks at it.
func links() []byte {
	one, two, other := packet.MAC{0, 0, 0x5e, 0, 0x53, 1}, packet.MAC{2, 0, 0, 0, 0, 0x10}, packet.MAC{2, 0, 0, 0, 0, 0x11}
	arp := func(vlan uint16, op uint16, mac packet.MAC, src, dst string) []byte {
		layers := []packet.Layer{packet.Ethernet{Src: mac}}
		if vlan != 0 {
			layers = append(layers, packet.VLAN{ID: vlan})
		}
		return packet.Build(append(layers, packet.ARP{Op: op, SrcMAC: mac, Src: packet.IP(src), Dst: packet.IP(dst)})...)
	}
	advertises := func(hops uint8, mac packet.MAC, addr string, flags uint16) []byte {
		a := packet.IP(addr)
		ip := packet.IPv6{Src: a, Dst: packet.IP("ff02::1"), HopLimit: hops}
		return packet.Build(packet.Ethernet{Src: mac}, ip, packet.ICMPv6{Type: 136, ID: flags},
			packet.Bytes(append(append(a.AsSlice(), 2, 1), mac[:]...)))
	}
	announces := func(addr, name string) []byte { // by mDNS (RFC 6762), that it has the name
		ip := packet.IPv4{Src: packet.IP(addr), Dst: packet.IP("224.0.0.251")}
		record := "\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04" + string(ip.Src.AsSlice())
		return packet.Build(packet.Ethernet{}, ip, packet.UDP{Src: 5353, Dst: 5353},
			packet.Bytes("\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00"+string([]byte{byte(len(name))})+name+"\x05local\x00"+record))
	}
	const router = 0x8000
	return captureOf(
		arp(0, 1, two, "192.0.2.10", "192.0.2.1"),
		arp(0, 2, one, "192.0.2.1", "192.0.2.10"),
		arp(0, 1, other, "192.0.2.10", "192.0.2.1"),
		arp(7, 1, two, "198.51.100.2", "198.51.100.1"),
		advertises(255, one, "fe80::1", router),
		advertises(254, two, "fe80::bad", 0),
		announces("192.0.2.1", "gateway"),
		announces("192.0.2.10", "Jane\u2019s\u202e\x1b[2J"),
	)
}

// databases writes databases of places into a folder, each of one network: that of
// the server in browsing. damaged.mmdb is none.
func databases(folder string) error {
	text := func(s string) mmdbtype.Map { return mmdbtype.Map{"en": mmdbtype.String(s)} }
	country := mmdbtype.Map{"iso_code": mmdbtype.String("SE"), "names": text("Sweden")}
	for _, d := range []struct {
		file, kind string
		record     mmdbtype.Map
	}{
		{"country.mmdb", "DBIP-Country-Lite", mmdbtype.Map{"country": country}},
		{"city.mmdb", "GeoLite2-City", mmdbtype.Map{
			"country": country, "city": mmdbtype.Map{"names": text("Malmö")}, "postal": mmdbtype.Map{"code": mmdbtype.String("211 20")},
		}},
		{"asn.mmdb", "DBIP-ASN-Lite", mmdbtype.Map{
			"autonomous_system_number":       mmdbtype.Uint32(64500),
			"autonomous_system_organization": mmdbtype.String("Example Net"),
		}},
	} {
		if err := database(filepath.Join(folder, d.file), d.kind, d.record); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "damaged.mmdb"), []byte("this is no database"), 0o644)
}

func database(path, kind string, record mmdbtype.Map) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, IncludeReservedNetworks: true})
	if err != nil {
		return err
	}
	_, network, err := net.ParseCIDR("203.0.113.0/24")
	if err != nil {
		return err
	}
	if err := tree.Insert(network, record); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = tree.WriteTo(file)
	return err
}
