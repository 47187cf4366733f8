package proc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Pages of b-trees (sqlite.org/fileformat2.html, section 1.6).
const (
	sqliteInnerIndex = 0x02
	sqliteInnerTable = 0x05
	sqliteLeafIndex  = 0x0a
	sqliteLeafTable  = 0x0d

	sqliteDepth = 20 // of a tree; 2^31 pages of the least fan-out need no more
)

// errNoRow says that a table has no row of a number.
var errNoRow = errors.New("no such row")

// A sqlitePage is a page of a tree.
type sqlitePage struct {
	b     []byte // the whole page
	kind  byte
	cells []byte // offsets of the cells in b, 16 bits each
	right uint32 // the last child of an inner page
}

// tree reads a page of a tree. The first page of the file has the file's header in
// front.
func (db *sqliteDB) tree(n uint32) (sqlitePage, error) {
	b, err := db.page(n)
	if err != nil {
		return sqlitePage{}, err
	}
	head := b
	if n == 1 {
		head = b[sqliteHeader:]
	}
	p := sqlitePage{b: b, kind: head[0]}
	cells, start := int(binary.BigEndian.Uint16(head[3:])), 8
	if p.kind == sqliteInnerIndex || p.kind == sqliteInnerTable {
		p.right, start = binary.BigEndian.Uint32(head[8:]), 12
	}
	if start+2*cells > len(head) {
		return sqlitePage{}, fmt.Errorf("page %d of %d cells: %w", n, cells, errDamaged)
	}
	p.cells = head[start : start+2*cells]
	return p, nil
}

// count returns how many cells there are.
func (p *sqlitePage) count() int { return len(p.cells) / 2 }

// cell returns the page from a cell on, of an inner page without the number of the
// child, which it returns, too.
func (p *sqlitePage) cell(i int) (cell []byte, child uint32, err error) {
	at := int(binary.BigEndian.Uint16(p.cells[2*i:]))
	if at > len(p.b)-4 {
		return nil, 0, fmt.Errorf("a cell at %d: %w", at, errDamaged)
	}
	cell = p.b[at:]
	if p.kind == sqliteInnerIndex || p.kind == sqliteInnerTable {
		return cell[4:], binary.BigEndian.Uint32(cell), nil
	}
	return cell, 0, nil
}

// row returns the record of a row of a table.
func (db *sqliteDB) row(root uint32, row int64) ([]byte, error) {
	for range sqliteDepth {
		p, err := db.tree(root)
		if err != nil {
			return nil, err
		}
		switch p.kind {
		case sqliteLeafTable:
			return db.rowOf(&p, row)
		case sqliteInnerTable:
		default:
			return nil, fmt.Errorf("page %d is of no table: %w", root, errDamaged)
		}
		root = p.right
		for i := range p.count() {
			cell, child, err := p.cell(i)
			if err != nil {
				return nil, err
			}
			if last, n := varint(cell); n == 0 {
				return nil, fmt.Errorf("a cell without a key: %w", errDamaged)
			} else if row <= last {
				root = child
				break
			}
		}
	}
	return nil, fmt.Errorf("a tree without leaves: %w", errDamaged)
}

// rowOf looks for a row in a leaf.
func (db *sqliteDB) rowOf(p *sqlitePage, row int64) ([]byte, error) {
	for i := range p.count() {
		cell, _, err := p.cell(i)
		if err != nil {
			return nil, err
		}
		size, n := varint(cell)
		number, m := varint(cell[n:])
		if n == 0 || m == 0 {
			return nil, fmt.Errorf("a cell without a key: %w", errDamaged)
		}
		if number == row {
			return db.payload(cell[n+m:], size, db.usable-35)
		}
	}
	return nil, fmt.Errorf("%d: %w", row, errNoRow)
}

// rows hands over all rows of a table.
func (db *sqliteDB) rows(root uint32, each func(record []byte) error) error {
	return db.walk(root, 0, func(p *sqlitePage) error {
		for i := range p.count() {
			cell, _, err := p.cell(i)
			if err != nil {
				return err
			}
			size, n := varint(cell)
			_, m := varint(cell[n:])
			if n == 0 || m == 0 {
				return fmt.Errorf("a cell without a key: %w", errDamaged)
			}
			r, err := db.payload(cell[n+m:], size, db.usable-35)
			if err != nil {
				return err
			}
			if err := each(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// walk hands over the leaves of a table.
func (db *sqliteDB) walk(root uint32, depth int, leaf func(*sqlitePage) error) error {
	p, err := db.tree(root)
	switch {
	case err != nil:
		return err
	case p.kind == sqliteLeafTable:
		return leaf(&p)
	case p.kind != sqliteInnerTable || depth == sqliteDepth:
		return fmt.Errorf("page %d is of no table: %w", root, errDamaged)
	}
	for i := range p.count() {
		_, child, err := p.cell(i)
		if err != nil {
			return err
		}
		if err := db.walk(child, depth+1, leaf); err != nil {
			return err
		}
	}
	return db.walk(p.right, depth+1, leaf)
}

// lookup hands over the rows that an index has under a key. The entries are in order,
// those of an inner page between its children. Depth is that of root in its tree, 0.
func (db *sqliteDB) lookup(root uint32, key []byte, depth int, each func(row int64) error) error {
	p, err := db.tree(root)
	if err != nil {
		return err
	}
	inner := p.kind == sqliteInnerIndex
	if !inner && p.kind != sqliteLeafIndex || depth == sqliteDepth {
		return fmt.Errorf("page %d is of no index: %w", root, errDamaged)
	}
	for i := range p.count() {
		cell, child, err := p.cell(i)
		if err != nil {
			return err
		}
		has, row, err := db.entry(cell)
		if err != nil {
			return err
		}
		order := bytes.Compare(has, key)
		if order < 0 {
			continue
		}
		if inner {
			if err := db.lookup(child, key, depth+1, each); err != nil {
				return err
			}
		}
		if order > 0 {
			return nil
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if inner {
		return db.lookup(p.right, key, depth+1, each)
	}
	return nil
}

// entry reads an entry of an index: the key and the row.
func (db *sqliteDB) entry(cell []byte) (key []byte, row int64, err error) {
	size, n := varint(cell)
	if n == 0 {
		return nil, 0, fmt.Errorf("a cell without a length: %w", errDamaged)
	}
	r, err := db.payload(cell[n:], size, (db.usable-12)*64/255-23)
	if err != nil {
		return nil, 0, err
	}
	k, _ := column(r, 0)
	v, ok := column(r, 1)
	if !ok {
		return nil, 0, fmt.Errorf("an entry without a row: %w", errDamaged)
	}
	return k.bytes, v.int, nil
}

// payload returns what a cell holds: size bytes, of which no more than most are in
// its page, the others in a chain of overflow pages.
func (db *sqliteDB) payload(cell []byte, size int64, most int) ([]byte, error) {
	if size < 0 || size > maxRPMHeader || size > int64(db.pages)*int64(db.usable) {
		return nil, fmt.Errorf("a record of %d bytes: %w", size, errDamaged)
	}
	n := int(size)
	here := n
	if n > most {
		least := (db.usable-12)*32/255 - 23
		if here = least + (n-least)%(db.usable-4); here > most {
			here = least
		}
	}
	if here > len(cell) || here < n && here+4 > len(cell) {
		return nil, fmt.Errorf("a record of %d bytes: %w", size, errDamaged)
	}
	if here == n {
		return cell[:n], nil
	}
	record := append(make([]byte, 0, n), cell[:here]...)
	next := binary.BigEndian.Uint32(cell[here:])
	for len(record) < n {
		b, err := db.page(next)
		if err != nil {
			return nil, err
		}
		record = append(record, b[4:4+min(db.usable-4, n-len(record))]...)
		next = binary.BigEndian.Uint32(b)
	}
	return record, nil
}
