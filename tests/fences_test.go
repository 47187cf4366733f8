// Package tests holds the tests that see the project as a whole: its import
// fences, its builds, its documents, and the binary as users run it.
package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// imports says which project packages each package may import; "x/*" stands
// for the packages below x. It is DESIGN's table "who may import whom".
// Package main may import everything, and nobody imports main.
var imports = map[string][]string{
	"parse":     {},
	"bpfdev":    {},
	"sandbox":   {},
	"config":    {},
	"track/geo": {}, "track/query": {},
	"ui/term": {}, "internal/prefetch": {},

	// Inspection reads streams in order: what a decoder has not read yet, and what it
	// passes over, is the stream's to keep. Names take what inspection found.
	"parse/dpi": {"parse", "parse/stream"}, "parse/stream": {"parse"}, "parse/filter": {"parse"}, "parse/pcap": {"parse"},
	"track/proc": {"parse"}, "track/names": {"parse", "parse/dpi"},

	"capture":      {"parse", "parse/pcap", "parse/filter", "capture/link", "internal/prefetch"},
	"capture/link": {"parse", "parse/pcap", "parse/filter"},
	"ebpf":         {"parse", "track/proc"},
	"track": {"parse", "parse/dpi", "parse/stream",
		"track/proc", "track/names", "track/geo", "track/query", "internal/prefetch"},
	"track/alert":  {"parse", "track", "track/proc", "track/query", "config"},
	"export":       {"parse", "parse/dpi", "capture", "track", "track/*"},
	"daemon/store": {"parse", "track"}, "daemon/ipc": {"parse", "track"},
	"daemon/alert": {"parse", "track", "track/alert", "track/query", "config"},
	"daemon":       {"config", "capture", "track", "track/*", "export", "daemon/*"},
	"ui/theme":     {"config", "ui/term"},
	"ui/widget":    {"ui/term", "ui/theme"},
	"ui/tab": {"parse", "parse/dpi", "capture", "capture/link", "track", "track/*",
		"ui/term", "ui/theme", "ui/widget"},
	"ui": {"config", "parse", "parse/dpi", "capture", "capture/link", "track", "track/*", "export", "ui/*"},
}

// modules says which files may import each module from elsewhere: folders of
// the project, or patterns of files. "tests" and "internal" stand for all that
// is below them.
var modules = map[string][]string{
	// The traffic generator is for tests, and no part of the binary.
	"github.com/cilium/ebpf":                  {"ebpf", "internal/testkit/xdpgen"},
	"github.com/mdlayher/packet":              {"sock_*.go"},
	"github.com/mdlayher/netlink":             {"capture/link"},
	"github.com/gizak/termui/v3":              {"ui/term"},
	"github.com/nsf/termbox-go":               {"ui/term"},
	"github.com/mattn/go-runewidth":           {"ui/term"},
	"github.com/aymanbagabas/go-osc52/v2":     {"ui/term"},
	"github.com/sahilm/fuzzy":                 {"track/query"},
	"github.com/alecthomas/kong":              {"*.go"},
	"github.com/gaissmai/bart":                {"capture", "capture/link", "track", "track/geo"},
	"github.com/klauspost/compress":           {"parse/pcap"},
	"github.com/google/go-cmp":                {"*_test.go", "*/*_test.go", "*/*/*_test.go", "tests", "internal"},
	"github.com/rogpeppe/go-internal":         {"tests", "*_test.go"},
	"gopkg.in/yaml.v3":                        {"config"},
	"modernc.org/sqlite":                      {"daemon/store"},
	"github.com/oschwald/maxminddb-golang/v2": {"track/geo"},
	"golang.org/x/net/bpf":                    {"parse/filter", "capture", "bpfdev", "sock_*.go"},
	"github.com/maxmind/mmdbwriter":           {"track/geo", "tests"},
	"github.com/hashicorp/golang-lru/v2":      {"track/geo", "track/names", "track/proc"},
	"golang.org/x/net/dns/dnsmessage":         {"tests"},
	"golang.org/x/net/http2/hpack":            {"parse/dpi"},
	"golang.org/x/net/publicsuffix":           {"track/names"},
	"golang.org/x/net/route":                  {"capture/link"},
	"golang.org/x/sys": {"sock_*.go", "bpfdev", "capture/link", "ebpf", "sandbox",
		"track/proc", "daemon/ipc", "ui/term", "internal", "tests"},
}

// hot lists the files that every packet goes through.
var hot = []string{"parse/*.go", "bpfdev/record.go", "capture/engine_block.go", "capture/tpacket.go",
	"parse/filter/vm.go", "sock_ring_linux.go", "track/follow.go", "track/index.go", "track/inspect.go", "track/rate.go", "track/shard.go", "track/tcp.go"}

// calm lists those that hot's patterns match and no packet goes through.
var calm = []string{"*/doc.go", "*/linktype.go", "parse/proto.go", "parse/stray.go"}

// waiting lists hot files that may ask for the time, once a wait.
var waiting = []string{"sock_ring_linux.go"}

const hotHeader = "// Hot path: no allocation"

// source is one Go file of the project, whatever system it is for.
type source struct {
	path  string // from the module's root, with slashes
	dir   string // of path; "." for package main
	test  bool
	text  string
	ast   *ast.File
	lines int
}

// sources parses every Go file of the project, build tags aside.
func sources(t *testing.T) []source {
	t.Helper()
	root := testkit.ModuleRoot(t)
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "dist") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		tree, err := parser.ParseFile(token.NewFileSet(), rel, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{
			path: rel, dir: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"),
			text: string(text), ast: tree, lines: strings.Count(string(text), "\n"),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// imported returns the paths that a file imports.
func (s *source) imported(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, spec := range s.ast.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// mayTest reports whether the file is a test, or serves tests only.
func (s *source) mayTest() bool {
	return s.test || within(s.dir, "tests") || within(s.dir, "internal/testkit")
}

// within reports whether dir is parent or below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}

func TestProjectImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, p := range s.imported(t) {
			if target, ours := strings.CutPrefix(p, "sockeye/"); ours {
				checkImport(t, &s, target)
			}
		}
		if _, known := imports[s.dir]; !known && s.dir != "." && !s.mayTest() {
			t.Errorf("%s: package %s is not in the table of imports", s.path, s.dir)
		}
	}
}

func checkImport(t *testing.T, s *source, target string) {
	t.Helper()
	if within(target, "internal/testkit") {
		if !s.mayTest() {
			t.Errorf("%s imports %s, which is for tests", s.path, target)
		}
		return
	}
	own := target == s.dir && strings.HasSuffix(s.ast.Name.Name, "_test")
	if s.dir == "." || own || within(s.dir, "tests") || within(s.dir, "internal/testkit") {
		return
	}
	for _, allowed := range imports[s.dir] {
		parent, children := strings.CutSuffix(allowed, "/*")
		if target == allowed || children && within(target, parent) && target != parent {
			return
		}
	}
	t.Errorf("%s imports %s, which the table of imports does not allow", s.path, target)
}

func TestModuleImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, p := range s.imported(t) {
			host, _, _ := strings.Cut(p, "/")
			if !strings.Contains(host, ".") {
				continue // the standard library or the project
			}
			places, known := modulePlaces(p)
			if !known {
				t.Errorf("%s imports %s, which the table of modules does not name", s.path, p)
			} else if !s.isIn(places) {
				t.Errorf("%s imports %s, which is only for %v", s.path, p, places)
			}
		}
	}
}

// modulePlaces finds the longest entry of modules that p belongs to.
func modulePlaces(p string) (places []string, known bool) {
	for ; p != "."; p = path.Dir(p) {
		if places, known = modules[p]; known {
			return places, true
		}
	}
	return nil, false
}

func (s *source) isIn(places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		if place == "tests" || place == "internal" {
			return within(s.dir, place)
		}
		match, err := path.Match(place, s.path)
		return s.dir == place || err == nil && match
	})
}

func TestNames(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "types", "misc", "shared"}
	for _, s := range sources(t) {
		for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSuffix(s.path, ".go"), "_test"), "/") {
			if slices.Contains(vague, part) {
				t.Errorf("%s: %q says nothing of what is in it", s.path, part)
			}
		}
	}
}

func TestFileLengths(t *testing.T) {
	const most = 600
	for _, s := range sources(t) {
		if s.lines > most && !ast.IsGenerated(s.ast) {
			t.Errorf("%s has %d lines, want at most %d", s.path, s.lines, most)
		}
	}
}

func TestPackageComments(t *testing.T) {
	commented := map[string]bool{}
	for _, s := range sources(t) {
		if s.ast.Doc != nil {
			commented[s.dir] = true
		} else if _, seen := commented[s.dir]; !seen {
			commented[s.dir] = false
		}
	}
	for dir, has := range commented {
		if !has {
			t.Errorf("the package in %s has no package comment", dir)
		}
	}
}

// TestHotPath checks that the files which every packet passes say so, and that
// the files which say so use nothing that allocates or asks for the time.
func TestHotPath(t *testing.T) {
	all := sources(t)
	for _, pattern := range hot {
		found := false
		for _, s := range all {
			if s.test || !matches(t, pattern, s.path) || slices.ContainsFunc(calm, func(c string) bool { return matches(t, c, s.path) }) {
				continue
			}
			found = true
			if !s.claimsHot() {
				t.Errorf("%s has no line %q above its package clause", s.path, hotHeader)
			}
		}
		if !found {
			t.Errorf("pattern %q matches no file", pattern)
		}
	}
	for _, s := range all {
		if s.claimsHot() {
			checkHot(t, &s)
		}
	}
}

func matches(t *testing.T, pattern, name string) bool {
	t.Helper()
	ok, err := path.Match(pattern, name)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func (s *source) claimsHot() bool {
	for _, group := range s.ast.Comments {
		if group.Pos() < s.ast.Package && strings.Contains(group.List[0].Text, hotHeader) {
			return true
		}
	}
	return false
}

// checkHot looks for what always allocates or costs a system call; the
// ZeroAllocs guards beside the code find the rest.
func checkHot(t *testing.T, s *source) {
	t.Helper()
	for _, p := range s.imported(t) {
		if slices.Contains([]string{"log", "log/slog", "reflect"}, p) {
			t.Errorf("%s is on the hot path and imports %s", s.path, p)
		}
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			now := isFrom(n, "time") && n.Sel.Name == "Now" && !slices.Contains(waiting, s.path)
			prints := isFrom(n, "fmt") && n.Sel.Name != "Errorf" // a source that fails ends its path
			if now || prints {
				t.Errorf("%s is on the hot path and calls %s.%s", s.path, n.X, n.Sel.Name)
			}
		case *ast.MapType:
			if isFrom(n.Key, "netip") {
				t.Errorf("%s is on the hot path and has a map keyed by netip", s.path)
			}
		}
		return true
	})
}

// isFrom reports whether the expression is a name of that package.
func isFrom(e ast.Expr, pkg string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// TestSkips checks that tests skip through testkit only, which lets none skip
// in a full run.
func TestSkips(t *testing.T) {
	for _, s := range sources(t) {
		if within(s.dir, "internal/testkit") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				sel, ok := n.Fun.(*ast.SelectorExpr)
				return !ok || sel.Sel.Name != "Fuzz" // a fuzz target may turn inputs down
			case *ast.SelectorExpr:
				skips := slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, n.Sel.Name)
				if s.test && skips && !isFrom(n, "testkit") {
					t.Errorf("%s skips by %s.%s, want testkit.Skip or testkit.KernelLacks", s.path, n.X, n.Sel.Name)
				}
			}
			return true
		})
	}
}
