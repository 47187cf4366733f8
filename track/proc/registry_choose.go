package proc

// choose says which of the processes that have one socket its flows belong to. There
// is an answer where
//
//   - it is only one, not counting systemd where others have it, too: that keeps the
//     sockets of the services which it starts on demand, and uses none of them;
//   - all run the same program, as the workers of a server do: the one that the
//     others descend from, else the oldest.
//
// Where only the user is known, it is his with the reason for that. Otherwise it is nobody: one of them has it, and nothing tells which. More says that
// there are others besides, of which nothing is known.
func (r *registry) choose(refs []Ref, more bool) (Ref, Reason) {
	var ps [maxUsers]*Process
	n := 0
	for _, ref := range refs {
		switch p := r.process(ref); {
		case p == nil: // forgotten
		case n == len(ps):
			more = true
		default:
			ps[n] = p
			n++
		}
	}
	return chooseOf(ps[:n], more)
}

func chooseOf(ps []*Process, more bool) (Ref, Reason) {
	if more {
		return 0, Several
	}
	if len(ps) == 0 {
		return 0, Exited
	}
	services := 0
	for _, p := range ps {
		if !keepsForOthers(p) {
			services++
		}
	}
	var best *Process
	for _, p := range ps {
		switch {
		case services > 0 && keepsForOthers(p) || best != nil && p.ID == best.ID:
		case best == nil:
			best = p
		case !sameProgram(p, best):
			return 0, Several
		case !descends(p, best) && (descends(best, p) || p.Start < best.Start):
			best = p
		}
	}
	if best.PID == 0 {
		return best.Ref, NoRights
	}
	return best.Ref, None
}

// keepsForOthers: systemd, for the machine or for a user.
func keepsForOthers(p *Process) bool { return p.Comm == "systemd" }

// sameProgram reports whether two processes run one program. Where the executables
// may not be seen, workers have the name and the user of their parent.
func sameProgram(a, b *Process) bool {
	if a.Exe != "" && b.Exe != "" {
		return a.Exe == b.Exe
	}
	return a.Exe == b.Exe && a.Comm == b.Comm && a.UID == b.UID
}

// descends reports whether b is an ancestor of a.
func descends(a, b *Process) bool {
	for i := range a.Parents {
		if a.Parents[i].ID == b.ID {
			return true
		}
	}
	return false
}
