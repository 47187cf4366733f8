package proc

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	packageAnswers = 4096             // executables whose answers are kept
	packageTrust   = 10 * time.Second // how long they hold without a look at the databases
)

// packages finds out which package owns an executable. It reads the databases of the
// process's own root and starts nothing. It may be used by several goroutines.
type packages struct {
	answers *lru.Cache[packageKey, packageAnswer]
	seed    maphash.Seed
	now     func() time.Time
}

// A packageKey is an executable as processes of one root see it.
type packageKey struct {
	root, exe fileID
	name      string
}

type packageAnswer struct {
	pkg   *Package
	err   error
	state uint64 // of the databases
	at    time.Time
}

func newPackages() *packages {
	answers, err := lru.New[packageKey, packageAnswer](packageAnswers)
	if err != nil {
		panic(err) // the size is not positive
	}
	return &packages{answers: answers, seed: maphash.MakeSeed(), now: time.Now}
}

// of returns the package that owns the executable of a process: dir is /proc/PID, and
// exe what the link in it says. nil, nil is the answer where no package has the file,
// or where the file that now has the name is another one than the process runs.
// errors.Is(err, fs.ErrPermission) says that the process may not be looked into.
func (p *packages) of(dir, exe string) (*Package, error) {
	if !strings.HasPrefix(exe, "/") || exe != path.Clean(exe) {
		return nil, nil // of no file system: a memfd
	}
	runs, err := os.Stat(filepath.Join(dir, "exe"))
	if err != nil {
		return nil, fmt.Errorf("look for the package of %s: %w", exe, err)
	}
	for _, top := range rootsOf(dir) {
		root, err := openRoot(top)
		if err != nil {
			return nil, fmt.Errorf("look for the package of %s: %w", exe, err)
		}
		is, err := root.stat(exe[1:])
		if err == nil && os.SameFile(is, runs) {
			pkg, err := p.lookup(root, exe, is)
			return pkg, errors.Join(err, root.Close())
		}
		root.Close()
	}
	return nil, nil
}

// rootsOf lists where the executable of a process may have the path that the kernel
// tells. It tells it from this program's own root where the file can be reached from
// there: of a process that has changed its root since, it is not in its root.
//
// Where a process has the machine's root, that is the one to look into: in the
// process's own mount namespace, which everybody can make for himself, another file may
// be mounted over that of a package.
func rootsOf(dir string) []string {
	own := filepath.Join(dir, "root")
	if is, err := os.Stat(own); err == nil {
		for _, machine := range []string{"/", filepath.Join(filepath.Dir(dir), "1/root")} {
			if first, err := os.Stat(machine); err == nil && os.SameFile(is, first) {
				return []string{machine}
			}
		}
	}
	return []string{own, "/"}
}

// lookup returns the answer that is kept, or finds it.
func (p *packages) lookup(root *rootFS, exe string, is fs.FileInfo) (*Package, error) {
	top, err := root.stat(".")
	if err != nil {
		return nil, fmt.Errorf("look into the root: %w", err)
	}
	key := packageKey{root: infoID(top), exe: infoID(is), name: exe}
	a, ok := p.answers.Get(key)
	now := p.now()
	if ok && now.Sub(a.at) < packageTrust {
		return a.pkg, a.err
	}
	state := p.state(root)
	if !ok || a.state != state {
		names := []string{exe}
		for _, n := range otherNames(exe) {
			if other, err := root.stat(n[1:]); err == nil && os.SameFile(other, is) {
				names = append(names, n)
			}
		}
		a.pkg, a.err = owner(root, names)
		if p.state(root) != state {
			return nil, fmt.Errorf("look for the package of %s: the database was being written", exe)
		}
	}
	a.state, a.at = state, now
	p.answers.Add(key, a)
	return a.pkg, a.err
}

// state sums up which databases there are, and when they were written.
func (p *packages) state(root *rootFS) uint64 {
	type stamp struct {
		id    fileID
		mtime int64 // ns
		size  int64
	}
	var sum uint64
	for _, db := range packageDBs {
		for _, name := range db.files {
			var s stamp
			if info, err := root.stat(name); err == nil {
				s = stamp{infoID(info), info.ModTime().UnixNano(), info.Size()}
			}
			sum = sum*31 + maphash.Comparable(p.seed, s)
		}
	}
	return sum
}

func infoID(info fs.FileInfo) fileID {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}
	}
	return fileID{st.Dev, st.Ino}
}
