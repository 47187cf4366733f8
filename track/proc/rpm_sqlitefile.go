package proc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// The header of a database and of its log (sqlite.org/fileformat2.html, sections 1.3
// and 4).
const (
	sqliteMagic  = "SQLite format 3\x00"
	sqliteHeader = 100
	sqliteLog    = "-wal" // at the end of the log's name

	sqliteLogHeader = 32
	sqliteLogFrame  = 24 // before each page

	sqliteFrames = 1 << 17 // of a log; it is written back when it has 1,000 or so
	sqliteReads  = 1 << 16 // pages; what is looked up here takes some hundreds
)

// A sqliteDB is a database that is read page by page.
type sqliteDB struct {
	file   io.ReaderAt
	log    io.ReaderAt // nil for none
	closer []io.Closer

	size   int              // of a page
	usable int              // bytes of it
	pages  uint32           // that there may be
	newer  map[uint32]int64 // offsets in the log
	reads  int              // pages so far
}

// openSQLite opens a database. What has been written and is only in the log counts.
func openSQLite(root fs.FS, name string) (*sqliteDB, error) {
	r, size, c, err := open(root, name)
	if err != nil {
		return nil, err
	}
	db := &sqliteDB{file: r, closer: []io.Closer{c}}
	if err := db.start(root, name, size); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return db, nil
}

// start reads the header and the log.
func (db *sqliteDB) start(root fs.FS, name string, size int64) error {
	log, logSize, c, err := open(root, name+sqliteLog)
	switch {
	case err == nil:
		db.closer = append(db.closer, c)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	h, err := readAt(db.file, nil, 0, sqliteHeader)
	if err != nil {
		return err
	}
	db.size = int(binary.BigEndian.Uint16(h[16:]))
	if db.size == 1 {
		db.size = 1 << 16
	}
	db.usable = db.size - int(h[20])
	if string(h[:16]) != sqliteMagic || db.size < 512 || db.size&(db.size-1) != 0 || db.usable < 480 {
		return fmt.Errorf("no database of SQLite: %w", errDamaged)
	}
	db.pages = uint32(size / int64(db.size))
	if log == nil || logSize < sqliteLogHeader {
		return nil
	}
	db.log = log
	return db.readLog(logSize)
}

// readLog notes where the log has pages that are newer than the file's. Frames count
// from the log's start to the last commit; those that are left from before have other
// salts.
func (db *sqliteDB) readLog(size int64) error {
	h, err := readAt(db.log, nil, 0, sqliteLogHeader)
	if err != nil {
		return err
	}
	be := binary.BigEndian
	if m := be.Uint32(h); m&^1 != 0x377f0682 || be.Uint32(h[8:]) != uint32(db.size) {
		return nil // it was not begun
	}
	salts := be.Uint64(h[16:])
	db.newer = make(map[uint32]int64)
	open := make(map[uint32]int64) // of a transaction that is not at its end
	step := int64(sqliteLogFrame + db.size)
	if size/step > sqliteFrames {
		return fmt.Errorf("a log of %d bytes: %w", size, errDamaged)
	}
	var f []byte
	for at := int64(sqliteLogHeader); at+step <= size; at += step {
		if f, err = readAt(db.log, f, at, sqliteLogFrame); err != nil {
			return err
		}
		if be.Uint64(f[8:]) != salts {
			return nil
		}
		open[be.Uint32(f)] = at + sqliteLogFrame
		pages := be.Uint32(f[4:]) // of the file, at a commit
		if pages == 0 {
			continue
		}
		db.pages = pages
		for n, at := range open {
			db.newer[n] = at
		}
		clear(open)
	}
	return nil
}

// Close closes the files.
func (db *sqliteDB) Close() error {
	var first error
	for _, c := range db.closer {
		if err := c.Close(); first == nil {
			first = err
		}
	}
	return first
}

// page reads a page, which the caller may keep. The first is 1.
func (db *sqliteDB) page(n uint32) ([]byte, error) {
	if n == 0 || n > db.pages {
		return nil, fmt.Errorf("page %d of %d: %w", n, db.pages, errDamaged)
	}
	if db.reads++; db.reads > sqliteReads {
		return nil, fmt.Errorf("read %d pages: %w", db.reads, errDamaged)
	}
	if at, ok := db.newer[n]; ok {
		return readAt(db.log, nil, at, db.size)
	}
	return readAt(db.file, nil, int64(n-1)*int64(db.size), db.size)
}

// roots returns where the trees of tables and indexes begin, by their names.
func (db *sqliteDB) roots(names ...string) ([]uint32, error) {
	roots := make([]uint32, len(names))
	// The schema: type, name, tbl_name, rootpage, sql.
	err := db.rows(1, func(r []byte) error {
		name, _ := column(r, 1)
		root, _ := column(r, 3)
		for i, n := range names {
			if n == string(name.bytes) {
				roots[i] = uint32(root.int)
			}
		}
		return nil
	})
	for i, root := range roots {
		if err == nil && root == 0 {
			err = fmt.Errorf("no %s: %w", names[i], errDamaged)
		}
	}
	return roots, err
}

// A value is one column of a record.
type value struct {
	bytes []byte // of a text or blob
	int   int64
}

// column returns a column of a record: a header of varints, each the type and length
// of a column, then the columns (section 2.1).
func column(record []byte, i int) (v value, ok bool) {
	headLen, n := varint(record)
	if n == 0 || headLen < int64(n) || headLen > int64(len(record)) {
		return value{}, false
	}
	head, body := record[n:headLen], record[headLen:]
	for {
		kind, n := varint(head)
		if n == 0 {
			return value{}, false
		}
		size := columnSize(kind)
		if size < 0 || size > int64(len(body)) {
			return value{}, false
		}
		if i == 0 {
			return columnValue(kind, body[:size]), true
		}
		i, head, body = i-1, head[n:], body[size:]
	}
}

// columnSize returns the bytes of a column of some type, -1 where there is no such.
func columnSize(kind int64) int64 {
	switch {
	case kind >= 12:
		return (kind - 12) / 2
	case kind >= 0 && kind <= 9:
		return [...]int64{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}[kind]
	}
	return -1
}

func columnValue(kind int64, b []byte) value {
	switch {
	case kind >= 12:
		return value{bytes: b}
	case kind == 9: // the constant 1
		return value{int: 1}
	case kind < 1 || kind > 6: // NULL, 0 and floating point
		return value{}
	}
	n := int64(int8(b[0])) // the sign
	for _, c := range b[1:] {
		n = n<<8 | int64(c)
	}
	return value{int: n}
}

// varint reads a number of 1 to 9 bytes (section 1.6). n is 0 where b ends before.
func varint(b []byte) (v int64, n int) {
	for n < len(b) {
		c := b[n]
		n++
		if n == 9 {
			return v<<8 | int64(c), n
		}
		v = v<<7 | int64(c&0x7f)
		if c&0x80 == 0 {
			return v, n
		}
	}
	return 0, 0
}
