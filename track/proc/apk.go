package proc

import (
	"errors"
	"io/fs"
)

// apkFiles is where apk(8) keeps what is installed.
var apkFiles = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"}

// apkOwner reads what is installed to where a package has the file. The paragraphs
// (apk-db(5)) have P: the name, V: the version, A: the architecture, and then F: a
// directory, and R: a file in it.
func apkOwner(root fs.FS, names []string) (*Package, error) {
	for _, file := range apkFiles {
		p := Package{Manager: "apk"}
		var dir string // with a slash at both ends
		found := false
		err := eachLine(root, file, func(line []byte) bool {
			if len(line) == 0 {
				p, dir = Package{Manager: "apk"}, ""
				return true
			}
			if len(line) < 2 || line[1] != ':' {
				return true
			}
			value := line[2:]
			switch line[0] {
			case 'P':
				p.Name = string(value)
			case 'V':
				p.Version = string(value)
			case 'A':
				p.Arch = string(value)
			case 'F':
				if dir = "/" + string(value) + "/"; len(value) == 0 {
					dir = "/"
				}
			case 'R':
				for _, n := range names {
					if d, base := slashed(n); d == dir && base == string(value) {
						found = true
						return false
					}
				}
			}
			return true
		})
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case found:
			return &p, nil
		}
	}
	return nil, nil
}
