package main

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
)

// filePlayer reads a capture file at the pace that a person wants: as fast as can be, in
// the time of its packets or a multiple of that, or not at all. To go back it reads the
// file again, into an empty table.
type filePlayer struct {
	open  func() (*capture.File, error)
	conf  capture.Config
	table *counting
	sink  capture.Sink // into table

	mu      sync.Mutex
	engine  *capture.Engine
	changed chan struct{} // closed when what follows has changed
	on      bool
	speed   float64   // 0 is as fast as can be
	from    int64     // the time in the file at which it was, ns ...
	since   time.Time // ... at this time of the clock
	newest  int64     // time of the newest packet that was counted
	first   int64     // of all packets met so far
	last    int64
	begun   bool // there is a first packet
	ended   bool // the file was read to its end
	again   bool // it has to be read again
	err     error
	cancel  context.CancelFunc // of the reading under way
}

// run reads the file, and again whenever that is wanted, until ctx is done.
func (p *filePlayer) run(ctx context.Context, file *capture.File) {
	for ctx.Err() == nil {
		err := p.read(ctx, file)
		p.mu.Lock()
		if !p.again {
			p.err, p.ended = err, true
			p.from, p.on = p.newest, false
			p.tell()
		}
		p.mu.Unlock()
		if !p.awaitAgain(ctx) {
			return
		}
		if file, err = p.open(); err == nil {
			err = p.renew(file)
		}
		if err != nil {
			p.mu.Lock()
			p.err, p.ended = err, true
			p.mu.Unlock()
			return
		}
	}
}

// read reads a file once.
func (p *filePlayer) read(ctx context.Context, file *capture.File) error {
	engine, err := capture.NewEngine(p.conf)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.mu.Lock()
	p.engine, p.cancel = engine, cancel
	p.mu.Unlock()
	err = engine.RunSource(ctx, file, &pacedSink{p, ctx})
	if errors.Is(err, capture.ErrClosed) && ctx.Err() != nil {
		return nil
	}
	return err
}

// awaitAgain waits until the file has to be read again. It returns false when ctx is
// done.
func (p *filePlayer) awaitAgain(ctx context.Context) bool {
	for {
		p.mu.Lock()
		again, changed := p.again, p.changed
		p.mu.Unlock()
		if again {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// renew begins anew.
func (p *filePlayer) renew(file *capture.File) error {
	recorded := proc.NewRecorded(file.Processes())
	err := p.table.renew(func(c *track.Config) { c.Owners, c.Told = recorded, recorded.Told })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.again, p.ended, p.err = false, false, nil
	p.newest = p.first
	return err
}

// tell wakes who waits for a change. mu is held.
func (p *filePlayer) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// clock returns the time in the file up to which packets may be counted. mu is held.
func (p *filePlayer) clock(now time.Time) int64 {
	switch {
	case !p.on:
		return p.from
	case p.speed == 0:
		return math.MaxInt64
	}
	return p.from + int64(p.speed*float64(now.Sub(p.since)))
}

// at returns where in the file the player is. mu is held.
func (p *filePlayer) at(now time.Time) int64 {
	switch c := p.clock(now); {
	case !p.begun:
		return 0
	case p.ended:
		return p.newest
	case c == math.MaxInt64:
		return p.newest
	default:
		return max(c, p.first)
	}
}

// Span implements tab.Player.
func (p *filePlayer) Span() (first, last, now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first, p.last, p.at(time.Now())
}

// GoTo implements tab.Player.
func (p *filePlayer) GoTo(ns int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.goTo(ns)
}

func (p *filePlayer) goTo(ns int64) {
	ns = max(ns, p.first)
	if ns < p.newest && p.begun {
		p.again = true
		if p.cancel != nil {
			p.cancel()
		}
	}
	p.from, p.since = ns, time.Now()
	p.tell()
}

// Play implements tab.Player. At the end of the file it begins again.
func (p *filePlayer) Play(on bool, speed float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.from, p.since = p.at(now), now
	p.on, p.speed = on, max(speed, 0)
	if on && p.ended && !p.again {
		p.goTo(p.first)
		return
	}
	p.tell()
}

// Playing implements tab.Player.
func (p *filePlayer) Playing() (on bool, speed float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.on, p.speed
}

// pacedSink hands packets on when their time has come.
type pacedSink struct {
	p   *filePlayer
	ctx context.Context // of the reading
}

// Packets waits with each packet for its time.
func (s *pacedSink) Packets(ps []parse.Packet) {
	for len(ps) > 0 && s.ctx.Err() == nil {
		limit := s.await(ps[0].Time)
		n := 0
		for n < len(ps) && ps[n].Time <= limit {
			n++
		}
		if n == 0 {
			return // the reading has ended
		}
		s.p.sink.Packets(ps[:n])
		s.p.counted(ps[:n])
		ps = ps[n:]
	}
}

// await waits until a packet of that time may be counted, and returns up to when packets
// may be. The shard is let go of meanwhile.
func (s *pacedSink) await(t int64) int64 {
	p := s.p
	for {
		now := time.Now()
		p.mu.Lock()
		p.meet(t)
		limit, speed, on, changed := p.clock(now), p.speed, p.on, p.changed
		p.mu.Unlock()
		if t <= limit {
			return limit
		}
		p.sink.EndBlock()
		due := time.Hour
		if on && speed > 0 {
			due = time.Duration(min(float64(t-limit)/speed, float64(time.Hour)))
		}
		select {
		case <-s.ctx.Done():
			return math.MinInt64
		case <-changed:
		case <-time.After(due):
		}
	}
}

// EndBlock ends a block.
func (s *pacedSink) EndBlock() { s.p.sink.EndBlock() }

// meet takes in the time of a packet that is next. mu is held.
func (p *filePlayer) meet(t int64) {
	if !p.begun {
		p.begun, p.first, p.last, p.newest = true, t, t, t
		if p.from == 0 {
			p.from = t
		}
		p.tell()
	}
}

// counted takes in the times of packets.
func (p *filePlayer) counted(ps []parse.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range ps {
		p.newest = max(p.newest, ps[i].Time)
	}
	p.last = max(p.last, p.newest)
}
