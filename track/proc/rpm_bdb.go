package proc

import (
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
)

// The hash files of Berkeley DB (src/dbinc/db_page.h of release 5.3, struct _dbmeta33
// and struct _db_page), in the byte order of the machine that made them.
const (
	bdbMagic    = 12 // offset of 32 bits, DB_HASHMAGIC
	bdbPageSize = 20
	bdbLastPage = 32
	bdbMetaLen  = 72

	bdbHashMagic = 0x061561

	bdbNext      = 16 // offsets in a page: number of the next one
	bdbEntries   = 20 // 16 bits
	bdbFreeArea  = 22 // 16 bits; of an overflow page the bytes that it holds
	bdbType      = 25
	bdbPageStart = 26

	bdbHashUnsorted, bdbHash, bdbOverflow = 2, 13, 7 // types of pages

	bdbInline, bdbOffPage = 1, 3 // types of items: H_KEYDATA, H_OFFPAGE
	bdbOffPageLen         = 12   // type, 3 bytes, number of the page, length
)

// rpmBDB reads all packages: the names have a file of their own, in the same format,
// which would have to be read as a whole as well.
func rpmBDB(root fs.FS, file string, names []string) (*Package, error) {
	r, size, c, err := open(root, file)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	all := rpmCandidates{names: names}
	if err := eachBDB(r, size, all.add); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return all.only(), nil
}

// A bdbFile is read page by page.
type bdbFile struct {
	r     io.ReaderAt
	order binary.ByteOrder
	page  int    // bytes
	pages uint32 // of the file
	left  int64  // bytes that values may still have: all are no more than the file
	over  []byte // an overflow page
	blob  []byte
}

// eachBDB hands over the packages. The memory is used again.
func eachBDB(r io.ReaderAt, size int64, each func(blob []byte) error) error {
	meta, err := readAt(r, nil, 0, bdbMetaLen)
	if err != nil {
		return err
	}
	f := bdbFile{r: r, order: binary.LittleEndian, left: size}
	if binary.BigEndian.Uint32(meta[bdbMagic:]) == bdbHashMagic {
		f.order = binary.BigEndian
	}
	f.page = int(f.order.Uint32(meta[bdbPageSize:]))
	if f.order.Uint32(meta[bdbMagic:]) != bdbHashMagic || f.page < 512 || f.page > 64<<10 {
		return fmt.Errorf("not a hash file: %w", errDamaged)
	}
	f.pages = uint32(min(size/int64(f.page), int64(f.order.Uint32(meta[bdbLastPage:]))+1))
	var page []byte
	for n := uint32(1); n < f.pages; n++ {
		if page, err = readAt(r, page, int64(n)*int64(f.page), f.page); err != nil {
			return err
		}
		if t := page[bdbType]; t != bdbHash && t != bdbHashUnsorted {
			continue
		}
		if err := f.values(page, each); err != nil {
			return err
		}
	}
	return nil
}

// values hands over the values of a page: every second item, the others are the keys.
// Items are laid from the end of the page to its beginning.
func (f *bdbFile) values(page []byte, each func(blob []byte) error) error {
	items := int(f.order.Uint16(page[bdbEntries:]))
	if bdbPageStart+2*items > len(page) {
		return fmt.Errorf("a page of %d items: %w", items, errDamaged)
	}
	at := func(i int) int { return int(f.order.Uint16(page[bdbPageStart+2*i:])) }
	for i := 1; i < items; i += 2 {
		start, end := at(i), at(i-1)
		if start >= end || end > len(page) {
			return fmt.Errorf("an item from %d to %d: %w", start, end, errDamaged)
		}
		item := page[start:end]
		switch {
		case item[0] == bdbOffPage && len(item) >= bdbOffPageLen:
			if err := f.chain(f.order.Uint32(item[4:]), int64(f.order.Uint32(item[8:]))); err != nil {
				return err
			}
			item = f.blob
		case item[0] == bdbInline:
			if f.left -= int64(len(item)); f.left < 0 {
				return fmt.Errorf("items that overlap: %w", errDamaged)
			}
			item = item[1:]
		default:
			continue
		}
		// Key 0 has the number of the next package instead of one.
		if len(item) <= 4 {
			continue
		}
		if err := each(item); err != nil {
			return err
		}
	}
	return nil
}

// chain reads a value of n bytes that fills overflow pages, into blob.
func (f *bdbFile) chain(page uint32, n int64) error {
	if f.left -= n; f.left < 0 || n > maxRPMHeader {
		return fmt.Errorf("a value of %d bytes: %w", n, errDamaged)
	}
	f.blob = f.blob[:0]
	for int64(len(f.blob)) < n {
		if page == 0 || page >= f.pages {
			return fmt.Errorf("overflow page %d: %w", page, errDamaged)
		}
		var err error
		if f.over, err = readAt(f.r, f.over, int64(page)*int64(f.page), f.page); err != nil {
			return err
		}
		held := int(f.order.Uint16(f.over[bdbFreeArea:]))
		if f.over[bdbType] != bdbOverflow || held == 0 || bdbPageStart+held > f.page {
			return fmt.Errorf("overflow page %d: %w", page, errDamaged)
		}
		f.blob = append(f.blob, f.over[bdbPageStart:bdbPageStart+held]...)
		page = f.order.Uint32(f.over[bdbNext:])
	}
	f.blob = f.blob[:n]
	return nil
}
