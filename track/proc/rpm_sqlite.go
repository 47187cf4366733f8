package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// rpmSQLite asks the index of base names, so that it reads some pages of what may be
// 100 MB. It needs to look up keys in trees and nothing else: 450 lines of code, where a
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

// rpmIndexed adds the packages that have a file of the base name:
//
//	CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)
//	CREATE TABLE Basenames (key TEXT, hnum INTEGER, idx INTEGER)
//	CREATE INDEX Basenames_key_idx ON Basenames(key)
func rpmIndexed(db *sqliteDB, names []string, all *rpmCandidates) error {
	roots, err := db.roots("Packages", "Basenames", "Basenames_key_idx")
	if err != nil {
		return err
	}
	_, base := path.Split(names[0]) // the names differ in their directories only
	var numbers []int64             // of packages
	err = db.lookup(roots[2], []byte(base), 0, func(row int64) error {
		n, err := rpmNumber(db, roots[1], row, base)
		if !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range numbers {
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

// rpmNumber returns the number of the package that a row of the base names is of.
func rpmNumber(db *sqliteDB, root uint32, row int64, base string) (int64, error) {
	r, err := db.row(root, row)
	if err != nil {
		return 0, err
	}
	key, _ := column(r, 0)
	number, ok := column(r, 1)
	if !ok || string(key.bytes) != base {
		return 0, fmt.Errorf("row %d is not what the index says: %w", row, errDamaged)
	}
	return number.int, nil
}
