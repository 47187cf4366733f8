package track

// ranking keeps the rows of the highest scores seen so far: a heap with the
// lowest on top. Ties go to the flow that was active later (in whole seconds),
// then to the one with more bytes, then to the older one.
type ranking struct {
	rows []Row
	heap []rank // as long as rows
	most int    // 0: no limit, and no heap
}

type rank struct {
	score float64
	sec   uint32
	bytes uint64
	id    uint64
	slot  uint32
	due   bool // its row is not written yet
	row   int  // which of rows is its own
}

// below orders ranks from the one that leaves first.
func (a *rank) below(b *rank) bool {
	switch {
	case a.score != b.score:
		return a.score < b.score
	case a.sec != b.sec:
		return a.sec < b.sec
	case a.bytes != b.bytes:
		return a.bytes < b.bytes
	}
	return a.id > b.id
}

// place lets a flow in if its rank is high enough. Its row is due then.
func (k *ranking) place(n rank) {
	n.due = true
	if k.most == 0 || len(k.heap) < k.most {
		n.row = len(k.rows)
		k.rows = append(k.rows, Row{})
		k.heap = append(k.heap, n)
		if k.most != 0 {
			k.up(len(k.heap) - 1)
		}
		return
	}
	if k.heap[0].below(&n) {
		n.row = k.heap[0].row
		k.heap[0] = n
		k.down(0)
	}
}

// closedTo reports whether no flow can get in that was last active in or
// before the second sec and has the score 0.
func (k *ranking) closedTo(sec uint32) bool {
	return len(k.heap) == k.most && (k.heap[0].score > 0 || k.heap[0].sec > sec)
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
