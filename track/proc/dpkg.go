package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// The database of dpkg(1), and what images without dpkg have of it: one file a
// package in status.d, and beside it its files with their checksums.
const (
	dpkgStatus     = "var/lib/dpkg/status"
	dpkgInfo       = "var/lib/dpkg/info"
	dpkgDiversions = "var/lib/dpkg/diversions"
	dpkgStatusDir  = "var/lib/dpkg/status.d"

	maxList = 64 << 20 // bytes of a list of files
)

// dpkgOwner looks through the lists of files of all packages: some ms, after which
// nothing stays in memory, where an index would keep all paths of the system.
func dpkgOwner(root fs.FS, names []string) (*Package, error) {
	claims, err := dpkgClaims(root, names)
	if err != nil {
		return nil, err
	}
	found, err := dpkgListed(root, dpkgInfo, ".list", claims)
	if err != nil {
		return nil, err
	}
	if p := oneOf(found); p != nil {
		return p, dpkgFill(root, p)
	}
	if len(found) > 0 {
		return nil, nil
	}
	for i, n := range names {
		claims[i] = dpkgClaim{line: []byte("  " + n[1:] + "\n")}
	}
	found, err = dpkgListed(root, dpkgStatusDir, ".md5sums", claims[:len(names)])
	if p := oneOf(found); p != nil && err == nil {
		// The file is not always called as the package.
		err = dpkgParagraphs(root, dpkgStatusDir+"/"+p.Name, func(q Package) { *p = q })
		return p, err
	}
	return nil, err
}

// A dpkgClaim is a line that makes a package the owner.
type dpkgClaim struct {
	line []byte // with its end, in lists of paths also with that of the line before
	only string // of this package's list, where not empty
	not  string // but not of this one's
}

// dpkgClaims says what to look for. A package may divert a path of others
// (dpkg-divert(1)): then they have their file elsewhere, although their lists name the
// path as before.
func dpkgClaims(root fs.FS, names []string) ([]dpkgClaim, error) {
	claims := make([]dpkgClaim, len(names), len(names)+2)
	for i, n := range names {
		claims[i].line = []byte("\n" + n + "\n")
	}
	var three [3]string // the path, where to, and which package diverts it
	n := 0
	err := eachLine(root, dpkgDiversions, func(line []byte) bool {
		three[n] = string(line)
		if n++; n < len(three) {
			return true
		}
		n = 0
		for i, name := range names {
			switch name {
			case three[0]:
				claims[i].only = three[2] // ":" of the administrator, which is no package
			case three[1]:
				claims = append(claims, dpkgClaim{line: []byte("\n" + three[0] + "\n"), not: three[2]})
			}
		}
		return true
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return claims, err
}

// dpkgListed returns the packages in whose list is a line that was looked for.
func dpkgListed(root fs.FS, dir, suffix string, claims []dpkgClaim) ([]Package, error) {
	lists, err := entries(root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []Package
	s := newListSearch(claims)
	for _, list := range lists {
		name, ok := strings.CutSuffix(list, suffix)
		if !ok {
			continue
		}
		name, arch, _ := strings.Cut(name, ":")
		claimed, err := s.list(root, dir+"/"+list, name)
		if err != nil {
			return nil, err
		}
		if s.total > maxDatabase {
			return nil, fmt.Errorf("read %s: %w: more than %d bytes", dir, errDamaged, maxDatabase)
		}
		if claimed {
			found = append(found, Package{Manager: "dpkg", Name: name, Arch: arch})
		}
	}
	return found, nil
}

// by reports whether a list of this package may have the line.
func (c *dpkgClaim) by(name string) bool {
	return (c.only == "" || c.only == name) && (c.not == "" || c.not != name)
}

// listPiece is how much of a list is read at once.
const listPiece = 64 << 10

// A listSearch looks for lines in lists. Some have megabytes, so it reads them piece
// by piece.
type listSearch struct {
	claims  []dpkgClaim
	overlap int // of two pieces: one byte less than the longest line has
	piece   []byte
	total   int64 // bytes so far
}

func newListSearch(claims []dpkgClaim) *listSearch {
	s := &listSearch{claims: claims}
	for i := range claims {
		s.overlap = max(s.overlap, len(claims[i].line)-1)
	}
	s.piece = make([]byte, 0, s.overlap+listPiece)
	return s
}

// list reports whether the list of a package has one of the lines. A list that has
// gone meanwhile has none.
func (s *listSearch) list(root fs.FS, file, name string) (bool, error) {
	r, size, c, err := open(root, file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer c.Close()
	if size > maxList {
		return false, fmt.Errorf("read %s: %w: %d bytes", file, errDamaged, size)
	}
	s.total += size
	s.piece = append(s.piece[:0], '\n') // before the first line, as before every other
	for at := int64(0); at < size; {
		old := len(s.piece)
		n, err := r.ReadAt(s.piece[old:min(int64(cap(s.piece)), int64(old)+size-at)], at)
		s.piece = s.piece[:old+n]
		if s.claimed(name) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil // its end, or it has become shorter
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", file, err)
		}
		at += int64(n)
		s.piece = s.piece[:copy(s.piece, s.piece[max(len(s.piece)-s.overlap, 0):])]
	}
	return false, nil
}

// claimed reports whether a piece of a package's list has one of the lines.
func (s *listSearch) claimed(name string) bool {
	for i := range s.claims {
		if c := &s.claims[i]; c.by(name) && bytes.Contains(s.piece, c.line) {
			return true
		}
	}
	return false
}

// oneOf returns the package if all are the same: one of several architectures may
// share files with the others. nil stands for none, and for several that differ.
func oneOf(found []Package) *Package {
	if len(found) == 0 {
		return nil
	}
	p := found[0]
	for _, q := range found[1:] {
		if q.Name != p.Name {
			return nil
		}
		if q.Arch != p.Arch {
			p.Arch = ""
		}
	}
	return &p
}

// dpkgFill looks up the version and the architecture of p. Where there are several of
// that name and p has no architecture, they stay empty unless they agree.
func dpkgFill(root fs.FS, p *Package) error {
	var found []Package
	err := dpkgParagraphs(root, dpkgStatus, func(q Package) {
		if q.Name == p.Name && (p.Arch == "" || p.Arch == q.Arch) {
			found = append(found, q)
		}
	})
	if len(found) == 0 {
		return err
	}
	p.Version, p.Arch = found[0].Version, found[0].Arch
	for _, q := range found[1:] {
		if q.Version != p.Version {
			p.Version = ""
		}
		if q.Arch != p.Arch {
			p.Arch = ""
		}
	}
	return err
}

// dpkgParagraphs hands over the packages of a file of paragraphs (deb822(5)). One that
// does not exist has none.
func dpkgParagraphs(root fs.FS, file string, each func(Package)) error {
	p := Package{Manager: "dpkg"}
	end := func() {
		if p.Name != "" {
			each(p)
		}
		p = Package{Manager: "dpkg"}
	}
	err := eachLine(root, file, func(line []byte) bool {
		if len(line) == 0 {
			end()
			return true
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); string(field) {
		case "Package":
			p.Name = string(value)
		case "Version":
			p.Version = string(value)
		case "Architecture":
			p.Arch = string(value)
		}
		return true
	})
	end()
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}
