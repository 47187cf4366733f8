package query

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what the values of a field are, and so how they are written and compared.
type Kind uint8

// The kinds of fields.
const (
	Text     Kind = iota // found by what is in it
	Word                 // one of a few known words: found whole, or by a part if it is none of them
	Name                 // found whole: "eth0" is not in "veth0"
	Domain               // a domain, found with all below it
	Code                 // of two letters, or a name: "DE" is found whole, "germany" by a part
	Host                 // names and addresses; also networks and ranges of addresses
	Number               // found whole; with k, M, G for thousands
	Label                // a number, or a text where what is sought is none
	Bytes                // a volume in bytes
	Rate                 // bytes per second
	Duration             // seconds
	Percent              // hundredths
	kinds
)

var kindNames = [kinds]string{
	"text", "word", "name", "domain", "code or name", "host", "number", "number or text",
	"bytes", "rate", "time", "percent",
}

// String returns the kind as documents call it.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return ""
}

// ordered reports whether values of the kind can be less or greater than others.
func (k Kind) ordered() bool { return k >= Number }

// worded reports whether the digits of a number of the kind are on the screen, so that
// parts of them may be sought.
func (k Kind) worded() bool { return k == Number || k == Label }

// Info is what is said of a field.
type Info struct {
	Name    string // in lower case; may have dots
	Aliases []string
	Kind    Kind
	Help    string            // a few words: "name of the process that has the local end"
	Values  []string          // of a Word all there are; of others those worth offering
	Same    map[string]string // other spellings of Values, in lower case
}

// Field is a field of rows.
type Field[T any] struct {
	Info
	// Any puts what a row has of the field to the test, value by value until one
	// passes, and reports whether one did. A value that is not known is left out. Any
	// keeps neither the row nor the test.
	Any func(row *T, t *Test) bool
}

// Atom is a word that stands for rows of a sort: "tcp". In quotes it is a text.
type Atom[T any] struct {
	Name  string
	Help  string
	Match func(row *T) bool
}

// Fields is what queries over one type of row can ask for. It does not change, and may
// be used by several goroutines.
type Fields[T any] struct {
	fields []Field[T]
	atoms  []Atom[T]
	shown  func(row *T, t *Test) bool
	table  table
}

// NewFields returns the table of some fields. shown puts all texts of a row that are on
// the screen to the test: it is where bare words are sought. Two fields or atoms of one
// name are a mistake in the program.
func NewFields[T any](fields []Field[T], atoms []Atom[T], shown func(row *T, t *Test) bool) *Fields[T] {
	f := &Fields[T]{fields: fields, atoms: atoms, shown: shown}
	f.table = table{places: map[string]int{}, atoms: map[string]int{}}
	for i := range fields {
		info := &fields[i].Info
		f.table.infos = append(f.table.infos, info)
		for _, name := range append([]string{info.Name}, info.Aliases...) {
			if _, twice := f.table.places[name]; twice || name != strings.ToLower(name) {
				panic(fmt.Sprintf("field %q: its name is taken or not in lower case", name))
			}
			f.table.places[name] = i
			f.table.names = append(f.table.names, name)
		}
	}
	for i := range atoms {
		if _, twice := f.table.atoms[atoms[i].Name]; twice {
			panic(fmt.Sprintf("two atoms are named %q", atoms[i].Name))
		}
		f.table.atoms[atoms[i].Name] = i
	}
	return f
}

// List returns what there is to ask for, for help and documents. It is not to be
// written to.
func (f *Fields[T]) List() []*Info { return f.table.infos }

// table is the part of Fields that reading a query needs.
type table struct {
	infos  []*Info
	names  []string       // of all, with aliases
	places map[string]int // by name
	atoms  map[string]int // by name
}

// find returns the place of a field, whatever the case of its name.
func (t *table) find(name string) (int, bool) {
	i, ok := t.places[strings.ToLower(name)]
	return i, ok
}

// canonical returns the value of a Word as rows have it.
func (i *Info) canonical(value string) (string, bool) {
	at := slices.IndexFunc(i.Values, func(v string) bool { return strings.EqualFold(v, value) })
	if at >= 0 {
		return i.Values[at], true
	}
	same, ok := i.Same[strings.ToLower(value)]
	return same, ok
}

// containing returns the values of a Word that have a part, also in their other
// spellings.
func (i *Info) containing(part string) []string {
	part = strings.ToLower(part)
	var all []string
	for _, v := range i.Values {
		if strings.Contains(strings.ToLower(v), part) {
			all = append(all, v)
		}
	}
	for spelling, v := range i.Same {
		if strings.Contains(spelling, part) && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}
