package proc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// files tells of executables. A nil function is not asked.
type files struct {
	root      string // where /proc is mounted; empty where there is none
	packageOf func(dir, exe string) (*Package, error)
	hashOf    func(path string) (string, error)
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

func (p *people) lookUpAll(ctx context.Context) {
	for {
		select {
		case of := <-p.wishes:
			p.lookUp(of)
		case <-ctx.Done():
			return
		}
	}
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
