package tab

import (
	"math"
	"slices"

	"sockeye/track"
)

// sparks is what the flows that are seen carried second by second. It asks the source only
// about those, once a snapshot.
type sparks struct {
	frame  uint64
	paused bool
	ids    []uint64 // that the source was asked about
	known  []Spark
	wanted []uint64 // that were drawn since begin
	lacks  bool     // of wanted, some are not among ids
	values [SparkSeconds]float64
	none   Spark
}

// begin is called before a picture is drawn.
func (s *sparks) begin(m *Model) {
	s.paused = !m.Paused.IsZero()
	if m.Frame != s.frame && !s.paused {
		s.frame = m.Frame
		s.ask(m, s.wanted) // most are seen again
	}
	s.wanted, s.lacks = s.wanted[:0], false
}

// fetch asks about those that were lacking in the picture. It returns false where there
// was none. While the picture is paused nobody is asked: the answer would be younger than
// the rest.
func (s *sparks) fetch(m *Model) bool {
	if !s.lacks || s.paused || m.Source == nil {
		return false
	}
	s.ask(m, s.wanted)
	s.wanted, s.lacks = s.wanted[:0], false
	return true
}

func (s *sparks) ask(m *Model, ids []uint64) {
	s.ids = append(s.ids[:0], ids...)
	s.known = s.known[:0]
	if m.Source != nil && len(ids) > 0 {
		s.known = m.Source.Recent(s.known, s.ids)
	}
}

// of returns what a flow carried; the zero Spark where that is not known.
func (s *sparks) of(id uint64) *Spark {
	if !slices.Contains(s.wanted, id) {
		s.wanted = append(s.wanted, id)
	}
	switch i := slices.Index(s.ids, id); {
	case i < 0:
		s.lacks = true
	case i < len(s.known):
		return &s.known[i]
	}
	return &s.none
}

// rates returns bytes/s of the last 40 s, NaN where they are not known, and the highest.
// They are valid until the next call.
func (s *sparks) rates(id uint64, w ways) (values []float64, most float64) {
	k := s.of(id)
	for i := range s.values {
		if i < SparkSeconds-k.Len {
			s.values[i] = math.NaN()
			continue
		}
		v := 0.0
		if w != onlyReceived {
			v += float64(k.Bytes[track.Sent][i])
		}
		if w != onlySent {
			v += float64(k.Bytes[track.Received][i])
		}
		s.values[i] = v
		most = max(most, v)
	}
	return s.values[:], most
}

// shares returns rates as parts of a scale. They are valid until the next call.
func (s *sparks) shares(id uint64, w ways, scale *rateScale) []float64 {
	values, _ := s.rates(id, w)
	for i, v := range values {
		if !math.IsNaN(v) {
			values[i] = scale.share(v)
		}
	}
	return values
}
