package proc

// fromKernel makes what can be said of a process by an event alone, for when it has
// ended or may not be looked into: who it is, its name cut at 15 bytes, user and
// cgroup, and by that its container and unit. The rest is in Lacks.
func (p *procfs) fromKernel(e *Event) *Process {
	// Where only some processes are shown, one that is not has not ended for that.
	why := Exited
	if id, err := p.identify(e.Process.PID); err == nil && id == e.Process || err != nil && !p.whole {
		why = NoRights
	}
	pr := &Process{
		ID:   e.Process,
		Name: e.Comm, Comm: e.Comm,
		UID: e.UID, GID: e.GID,
		Started: p.started(e.Process.Start),
	}
	for _, fact := range [...]string{"exe", "args", "parents", "netns"} {
		pr.lack(fact, why)
	}
	pr.Cgroup = p.cgroups.path(e.Cgroup)
	if pr.Cgroup == "" {
		pr.lack("cgroup", why)
	}
	pr.Unit = unitOf(pr.Cgroup)
	at, inContainer := placeOf(pr.Cgroup)
	if !inContainer {
		if len(pr.Cgroup) <= 1 { // the root of a hierarchy that may not be the one in use
			pr.lack("container", why)
		}
		passwd, group := p.machineUsers()
		pr.User, pr.Group = passwd[e.UID].name, group[e.GID].name
		return pr
	}
	pr.lack("user", why) // its database is the container's
	var reason Reason
	if pr.Container, reason = p.runtimes.describe(p, &at); reason != None {
		pr.lack("container", reason)
	}
	return pr
}
