package proc

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"
)

// Sockets lists the sockets of every network namespace that can be reached, with their
// owners: those of the own one first, then by the inode of theirs. It may be called
// without Run. An error tells of namespaces that are missing; the list has the others.
func (a *Attributor) Sockets() ([]Socket, error) {
	if a.rung == nil {
		return a.heldSockets()
	}
	a.reach.refresh(time.Now())
	var all []Socket
	err := a.eachSocket(func(s *Socket) {
		one := *s
		if one.TCP != nil {
			tcp := *one.TCP
			one.TCP = &tcp
		}
		all = append(all, one)
	})
	a.nameAll(all)
	a.lookAgain(all)
	return all, err
}

// eachSocket hands over every socket of the namespaces that can be reached. What each
// gets is valid only until it returns.
func (a *Attributor) eachSocket(each func(*Socket)) error {
	var errs []error
	dump := func(space uint64, t socketTables) {
		err := t.dump(func(s *Socket) {
			if s.NetNS == 0 {
				s.NetNS = space
			}
			each(s)
		})
		if err != nil {
			errs = append(errs, err)
		}
	}
	own, _ := a.rung.current()
	dump(a.reach.own, own)
	for _, id := range a.reach.ids() {
		t, err := a.reach.tables(id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		dump(id, t)
	}
	return errors.Join(errs...)
}

// lookAgain looks again for the sockets that nobody was seen to have, and which are
// therefore called the kernel's, or of somebody who is not shown: one that is no longer
// there was closed before its process was looked for.
func (a *Attributor) lookAgain(all []Socket) {
	nobodys := func(s Socket) bool { return s.Owner.Reason == Kernel || s.Owner.Reason == NoRights }
	if !slices.ContainsFunc(all, nobodys) {
		return
	}
	open := make(map[uint64]bool)
	if err := a.eachSocket(func(s *Socket) { open[s.Inode] = true }); err != nil {
		return // what was not read is no reason to doubt
	}
	for i := range all {
		if s := &all[i]; nobodys(*s) && !open[s.Inode] {
			s.Owner = a.ofUser(s, Exited)
		}
	}
}

// nameAll finds the owners of sockets.
func (a *Attributor) nameAll(all []Socket) {
	inodes := make([]uint64, 0, len(all))
	for i := range all {
		if n := all[i].Inode; n != 0 {
			inodes = append(inodes, n)
		}
	}
	slices.Sort(inodes)
	inodes = slices.Compact(inodes)
	var w Watcher
	if a.watches() {
		w = a.cfg.Watcher
	}
	holders, lacks := a.people.whoHolds(w, inodes)
	a.people.readQueued()
	for i := range all {
		a.name(&all[i], holders[all[i].Inode], lacks)
	}
}

// name says whose a socket is, and who else has it.
func (a *Attributor) name(s *Socket, ids []ID, lacks Reason) {
	if s.Inode == 0 {
		s.Owner = Owner{Reason: NoSocket} // its process has closed it, or not accepted it yet
		return
	}
	var ps []*Process
	for _, id := range ids {
		if p := a.lookedUp(id); p != nil && !slices.Contains(ps, p) {
			ps = append(ps, p)
		}
	}
	switch {
	case len(ps) > 0:
		a.pick(s, ps)
	case len(ids) > 0:
		s.Owner = Owner{Reason: Exited}
	case lacks == NoRights:
		s.Owner = a.ofUser(s, NoRights)
	case lacks != None:
		s.Owner = Owner{Reason: lacks}
	case s.UID == 0:
		s.Owner = Owner{Reason: Kernel}
	default:
		s.Owner = a.ofUser(s, Exited)
	}
}

// ofUser is the owner of a socket of which no more is known than the user.
func (a *Attributor) ofUser(s *Socket, why Reason) Owner {
	return Owner{Process: a.people.process(a.people.userOf(s.UID)), Source: a.socketSource(), Reason: why}
}

// pick makes one of the processes that have a socket its owner. Where nothing tells
// which one uses it, all are others.
func (a *Attributor) pick(s *Socket, ps []*Process) {
	ref, reason := chooseOf(ps, false)
	s.Owner = Owner{Process: a.people.process(ref), Source: a.socketSource(), Reason: reason}
	for _, p := range ps {
		if p.Ref != ref {
			s.Others = append(s.Others, p)
		}
	}
	slices.SortFunc(s.Others, func(p, q *Process) int { return cmp.Compare(p.PID, q.PID) })
}

// socketSource is what tells of open sockets and who has them.
func (a *Attributor) socketSource() Source {
	if a.rung == nil {
		return FromEBPF
	}
	_, source := a.rung.current()
	return source
}

// lookedUp returns all that is known of a process, nil where it is gone.
func (a *Attributor) lookedUp(id ID) *Process {
	ref, _ := a.people.known(id)
	a.people.readNow(ref)
	if p := a.people.process(ref); p != nil {
		a.people.lookUp(p)
	}
	return a.people.process(ref)
}

// heldSockets lists what the Watcher knows of, where no tables may be asked.
func (a *Attributor) heldSockets() ([]Socket, error) {
	if !a.watches() {
		return nil, nil
	}
	byInode := make(map[uint64]*Socket)
	ids := make(map[uint64][]ID)
	err := a.cfg.Watcher.Holders(func(h Holding) {
		a.people.meet(&h.Event)
		ids[h.Inode] = append(ids[h.Inode], h.Process)
		if byInode[h.Inode] == nil {
			byInode[h.Inode] = h.socket()
		}
	})
	a.people.readQueued()
	all := make([]Socket, 0, len(byInode))
	for _, inode := range slices.Sorted(maps.Keys(byInode)) {
		s := byInode[inode]
		a.name(s, ids[inode], None)
		all = append(all, *s)
	}
	return all, err
}

// socket makes a Socket of a Holding, as far as that tells.
func (h *Holding) socket() *Socket {
	s := &Socket{
		Family: h.Family, Proto: uint16(h.Proto), Type: h.Type, Local: h.Local, Remote: h.Remote, Dual: h.Dual,
		UID: h.UID, Inode: h.Inode, Cookie: h.Cookie, Cgroup: h.Cgroup, NetNS: h.NetNS,
	}
	switch {
	case h.Kind == SocketListens:
		s.State = stateListen
	case h.Remote.IsValid() && !h.Remote.Addr().IsUnspecified():
		s.State = stateEstablished
	default:
		s.State = stateUnconnected
	}
	return s
}
