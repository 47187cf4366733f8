package proc

import "time"

// closeAll notes that all sockets are closed but those that are spared, nil for none:
// nothing tells when they will be. A connection that nobody has accepted yet is in no
// process's hands, and the kernel's sockets never are.
func (w *watched) closeAll(now int64, spared map[uint64]bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for cookie, i := range w.byCookie {
		s := &w.sockets[i]
		waits := s.flags&taken != 0 && s.n == 0 || s.flags&ofKernel != 0
		if spared != nil && (spared[cookie] || waits || s.made >= now) {
			continue
		}
		w.release(i, now)
	}
}

// missClosed looks which sockets are still there when events were lost: of one whose
// end was not told the next one's flows would be its process's.
func (a *Attributor) missClosed() {
	if !a.watches() {
		return
	}
	lost := a.cfg.Watcher.Stats().Lost
	if lost == a.lost {
		return
	}
	now := time.Now().UnixNano()
	there := make(map[uint64]bool)
	if err := a.cfg.Watcher.Holders(func(h Holding) { there[h.Cookie] = true }); err != nil {
		return // at the next tick, then
	}
	a.lost = lost
	a.watched.closeAll(now, there)
}
