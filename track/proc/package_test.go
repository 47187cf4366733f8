package proc

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// tree makes a root of files with their texts.
func tree(files map[string]string) fstest.MapFS {
	root := make(fstest.MapFS)
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return root
}

const dpkgPackages = `Package: coreutils
Essential: yes
Status: install ok installed
Architecture: amd64
Version: 9.1-1
Description: many tools
 Package: none, but a line that goes on
 Version: neither

Package: dash
Status: install ok installed
Architecture: amd64
Version: 0.5.12-2

Package: libfish
Architecture: amd64
Version: 1:2.0
Multi-Arch: same

Package: libfish
Architecture: i386
Version: 1:2.0
Multi-Arch: same

Package: wrapper
Architecture: all
Version: 3
`

func dpkgTree() fstest.MapFS {
	return tree(map[string]string{
		"var/lib/dpkg/status":                  dpkgPackages,
		"var/lib/dpkg/info/coreutils.list":     "/.\n/bin\n/bin/ls\n/usr/bin/[\n/usr/bin/mv\n",
		"var/lib/dpkg/info/coreutils.md5sums":  "0 usr/bin/nothing\n",
		"var/lib/dpkg/info/dash.list":          "/bin/dash\n/usr/bin/perf\n/etc/x",
		"var/lib/dpkg/info/libfish:amd64.list": "/.\n/usr/libexec/fish\n/usr/lib/x86_64/fish\n",
		"var/lib/dpkg/info/libfish:i386.list":  "/.\n/usr/libexec/fish\n/usr/lib/i386/fish\n",
		"var/lib/dpkg/info/wrapper.list":       "/.\n/usr/bin/perf\n/usr/bin/both\n",
		"var/lib/dpkg/info/gone.list":          "/.\n/usr/bin/gone\n",
		"var/lib/dpkg/info/thief.list":         "/.\n/usr/bin/both\n",
		"var/lib/dpkg/diversions":              "/usr/bin/perf\n/usr/bin/perf.real\nwrapper\n/usr/bin/mv\n/usr/bin/mv.local\n:\n",
	})
}

func TestDpkgOwner(t *testing.T) {
	p := func(name, version, arch string) *Package {
		return &Package{Manager: "dpkg", Name: name, Version: version, Arch: arch}
	}
	tests := []struct {
		name string
		file string
		want *Package
	}{
		{"in a list", "/bin/ls", p("coreutils", "9.1-1", "amd64")},
		{"in the first line of a list", "/bin/dash", p("dash", "0.5.12-2", "amd64")},
		{"a name with a sign of patterns", "/usr/bin/[", p("coreutils", "9.1-1", "amd64")},
		{"the beginning of a name", "/usr/bin/bo", nil},
		{"the end of a name", "bin/ls", nil},
		{"a package of several architectures", "/usr/lib/i386/fish", p("libfish", "1:2.0", "i386")},
		{"a file that they share", "/usr/libexec/fish", p("libfish", "1:2.0", "")},
		{"a diverted path is the one's that diverts it", "/usr/bin/perf", p("wrapper", "3", "all")},
		{"where it was diverted to", "/usr/bin/perf.real", p("dash", "0.5.12-2", "amd64")},
		{"diverted by the administrator", "/usr/bin/mv", nil},
		{"where he has put it", "/usr/bin/mv.local", p("coreutils", "9.1-1", "amd64")},
		{"a package without a status", "/usr/bin/gone", p("gone", "", "")},
		{"two packages claim it", "/usr/bin/both", nil},
		{"nobody has it", "/opt/own", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := owner(dpkgTree(), []string{tt.file})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("package of %s, want - got +:\n%s", tt.file, d)
			}
		})
	}
	got, err := owner(dpkgTree(), []string{"/usr/bin/ls", "/bin/ls"})
	if err != nil || got == nil || got.Name != "coreutils" {
		t.Errorf("by its other name: got %v, %v, want coreutils", got, err)
	}
}

func TestDistroless(t *testing.T) {
	root := tree(map[string]string{
		"var/lib/dpkg/status.d/base":         "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n",
		"var/lib/dpkg/status.d/base.md5sums": "0123456789abcdef0123456789abcdef  usr/bin/run\n",
		"var/lib/dpkg/status.d/zone":         "Package: tzdata\nVersion: 1\n",
		"var/lib/dpkg/status.d/zone.md5sums": "0123456789abcdef0123456789abcdef  usr/bin/run2\n",
	})
	got, err := owner(root, []string{"/usr/bin/run"})
	want := &Package{Manager: "dpkg", Name: "base-files", Version: "12.4", Arch: "amd64"}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("want - got +:\n%s%v", d, err)
	}
	if got, err := owner(root, []string{"/bin/run"}); got != nil || err != nil {
		t.Errorf("another path: got %v, %v, want none", got, err)
	}
}

const apkInstalled = `C:Q1abc=
P:musl
V:1.2.5-r0
A:x86_64
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755

P:busybox
V:1.36.1-r29
A:x86_64
p:cmd:busybox=1.36.1-r29 /bin/sh
F:bin
R:busybox
a:0:0:755
Z:Q1=
F:
R:top
F:etc
R:securetty
`

func TestApkOwner(t *testing.T) {
	busybox := &Package{Manager: "apk", Name: "busybox", Version: "1.36.1-r29", Arch: "x86_64"}
	tests := []struct {
		name, db string
		file     string
		want     *Package
	}{
		{"in a directory", "lib/apk/db/installed", "/bin/busybox", busybox},
		{"in the newer place", "usr/lib/apk/db/installed", "/bin/busybox", busybox},
		{"in the root", "lib/apk/db/installed", "/top", busybox},
		{"the first package", "lib/apk/db/installed", "/lib/ld-musl-x86_64.so.1",
			&Package{Manager: "apk", Name: "musl", Version: "1.2.5-r0", Arch: "x86_64"}},
		{"a directory", "lib/apk/db/installed", "/bin", nil},
		{"the same name elsewhere", "lib/apk/db/installed", "/usr/bin/busybox", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := owner(tree(map[string]string{tt.db: apkInstalled}), []string{tt.file})
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("package of %s, want - got +:\n%s%v", tt.file, d, err)
			}
		})
	}
}

func TestPackageWithALongName(t *testing.T) {
	root := tree(map[string]string{
		"lib/apk/db/installed": "P:" + strings.Repeat("x", maxLine/2) + "\nV:1\nF:bin\nR:run\n",
	})
	if got, err := owner(root, []string{"/bin/run"}); got != nil || !errors.Is(err, errDamaged) {
		t.Errorf("got %v, %v, want %v", got != nil, err, errDamaged)
	}
}

func TestOtherNames(t *testing.T) {
	tests := []struct {
		name string
		want []string
	}{
		{"/usr/bin/a/b", []string{"/bin/a/b", "/usr/sbin/a/b", "/sbin/a/b"}},
		{"/sbin/a", []string{"/usr/bin/a", "/bin/a", "/usr/sbin/a"}},
		{"/lib64/ld.so", []string{"/usr/lib64/ld.so"}},
		{"/usr/lib/a", []string{"/lib/a"}},
		{"/usr/binary", nil},
		{"/opt/bin/a", nil},
	}
	for _, tt := range tests {
		if got := otherNames(tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("otherNames(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// FuzzPackageLists reads lists and databases of any form.
func FuzzPackageLists(f *testing.F) {
	f.Add(dpkgPackages, "/.\n/bin/ls\n", "/bin/ls\n/bin/ls.x\nother\n", apkInstalled)
	f.Fuzz(func(t *testing.T, status, list, diversions, apk string) {
		root := tree(map[string]string{
			"var/lib/dpkg/status":       status,
			"var/lib/dpkg/info/x.list":  list,
			"var/lib/dpkg/diversions":   diversions,
			"lib/apk/db/installed":      apk,
			"var/lib/dpkg/info/x.other": "/bin/ls\n",
		})
		got, err := owner(root, []string{"/bin/ls"})
		if err != nil || got == nil {
			return
		}
		switch got.Manager {
		case "dpkg":
			if got.Name != "x" || !strings.Contains("\n"+list, "\n/bin/ls") {
				t.Errorf("got %+v of a list that does not have it", got)
			}
		case "apk":
			if !strings.Contains(apk, "R:ls") {
				t.Errorf("got %+v of a database that does not have it", got)
			}
		default:
			t.Errorf("got %+v where there is no such database", got)
		}
	})
}

// TestListInPieces finds a line wherever a list is cut.
func TestListInPieces(t *testing.T) {
	const line, other = "/usr/bin/ls\n", "/usr/bin/l\n"
	for shift := range len(line) + 2 {
		filler := strings.Repeat("/x\n", listPiece)[:listPiece-shift]
		list := filler[:len(filler)-1] + "\n" + line + other
		s := newListSearch([]dpkgClaim{{line: []byte("\n" + line)}, {line: []byte("\n/usr/bin\n")}})
		root := tree(map[string]string{"list": list, "none": strings.ReplaceAll(list, line, other)})
		if ok, err := s.list(root, "list", "a"); err != nil || !ok {
			t.Errorf("%d bytes before the cut: got %v, %v want it found", shift, ok, err)
		}
		if ok, err := s.list(root, "none", "a"); err != nil || ok {
			t.Errorf("without the line: got %v, %v want nothing", ok, err)
		}
	}
}
