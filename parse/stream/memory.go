package stream

// Memory lends buffers to the Halves of one shard, and keeps a few of those that
// come back. It is not locked.
type Memory struct {
	limit int // bytes that may be lent at once
	lent  int
	free  [len(classes)][][]byte
}

// classes are the sizes of buffers: most of what is left unread is a part of a
// small message. Each is a size that the allocator does not round up.
var classes = [...]int{1 << 10, 4 << 10, Limit}

// keepFree is how many unused buffers of each class are kept.
const keepFree = 64

// NewMemory returns a Memory that lends at most limit bytes at once. A Half that
// gets no more loses what it cannot keep.
func NewMemory(limit int) *Memory { return &Memory{limit: limit} }

// Lent returns the bytes that are lent.
func (m *Memory) Lent() int { return m.lent }

// get returns a buffer of at least n bytes, at most Limit; nil when too much is
// lent. Its content is undefined.
func (m *Memory) get(n int) []byte {
	c := class(n)
	if m.lent+classes[c] > m.limit {
		return nil
	}
	m.lent += classes[c]
	free := m.free[c]
	if len(free) == 0 {
		return make([]byte, classes[c])
	}
	b := free[len(free)-1]
	free[len(free)-1] = nil
	m.free[c] = free[:len(free)-1]
	return b
}

func (m *Memory) put(b []byte) {
	c := class(len(b))
	m.lent -= classes[c]
	if len(m.free[c]) < keepFree {
		m.free[c] = append(m.free[c], b)
	}
}

// class returns the smallest class that holds n bytes.
func class(n int) int {
	c := 0
	for classes[c] < n {
		c++
	}
	return c
}
