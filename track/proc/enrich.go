package proc

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sockeye/parse"
)

// facts tells of processes: a *procfs.
type facts interface {
	read(pid int32) (*Process, error)
	identify(pid int32) (ID, error)
	holders(inodes []uint64) (map[uint64][]ID, Reason)
	user(uid uint32) string
	fromKernel(e *Event) *Process
}

// readAgain is how long what was read of a process is believed where no event tells
// that it became another program.
const readAgain = 2 * time.Second

// people are the processes that have sockets. What is read of one is read as soon as
// it is met: it may be gone in a moment.
type people struct {
	*registry
	from    facts       // nil where there is no /proc
	events  atomic.Bool // a Watcher tells when a process ends or becomes another program
	files   files
	packets *parse.Processes // what packets tell; nil where they tell nothing
	reads   chan toRead
	wishes  chan *Process
}

// toRead is a process to be read.
type toRead struct {
	ref Ref
	by  Event // that told of it
}

func newPeople(from facts, files files, events bool) *people {
	p := &people{
		registry: newRegistry(), from: from, files: files,
		reads: make(chan toRead, 4096), wishes: make(chan *Process, 1024),
	}
	p.events.Store(events)
	return p
}

// run reads processes and what is known of their files until ctx is done.
func (p *people) run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { p.readAll(ctx) })
	wg.Go(func() { p.lookUpAll(ctx) })
	wg.Wait()
}

func (p *people) readAll(ctx context.Context) {
	for {
		select {
		case r := <-p.reads:
			p.readOne(&r)
		case <-ctx.Done():
			return
		}
	}
}

// meet returns the Ref of an event's process, 0 where it is the kernel or there is no
// room. A process that is new is read soon.
func (p *people) meet(e *Event) Ref {
	if e.Process.PID == 0 {
		return 0
	}
	if ref := p.find(identity{ID: e.Process}); ref != 0 {
		return ref
	}
	ref, made := p.add(bare(e))
	if made && ref != 0 {
		p.readSoon(ref, e)
	}
	return ref
}

// began notes that a process became another program. One that had no socket before is
// of no interest yet.
func (p *people) began(e *Event) {
	if ref := p.succeed(bare(e), e.Time); ref != 0 {
		p.readSoon(ref, e)
	}
}

// bare is what an event tells of its process by itself.
func bare(e *Event) Process {
	return Process{ID: e.Process, Name: e.Comm, Comm: e.Comm, UID: e.UID, GID: e.GID, Lacks: notYet}
}

// notYet is what a process lacks until it is read.
var notYet = []Lack{{"exe", Pending}, {"args", Pending}, {"cgroup", Pending}}

func (p *people) readSoon(ref Ref, e *Event) {
	if p.from == nil {
		return
	}
	select {
	case p.reads <- toRead{ref, *e}:
	default:
		p.neglect(p.process(ref), tooMany...)
	}
}

// tooMany is what a process lacks that was not read since too many others were to be.
var tooMany = []Lack{{"exe", Busy}, {"args", Busy}, {"cgroup", Busy}}

// neglect notes what will not be looked for.
func (p *people) neglect(of *Process, lacks ...Lack) {
	if of == nil {
		return
	}
	less := *of
	less.Lacks = slices.DeleteFunc(slices.Clone(of.Lacks), func(l Lack) bool { return l.Reason == Pending })
	less.Lacks = append(less.Lacks, lacks...)
	p.amend(of, &less)
}

// readOne reads a process that an event told of. Where it is gone, or is not to be
// seen from here, there remains what the kernel told.
func (p *people) readOne(r *toRead) {
	got, err := p.from.read(r.by.Process.PID)
	if err != nil || got.ID != r.by.Process {
		got = p.from.fromKernel(&r.by)
	}
	got.Ref = r.ref
	if p.learn(got, time.Now().UnixNano()) && p.needed(r.ref) {
		p.wish(got)
	}
}

// known returns the Ref of a process that was found to hold a socket, and reads it
// unless that was done lately. It is 0 where the process is gone: Exited, or where
// there is no room for it.
func (p *people) known(id ID) (Ref, Reason) {
	ref := p.find(identity{ID: id})
	now := time.Now()
	if ref != 0 && (p.events.Load() || now.UnixNano()-p.age(ref) < int64(readAgain)) {
		return ref, None
	}
	got, err := p.from.read(id.PID)
	if err != nil || got.ID != id {
		if ref != 0 {
			return ref, None
		}
		return 0, Exited
	}
	if ref == 0 {
		return p.newcomer(got, now.UnixNano())
	}
	if old := p.process(ref); old != nil && old.Exe == got.Exe && old.Comm == got.Comm && old.Script == got.Script {
		p.touch(ref, now.UnixNano())
		return ref, None
	}
	if ref = p.succeed(*got, now.UnixNano()); ref == 0 {
		return 0, Busy
	}
	p.touch(ref, now.UnixNano())
	return ref, None
}

// newcomer remembers a process that was read.
func (p *people) newcomer(got *Process, now int64) (Ref, Reason) {
	if p.full() && !p.events.Load() {
		p.reap(256, p.runsStill)
	}
	ref, made := p.add(*got)
	if ref == 0 {
		return 0, Busy
	}
	if made {
		p.touch(ref, now)
	}
	return ref, None
}

func (p *people) runsStill(id ID) bool {
	now, err := p.from.identify(id.PID)
	return err == nil && now == id || errors.Is(err, fs.ErrPermission)
}

// userOf returns the Ref that stands for all processes of a user which could not be
// looked into.
func (p *people) userOf(uid uint32) Ref {
	if ref := p.find(identity{mark: uid}); ref != 0 {
		return ref
	}
	all := Process{UID: uid}
	if p.from != nil {
		all.User = p.from.user(uid)
	}
	ref, _ := p.add(all)
	return ref
}

// lateStart is how much a process's start may be off, which the kernel tells to 10 ms.
const lateStart = 20 * time.Millisecond

// beganAfter reports whether a process began after a time, in ns since the Unix epoch.
func (p *people) beganAfter(ref Ref, at int64) bool {
	of := p.process(ref)
	return of != nil && !of.Started.IsZero() && of.Started.UnixNano() > at+int64(lateStart)
}
