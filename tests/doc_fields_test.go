package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// TestFieldsOfApplicationsDocumented checks that docs/applications.md names every
// field that a decoder can fill, in the section of the object that has it.
func TestFieldsOfApplicationsDocumented(t *testing.T) {
	sections := sectionsOf(documents(t)["docs/applications.md"])
	d := readDecoders(t)
	if len(d.keys) < 30 {
		t.Fatalf("found %d kinds of detail, want all of them", len(d.keys))
	}
	for typ, key := range d.keys {
		section, ok := sections[key]
		if !ok {
			t.Errorf("docs/applications.md has no section about `%s`", key)
			continue
		}
		for _, field := range d.fields(typ) {
			if !strings.Contains(section, "`"+field+"`") {
				t.Errorf("docs/applications.md does not name `%s` of `%s` (%s)", field, key, typ)
			}
		}
	}
}

// TestNamesDocumented checks that the documents have every name that a state, the
// end of a flow or a protocol can have.
func TestNamesDocumented(t *testing.T) {
	all := documents(t)
	doc := all["docs/json.md"] + all["docs/applications.md"]
	for _, c := range []struct{ file, table string }{
		{"track/state.go", "stateNames"},
		{"track/state.go", "reasonNames"},
		{"parse/dpi/protocol.go", "protocolNames"},
	} {
		names := valuesOf(t, c.file, c.table)
		if len(names) == 0 {
			t.Errorf("%s has no table %s", c.file, c.table)
		}
		for _, name := range names {
			if name != "" && name != "unknown" && !strings.Contains(doc, "`"+name+"`") {
				t.Errorf("no document names `%s` of %s in %s", name, c.table, c.file)
			}
		}
	}
}

// sectionsOf splits a document at its second titles, and returns the sections by
// each of the names in backquotes in their titles.
func sectionsOf(text string) map[string]string {
	name := regexp.MustCompile("`([a-z0-9_]+)`")
	all := map[string]string{}
	for _, section := range strings.Split(text, "\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		for _, m := range name.FindAllStringSubmatch(title, -1) {
			all[m[1]] = section
		}
	}
	return all
}

// decoders is what the source of parse/dpi says of the objects that it makes.
type decoders struct {
	structs map[string]*ast.StructType
	keys    map[string]string // of each type with a method Key the name that it returns
}

func readDecoders(t *testing.T) *decoders {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testkit.ModuleRoot(t), "parse", "dpi", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	d := &decoders{structs: map[string]*ast.StructType{}, keys: map[string]string{}}
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			d.read(sourceOf(t, name))
		}
	}
	for name, s := range d.structs {
		for _, f := range s.Fields.List {
			if key, ok := d.keys[nameOfType(f.Type)]; ok && len(f.Names) == 0 {
				d.keys[name] = key // the method of what it embeds
			}
		}
	}
	return d
}

func sourceOf(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// read notes the structs of a file, and what their methods Key return: a text, or
// else the first that the comment of the method says it returns.
func (d *decoders) read(file *ast.File) {
	returned := regexp.MustCompile(`^(?:Key returns )?"([a-z0-9_]+)"`)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok {
				d.structs[n.Name.Name] = s
			}
		case *ast.FuncDecl:
			if n.Name.Name != "Key" || n.Recv == nil {
				return true
			}
			text := n.Doc.Text()
			if back, ok := n.Body.List[0].(*ast.ReturnStmt); ok {
				if lit, ok := back.Results[0].(*ast.BasicLit); ok {
					text = lit.Value
				}
			}
			if m := returned.FindStringSubmatch(text); m != nil {
				d.keys[nameOfType(n.Recv.List[0].Type)] = m[1]
			}
		}
		return true
	})
}

// nameOfType returns the name of a type of this package, or of what it points to
// or is a list of.
func nameOfType(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return nameOfType(e.X)
	case *ast.ArrayType:
		return nameOfType(e.Elt)
	}
	return ""
}

// fields returns the JSON names of a struct's fields and of the structs in them.
func (d *decoders) fields(typ string) []string {
	s := d.structs[typ]
	if s == nil {
		return nil
	}
	var all []string
	for _, f := range s.Fields.List {
		tagged := false
		if f.Tag != nil {
			tag, _ := strconv.Unquote(f.Tag.Value)
			name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			tagged = name != "" && name != "-"
			if tagged {
				all = append(all, name)
			}
		}
		if tagged || len(f.Names) == 0 {
			all = append(all, d.fields(nameOfType(f.Type))...)
		}
	}
	return all
}

// valuesOf returns the texts in a variable of a file that is a table of them.
func valuesOf(t *testing.T, file, table string) []string {
	t.Helper()
	var all []string
	ast.Inspect(sourceOf(t, filepath.Join(testkit.ModuleRoot(t), file)), func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || !slices.ContainsFunc(v.Names, func(i *ast.Ident) bool { return i.Name == table }) {
			return true
		}
		ast.Inspect(v, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				all = append(all, text)
			}
			return true
		})
		return false
	})
	return all
}
