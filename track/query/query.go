package query

// Query is a compiled query over rows of one type. It does not change, and may be used
// by several goroutines.
type Query[T any] struct {
	text  string
	match func(*T) bool
}

// String returns the query as it was written.
func (q *Query[T]) String() string { return q.text }

// Match reports whether the query finds a row. A nil Query finds all.
func (q *Query[T]) Match(row *T) bool { return q == nil || q.match == nil || q.match(row) }
