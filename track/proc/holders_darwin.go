package proc

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// holders returns who has these sockets open, by their handles in the tables, and why
// some may be missing.
//
// The tables say who used a socket last. He is asked whether he has it still, since
// his pid may be another's by now. Where that may not be asked he is believed if the
// socket and the process are of the same user. Who else has a socket that its last
// user gave away, the open files of all processes tell.
func (p *procfs) holders(inodes []uint64) (map[uint64][]ID, Reason) {
	sockets, err := p.tables.read(0)
	if err != nil {
		return nil, darwinReason(err)
	}
	byInode := make(map[uint64]*pcb, len(sockets))
	for i := range sockets {
		byInode[sockets[i].Inode] = &sockets[i]
	}
	found := make(map[uint64][]ID)
	looked := make(map[int32]map[uint64]bool) // what processes have open; nil where it may not be asked
	var left []uint64
	for _, n := range inodes {
		s := byInode[n]
		if n == 0 || s == nil {
			continue
		}
		if id, ok := lastUser(s, looked); ok {
			found[n] = append(found[n], id)
		} else {
			left = append(left, n)
		}
	}
	if len(left) == 0 {
		return found, None
	}
	return found, walkProcesses(left, looked, found)
}

// lastUser returns the process that used a socket last, if it has it still.
func lastUser(s *pcb, looked map[int32]map[uint64]bool) (ID, bool) {
	k, err := kinfo(s.pid)
	if err != nil {
		return ID{}, false
	}
	has, ok := looked[s.pid]
	if !ok {
		has, err = socketsOf(s.pid)
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			return ID{}, false
		}
		looked[s.pid] = has
	}
	if has == nil {
		return kinfoID(k), k.Eproc.Ucred.Uid == s.UID
	}
	return kinfoID(k), has[s.Inode]
}

// walkProcesses looks for sockets in the open files of all processes.
func walkProcesses(inodes []uint64, looked map[int32]map[uint64]bool, found map[uint64][]ID) Reason {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return Failed
	}
	reason := None
	for i := range all {
		pid := all[i].Proc.P_pid
		has, ok := looked[pid]
		if !ok {
			if has, err = socketsOf(pid); err != nil && !errors.Is(err, fs.ErrPermission) {
				continue
			}
		}
		if has == nil {
			reason = NoRights
		}
		for _, n := range inodes {
			if has[n] {
				found[n] = append(found[n], kinfoID(&all[i]))
			}
		}
	}
	return reason
}
