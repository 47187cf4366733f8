package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// ErrDamaged is the error of a file that is no MaxMind DB file, or not a whole one.
var ErrDamaged = errors.New("it is damaged, or no MaxMind DB file")

// kind is what a file is about.
type kind uint8

const (
	countries kind = iota
	cities
	networks
)

// kindTexts are the names of kinds, and the word that a database of the kind has
// in its type: "GeoLite2-City", "DBIP-ASN-Lite".
var kindTexts = [...]struct{ name, word string }{
	countries: {"country", "country"}, cities: {"city", "city"}, networks: {"ASN", "asn"},
}

// checkEvery is how often a file is looked at: whether it has been replaced.
const checkEvery = 10 * time.Second

// file is one database, mapped into memory.
type file struct {
	path   string
	kind   kind
	reader *maxminddb.Reader // nil after a fault in the mapping
	info   os.FileInfo       // of what reader has mapped
	tried  os.FileInfo       // of what could not be read
	next   time.Time         // when to look again
	now    func() time.Time
	err    error // why the newest one could not be read
}

func openFile(path string, k kind) (*file, error) {
	f := &file{path: path, kind: k, now: time.Now}
	if err := f.load(); err != nil {
		return nil, err
	}
	f.next = f.now().Add(checkEvery)
	return f, nil
}

// load maps what is at the path now.
func (f *file) load() error {
	name := kindTexts[f.kind].name
	info, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("open %s database: %w", name, err)
	}
	f.tried = info
	reader, err := maxminddb.Open(f.path)
	if err != nil {
		var damaged maxminddb.InvalidDatabaseError
		if errors.As(err, &damaged) {
			err = ErrDamaged
		}
		return fmt.Errorf("open %s database %s: %w", name, f.path, err)
	}
	if !f.serves(reader.Metadata.DatabaseType) {
		defer reader.Close()
		return fmt.Errorf("open %s database %s: it is of the type %s", name, f.path, reader.Metadata.DatabaseType)
	}
	f.close()
	f.reader, f.info, f.err = reader, info, nil
	return nil
}

// serves reports whether a database has what is wanted of the kind. One of cities
// has the countries, too.
func (f *file) serves(databaseType string) bool {
	t := strings.ToLower(databaseType)
	switch {
	case f.kind == countries && (strings.Contains(t, "city") || strings.Contains(t, "enterprise")):
		return true
	case f.kind == networks && strings.Contains(t, "isp"):
		return true
	}
	return strings.Contains(t, kindTexts[f.kind].word)
}

// refresh maps the file again if it was replaced, and reports whether it was.
func (f *file) refresh() bool {
	now := f.now()
	if now.Before(f.next) {
		return false
	}
	f.next = now.Add(checkEvery)
	info, err := os.Stat(f.path)
	switch {
	case err != nil:
		return false // it is being replaced, or gone: what is mapped stays
	case f.reader != nil && same(info, f.info), f.tried != nil && same(info, f.tried):
		return false
	}
	f.err = f.load()
	return f.err == nil
}

func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func (f *file) close() {
	if f.reader != nil {
		f.reader.Close()
		f.reader = nil
	}
}

// record is what the databases say, by the names of MaxMind, which DB-IP has taken
// over.
type record struct {
	Country struct {
		Code  string            `maxminddb:"iso_code"`
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"country"`
	City struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"city"`
	Postal struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"postal"`
	ASN uint32 `maxminddb:"autonomous_system_number"`
	Org string `maxminddb:"autonomous_system_organization"`
}

// lookup adds what the file says of an address. A file that somebody cut short
// while it was mapped must not end the program: the fault makes it as if there was
// none, until it is replaced.
func (f *file) lookup(addr netip.Addr, to *Place) {
	if f.reader == nil {
		return
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			f.err = fmt.Errorf("read %s database %s: it changed while in use", kindTexts[f.kind].name, f.path)
			f.close()
		}
	}()
	var r record
	result := f.reader.Lookup(addr)
	if !result.Found() {
		return
	}
	if err := result.Decode(&r); err != nil {
		f.err = fmt.Errorf("read %s database %s: %w", kindTexts[f.kind].name, f.path, err)
		return
	}
	if f.kind == networks {
		to.ASN, to.Org = r.ASN, r.Org
		return
	}
	if r.Country.Code != "" {
		to.CountryCode, to.Country = r.Country.Code, r.Country.Names["en"]
	}
	if f.kind == cities {
		to.City, to.PostalCode = r.City.Names["en"], r.Postal.Code
	}
}
