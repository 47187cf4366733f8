package proc

import "fmt"

// tellLosses tells, once each, what did not fit of what the Watcher had to say: those
// sockets are looked up in the kernel's tables instead, when they have a packet.
func (a *Attributor) tellLosses() {
	if !a.watches() {
		return
	}
	a.watched.mu.Lock()
	full, most := a.watched.full, a.watched.most
	a.watched.mu.Unlock()
	if full > 0 {
		a.notes.tell(Notice{
			Text: fmt.Sprintf("owners by eBPF of %d sockets at a time: more are open, and are looked up later", most),
			Hint: "give a larger --max-sockets",
		})
	}
	kernel := a.cfg.Watcher.Stats()
	if kernel.Full > 0 {
		a.notes.tell(Notice{
			Text: "owners by eBPF not of all sockets: the kernel has no room to keep them",
			Hint: "sudo sysctl -w net.core.optmem_max=131072",
		})
	}
	if kernel.Lost > 0 {
		a.notes.tell(Notice{Text: "owners by eBPF not of all sockets: events came faster than they could be taken"})
	}
}
