package proc

import (
	"errors"
	"io/fs"
	"slices"
)

// apkFiles is where apk(8) keeps what is installed.
var apkFiles = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"}

// apkOwner asks the first database that has the file.
func apkOwner(root fs.FS, names []string) (*Package, error) {
	for _, file := range apkFiles {
		a := apkReader{names: names}
		err := eachLine(root, file, a.line)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case a.found:
			return &a.pkg, nil
		}
	}
	return nil, nil
}

// An apkReader reads what is installed to where a package has the file. The paragraphs
// (apk-db(5)) have P: the name, V: the version, A: the architecture, and then F: a
// directory, and R: a file in it.
type apkReader struct {
	names []string
	pkg   Package
	dir   string // with a slash at both ends
	found bool
}

// line reads a line, and reports whether it wants the next.
func (a *apkReader) line(b []byte) bool {
	if len(b) == 0 {
		a.pkg, a.dir = Package{}, ""
	}
	if len(b) < 2 || b[1] != ':' {
		return true
	}
	value := string(b[2:])
	switch b[0] {
	case 'P':
		a.pkg.Manager, a.pkg.Name = "apk", value
	case 'V':
		a.pkg.Version = value
	case 'A':
		a.pkg.Arch = value
	case 'F':
		if a.dir = "/" + value + "/"; value == "" {
			a.dir = "/"
		}
	case 'R':
		a.found = slices.Contains(a.names, a.dir+value)
	}
	return !a.found
}
