package names

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"sockeye/parse/dpi"
)

var (
	host    = netip.MustParseAddr("192.0.2.10")
	host6   = netip.MustParseAddr("2001:db8:1::10")
	guest   = netip.MustParseAddr("192.0.2.77")
	server  = netip.MustParseAddr("198.51.100.1")
	printer = netip.MustParseAddr("192.0.2.40")
)

const second = int64(time.Second)

func answer(name string, client, addr netip.Addr, at int64, ttl time.Duration) dpi.Naming {
	return dpi.Naming{Source: dpi.NameDNS, Name: name, Addr: addr, Client: client, Time: at * second, TTL: ttl}
}

func announced(source dpi.NameSource, name string, addr netip.Addr, at int64, ttl time.Duration) dpi.Naming {
	return dpi.Naming{Source: source, Name: name, Addr: addr, Time: at * second, TTL: ttl}
}

// said returns names as "source name".
func said(all []Name) []string {
	var out []string
	for _, n := range all {
		out = append(out, n.Source.String()+" "+n.Name)
	}
	return out
}

func TestStore(t *testing.T) {
	tests := []struct {
		name         string
		learn        []dpi.Naming
		client, addr netip.Addr
		at           int64 // s
		want         []string
	}{
		{"an answer to this client", []dpi.Naming{answer("WWW.Example.com.", guest, server, 10, time.Minute)},
			guest, server, 11, []string{"dns www.example.com"}},
		{"to another client", []dpi.Naming{answer("a.example", printer, server, 10, time.Minute)}, guest, server, 11, nil},
		{"for another address", []dpi.Naming{answer("a.example", guest, printer, 10, time.Minute)}, guest, server, 11, nil},
		{"after the flow began", []dpi.Naming{answer("a.example", guest, server, 10, time.Minute)}, guest, server, 9, nil},
		{"within the grace", []dpi.Naming{answer("a.example", guest, server, 10, 0)}, guest, server, 10 + 120, []string{"dns a.example"}},
		{"beyond the grace", []dpi.Naming{answer("a.example", guest, server, 10, 0)}, guest, server, 10 + 121, nil},
		{"a lifetime without bounds", []dpi.Naming{answer("a.example", guest, server, 10, 1<<62)}, guest, server, 8 * 86400, nil},
		{"this machine asked over a stub resolver", []dpi.Naming{answer("a.example", netip.MustParseAddr("127.0.0.1"), server, 10, time.Minute)},
			host, server, 11, []string{"dns a.example"}},
		{"this machine asked over IPv6", []dpi.Naming{answer("a.example", host6, server, 10, time.Minute)},
			host, server, 11, []string{"dns a.example"}},
		{"mapped addresses", []dpi.Naming{answer("a.example", guest, netip.MustParseAddr("::ffff:198.51.100.1"), 10, time.Minute)},
			netip.MustParseAddr("::ffff:192.0.2.77"), server, 11, []string{"dns a.example"}},
		{"the newest first, each once", []dpi.Naming{
			answer("old.example", guest, server, 10, time.Hour), answer("new.example", guest, server, 20, time.Hour),
			answer("old.example", guest, server, 11, time.Hour), answer("NEW.example", guest, server, 21, time.Hour),
		}, guest, server, 30, []string{"dns new.example", "dns old.example"}},
		{"said again after the flow began", []dpi.Naming{
			answer("a.example", guest, server, 10, time.Minute), answer("a.example", guest, server, 60, time.Minute),
		}, guest, server, 20, []string{"dns a.example"}},
		{"said again after it ran out", []dpi.Naming{
			answer("a.example", guest, server, 10, time.Minute), answer("a.example", guest, server, 1000, time.Minute),
		}, guest, server, 20, []string{"dns a.example"}},
		{"between the two", []dpi.Naming{
			answer("a.example", guest, server, 10, time.Minute), answer("a.example", guest, server, 1000, time.Minute),
		}, guest, server, 500, nil},
		{"one of many that had the address since", []dpi.Naming{
			answer("a.example", guest, server, 10, time.Minute), answer("b.example", guest, server, 1000, time.Minute),
			answer("c.example", guest, server, 2000, time.Minute), answer("d.example", guest, server, 3000, time.Minute),
			answer("e.example", guest, server, 4000, time.Minute), answer("f.example", guest, server, 5000, time.Minute),
		}, guest, server, 20, []string{"dns a.example"}},
		{"a later answer lives shorter", []dpi.Naming{
			answer("a.example", guest, server, 10, time.Hour), answer("a.example", guest, server, 20, time.Second),
		}, guest, server, 1000, []string{"dns a.example"}},
		{"taken back", []dpi.Naming{
			announced(dpi.NameMDNS, "a.local", printer, 10, time.Hour), announced(dpi.NameMDNS, "a.local", printer, 20, 0),
		}, guest, printer, 1000, nil},
		{"what everybody was told comes behind", []dpi.Naming{
			announced(dpi.NameMDNS, "Printer.local", printer, 50, time.Hour),
			announced(dpi.NameDHCP, "prn", printer, 40, time.Hour),
			answer("printer.lan", guest, printer, 10, time.Hour),
			announced(dpi.NameNetBIOS, "PRINTER", printer, 30, time.Hour),
		}, guest, printer, 20, []string{"dns printer.lan", "mdns Printer.local", "netbios PRINTER", "dhcp prn"}},
		{"one more than are kept", []dpi.Naming{
			answer("1.example", guest, server, 1, time.Hour), answer("3.example", guest, server, 3, time.Hour),
			answer("2.example", guest, server, 2, time.Hour), answer("5.example", guest, server, 5, time.Hour),
			answer("4.example", guest, server, 4, time.Hour),
		}, guest, server, 9, []string{"dns 5.example", "dns 4.example", "dns 3.example", "dns 2.example"}},
		{"no host's address", []dpi.Naming{
			answer("blocked.example", guest, netip.MustParseAddr("0.0.0.0"), 10, time.Hour),
			answer("local.example", guest, netip.MustParseAddr("127.0.0.1"), 10, time.Hour),
		}, guest, netip.MustParseAddr("127.0.0.1"), 11, nil},
		{"no address", nil, guest, netip.Addr{}, 11, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := NewStore(0, func(a netip.Addr) bool { return a == host || a == host6 })
			for _, n := range tt.learn {
				s.Learn(n)
			}
			if got := said(s.Candidates(nil, tt.client, tt.addr, tt.at*second)); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestStoreBound checks that what is kept is bounded, and does not depend on the
// order in which it came.
func TestStoreBound(t *testing.T) {
	const most = 50
	var all []dpi.Naming
	for i := range 500 {
		addr := netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})
		all = append(all, answer(fmt.Sprintf("h%d.example", i), guest, addr, int64(i), time.Hour))
	}
	for seed := range uint64(4) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		s := NewStore(most, nil)
		for _, n := range all {
			s.Learn(n)
			if s.Len() > most {
				t.Fatalf("got %d pairs, want at most %d", s.Len(), most)
			}
		}
		for i := range 500 {
			addr := netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})
			if got, want := len(s.Candidates(nil, guest, addr, 600*second)) == 1, i >= 500-most; got != want {
				t.Errorf("seed %d: name %d is known: got %t, want %t", seed, i, got, want)
			}
		}
		if s.Clear(); s.Len() != 0 {
			t.Errorf("got %d pairs after Clear", s.Len())
		}
	}
}

// TestStoreAnyOrder checks that the order in which several queues tell of the same
// time does not show.
func TestStoreAnyOrder(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		var all []dpi.Naming
		for range maxTold {
			n := answer(string('a'+rune(r.IntN(3)))+".example", guest, server, r.Int64N(2000), time.Duration(r.IntN(600))*time.Second)
			if r.IntN(4) == 0 {
				n = announced(dpi.NameMDNS, []string{"h.local", "H.local"}[r.IntN(2)], server, r.Int64N(2000), time.Duration(r.IntN(600))*time.Second)
			}
			all = append(all, n)
		}
		var want []string
		for range 5 {
			s := NewStore(0, nil)
			for _, n := range all {
				s.Learn(n)
			}
			var got []string
			for at := int64(0); at < 2500; at += 50 {
				got = append(got, fmt.Sprint(at, s.Candidates(nil, guest, server, at*second)))
			}
			if want == nil {
				want = got
			} else if !slices.Equal(got, want) {
				t.Fatalf("seed %d: got %v, want %v as in another order", seed, got, want)
			}
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
	}
}

func TestOrder(t *testing.T) {
	sni := Name{Name: "front.example", Source: SNI, At: 5, Outer: true}
	dns := Name{Name: "real.example", Source: DNS, At: 1}
	tests := []struct {
		name string
		all  []Name
		want []string
	}{
		{"a server name before DNS", []Name{dns, {Name: "a.example", Source: SNI}, {Name: "b.example", Source: Host}},
			[]string{"sni a.example", "http b.example", "dns real.example"}},
		{"an outer one behind it", []Name{sni, dns}, []string{"dns real.example", "sni front.example"}},
		{"an outer one that DNS gave", []Name{sni, dns, {Name: "front.example", Source: DNS}}, []string{"sni front.example", "dns real.example"}},
		{"an outer one before mDNS", []Name{{Name: "x.local", Source: MDNS}, sni}, []string{"sni front.example", "mdns x.local"}},
		{"equal names once", []Name{{Name: "A.example", Source: ReverseDNS}, {Name: "a.example", Source: DNS}}, []string{"dns a.example"}},
		{"none", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			best, ok := Best(tt.all)
			got := said(Order(tt.all))
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if ok != (len(tt.want) > 0) || ok && best.Source.String()+" "+best.Name != tt.want[0] {
				t.Errorf("Best: got %v %t, want the first of %q", best, ok, tt.want)
			}
		})
	}
}

func TestOfApp(t *testing.T) {
	tests := []struct {
		name string
		app  *dpi.App
		want Name
	}{
		{"nothing is known", nil, Name{}},
		{"TLS", &dpi.App{Details: []dpi.Detail{&dpi.TLSDetail{SNI: "WWW.Example.com"}}}, Name{Name: "www.example.com", Source: SNI, At: 7}},
		{"an encrypted hello", &dpi.App{Details: []dpi.Detail{&dpi.TLSDetail{SNI: "a.example", ECH: true}}},
			Name{Name: "a.example", Source: SNI, At: 7, Outer: true}},
		{"TLS through a proxy", &dpi.App{Details: []dpi.Detail{&dpi.HTTPDetail{Host: "b.example"}, &dpi.TLSDetail{SNI: "a.example"}}},
			Name{Name: "a.example", Source: SNI, At: 7}},
		{"HTTP", &dpi.App{Details: []dpi.Detail{&dpi.HTTPDetail{Host: "b.example"}}}, Name{Name: "b.example", Source: Host, At: 7}},
		{"addresses", &dpi.App{Details: []dpi.Detail{&dpi.HTTPDetail{Host: "192.0.2.1"}, &dpi.HTTPDetail{Host: "[2001:db8::1]"}, &dpi.TLSDetail{SNI: "192.0.2.1"}}}, Name{}},
		{"no name in it", &dpi.App{Details: []dpi.Detail{&dpi.TLSDetail{}}}, Name{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := OfApp(tt.app, 7); got != tt.want || ok != (tt.want.Name != "") {
				t.Errorf("got %+v %t, want %+v", got, ok, tt.want)
			}
		})
	}
}

// FuzzStore checks that names only come from what was said, to whom it was said,
// in its time.
func FuzzStore(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, int64(5))
	f.Fuzz(func(t *testing.T, b []byte, at int64) {
		s := NewStore(8, nil)
		at %= 1 << 20
		var all []dpi.Naming
		for ; len(b) >= 5; b = b[5:] {
			n := answer(string('a'+rune(b[0]%8)), netip.AddrFrom4([4]byte{10, 0, 0, b[1] % 3}), netip.AddrFrom4([4]byte{10, 1, 0, b[2] % 9}),
				int64(b[3]), time.Duration(b[4])*time.Second)
			if b[0]&0x80 != 0 {
				n.Source, n.Client = dpi.NameSource(b[0]%5), netip.Addr{}
			}
			s.Learn(n)
			all = append(all, n)
		}
		client, addr := netip.AddrFrom4([4]byte{10, 0, 0, 1}), netip.AddrFrom4([4]byte{10, 1, 0, 1})
		got := s.Candidates(nil, client, addr, at*second)
		if len(got) > 2*MaxCandidates || s.Len() > 8 {
			t.Fatalf("got %d names, %d pairs", len(got), s.Len())
		}
		for _, n := range got {
			if !slices.ContainsFunc(all, func(a dpi.Naming) bool {
				return a.Name == n.Name && a.Addr == addr && (!a.Client.IsValid() || a.Client == client) &&
					(a.Time <= at*second || n.Source != DNS)
			}) {
				t.Errorf("nobody said %+v", n)
			}
		}
	})
}

func BenchmarkCandidates(b *testing.B) {
	s := NewStore(0, nil)
	for i := range 1000 {
		s.Learn(answer(fmt.Sprintf("h%d.example", i), guest, netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}), 10, time.Hour))
	}
	b.ReportAllocs()
	to := make([]Name, 0, 8)
	for i := range b.N {
		to = s.Candidates(to[:0], guest, netip.AddrFrom4([4]byte{198, 51, byte(i >> 8 & 3), byte(i)}), 20*second)
	}
}

func BenchmarkLearn(b *testing.B) {
	s := NewStore(1<<12, nil)
	b.ReportAllocs()
	for i := range b.N {
		s.Learn(answer("www.example.com", guest, netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}), int64(i), time.Hour))
	}
}
