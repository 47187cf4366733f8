package proc

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The databases in testdata/rpm were made by rpm 4.18 and Berkeley DB 5.3:
//
//   - rpmdb.sqlite by installing 42 packages: herring (epoch 2), salmon, and
//     shoal01 to shoal40, which have 45 files in /usr/bin each, so that the trees of
//     the names and of the packages have inner pages;
//   - logged.sqlite by installing herring and salmon, and logged.sqlite-wal by adding
//     shoal07 and taking the names of salmon out with sqlite3, not written back;
//   - Packages by db5.3_load from the headers of herring and salmon.
func unzip(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/rpm/" + name + ".gz")
	if err != nil {
		tb.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		tb.Fatal(err)
	}
	return b
}

// rpmTree is a root whose only files are these databases.
func rpmTree(files map[string][]byte) fstest.MapFS {
	root := make(fstest.MapFS)
	for name, b := range files {
		root[name] = &fstest.MapFile{Data: b}
	}
	return root
}

var (
	herring = &Package{Manager: "rpm", Name: "herring", Version: "2:1.2.3-4.el9", Arch: "noarch"}
	salmon  = &Package{Manager: "rpm", Name: "salmon", Version: "10-1.fc40", Arch: "noarch"}
	shoal07 = &Package{Manager: "rpm", Name: "shoal07", Version: "1.07-1", Arch: "noarch"}
)

func TestRPMOwner(t *testing.T) {
	sqlite := rpmTree(map[string][]byte{"var/lib/rpm/rpmdb.sqlite": unzip(t, "rpmdb.sqlite")})
	logged := rpmTree(map[string][]byte{
		"usr/lib/sysimage/rpm/rpmdb.sqlite":     unzip(t, "logged.sqlite"),
		"usr/lib/sysimage/rpm/rpmdb.sqlite-wal": unzip(t, "logged.sqlite-wal"),
	})
	unlogged := rpmTree(map[string][]byte{
		"var/lib/rpm/rpmdb.sqlite":     unzip(t, "logged.sqlite"),
		"var/lib/rpm/rpmdb.sqlite-wal": nil,
	})
	bdb := rpmTree(map[string][]byte{"var/lib/rpm/Packages": unzip(t, "Packages")})
	ndb := rpmTree(map[string][]byte{"usr/lib/sysimage/rpm/Packages.db": ndbOf(t, headers(t)...)})
	tests := []struct {
		name string
		root fs.FS
		file string
		want *Package
	}{
		{"sqlite", sqlite, "/usr/bin/herring", herring},
		{"sqlite, a name of every package", sqlite, "/usr/lib/shoal07/run", shoal07},
		{"sqlite, in another directory", sqlite, "/usr/share/salmon/run", salmon},
		{"sqlite, from the last page", sqlite, "/usr/bin/fish-shoal40-9",
			&Package{Manager: "rpm", Name: "shoal40", Version: "1.40-1", Arch: "noarch"}},
		{"sqlite, from the first page", sqlite, "/usr/bin/fish-shoal01-1",
			&Package{Manager: "rpm", Name: "shoal01", Version: "1.01-1", Arch: "noarch"}},
		{"sqlite, no such directory", sqlite, "/opt/herring", nil},
		{"sqlite, no such name", sqlite, "/usr/bin/fish", nil},
		{"added in the log", logged, "/usr/bin/fish-shoal07-33", shoal07},
		{"taken out in the log", logged, "/usr/bin/salmon", nil},
		{"as before the log", logged, "/usr/bin/herring", herring},
		{"an empty log", unlogged, "/usr/bin/salmon", salmon},
		{"not there without the log", unlogged, "/usr/bin/fish-shoal07-33", nil},
		{"Berkeley DB", bdb, "/usr/bin/herring", herring},
		{"Berkeley DB, the other package", bdb, "/usr/sbin/salmond", salmon},
		{"Berkeley DB, nobody", bdb, "/usr/bin/fish-shoal07-33", nil},
		{"ndb", ndb, "/usr/bin/herring", herring},
		{"ndb, the other package", ndb, "/usr/sbin/salmond", salmon},
		{"ndb, nobody", ndb, "/usr/sbin/salmon", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := owner(tt.root, []string{tt.file})
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("package of %s, want - got +:\n%s%v", tt.file, d, err)
			}
		})
	}
}

// TestRPMNames asks for every name in the index.
func TestRPMNames(t *testing.T) {
	root := rpmTree(map[string][]byte{"rpmdb.sqlite": unzip(t, "rpmdb.sqlite")})
	db, err := openSQLite(root, "rpmdb.sqlite")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	roots, err := db.roots("Basenames", "Basenames_key_idx")
	if err != nil {
		t.Fatal(err)
	}
	keys := make(map[string]int)
	if err := db.rows(roots[0], func(r []byte) error {
		key, ok := column(r, 0)
		if !ok {
			t.Errorf("a row without a name: % x", r)
		}
		keys[string(key.bytes)]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(keys) < 1800 {
		t.Errorf("got %d names, want 45 of each of 40 packages and more", len(keys))
	}
	for key, want := range keys {
		got := 0
		if err := db.lookup(roots[1], []byte(key), 0, func(int64) error { got++; return nil }); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: got %d rows by the index, want %d", key, got, want)
		}
		db.reads = 0
	}
}

// headers returns those of herring and salmon.
func headers(tb testing.TB) [][]byte {
	tb.Helper()
	var all [][]byte
	b := unzip(tb, "Packages")
	if err := eachBDB(bytes.NewReader(b), int64(len(b)), func(blob []byte) error {
		all = append(all, bytes.Clone(blob))
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return all
}

// ndbOf makes a database of rpm's own format, as rpmpkgPutInternal of
// lib/backend/ndb/rpmpkg.c writes it. The first slot is free.
func ndbOf(tb testing.TB, headers ...[]byte) []byte {
	tb.Helper()
	le := binary.LittleEndian
	file := make([]byte, ndbPage)
	copy(file, "RpmP")
	le.PutUint32(file[12:], 1)
	for at := ndbHeader; at < ndbPage; at += ndbSlot {
		copy(file[at:], "Slot")
	}
	for i, h := range headers {
		blob := append([]byte("BlbS"), 0, 0, 0, 0, 0, 0, 0, 0)
		blob = le.AppendUint32(blob, uint32(len(h)))
		blob = append(blob, h...)
		blob = append(blob, make([]byte, (ndbBlock-(len(blob)+12)%ndbBlock)%ndbBlock)...)
		blob = append(le.AppendUint32(append(blob, 0, 0, 0, 0), uint32(len(h))), "BlbE"...)
		slot := file[ndbHeader+(i+1)*ndbSlot:]
		le.PutUint32(slot[4:], uint32(i+1))
		le.PutUint32(slot[8:], uint32(len(file)/ndbBlock))
		le.PutUint32(slot[12:], uint32(len(blob)/ndbBlock))
		file = append(file, blob...)
	}
	return file
}

// rpmEntry is an entry of a header.
type rpmEntry struct {
	tag, kind uint32
	count     int
	data      string
}

// rpmHeaderWith makes a header of entries.
func rpmHeaderWith(entries ...rpmEntry) []byte {
	be := binary.BigEndian
	var index, data []byte
	for _, e := range entries {
		for _, v := range []uint32{e.tag, e.kind, uint32(len(data)), uint32(e.count)} {
			index = be.AppendUint32(index, v)
		}
		data = append(data, e.data...)
	}
	h := be.AppendUint32(nil, uint32(len(index)/16))
	h = be.AppendUint32(h, uint32(len(data)))
	return append(append(h, index...), data...)
}

// rpmHeaderOf makes a header with one file.
func rpmHeaderOf(state byte) []byte {
	return rpmHeaderWith(
		rpmEntry{rpmName, rpmString, 1, "cod\x00"},
		rpmEntry{rpmBaseNames, rpmStringArray, 1, "cod\x00"},
		rpmEntry{rpmDirNames, rpmStringArray, 2, "/opt/\x00/usr/bin/\x00"},
		rpmEntry{rpmDirIndexes, rpmInt32, 1, "\x00\x00\x00\x01"},
		rpmEntry{rpmFileStates, rpmInt8, 1, string([]byte{state})},
	)
}

// TestRPMManyFilesOfOneName has a header whose files are all called the same and lie in
// the last of as many directories, and are not installed: what takes the longest.
func TestRPMManyFilesOfOneName(t *testing.T) {
	const files = 1 << 16
	last := string(binary.BigEndian.AppendUint32(nil, files-1))
	h := rpmHeaderWith(
		rpmEntry{rpmBaseNames, rpmStringArray, files, strings.Repeat("cod\x00", files)},
		rpmEntry{rpmDirNames, rpmStringArray, files, strings.Repeat("/opt/\x00", files-1) + "/usr/bin/\x00"},
		rpmEntry{rpmDirIndexes, rpmInt32, files, strings.Repeat(last, files)},
		rpmEntry{rpmFileStates, rpmInt8, files, strings.Repeat("\x01", files)},
	)
	c := rpmCandidates{names: []string{"/usr/bin/cod"}}
	began := time.Now()
	if err := c.add(h); err != nil || len(c.found) > 0 {
		t.Errorf("got %v, %v, want none", c.found, err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v, want it to follow the size of the header", took)
	}
}

// TestBDBValuesThatOverlap: a page may refer to all of itself thousands of times.
func TestBDBValuesThatOverlap(t *testing.T) {
	const size, items = 1 << 16, 1 << 14
	le := binary.LittleEndian
	file := make([]byte, 2*size)
	le.PutUint32(file[bdbMagic:], bdbHashMagic)
	le.PutUint32(file[bdbPageSize:], size)
	le.PutUint32(file[bdbLastPage:], 1)
	page := file[size:]
	le.PutUint16(page[bdbEntries:], items)
	page[bdbType] = bdbHash
	start := bdbPageStart + 2*items
	for i := 0; i < items; i += 2 {
		le.PutUint16(page[bdbPageStart+2*i:], size-1)
		le.PutUint16(page[bdbPageStart+2*i+2:], uint16(start))
	}
	page[start] = bdbInline
	values := 0
	err := eachBDB(bytes.NewReader(file), int64(len(file)), func([]byte) error { values++; return nil })
	if !errors.Is(err, errDamaged) || values > 4 {
		t.Errorf("got %d values of half a page each, %v, want %v", values, err, errDamaged)
	}
}

func TestRPMFileStates(t *testing.T) {
	for state, want := range map[byte]bool{0: true, 1: false, 2: false, 3: true, 4: false, 255: false} {
		c := rpmCandidates{names: []string{"/usr/bin/cod"}}
		if err := c.add(rpmHeaderOf(state)); err != nil {
			t.Fatal(err)
		}
		if got := c.only() != nil; got != want {
			t.Errorf("state %d: owner: got %v, want %v", state, got, want)
		}
	}
}

func TestRPMOneOf(t *testing.T) {
	a := Package{Name: "a", Version: "1", Arch: "x"}
	tests := []struct {
		name  string
		found []Package
		want  *Package
	}{
		{"none", nil, nil},
		{"one", []Package{a}, &a},
		{"two names", []Package{a, {Name: "b"}}, nil},
		{"two versions", []Package{a, {Name: "a", Version: "2", Arch: "x"}}, &Package{Name: "a", Arch: "x"}},
		{"two architectures", []Package{a, {Name: "a", Version: "1", Arch: "y"}}, &Package{Name: "a", Version: "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := rpmCandidates{found: tt.found}
			if d := cmp.Diff(tt.want, c.only()); d != "" {
				t.Errorf("want - got +:\n%s", d)
			}
		})
	}
}

func TestRPMDamaged(t *testing.T) {
	whole := map[string][]byte{
		"rpmdb.sqlite": unzip(t, "rpmdb.sqlite"),
		"Packages":     unzip(t, "Packages"),
		"Packages.db":  ndbOf(t, headers(t)...),
	}
	for name, b := range whole {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 50, len(b) / 2} {
				root := rpmTree(map[string][]byte{"var/lib/rpm/" + name: b[:n]})
				got, err := owner(root, []string{"/usr/bin/fish-shoal40-9"})
				if got != nil || !errors.Is(err, errDamaged) {
					t.Errorf("cut to %d bytes: got %v, %v, want %v", n, got, err, errDamaged)
				}
			}
		})
	}
}

func TestVarint(t *testing.T) {
	tests := []struct {
		name string
		b    []byte
		want int64
		n    int
	}{
		{"nothing", nil, 0, 0},
		{"one byte", []byte{0x7f, 1}, 127, 1},
		{"two bytes", []byte{0x81, 0x00}, 128, 2},
		{"nine bytes", []byte{255, 255, 255, 255, 255, 255, 255, 255, 255}, -1, 9},
		{"cut", []byte{0x81}, 0, 0},
	}
	for _, tt := range tests {
		if got, n := varint(tt.b); got != tt.want || n != tt.n {
			t.Errorf("%s: got %d of %d bytes, want %d of %d", tt.name, got, n, tt.want, tt.n)
		}
	}
}

// FuzzRPM changes a byte of a database, or reads one of any form: a package that comes
// out must be in it.
func FuzzRPM(f *testing.F) {
	sqlite, bdb, ndb := unzip(f, "logged.sqlite"), unzip(f, "Packages"), ndbOf(f, headers(f)...)
	log := unzip(f, "logged.sqlite-wal")
	f.Add(uint8(0), uint32(100), byte(9), []byte(nil))
	f.Add(uint8(1), uint32(4096), byte(0), log)
	f.Add(uint8(2), uint32(26), byte(255), rpmHeaderOf(0))
	f.Add(uint8(3), uint32(40), byte(255), rpmHeaderOf(0))
	f.Fuzz(func(t *testing.T, kind uint8, at uint32, b byte, any []byte) {
		change := func(file []byte) []byte {
			file = bytes.Clone(file)
			file[int(at)%len(file)] ^= b
			return file
		}
		files := make(map[string][]byte)
		switch kind % 5 {
		case 0:
			files["var/lib/rpm/rpmdb.sqlite"] = change(sqlite)
		case 1:
			files["var/lib/rpm/rpmdb.sqlite"] = sqlite
			files["var/lib/rpm/rpmdb.sqlite-wal"] = any
		case 2:
			files["var/lib/rpm/Packages"] = change(bdb)
		case 3:
			files["var/lib/rpm/Packages.db"] = change(ndb)
		case 4:
			files["var/lib/rpm/Packages.db"] = ndbOf(t, any)
		}
		got, err := owner(rpmTree(files), []string{"/usr/bin/herring", "/usr/bin/cod"})
		if got != nil && err != nil {
			t.Errorf("got both a package and an error: %v, %v", got, err)
		}
		if got != nil && got.Manager != "rpm" {
			t.Errorf("got %+v, want rpm's", got)
		}
	})
}
