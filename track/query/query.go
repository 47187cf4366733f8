package query

import "strings"

// Query is a compiled query over rows of one type. It does not change, and may be used
// by several goroutines.
type Query[T any] struct {
	text   string
	match  func(*T) bool
	fields *Fields[T]
	root   *node // nil where it finds all
}

// Options are what a query may refer to besides fields.
type Options struct {
	Saved map[string]string // texts of queries that ":name" stands for, by name without the colon
}

// Compile reads a query. The empty one finds all rows. The error is an *Error.
func Compile[T any](text string, f *Fields[T], o Options) (*Query[T], error) {
	q := &Query[T]{text: text, fields: f}
	if strings.TrimSpace(text) == "" {
		return q, nil
	}
	var err error
	if q.root, err = parse(text, &f.table, o); err != nil {
		return nil, err
	}
	q.match = f.matcher(q.root)
	return q, nil
}

// String returns the query as it was written.
func (q *Query[T]) String() string { return q.text }

// Match reports whether the query finds a row. A nil Query finds all.
func (q *Query[T]) Match(row *T) bool { return q == nil || q.match == nil || q.match(row) }

// Fuzzy returns the query with its bare words found by likeness: "gogl" in google.com. It is
// for a query that finds nothing as it is written. It returns nil where that changes
// nothing. What is excluded by "not" is found as before.
func (q *Query[T]) Fuzzy() *Query[T] {
	if q == nil || q.root == nil {
		return nil
	}
	root, ok := q.root.likened()
	if !ok {
		return nil
	}
	return &Query[T]{text: q.text, match: q.fields.matcher(root), fields: q.fields, root: root}
}

// Find returns where in a text of the screen the query found something, in bytes; 0, 0
// where it did not. fields are those that the text shows: what is sought in others alone
// is not found in it, bare words are.
func (q *Query[T]) Find(text string, fields ...string) (from, to int) {
	if q == nil || q.root == nil {
		return 0, 0
	}
	q.root.walk(func(n *node) {
		if to > from || n.test == nil || n.op == isField && !q.shows(n.field, fields) {
			return
		}
		for i := range n.test.texts {
			if from, to = place(text, &n.test.texts[i]); to > from {
				return
			}
		}
	})
	return from, to
}

func (q *Query[T]) shows(field int, names []string) bool {
	for _, name := range names {
		if at, ok := q.fields.table.places[name]; ok && at == field {
			return true
		}
	}
	return false
}

// place returns where a pattern is in a text; 0, 0 where it is not.
func place(text string, p *pattern) (from, to int) {
	if p.how == matches {
		if at := p.regexp.FindStringIndex(text); at != nil {
			return at[0], at[1]
		}
		return 0, 0
	}
	if from, to = index(text, p); from < 0 {
		return 0, 0
	}
	return from, to
}
