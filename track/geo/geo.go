package geo

import (
	"net/netip"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Place is what is known of an address. What is not known is empty.
type Place struct {
	CountryCode string // ISO 3166-1: "DE"
	Country     string // in English
	City        string // in English
	PostalCode  string
	ASN         uint32 // autonomous system
	Org         string // who runs it
}

// Paths are the files to read; "" for none.
type Paths struct{ Country, City, ASN string }

// Set is what is known from up to three files. It may be used from any goroutine.
// A file that is replaced is read anew within checkEvery; while the new one cannot
// be read, the old one serves.
type Set struct {
	mu      sync.Mutex
	files   []*file
	cache   *lru.Cache[netip.Addr, Place]
	version uint64
}

// cachePlaces is how many addresses a Set remembers: those on a busy screen, and
// some more. A look-up in three files takes about a microsecond.
const cachePlaces = 1 << 14

// Open reads the files. The error names the one that is missing (fs.ErrNotExist)
// or damaged.
func Open(p Paths) (*Set, error) {
	cache, err := lru.New[netip.Addr, Place](cachePlaces)
	if err != nil {
		return nil, err
	}
	s := &Set{cache: cache}
	for _, want := range []struct {
		path string
		kind kind
	}{{p.Country, countries}, {p.City, cities}, {p.ASN, networks}} {
		if want.path == "" {
			continue
		}
		f, err := openFile(want.path, want.kind)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.files = append(s.files, f)
	}
	return s, nil
}

// Close gives the files back, if there are any. The Set may not be used afterwards.
func (s *Set) Close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		f.close()
	}
	s.files = nil
}

// Lookup returns what is known of an address. A nil Set knows nothing, and
// nothing is known of addresses that are not public.
func (s *Set) Lookup(addr netip.Addr) Place {
	addr = addr.Unmap().WithZone("")
	if s == nil || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return Place{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	if place, ok := s.cache.Get(addr); ok {
		return place
	}
	var place Place
	for _, f := range s.files {
		f.lookup(addr, &place)
	}
	s.cache.Add(addr, place)
	return place
}

// refresh reads files that were replaced. The lock is held.
func (s *Set) refresh() {
	for _, f := range s.files {
		if f.refresh() {
			s.cache.Purge()
			s.version++
		}
	}
}

// Version counts how often a file was replaced: who keeps what Lookup said may do so
// while it stays the same. A nil Set has the version 0.
func (s *Set) Version() uint64 {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	return s.version
}

// Errors returns why files could not be read anew, nil while all could.
func (s *Set) Errors() []error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, f := range s.files {
		if f.err != nil {
			all = append(all, f.err)
		}
	}
	return all
}
