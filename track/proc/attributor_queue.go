package proc

import "sync"

const (
	// maxQueued bounds the questions that wait to be looked at, maxRefused those that
	// wait to be told that there was no room.
	maxQueued  = 1 << 13
	maxRefused = 1 << 15
)

// refusal is a question that there was no room for.
type refusal struct {
	flow, place uint64
	ends        uint8
}

// queue takes questions from the goroutines that count packets, which it never keeps
// waiting for more than the copying of some questions.
type queue struct {
	mu      sync.Mutex
	asked   []Question
	refused []refusal
	lost    uint64 // flows that could not even be refused: each is one end at least
	wake    chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// put takes questions.
func (q *queue) put(qs []Question) {
	q.mu.Lock()
	n := min(len(qs), maxQueued-len(q.asked))
	q.asked = append(q.asked, qs[:n]...)
	for i := range qs[n:] {
		if len(q.refused) == maxRefused {
			q.lost += uint64(len(qs[n+i:]))
			break
		}
		r := &qs[n+i]
		q.refused = append(q.refused, refusal{r.Flow, r.Place, r.Ends})
	}
	q.mu.Unlock()
	q.rouse()
}

// rouse lets the goroutine that answers look at what there is.
func (q *queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// stats adds the flows that wait, and those that could not even be refused.
func (q *queue) stats(s *Stats) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.Waiting += uint64(len(q.asked) + len(q.refused))
	s.Asked += q.lost
	s.Unknown[Busy] += q.lost
}

// take exchanges what waits for two empty slices, whose memory is used from now on.
func (q *queue) take(asked []Question, refused []refusal) ([]Question, []refusal) {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked, q.asked = q.asked, asked[:0]
	refused, q.refused = q.refused, refused[:0]
	return asked, refused
}
