package proc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"time"
)

// files tells of executables. A nil function is not asked.
type files struct {
	root      string // where /proc is mounted; empty where there is none
	packageOf func(dir, exe string) (*Package, error)
	hashOf    func(path string) (string, error)
}

// show notes that a process is the answer to a question: only of those is the
// executable of interest.
func (p *people) show(ref Ref) {
	if p.need(ref) {
		p.wish(p.process(ref))
	}
}

// wish asks for what can be known of a process's executable. That takes long, and is
// not to hold up the reading of other processes, which may end meanwhile.
func (p *people) wish(of *Process) {
	if of == nil || of.Exe == "" {
		return
	}
	select {
	case p.wishes <- of:
	default:
		p.neglect(of, Lack{"package", Busy})
	}
}

// lookUpAll looks up what wish asks for, until ctx is done.
func (p *people) lookUpAll(ctx context.Context) {
	runtime.LockOSThread() // what is spent is a thread's
	defer runtime.UnlockOSThread()
	pace := lookPace{share: packageShare, left: lookSaved, at: time.Now()}
	if p.files.hashOf != nil {
		pace.share = hashShare
	}
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-rest.C:
		case <-ctx.Done():
			return
		}
		select {
		case of := <-p.wishes:
			began := spent()
			p.lookUp(of)
			rest.Reset(pace.after(spent()-began, time.Now()))
		case <-ctx.Done():
			return
		}
	}
}

const (
	// packageShare is the part of a processor that looking up packages may take in the
	// long run: with dpkg a new executable takes 50 ms, and where programs are built
	// there are new ones all the time. Hashing, which somebody asked for, may take
	// hashShare. What was not used is saved up to lookSaved: that is for the
	// executables of a machine at the start.
	packageShare = 0.005
	hashShare    = 0.1
	lookSaved    = time.Second
)

// lookPace keeps looking up within its share.
type lookPace struct {
	share float64
	left  time.Duration
	at    time.Time
}

// after returns how long to rest after something that took a processor's time.
func (l *lookPace) after(took time.Duration, now time.Time) time.Duration {
	l.left = min(l.left+time.Duration(float64(now.Sub(l.at))*l.share), lookSaved) - took
	l.at = now
	return max(time.Duration(float64(-l.left)/l.share), 0)
}

// lookUp finds out what can be known of a process's executable.
func (p *people) lookUp(of *Process) {
	if of.Exe == "" || p.from == nil || !p.askOnce(of.Ref) {
		return
	}
	more := *of
	more.Lacks = slices.Clone(more.Lacks)
	dir := fmt.Sprintf("%s/%d", p.files.root, of.PID)
	exe := dir + "/exe"
	if p.files.root == "" {
		exe = of.Exe
	}
	var pkgErr, hashErr error
	if p.files.packageOf != nil && !of.Deleted {
		more.Package, pkgErr = p.files.packageOf(dir, of.Exe)
	}
	if p.files.hashOf != nil {
		more.SHA256, hashErr = p.files.hashOf(exe)
	}
	// Where another process has the pid by now, it may be that one's.
	if id, err := p.from.identify(of.PID); err == nil && id != of.ID {
		gone := fmt.Errorf("look up the executable: %w", fs.ErrNotExist)
		if more.Package = nil; p.files.packageOf != nil && !of.Deleted {
			pkgErr = gone
		}
		if more.SHA256 = ""; p.files.hashOf != nil {
			hashErr = gone
		}
	}
	more.missed("package", pkgErr)
	more.missed("sha256", hashErr)
	p.amend(of, &more)
}

// missed notes that a fact could not be read.
func (p *Process) missed(fact string, err error) {
	reason := Failed
	switch {
	case err == nil:
		return
	case errors.Is(err, fs.ErrPermission):
		reason = NoRights
	case errors.Is(err, fs.ErrNotExist):
		reason = Exited
	}
	p.Lacks = append(p.Lacks, Lack{fact, reason})
}
