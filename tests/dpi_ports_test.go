package tests

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/parse/pcap"
)

// TestInspectPorts moves all ports of the corpora to 40000 and above. What is told
// of the flows stays as it was: it does not come from their ports.
func TestInspectPorts(t *testing.T) {
	dir := testkit.Corpora(t)
	binary := testkit.Binary(t)
	all := corporaTold(t)
	e := newExceptions(t, portExceptions)
	var mu sync.Mutex
	eachCapture(t, dir, func(file, path string) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			return
		}
		ports := movePorts(content)
		if len(ports) == 0 {
			return
		}
		moved := parseTold(t, file, runRead(t, binary, bytes.NewReader(content), "-", "--json-events", "--decap"))
		mu.Lock()
		defer mu.Unlock()
		for i := range all[file].flows {
			comparePorts(e, file, &all[file].flows[i], moved, ports)
		}
	})
	e.finish("flows with their ports moved")
}

// comparePorts compares a flow with what it became.
func comparePorts(e *exceptions, file string, f *toldFlow, moved *told, ports map[uint16]uint16) {
	e.t.Helper()
	if f.Proto != "tcp" && f.Proto != "udp" || f.protocol() == "" {
		return
	}
	to := func(end netip.AddrPort) netip.AddrPort {
		if p, ok := ports[end.Port()]; ok {
			return netip.AddrPortFrom(end.Addr(), p)
		}
		return end
	}
	ends := newPair(f.Proto, to(f.ends.a), to(f.ends.b))
	var got *toldFlow
	for _, g := range moved.byPair[ends] {
		if g.First == f.First {
			got = g
		}
	}
	at := fmt.Sprintf("%s %s", file, f.protocol())
	if got == nil {
		e.check(at, false, "%v became %v, which is not there", f.ends, ends)
		return
	}
	same := got.protocol() == f.protocol() && maps.EqualFunc(f.App.parts, got.App.parts, slices.Equal)
	if !same {
		e.check(at, false, "%v: %s of %s became %s of %s", f.ends, f.protocol(), f.parts(), got.protocol(), got.parts())
		return
	}
	e.check(at, len(f.http) == len(got.http) && len(f.dns) == len(got.dns) && len(f.tls) == len(got.tls),
		"%v: %d, %d and %d messages of HTTP, DNS and TLS became %d, %d and %d",
		f.ends, len(f.http), len(f.dns), len(f.tls), len(got.http), len(got.dns), len(got.tls))
}

// parts returns what the flow's protocols said.
func (f *toldFlow) parts() string {
	if f.App == nil {
		return "{}"
	}
	return fmt.Sprintf("%.300s", f.App.parts)
}

// movePorts moves the ports of all TCP and UDP in a capture, in place, and returns
// what each became. Ports of tunnels stay, as they say what is inside. Checksums
// become wrong.
func movePorts(content []byte) map[uint16]uint16 {
	r, err := pcap.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil
	}
	moved := map[uint16]uint16{}
	rest := content
	ps := make([]parse.Packet, 64)
	for err == nil {
		var n int
		n, _, err = r.Read(ps)
		for i := range ps[:n] {
			at := bytes.Index(rest, ps[i].Data)
			if at < 0 || len(ps[i].Data) == 0 {
				continue // changed by the reader
			}
			end := at + len(ps[i].Data)
			moveIn(&ps[i], rest[at:end], moved)
			rest = rest[end:]
		}
	}
	return moved
}

// moveIn moves the ports of one packet, whose bytes are b.
func moveIn(p *parse.Packet, b []byte, moved map[uint16]uint16) {
	const firstPort = 40000
	p.Decap = true
	p.Decode()
	at := int(p.L4)
	tunnel := p.Status&(parse.Tunnelled|parse.Inner) == parse.Tunnelled
	if tunnel || p.Status&parse.NoPorts != 0 || at == 0 || len(b) < at+4 ||
		p.Proto != parse.ProtoTCP && p.Proto != parse.ProtoUDP {
		return
	}
	for _, field := range [][]byte{b[at : at+2], b[at+2 : at+4]} {
		port := binary.BigEndian.Uint16(field)
		if port == 0 {
			continue
		}
		if moved[port] == 0 {
			moved[port] = firstPort + uint16(len(moved))
		}
		binary.BigEndian.PutUint16(field, moved[port])
	}
}

// portExceptions are protocols of captures that are not told without their ports,
// or told to be another.
var portExceptions = []exception{
	{
		"LLMNR and mDNS between two hosts are messages of DNS; only their ports tell them apart",
		[]string{
			"ndpi/anyconnect-vpn.pcap mdns",
			"suricata-verify/llmnr__llmnr-*__input.pcap llmnr",
			"suricata-verify/smb2-ntlmssp-negotiateflags__input.pcap llmnr",
		},
	},
	{
		"DNS over TLS without ALPN, which only port 853 tells (RFC 7858 §3.1)",
		[]string{
			"ndpi/dns_dot.pcap tls",
			"ndpi/googledns_android10.pcap tls",
		},
	},
	{
		"one line that more than one protocol knows: QUIT, RSET, STARTTLS",
		[]string{
			"suricata-verify/ftp-quit__input.pcap ftp",
			"suricata-verify/smtp-*__input.pcap smtp",
		},
	},
	{
		"a few bytes that are an answer of Redis if they are one of anybody",
		[]string{"tcpdump/resp_3_malicious.pcap redis"},
	},
	{
		"damaged at random: the port makes up for what is wrong",
		[]string{
			"ndpi/fuzz-2006-06-26-2594.pcap dns",
			"ndpi/fuzz-2006-06-26-2594.pcap ftp",
		},
	},
	{
		"from the middle of the handshake on, one way: only the ports tell the server's certificate from the client's",
		[]string{"ndpi/riot.pcapng tls"},
	},
}
