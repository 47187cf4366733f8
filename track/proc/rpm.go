package proc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
)

// rpmDirs is where the database of rpm(8) may be, rpmKinds by which file it is known
// and how that is searched. The three hold the same headers, one a package.
var (
	rpmDirs  = []string{"usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"}
	rpmKinds = []struct {
		file   string
		search func(root fs.FS, file string, names []string) (*Package, error)
	}{
		{"rpmdb.sqlite", rpmSQLite}, // since rpm 4.16
		{"Packages.db", rpmNDB},     // SUSE
		{"Packages", rpmBDB},        // Berkeley DB, until then
	}
)

// rpmFiles lists what may be a database, or the log of one.
func rpmFiles() []string {
	var all []string
	for _, dir := range rpmDirs {
		for _, k := range rpmKinds {
			all = append(all, dir+"/"+k.file)
		}
		all = append(all, dir+"/"+rpmKinds[0].file+sqliteLog)
	}
	return all
}

// rpmOwner asks the first database that there is: links often lead from one of the
// directories to another.
func rpmOwner(root fs.FS, names []string) (*Package, error) {
	for _, dir := range rpmDirs {
		for _, k := range rpmKinds {
			p, err := k.search(root, dir+"/"+k.file, names)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return p, err
		}
	}
	return nil, nil
}

// Tags and types of rpmtag.h.
const (
	rpmName        = 1000
	rpmVersion     = 1001
	rpmRelease     = 1002
	rpmEpoch       = 1003
	rpmArch        = 1022
	rpmFileStates  = 1029
	rpmDirIndexes  = 1116
	rpmBaseNames   = 1117
	rpmDirNames    = 1118
	rpmInt8        = 2
	rpmInt32       = 4
	rpmString      = 6
	rpmStringArray = 8

	maxRPMHeader = 64 << 20 // bytes; those of kernels have some

	rpmStateNormal    = 0 // rpmfileState of rpmfiles.h
	rpmStateNetShared = 3
)

// An rpmHeader is what the database keeps of a package: two counts, an index of
// entries and the data that they point into, all big endian ("Header" of rpm's
// docs/manual/format.md, without its first 8 bytes).
type rpmHeader struct {
	index []byte // entries of 16 bytes: tag, type, offset, count
	data  []byte
}

// readRPMHeader takes b apart without copying it.
func readRPMHeader(b []byte) (rpmHeader, error) {
	if len(b) < 8 {
		return rpmHeader{}, fmt.Errorf("read package of %d bytes: %w", len(b), errDamaged)
	}
	n, size := uint64(binary.BigEndian.Uint32(b)), uint64(binary.BigEndian.Uint32(b[4:]))
	if b = b[8:]; 16*n+size > uint64(len(b)) {
		return rpmHeader{}, fmt.Errorf("read package of %d entries: %w", n, errDamaged)
	}
	return rpmHeader{index: b[:16*n], data: b[16*n : 16*n+size]}, nil
}

// find returns the data from an entry on, and how many values it has. It is empty
// where the entry is absent or of another type.
func (h *rpmHeader) find(tag, kind uint32) (data []byte, count int) {
	for e := h.index; len(e) >= 16; e = e[16:] {
		if binary.BigEndian.Uint32(e) != tag {
			continue
		}
		offset, n := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		if binary.BigEndian.Uint32(e[4:]) != kind || uint64(offset) > uint64(len(h.data)) {
			return nil, 0
		}
		// No value takes less than a byte.
		return h.data[offset:], int(min(uint64(n), uint64(len(h.data))))
	}
	return nil, 0
}

func (h *rpmHeader) text(tag uint32) string {
	b, _ := h.find(tag, rpmString)
	s, _, _ := bytes.Cut(b, []byte{0})
	return string(s)
}

// has reports whether the package has put a file there: the file's directory is a
// number in the list of them, which has none twice.
func (h *rpmHeader) has(dir, base string) bool {
	at, ok := h.dirNumber(dir)
	if !ok {
		return false
	}
	dirs, inDirs := h.find(rpmDirIndexes, rpmInt32)
	states, known := h.find(rpmFileStates, rpmInt8) // there are none in old databases
	states = states[:min(known, len(states))]
	names, n := h.find(rpmBaseNames, rpmStringArray)
	for i := range min(n, inDirs, len(dirs)/4) {
		name, rest, ok := bytes.Cut(names, []byte{0})
		if !ok {
			return false
		}
		if string(name) == base && binary.BigEndian.Uint32(dirs[4*i:]) == at && (i >= len(states) || rpmInstalled(states[i])) {
			return true
		}
		names = rest
	}
	return false
}

// dirNumber returns the number of a directory, whose name has a slash at its end.
func (h *rpmHeader) dirNumber(dir string) (uint32, bool) {
	dirs, n := h.find(rpmDirNames, rpmStringArray)
	for i := range n {
		name, rest, ok := bytes.Cut(dirs, []byte{0})
		if !ok {
			break
		}
		if string(name) == dir {
			return uint32(i), true
		}
		dirs = rest
	}
	return 0, false
}

// rpmInstalled reports whether a file of this state is the package's: another one may
// have replaced it, or it was not wanted.
func rpmInstalled(state byte) bool { return state == rpmStateNormal || state == rpmStateNetShared }

// owner returns the package if it has one of the names.
func (h *rpmHeader) owner(names []string) *Package {
	for _, n := range names {
		if dir, base := path.Split(n); h.has(dir, base) {
			p := &Package{Manager: "rpm", Name: h.text(rpmName), Arch: h.text(rpmArch)}
			p.Version = h.text(rpmVersion) + "-" + h.text(rpmRelease)
			if e, n := h.find(rpmEpoch, rpmInt32); n > 0 && len(e) >= 4 && binary.BigEndian.Uint32(e) > 0 {
				p.Version = strconv.FormatUint(uint64(binary.BigEndian.Uint32(e)), 10) + ":" + p.Version
			}
			return p
		}
	}
	return nil
}

// rpmCandidates collects the packages that have one of the names.
type rpmCandidates struct {
	names []string
	found []Package
}

// add looks into a header.
func (c *rpmCandidates) add(blob []byte) error {
	h, err := readRPMHeader(blob)
	if err != nil {
		return err
	}
	if p := h.owner(c.names); p != nil {
		c.found = append(c.found, *p)
	}
	return nil
}

// only returns the package if there is no doubt. Two versions of one, in the middle of
// an update, leave the version open.
func (c *rpmCandidates) only() *Package {
	p := oneOf(c.found)
	for _, q := range c.found {
		if p != nil && q.Version != p.Version {
			p.Version = ""
		}
	}
	return p
}

// readAt reads n bytes at an offset into the memory of buf. A file that ends before is
// damaged.
func readAt(r io.ReaderAt, buf []byte, at int64, n int) ([]byte, error) {
	if cap(buf) < n {
		buf = make([]byte, n, n+n/2)
	}
	got, err := r.ReadAt(buf[:n], at)
	if got == n {
		return buf[:n], nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = errDamaged
	}
	return buf[:0], fmt.Errorf("read %d bytes at %d: %w", n, at, err)
}
