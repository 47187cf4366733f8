package proc

// readQueued reads the processes that wait for it: without run nobody else does.
func (p *people) readQueued() {
	for {
		select {
		case r := <-p.reads:
			p.readOne(&r)
		default:
			return
		}
	}
}

// readNow reads a process that was met, but for which there was no room in the queue.
func (p *people) readNow(ref Ref) {
	of := p.process(ref)
	if of == nil || of.PID == 0 || p.from == nil || p.age(ref) != 0 {
		return
	}
	p.readOne(&toRead{ref, Event{Process: of.ID, Comm: of.Comm, UID: of.UID, GID: of.GID}})
}
