package track

// ranking keeps the rows of the highest scores seen so far: a heap with the
// lowest on top. Ties go to the flow with more bytes, then to the older one.
type ranking struct {
	rows []Row
	heap []rank // as long as rows
	most int    // 0: no limit, and no heap
}

type rank struct {
	score float64
	bytes uint64
	id    uint64
	row   int
}

// below orders ranks from the one that leaves first.
func (a *rank) below(b *rank) bool {
	switch {
	case a.score != b.score:
		return a.score < b.score
	case a.bytes != b.bytes:
		return a.bytes < b.bytes
	}
	return a.id > b.id
}

// place returns the row that a flow of this rank may fill, or nil.
func (k *ranking) place(score float64, bytes, id uint64) *Row {
	if k.most == 0 {
		k.rows = append(k.rows, Row{})
		return &k.rows[len(k.rows)-1]
	}
	n := rank{score: score, bytes: bytes, id: id}
	if len(k.heap) < k.most {
		n.row = len(k.rows)
		k.rows = append(k.rows, Row{})
		k.heap = append(k.heap, n)
		k.up(len(k.heap) - 1)
		return &k.rows[n.row]
	}
	if !k.heap[0].below(&n) {
		return nil
	}
	n.row = k.heap[0].row
	k.heap[0] = n
	k.down(0)
	return &k.rows[n.row]
}

func (k *ranking) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !k.heap[i].below(&k.heap[parent]) {
			return
		}
		k.heap[i], k.heap[parent] = k.heap[parent], k.heap[i]
		i = parent
	}
}

func (k *ranking) down(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(k.heap); c++ {
			if k.heap[c].below(&k.heap[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		k.heap[i], k.heap[least] = k.heap[least], k.heap[i]
		i = least
	}
}
