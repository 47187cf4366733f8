package tests

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"sockeye/internal/testkit/cbpf"
	"sockeye/parse"
	"sockeye/parse/filter"
)

// noNames is a resolver that knows no host.
type noNames struct{}

func (noNames) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, errors.New("no such host")
}

// FuzzCompile: no text takes long or makes Compile panic; a refusal has a place
// and a reason; what compiles is taken by the kernel's rules and by the kernel,
// and the optimiser changes no answer.
func FuzzCompile(f *testing.F) {
	packet := []byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00\x45\x00\x00\x28\x00\x00\x00\x00\x40\x06\x00\x00" +
		"\x0a\x00\x00\x01\xc0\xa8\x01\x02\x00\x50\x9c\x40\x00\x00\x00\x00\x00\x00\x00\x00\x50\x02\x00\x00\x00\x00\x00\x00")
	for _, text := range []string{
		"", "tcp port 80", "host 10.0.0.1 or 10.0.0.2 and not port https", "ip6 and (tcp or udp portrange 1-1023)",
		"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420", "ether host 02:00:00:00:00:01",
		"net 10 or net 192.168.1.0/24 or net 2001:db8::/32", "vlan 100 and vlan and mpls 1024 and ip6", "pppoes 7 and geneve 3 and udp",
		"wlan type mgt subtype beacon", "llc s and atalk", "isis or clnp or es-is", `ip proto \tcp and ip6 protochain \udp`,
		"len - 20 < (1 << 5) % 7", "ip[ip[0] & 15] = -1", "inbound and ifindex 3", "vxlan 7", "dpc 1 and hsio 2", "action block",
		"host example.org", "((((((((ip))))))))", "!!!!!!tcp", "port 08", "ip[0:3]", "tcp.port == 80", "\x00\xff", "len / 0 = 1", "decnet src 1.5",
	} {
		for _, link := range []uint16{1, 0, 101, 113, 276, 105, 127, 192} {
			f.Add(text, link, len(text)%2 == 0, packet)
		}
	}
	f.Fuzz(func(t *testing.T, text string, link uint16, kernel bool, data []byte) {
		o := filter.Options{Link: parse.LinkType(link), Kernel: kernel, Resolver: noNames{}}
		// What never ends cannot fail the test, but it can be ended.
		watch := time.AfterFunc(10*time.Second, func() { panic(fmt.Sprintf("compiling %q takes for ever", text)) })
		defer watch.Stop()
		p, err := filter.Compile(text, o)
		if err != nil {
			if err := checkRefusal(text, err); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		o.Unoptimized = true
		long, err := filter.Compile(text, o)
		if err != nil {
			return // it may be too long to be loaded when it is not optimised
		}
		pkt := &cbpf.Packet{Data: data, Wire: uint32(len(data)), Tagged: len(data)%2 == 0, TCI: 7, Type: uint8(link % 5)}
		short, plain := instructions(p), instructions(long)
		for _, program := range []cbpf.Program{short, plain} {
			if err := program.Check(); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if err := attach(program); err != nil {
				t.Fatalf("%q: the kernel refuses the program: %v", text, err)
			}
		}
		want, got := plain.Run(pkt), short.Run(pkt)
		if !want.Aborted && got != want {
			t.Fatalf("%q: got %+v optimised, %+v not, on %x", text, got, want, data)
		}
		if !kernel {
			if ran := p.Run(data, pkt.Wire); ran != got.Return {
				t.Fatalf("%q: Program.Run returned %d, want %d, on %x", text, ran, got.Return, data)
			}
		}
	})
}
