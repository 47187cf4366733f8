package proc

import (
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
)

// The file of rpm's own database (lib/backend/ndb/rpmpkg.c), little endian: a header
// and slots fill the first pages, the headers of the packages come after them in units
// of a block.
const (
	ndbMagic     = 'R' | 'p'<<8 | 'm'<<16 | 'P'<<24
	ndbSlotMagic = 'S' | 'l'<<8 | 'o'<<16 | 't'<<24
	ndbBlobMagic = 'B' | 'l'<<8 | 'b'<<16 | 'S'<<24
	ndbPage      = 4096
	ndbHeader    = 32
	ndbSlot      = 16
	ndbBlock     = 16
	ndbBlobHead  = 16 // magic, number of the package, generation, length
)

// rpmNDB reads all packages: the index of names that the format has besides is a hash
// of its own, and worth little where an answer is kept.
func rpmNDB(root fs.FS, file string, names []string) (*Package, error) {
	r, size, c, err := open(root, file)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	all := rpmCandidates{names: names}
	if err := eachNDB(r, size, all.add); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return all.only(), nil
}

// eachNDB hands over the packages. The memory is used again.
func eachNDB(r io.ReaderAt, size int64, each func(blob []byte) error) error {
	page, err := readAt(r, nil, 0, ndbHeader)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	if le.Uint32(page) != ndbMagic || le.Uint32(page[4:]) != 0 {
		return fmt.Errorf("not a database of version 0: %w", errDamaged)
	}
	pages := int64(le.Uint32(page[12:]))
	if pages > size/ndbPage {
		return fmt.Errorf("%d pages of slots: %w", pages, errDamaged)
	}
	var blob []byte
	left := size // bytes that packages may still have: all are no more than the file
	for at := int64(0); at < pages*ndbPage; at += ndbPage {
		if page, err = readAt(r, page, at, ndbPage); err != nil {
			return err
		}
		slots := page
		if at == 0 {
			slots = page[ndbHeader:]
		}
		for ; len(slots) >= ndbSlot; slots = slots[ndbSlot:] {
			if le.Uint32(slots) != ndbSlotMagic {
				return fmt.Errorf("no slot: %w", errDamaged)
			}
			offset, blocks := int64(le.Uint32(slots[8:])), int64(le.Uint32(slots[12:]))
			if offset == 0 {
				continue // free
			}
			if left -= blocks * ndbBlock; left < 0 {
				return fmt.Errorf("packages that overlap: %w", errDamaged)
			}
			if blob, err = readNDB(r, blob, size, offset*ndbBlock, blocks*ndbBlock); err != nil {
				return err
			}
			if err := each(blob); err != nil {
				return err
			}
		}
	}
	return nil
}

// readNDB reads one package, which with its head and tail takes some room in the file.
func readNDB(r io.ReaderAt, blob []byte, size, at, room int64) ([]byte, error) {
	if room < ndbBlobHead || at > size-room {
		return nil, fmt.Errorf("a package of %d bytes at %d: %w", room, at, errDamaged)
	}
	blob, err := readAt(r, blob, at, ndbBlobHead)
	if err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(blob[12:]))
	if binary.LittleEndian.Uint32(blob) != ndbBlobMagic || n > room-ndbBlobHead || n > maxRPMHeader {
		return nil, fmt.Errorf("no package at %d: %w", at, errDamaged)
	}
	return readAt(r, blob, at+ndbBlobHead, int(n))
}
