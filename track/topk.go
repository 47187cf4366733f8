package track

// ranking keeps the highest ranks it is given. It gathers up to twice as many
// as are wanted and then drops the lower half, which costs a few comparisons a
// flow even when every flow ranks higher than all before it; a heap takes four
// times as long then.
type ranking struct {
	rows  []Row
	ranks []rank
	most  int  // how many are wanted; 0: all
	floor rank // once full: what does not rank above it is not wanted
	full  bool
}

// begin empties the ranking; its memory is used again.
func (k *ranking) begin(most int) {
	*k = ranking{rows: k.rows[:0], ranks: k.ranks[:0], most: most}
}

// rank places a flow: by its score; ties go to the flow that was active later
// (in whole seconds), then to the older one.
type rank struct {
	score float64
	sec   uint32
	slot  uint32
	id    uint64
	shard *Shard
}

// below orders ranks from the one that leaves first.
func (a *rank) below(b *rank) bool {
	switch {
	case a.score != b.score:
		return a.score < b.score
	case a.sec != b.sec:
		return a.sec < b.sec
	}
	return a.id > b.id
}

// place lets a flow in if its rank is high enough.
func (k *ranking) place(n rank) {
	if k.full && !k.floor.below(&n) {
		return
	}
	k.ranks = append(k.ranks, n)
	if k.most != 0 && len(k.ranks) >= 2*k.most {
		k.cut()
	}
}

// cut drops all but the ranks that are wanted.
func (k *ranking) cut() {
	if k.most == 0 || len(k.ranks) < k.most {
		return
	}
	highest(k.ranks, k.most)
	k.ranks = k.ranks[:k.most]
	k.full, k.floor = true, k.ranks[0]
	for i := range k.ranks {
		if k.ranks[i].below(&k.floor) {
			k.floor = k.ranks[i]
		}
	}
}

// closedTo reports whether no flow can get in that was last active in or
// before the second sec and has the score 0.
func (k *ranking) closedTo(sec uint32) bool {
	if k.most != 0 && len(k.ranks) > k.most {
		k.cut()
	}
	return k.full && (k.floor.score > 0 || k.floor.sec > sec)
}

// highest moves the n highest ranks to the front, in no order (Hoare's FIND).
func highest(r []rank, n int) {
	for len(r) > 1 && n > 0 && n < len(r) {
		pivot := r[len(r)/2]
		i, j := 0, len(r)-1
		for i <= j {
			for pivot.below(&r[i]) {
				i++
			}
			for r[j].below(&pivot) {
				j--
			}
			if i <= j {
				r[i], r[j] = r[j], r[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			r = r[:j+1]
		case n >= i:
			r, n = r[i:], n-i
		default:
			return
		}
	}
}
