package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// documents returns the text of every Markdown file of the project by its path
// from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	root := testkit.ModuleRoot(t)
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			all[rel] = string(text)
		}
	}
	return all
}

// TestLinksLead follows every link within the documents to a file, and every
// anchor to a title.
func TestLinksLead(t *testing.T) {
	root := testkit.ModuleRoot(t)
	all := documents(t)
	link := regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)\s]+))?\)`)
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			target := name
			if m[1] != "" {
				target = filepath.Join(filepath.Dir(name), m[1])
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
			if m[2] != "" && !slices.Contains(anchors(all[target]), m[2]) {
				t.Errorf("%s links to #%s of %s, which has no such title", name, m[2], target)
			}
		}
	}
}

// anchors returns the names by which the titles of a document can be linked to:
// in small letters, with hyphens for spaces and without punctuation.
func anchors(text string) []string {
	left := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := left.ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

// TestScriptsExplainThemselves checks that each script that a document names is
// there, and that each script there is can be asked what it does.
func TestScriptsExplainThemselves(t *testing.T) {
	root := testkit.ModuleRoot(t)
	named := regexp.MustCompile(`scripts/[a-z_-]+(?:\.sh)?`)
	for name, text := range documents(t) {
		for _, script := range named.FindAllString(text, -1) {
			if _, err := os.Stat(filepath.Join(root, script)); err != nil {
				t.Errorf("%s names %s: %v", name, script, err)
			}
		}
	}
	scripts, err := filepath.Glob(filepath.Join(root, "scripts", "*"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range scripts {
		r := testkit.Run(t, exec.Command(script, "--help"))
		if r.Code != 0 || !strings.Contains(r.Stdout, "usage: scripts/"+filepath.Base(script)) {
			t.Errorf("%s --help: exit %d, printed %q, want its usage", filepath.Base(script), r.Code, r.Stdout)
		}
	}
}

// TestReadmeStartsWithTwoCommands checks that who has only Go finds first what
// starts and what tests the program.
func TestReadmeStartsWithTwoCommands(t *testing.T) {
	text := documents(t)["README.md"]
	_, block, ok := strings.Cut(text, "```sh\n")
	if !ok {
		t.Fatal("README.md has no commands")
	}
	block, _, _ = strings.Cut(block, "```")
	lines := strings.Split(strings.TrimSpace(block), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "scripts/run") || !strings.HasPrefix(lines[1], "scripts/test") {
		t.Errorf("the first commands are %q, want scripts/run and scripts/test", lines)
	}
}
