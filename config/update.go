package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile is how a file begins that the program makes.
const newFile = "# Written by sockeye. \"sockeye config\" prints all keys with what they do.\n\n"

// Update writes other values for some keys, by their names in docs/config.md, into the
// file at path; nil takes a key out. Values are what yaml.v3 encodes, and these types
// of this package: Sort, Pin, Palettes, Amount, Interval and Size.
//
// The file, and folders on the way to it, are made where they are missing, and belong to
// the user. The change is there as a whole or not at all, whatever happens meanwhile. All
// other keys, known or not, comments and the order of the lines stay. A file that says
// something wrong is left alone, and gives the same *Error as Load.
//
// For a user who called by sudo(8), nothing is written where they could not write
// themselves: see folder.
func Update(path string, user User, changes map[string]any) error {
	path, err := resolve(path)
	if err != nil {
		return err
	}
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = []byte(newFile)
	case err != nil:
		return err
	}
	if _, err := Parse(path, text); err != nil {
		if e := (*Error)(nil); !errors.As(err, &e) || !e.Unknown {
			return err
		}
	}
	edited, err := edit(path, text, changes)
	if err != nil {
		return err
	}
	if err := replace(path, user, edited); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// resolve follows the links to a file, so that one which is kept elsewhere is changed
// there and stays linked.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return real, nil
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", fmt.Errorf("write configuration: %s is a link that leads nowhere", path)
	}
	return path, nil
}
