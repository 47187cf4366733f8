package proc

import (
	"net/netip"
	"time"
)

// reading is a text table as it was at one time, by local port.
type reading struct {
	at      time.Time // when it began
	sockets []Socket
	next    []int32 // the socket with the same port, by index; -1 for none
	heads   map[uint16]int32
}

// since lets find and findAll answer from what was read at that time or later. The
// zero time, as at first, has them read the tables for each question. Of 10,000
// sockets that takes some 35 ms, so who has many questions asks them at one time: a
// reading that is younger than a flow knows its socket, and an older one may know
// another program's.
func (t *tables) since(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.oldest = at
}

// atPort hands over at least the sockets of a table that have a local port.
func (t *tables) atPort(from *table, local netip.AddrPort, each func(*Socket)) error {
	if t.oldest.IsZero() || from.typ == sockRaw {
		return t.list(from, each)
	}
	r := t.readings[from]
	if r == nil {
		r = &reading{heads: make(map[uint16]int32)}
		if t.readings == nil {
			t.readings = make(map[*table]*reading)
		}
		t.readings[from] = r
	}
	if r.at.Before(t.oldest) {
		if err := t.readAll(from, r); err != nil {
			return err
		}
	}
	i, ok := r.heads[local.Port()]
	for ; ok && i >= 0; i = r.next[i] {
		each(&r.sockets[i])
	}
	return nil
}

// readAll reads a table anew.
func (t *tables) readAll(from *table, r *reading) error {
	at := time.Now()
	r.at, r.sockets, r.next = time.Time{}, r.sockets[:0], r.next[:0]
	clear(r.heads)
	err := t.list(from, func(s *Socket) {
		port := s.Local.Port()
		head, ok := r.heads[port]
		if !ok {
			head = -1
		}
		r.heads[port] = int32(len(r.sockets))
		r.sockets, r.next = append(r.sockets, *s), append(r.next, head)
	})
	if err == nil {
		r.at = at
	}
	return err
}
