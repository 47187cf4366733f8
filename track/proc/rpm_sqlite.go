package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
)

// rpmSQLite asks the index of base names, so that it reads some pages of what may be
// 100 MB. It needs to look up keys in trees and nothing else: 300 lines, where a
// driver for SQL adds 4 MiB to the program.
func rpmSQLite(root fs.FS, file string, names []string) (*Package, error) {
	db, err := openSQLite(root, file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	all := rpmCandidates{names: names}
	if err := rpmIndexed(db, names, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return all.only(), nil
}

// rpmIndexed adds the packages that have a file of one of these base names:
//
//	CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)
//	CREATE TABLE Basenames (key TEXT, hnum INTEGER, idx INTEGER)
//	CREATE INDEX Basenames_key_idx ON Basenames(key)
func rpmIndexed(db *sqliteDB, names []string, all *rpmCandidates) error {
	roots, err := db.roots("Packages", "Basenames", "Basenames_key_idx")
	if err != nil {
		return err
	}
	_, base := slashed(names[0]) // the names differ in their directories only
	var numbers []int64
	err = db.lookup(roots[2], []byte(base), func(row int64) error {
		r, err := db.row(roots[1], row)
		if err != nil {
			return err
		}
		key, _ := column(r, 0)
		if !bytes.Equal(key.bytes, []byte(base)) {
			return fmt.Errorf("row %d is not the index's: %w", row, errDamaged)
		}
		number, ok := column(r, 1)
		if !ok {
			return fmt.Errorf("row %d has no number: %w", row, errDamaged)
		}
		numbers = append(numbers, number.int)
		return nil
	})
	if err != nil {
		return err
	}
	seen := make(map[int64]bool)
	for _, n := range numbers {
		if seen[n] {
			continue // it has the base name in several directories
		}
		seen[n] = true
		r, err := db.row(roots[0], n)
		if errors.Is(err, errNoRow) {
			continue
		}
		if err != nil {
			return err
		}
		blob, _ := column(r, 1)
		if err := all.add(blob.bytes); err != nil {
			return err
		}
	}
	return nil
}
