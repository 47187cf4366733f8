package tests

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// buildAs runs the build script of the project in root for a system and
// returns the binary's path.
func buildAs(t *testing.T, root, goos, goarch string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "sockeye")
	cmd := exec.Command(filepath.Join(root, "scripts", "build"), "-o", out)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build for %s/%s: %v\n%s", goos, goarch, err, text)
	}
	return out
}

func TestBuildLinuxIsStatic(t *testing.T) {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	for arch, machine := range machines {
		t.Run(arch, func(t *testing.T) {
			f, err := elf.Open(buildAs(t, testkit.ModuleRoot(t), "linux", arch))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if f.Machine != machine {
				t.Errorf("got a binary for %v want %v", f.Machine, machine)
			}
			for _, p := range f.Progs {
				if p.Type == elf.PT_INTERP {
					t.Error("the binary asks for a dynamic loader")
				}
			}
			if libs, err := f.ImportedLibraries(); err == nil && len(libs) > 0 {
				t.Errorf("the binary needs %v", libs)
			}
		})
	}
}

func TestBuildDarwin(t *testing.T) {
	cpus := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}
	for arch, cpu := range cpus {
		t.Run(arch, func(t *testing.T) {
			f, err := macho.Open(buildAs(t, testkit.ModuleRoot(t), "darwin", arch))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if f.Cpu != cpu {
				t.Errorf("got a binary for %v want %v", f.Cpu, cpu)
			}
		})
	}
}

// TestBuildIsReproducible builds two copies of the tree, in folders of
// different names, and compares the bytes.
func TestBuildIsReproducible(t *testing.T) {
	var sums [2][sha256.Size]byte
	for i, name := range []string{"here", "some-where-else"} {
		root := filepath.Join(t.TempDir(), name)
		copyTree(t, testkit.ModuleRoot(t), root)
		data, err := os.ReadFile(buildAs(t, root, "linux", "amd64"))
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(data)
		if bytes.Contains(data, []byte(root)) {
			t.Errorf("the binary holds the path of its source folder, %s", root)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds of the same source differ: %x and %x", sums[0], sums[1])
	}
}

// copyTree copies what a build may read: all but hidden folders and dist.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != from && (d.Name()[0] == '.' || d.Name() == "dist" || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDarwinTestsCompile compiles, for macOS, the tests that this machine
// cannot run.
func TestDarwinTestsCompile(t *testing.T) {
	cmd := exec.Command("go", "test", "-c", "-o", t.TempDir()+string(filepath.Separator), "./...")
	cmd.Dir = testkit.ModuleRoot(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=darwin", "GOARCH=arm64")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile the tests for macOS: %v\n%s", err, text)
	}
}

// TestLibrariesCredited checks that NOTICE names every module whose code is in the
// binary, as their licences ask for.
func TestLibrariesCredited(t *testing.T) {
	info, err := buildinfo.ReadFile(testkit.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	notice, err := os.ReadFile(filepath.Join(testkit.ModuleRoot(t), "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) == 0 {
		t.Fatal("the binary names no modules")
	}
	for _, m := range info.Deps {
		if !strings.Contains(string(notice), m.Path) {
			t.Errorf("NOTICE does not name %s", m.Path)
		}
	}
}
