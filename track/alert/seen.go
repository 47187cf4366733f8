package alert

// seenMost is how many hosts or programs a rule remembers, at least. Beyond that those
// that were met longest ago are forgotten, and new when they come again.
const seenMost = 1 << 16

// seen remembers what was met, in two generations: whoever is met again moves into the
// younger one, and when that is full, the older one goes.
type seen struct{ young, old map[key]struct{} }

// add notes that something was met, and reports whether that is news.
func (s *seen) add(k key) bool {
	if _, known := s.young[k]; known {
		return false
	}
	_, known := s.old[k]
	if s.young == nil || len(s.young) >= seenMost {
		s.old, s.young = s.young, make(map[key]struct{})
	}
	s.young[k] = struct{}{}
	return !known
}
