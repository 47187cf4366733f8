package names

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
)

// ouiTable is the list of IEEE's registries MA-L, MA-M and MA-S, which scripts/gen-oui
// makes; its first line says from what. IEEE permits everyone to pass its public
// listing on.
//
//go:embed oui.bin
var ouiTable []byte

// vendors is the table as it is asked.
type vendors struct {
	source   string
	names    []string
	blocks   [3][]uint64 // prefixes, sorted, by ouiBits
	assigned [3][]uint16 // index in names of each prefix
}

// ouiBits are the lengths of prefixes of the three registries.
var ouiBits = [3]int{24, 28, 36}

// loadVendors unpacks the table, which takes some 20 ms: when it is first asked.
var loadVendors = sync.OnceValue(func() *vendors {
	v, err := readVendors(ouiTable)
	if err != nil {
		panic("names: the embedded table of vendors is damaged: " + err.Error())
	}
	return v
})

// Vendor returns who made the network card with an address. What is assigned to
// nobody is said to be "locally administered" (as private addresses of phones and
// those of virtual machines are), "multicast" or "broadcast"; "" is returned for an
// address of a vendor that is not known, and for zeros.
func Vendor(mac [6]byte) string {
	n := uint64(mac[0])<<40 | uint64(mac[1])<<32 | uint64(mac[2])<<24 | uint64(mac[3])<<16 | uint64(mac[4])<<8 | uint64(mac[5])
	switch {
	case n == 0:
		return ""
	case n == 1<<48-1:
		return "broadcast"
	case mac[0]&1 != 0:
		return "multicast"
	case n>>24 == 0x525400:
		return "QEMU/KVM" // registered by nobody, used by all of its machines
	}
	if name := loadVendors().find(n); name != "" {
		return name
	}
	if mac[0]&2 != 0 {
		return "locally administered"
	}
	return ""
}

// VendorSource says where the table of vendors is from, and of which date.
func VendorSource() string { return loadVendors().source }

// find returns the owner of the longest prefix of an address.
func (v *vendors) find(mac uint64) string {
	for i := len(ouiBits) - 1; i >= 0; i-- {
		if at, ok := slices.BinarySearch(v.blocks[i], mac>>(48-ouiBits[i])); ok {
			return v.names[v.assigned[i][at]]
		}
	}
	return ""
}

// readVendors unpacks a table: a line for its source, the names, one a line, an
// empty line; then for each registry the number of its prefixes, their distances
// as varints, and the low and the high bytes of the places of their names.
func readVendors(packed []byte) (*vendors, error) {
	b, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, err
	}
	end := bytes.Index(b, []byte("\n\n"))
	if end < 0 {
		return nil, errors.New("no end of names")
	}
	text := strings.Split(string(b[:end]), "\n")
	v := &vendors{source: text[0], names: text[1:]}
	b = b[end+2:]
	for i := range ouiBits {
		if b, err = v.readRegistry(b, i); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *vendors) readRegistry(b []byte, i int) (rest []byte, err error) {
	count, size := binary.Uvarint(b)
	if size <= 0 || count > uint64(len(b)) {
		return nil, errors.New("no number of prefixes")
	}
	b = b[size:]
	v.blocks[i], v.assigned[i] = make([]uint64, count), make([]uint16, count)
	prefix := uint64(0)
	for k := range v.blocks[i] {
		distance, size := binary.Uvarint(b)
		if size <= 0 {
			return nil, errors.New("prefixes end early")
		}
		b, prefix = b[size:], prefix+distance
		v.blocks[i][k] = prefix
	}
	if uint64(len(b)) < 2*count {
		return nil, errors.New("places end early")
	}
	for k := range v.assigned[i] {
		place := uint16(b[k]) | uint16(b[count+uint64(k)])<<8
		if int(place) >= len(v.names) {
			return nil, errors.New("place beyond the names")
		}
		v.assigned[i][k] = place
	}
	return b[2*count:], nil
}
