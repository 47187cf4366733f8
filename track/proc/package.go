package proc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// A packageDB is where a package manager says which files it has put where.
type packageDB struct {
	manager string
	// files are where it may be, and tell by their stamps whether it has changed.
	files []string
	// owner finds the package that has a file of one of these absolute paths, which are
	// names of one file. nil, nil says that none has it, or that several claim it.
	owner func(root fs.FS, names []string) (*Package, error)
}

// packageDBs are asked in this order. A root has one of them as a rule.
var packageDBs = []packageDB{
	{"dpkg", []string{dpkgStatus, dpkgStatusDir}, dpkgOwner},
	{"apk", apkFiles, apkOwner},
	{"rpm", rpmFiles(), rpmOwner},
}

// owner finds the package that has a file with these names, whoever manages it.
func owner(root fs.FS, names []string) (*Package, error) {
	for _, db := range packageDBs {
		p, err := db.owner(root, names)
		if err != nil {
			return nil, fmt.Errorf("ask %s who has %s: %w", db.manager, names[0], err)
		}
		if p != nil && len(p.Name)+len(p.Version)+len(p.Arch) > maxPackageText {
			return nil, fmt.Errorf("ask %s who has %s: %w: %d bytes of name and version", db.manager, names[0], errDamaged, len(p.Name)+len(p.Version))
		}
		if p != nil {
			return p, nil
		}
	}
	return nil, nil
}

// sameDirs are directories that are one in many systems, the others being symbolic
// links: the kernel tells the real path of an executable, the databases keep the one
// that the package was built with.
var sameDirs = [][]string{
	{"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"},
	{"/usr/lib/", "/lib/"},
	{"/usr/lib64/", "/lib64/"},
	{"/usr/lib32/", "/lib32/"},
	{"/usr/libx32/", "/libx32/"},
}

// otherNames lists what a file might be called as well. Whether it is, its inode says.
func otherNames(name string) []string {
	var all []string
	for _, dirs := range sameDirs {
		for _, dir := range dirs {
			rest, ok := strings.CutPrefix(name, dir)
			if !ok {
				continue
			}
			for _, other := range dirs {
				if other != dir {
					all = append(all, other+rest)
				}
			}
			return all
		}
	}
	return nil
}

// Bounds for databases, which in a container are whatever its owner put there.
const (
	maxDatabase = 512 << 20 // bytes of a file, and of all lists of files
	maxEntries  = 1 << 17   // files of a directory
	maxLine     = 1 << 20   // bytes

	maxPackageText = 4096 // bytes of name, version and architecture, which are kept
)

// errDamaged says that a database contradicts itself.
var errDamaged = errors.New("damaged database")

// open opens a file of a root to read it anywhere. It returns fs.ErrNotExist where
// there is none.
func open(root fs.FS, name string) (io.ReaderAt, int64, io.Closer, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, 0, nil, err
	}
	info, err := f.Stat()
	r, ok := f.(io.ReaderAt)
	switch {
	case err == nil && (!ok || !info.Mode().IsRegular()):
		err = fmt.Errorf("open %s: no regular file", name)
	case err == nil && info.Size() > maxDatabase:
		err = fmt.Errorf("open %s: %d bytes are more than a database has", name, info.Size())
	}
	if err != nil {
		f.Close()
		return nil, 0, nil, err
	}
	return r, info.Size(), f, nil
}

// eachLine reads a file by lines, without their ends, until f returns false. The
// bytes are used again for the next line.
func eachLine(root fs.FS, name string, f func(line []byte) bool) error {
	r, size, c, err := open(root, name)
	if err != nil {
		return err
	}
	defer c.Close()
	s := bufio.NewScanner(io.NewSectionReader(r, 0, size))
	s.Buffer(nil, maxLine)
	for s.Scan() {
		if !f(s.Bytes()) {
			return nil
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// entries lists the names in a directory, in no order.
func entries(root fs.FS, dir string) ([]string, error) {
	f, err := root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, fmt.Errorf("read %s: no directory", dir)
	}
	var names []string
	for {
		es, err := d.ReadDir(512)
		for _, e := range es {
			names = append(names, e.Name())
		}
		switch {
		case errors.Is(err, io.EOF):
			return names, nil
		case err != nil:
			return nil, err
		case len(names) > maxEntries:
			return nil, fmt.Errorf("read %s: %w: more than %d files", dir, errDamaged, maxEntries)
		}
	}
}
