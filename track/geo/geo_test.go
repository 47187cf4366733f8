package geo

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// write makes a database of one network.
func write(t *testing.T, path, databaseType, network string, what mmdbtype.Map) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: databaseType, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := net.ParseCIDR(network)
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Insert(n, what); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path + ".new")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := tree.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func city(code, country, name string) mmdbtype.Map {
	text := func(s string) mmdbtype.Map { return mmdbtype.Map{"en": mmdbtype.String(s)} }
	return mmdbtype.Map{
		"country": mmdbtype.Map{"iso_code": mmdbtype.String(code), "names": text(country)},
		"city":    mmdbtype.Map{"names": text(name)},
		"postal":  mmdbtype.Map{"code": mmdbtype.String("80331")},
	}
}

// set opens databases of one network each, and a clock for them.
func set(t *testing.T) (s *Set, p Paths, clock *time.Time) {
	t.Helper()
	dir := t.TempDir()
	p = Paths{City: filepath.Join(dir, "dbip-city-lite-2026-11.mmdb"), ASN: filepath.Join(dir, "GeoLite2-ASN.mmdb")}
	write(t, p.City, "DBIP-City-Lite", "93.184.0.0/16", city("DE", "Germany", "Munich"))
	write(t, p.ASN, "GeoLite2-ASN", "93.184.216.0/24", mmdbtype.Map{
		"autonomous_system_number":       mmdbtype.Uint32(64500),
		"autonomous_system_organization": mmdbtype.String("Example Net"),
	})
	s, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	clock = new(time.Time)
	*clock = time.Now()
	for _, f := range s.files {
		f.now = func() time.Time { return *clock }
	}
	return s, p, clock
}

var inBoth = netip.MustParseAddr("93.184.216.34")

func TestLookup(t *testing.T) {
	s, _, _ := set(t)
	munich := Place{CountryCode: "DE", Country: "Germany", City: "Munich", PostalCode: "80331"}
	both := munich
	both.ASN, both.Org = 64500, "Example Net"
	for _, tt := range []struct {
		name, addr string
		want       Place
	}{
		{"in both files", "93.184.216.34", both},
		{"once more, from the cache", "93.184.216.34", both},
		{"mapped into IPv6", "::ffff:93.184.216.34", both},
		{"in one file", "93.184.1.1", munich},
		{"in none", "198.51.100.1", Place{}},
		{"IPv6", "2001:db8::1", Place{}},
		{"private", "10.0.0.1", Place{}},
		{"loopback", "127.0.0.1", Place{}},
		{"link-local with a zone", "fe80::1%eth0", Place{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.Lookup(netip.MustParseAddr(tt.addr)); got != tt.want {
				t.Errorf("got %+v want %+v", got, tt.want)
			}
		})
	}
	if got := (*Set)(nil).Lookup(inBoth); got != (Place{}) {
		t.Errorf("no set: got %+v want nothing", got)
	}
}

// TestReplaced checks that a file is read anew after it was replaced, and that
// the old one serves while the new one cannot be read.
func TestReplaced(t *testing.T) {
	s, p, clock := set(t)
	want := func(name string) {
		t.Helper()
		if got := s.Lookup(inBoth).City; got != name {
			t.Errorf("got city %q want %q", got, name)
		}
	}
	want("Munich")
	write(t, p.City, "DBIP-City-Lite", "93.184.0.0/16", city("FR", "France", "Paris"))
	want("Munich") // not looked at yet
	*clock = clock.Add(checkEvery)
	if got := s.Version(); got != 1 {
		t.Errorf("got version %d without a look-up, want 1", got)
	}
	want("Paris")

	if err := os.WriteFile(p.City+".bad", []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(p.City+".bad", p.City); err != nil {
		t.Fatal(err)
	}
	*clock = clock.Add(checkEvery)
	want("Paris")
	if errs := s.Errors(); len(errs) != 1 || !strings.Contains(errs[0].Error(), p.City) {
		t.Errorf("got errors %v, want one that names %s", errs, p.City)
	}
	write(t, p.City, "DBIP-City-Lite", "93.184.0.0/16", city("IT", "Italy", "Rome"))
	*clock = clock.Add(checkEvery)
	want("Rome")
	if errs := s.Errors(); errs != nil {
		t.Errorf("got errors %v, want none", errs)
	}
	if got := s.Version(); got != 2 {
		t.Errorf("got version %d, want 2: the bad file is none", got)
	}
}

// TestCutShort cuts a file that is mapped, which makes the mapping fault.
func TestCutShort(t *testing.T) {
	s, p, _ := set(t)
	if err := os.Truncate(p.City, 0); err != nil {
		t.Fatal(err)
	}
	got := s.Lookup(inBoth)
	if got.ASN != 64500 {
		t.Errorf("got %+v, want what the other file says", got)
	}
	if len(s.Errors()) != 1 {
		t.Errorf("got errors %v, want one", s.Errors())
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	asn, damaged := filepath.Join(dir, "asn.mmdb"), filepath.Join(dir, "damaged.mmdb")
	write(t, asn, "GeoLite2-ASN", "93.184.216.0/24", mmdbtype.Map{})
	if err := os.WriteFile(damaged, make([]byte, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		paths Paths
		want  string
	}{
		{"missing", Paths{Country: filepath.Join(dir, "none.mmdb")}, "country database"},
		{"damaged", Paths{ASN: damaged}, damaged},
		{"of another kind", Paths{City: asn}, "type GeoLite2-ASN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(tt.paths)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if missing := errors.Is(err, fs.ErrNotExist); missing != (tt.name == "missing") {
				t.Errorf("%v: got fs.ErrNotExist %v", err, missing)
			}
		})
	}
}

func TestFind(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for _, name := range []string{
		first + "/dbip-country-lite-2026-09.mmdb", first + "/dbip-country-lite-2026-10.mmdb",
		second + "/GeoLite2-Country.mmdb", second + "/GeoLite2-ASN.mmdb",
	} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := Find([]string{filepath.Join(first, "none"), first, second})
	want := Paths{Country: first + "/dbip-country-lite-2026-10.mmdb", ASN: second + "/GeoLite2-ASN.mmdb"}
	if got != want {
		t.Errorf("got %+v want %+v", got, want)
	}
}
