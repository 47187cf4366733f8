package pcap

import "sockeye/parse"

// What Apple's libpcap adds to pcapng: a block for each process, and in each packet's
// options the number of the process that has the socket, within the section, and of the
// one on whose behalf. Wireshark calls the block a Darwin Process Event Block.
const (
	blockProcess = 0x80000001

	processName = 2

	epbProcess   = 0x8001
	epbEffective = 0x8003

	noProcess = ^uint32(0)
)

// told is what a Reader knows of processes, and of the interfaces that headers name.
type told struct {
	processes parse.Processes
	memo      parse.ProcessMemo

	section []ngProcess       // of this pcapng section, by number
	slots   map[uint64]uint32 // of pairs of them, by both numbers
	ifaces  []tapIface
}

type ngProcess struct {
	pid  int32
	name string
}

// tapIface is an interface that PKTAP headers name.
type tapIface struct {
	base uint16 // slot of the file's own one
	name string
	slot uint16
}

// maxTapIfaces bounds how many of them get a slot.
const maxTapIfaces = 256

// Processes returns the processes met so far, by parse.Packet's Process.
func (r *Reader) Processes() *parse.Processes { return &r.told.processes }

// hasTap reports whether frames of a link type may begin with a PKTAP header.
func hasTap(l parse.LinkType) bool { return l == parse.LinkPKTAP || l == parse.LinkUser2 }

// tapped takes the direction, the interface and the process of a packet from its PKTAP
// header. Without a direction nothing tells which end of the packet the process is.
func (r *Reader) tapped(p *parse.Packet) {
	var h parse.PKTAP
	if !h.Decode(p.Link, p.Data) {
		return
	}
	p.Iface = r.tapIface(p.Iface, h.Iface)
	hint := h.Hint(p.Data)
	if hint == parse.HintNone {
		return
	}
	p.Hint = hint
	p.Process = r.told.memo.Slot(h.PID, h.Comm, h.EffectivePID, h.EffectiveComm)
}

// tapIface returns the slot of an interface that packets of the file's own interface
// base were seen on.
func (r *Reader) tapIface(base uint16, name []byte) uint16 {
	for i := range r.told.ifaces {
		if t := &r.told.ifaces[i]; t.base == base && t.name == string(name) {
			return t.slot
		}
	}
	if !isIfaceName(name) || len(r.told.ifaces) == maxTapIfaces {
		return base
	}
	r.mu.Lock()
	i := r.meta.ifaces[base]
	i.Name, i.Statistics = r.meta.text(name), Statistics{}
	r.mu.Unlock()
	slot, ok := r.addInterface(i)
	if !ok {
		slot = base
	}
	r.told.ifaces = append(r.told.ifaces, tapIface{base, string(name), slot})
	return slot
}

// isIfaceName reports whether a system may call an interface so: with letters, digits
// and signs.
func isIfaceName(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(name) > 0
}

// process reads a block about a process: its pid, and options. It returns false where
// that cannot be: the type is one that everybody may use.
func (r *Reader) process(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	p := ngProcess{pid: int32(u32(b, r.ng.big))}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.meta.keep(keepEntry) {
		return true // and none that comes later has a name
	}
	o := options{b: b[4:], big: r.ng.big}
	for code, val, ok := o.next(); ok; code, val, ok = o.next() {
		if code == processName {
			p.name = r.meta.text(val)
		}
	}
	r.told.section = append(r.told.section, p)
	return true
}

// beginSection forgets the processes of the section before, but not their slots.
func (t *told) beginSection() {
	t.section = t.section[:0]
	clear(t.slots)
}

// slotOf returns the slot of a process of this section that acts for another one.
func (t *told) slotOf(who, behalf uint32) uint32 {
	if uint64(who) >= uint64(len(t.section)) {
		return 0
	}
	pair := uint64(who)<<32 | uint64(behalf)
	if slot := t.slots[pair]; slot != 0 {
		return slot
	}
	p := parse.Process{PID: t.section[who].pid, Name: t.section[who].name}
	if uint64(behalf) < uint64(len(t.section)) {
		p.ForPID, p.ForName = t.section[behalf].pid, t.section[behalf].name
	}
	slot := t.processes.Slot(p)
	if slot == 0 || len(t.slots) >= 1<<16 {
		return slot
	}
	if t.slots == nil {
		t.slots = make(map[uint64]uint32)
	}
	t.slots[pair] = slot
	return slot
}
