package proc

import "sync"

// maxLineages bounds how many parents are remembered.
const maxLineages = 4096

// lineages remembers the parents of parents, so that a shell's thousandth child does
// not have the way up to init read again. A parent that ends stays in it: who began a
// process does not change.
type lineages struct {
	mu    sync.Mutex
	known map[ID]lineage
}

type lineage struct {
	comm    string // while it is this, the name holds
	name    string
	parents []Parent
}

func (l *lineages) of(id ID, comm string) (lineage, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.known[id]
	return known, ok && known.comm == comm
}

func (l *lineages) keep(id ID, known lineage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil || len(l.known) >= maxLineages {
		l.known = make(map[ID]lineage)
	}
	l.known[id] = known
}

// ancestors lists the parents of a process, the nearest first, as many as there is
// room for. It names none that is not certain: a process that still has the same parent
// number after that parent was read, had it all the while.
func (p *procfs) ancestors(dir procDir, st stat, room int) ([]Parent, Reason) {
	if room == 0 || st.parent <= 0 {
		return nil, None
	}
	up, upStat, err := p.open(st.parent)
	if err != nil {
		if after, err := dir.stat(); err == nil && after.parent == st.parent {
			return nil, NoRights // it is there, hidden by hidepid (proc(5))
		}
		return nil, reasonOf(err)
	}
	defer up.close()
	var why Reason
	id := ID{PID: st.parent, Start: upStat.start}
	line, ok := p.lineages.of(id, upStat.comm)
	if !ok {
		line = lineage{comm: upStat.comm, name: up.name(upStat)}
		line.parents, why = p.ancestors(up, upStat, room-1)
	}
	if after, err := dir.stat(); err != nil || after.parent != st.parent {
		return nil, Exited
	}
	if !ok && why == None && room == MaxParents {
		p.lineages.keep(id, line)
	}
	list := append([]Parent{{ID: id, Name: line.name}}, line.parents...)
	return list[:min(len(list), room)], why
}

// name is the whole name of a process.
func (d procDir) name(st stat) string {
	if st.kernel || len(st.comm) != commMax {
		return st.comm
	}
	var pr Process
	pr.readProgram(d, st)
	return pr.Name
}
