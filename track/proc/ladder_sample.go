package proc

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

const (
	// sampleLeast is the least time between two samples.
	sampleLeast = 4 * time.Millisecond
	// sampleIdle is the part of a processor that sampling takes while every question
	// finds a socket, samplePerMiss what each flow adds that found none in the last
	// second, sampleMost the most that it takes.
	sampleIdle    = 0.003
	samplePerMiss = 0.001
	sampleMost    = 0.3
	// sampleLook is how often it is reckoned anew, and sampleFades what is left of the
	// part each time when no flow goes without: as soon as it looks less, some will.
	sampleLook  = 250 * time.Millisecond
	sampleFades = 0.8
	// sampleQuick is how often it must look so that nobody else needs to ask who holds
	// a connection.
	sampleQuick = 50 * time.Millisecond
)

// sampler remembers, where no events tell of them, the sockets that were open now and
// then, and who had them. Packets are looked at up to some 60 ms after they were sent:
// by then the tables do not know short connections any more.
//
// How often it looks follows from what it costs and from how many flows went without
// an owner.
type sampler struct {
	rung    *tableRung
	people  *people
	watched *watched
	tally   *tally
	space   uint64

	known  map[uint64]bool // inodes; whether it was seen in this sample
	alone  map[uint64]bool // inodes that nobody was found to hold; likewise
	fresh  []Socket
	inodes []uint64
	last   int64 // when the last sample began, ns since the Unix epoch
	cost   time.Duration
	missed uint64
	missAt time.Time
	share  float64
	quick  atomic.Bool // the next sample is soon
}

// connections are tables that can leave out the sockets that listen, and those that no
// process has any more.
type connections interface {
	connected(each func(*Socket)) error
}

func newSampler(a *Attributor) *sampler {
	return &sampler{
		rung: a.rung, people: a.people, watched: a.watched, tally: a.tally, space: a.reach.own,
		known: make(map[uint64]bool), alone: make(map[uint64]bool), share: sampleIdle,
	}
}

func (s *sampler) run(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	timer := time.NewTimer(0)
	defer timer.Stop()
	s.last = time.Now().UnixNano()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := time.Now()
		pause := s.pause(now)
		if now.UnixNano()-s.last >= int64(pause) {
			began := spent()
			s.sample(now.UnixNano())
			s.cost = spent() - began
			pause = s.pause(now)
		}
		s.quick.Store(pause <= sampleQuick)
		rest := pause - time.Duration(time.Now().UnixNano()-s.last)
		timer.Reset(min(max(rest, sampleLeast), sampleLook))
	}
}

// pause is how long there is between two samples.
func (s *sampler) pause(now time.Time) time.Duration {
	if d := now.Sub(s.missAt); d >= sampleLook {
		missed := s.tally.missed()
		share := min(sampleIdle+samplePerMiss*float64(missed-s.missed)/d.Seconds(), sampleMost)
		s.share = max(share, s.share*sampleFades)
		s.missed, s.missAt = missed, now
	}
	return max(sampleLeast, time.Duration(float64(s.cost)/s.share))
}

// sample looks once.
func (s *sampler) sample(now int64) {
	tables, _ := s.rung.current()
	list := tables.dump
	if t, ok := tables.(connections); ok {
		list = t.connected
	}
	for inode := range s.known {
		s.known[inode] = false
	}
	for inode, seen := range s.alone {
		if s.alone[inode] = false; !seen {
			delete(s.alone, inode)
		}
	}
	s.fresh = s.fresh[:0]
	err := list(s.see)
	if err != nil {
		return
	}
	s.name(now)
	s.settle(now)
	s.last = now
}

// see takes one socket.
func (s *sampler) see(k *Socket) {
	if k.Inode == 0 || k.State == stateListen || k.Type == sockRaw || k.Family == afPacket || k.Local.Port() == 0 {
		return
	}
	if _, ok := s.known[k.Inode]; ok && k.Type == sockStream {
		s.known[k.Inode] = true // its ends stay
		return
	}
	one := *k
	one.TCP = nil
	s.fresh = append(s.fresh, one)
}

// name finds out who has the sockets that are new.
func (s *sampler) name(now int64) {
	s.inodes = s.inodes[:0]
	for i := range s.fresh {
		if _, ok := s.known[s.fresh[i].Inode]; !ok {
			s.inodes = append(s.inodes, s.fresh[i].Inode)
		}
	}
	var holders map[uint64][]ID
	var lacks Reason
	if len(s.inodes) > 0 {
		holders, lacks = s.people.from.holders(s.inodes)
	}
	for i := range s.fresh {
		k := &s.fresh[i]
		if _, ok := s.known[k.Inode]; ok {
			s.known[k.Inode] = true
			s.note(k, nil)
			continue
		}
		refs := s.refs(k, holders[k.Inode], lacks)
		if len(refs) > 0 {
			s.known[k.Inode] = true
			s.note(k, refs)
		}
	}
}

// refs are those who have a socket, or their user.
func (s *sampler) refs(k *Socket, ids []ID, lacks Reason) (refs []Ref) {
	for _, id := range ids {
		if ref, _ := s.people.known(id); ref != 0 {
			refs = append(refs, ref)
		}
	}
	// The process of a socket that is new may have ended just now.
	_, again := s.alone[k.Inode]
	if len(ids) == 0 {
		s.alone[k.Inode] = true
	}
	if len(ids) == 0 && lacks == NoRights && again {
		if ref := s.people.userOf(k.UID); ref != 0 {
			refs = append(refs, ref)
		}
	}
	return refs
}

// note remembers a socket as if events had told of it. It was made since the last
// sample, and its inode stands for its cookie.
func (s *sampler) note(k *Socket, refs []Ref) {
	e := Event{
		Kind: SocketUsed, Time: s.last, Cookie: k.Inode, NetNS: s.space, Family: k.Family, Type: k.Type,
		Proto: uint8(k.Proto), Local: k.Local, Remote: k.Remote, Dual: k.Dual, Process: ID{PID: 1},
	}
	w := s.watched
	w.mu.Lock()
	defer w.mu.Unlock()
	if refs == nil { // its ends may be others now
		refs = []Ref{0}
	}
	for _, ref := range refs {
		w.apply(&e, ref)
	}
	if i := w.byCookie[k.Inode]; i != 0 {
		w.sockets[i].flags |= sampled
	}
}

// settle notes which sockets were seen, and lets go of those that were not.
func (s *sampler) settle(now int64) {
	w := s.watched
	w.mu.Lock()
	defer w.mu.Unlock()
	for inode, seen := range s.known {
		i := w.byCookie[inode]
		switch {
		case i == 0:
			delete(s.known, inode)
		case seen:
			w.sockets[i].gone = now
		default:
			w.release(i, w.sockets[i].gone)
			delete(s.known, inode)
		}
	}
	w.version++
}
