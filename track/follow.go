// Hot path: no allocation in the steady state.

package track

import "sockeye/parse"

// begin sets up what follows a new flow besides its counts. Records of
// connections are zero where none has been, so that those of UDP take no memory.
func (sh *Shard) begin(f *flow, slot uint32, p *parse.Packet) {
	switch {
	case !hasPorts(&f.key):
		f.tag |= isOther
	case f.key.Proto == parse.ProtoTCP:
		f.tag |= isTCP
		fallthrough
	default:
		if sh.t.cfg.Inspect {
			f.tag |= inspected
		}
	}
	if sh.t.cfg.Events {
		sh.newcomer(f, slot)
	}
}

// hasPorts reports whether a flow is one of TCP or UDP.
func hasPorts(k *parse.Key) bool {
	ip := k.Family == parse.FamilyIPv4 || k.Family == parse.FamilyIPv6
	return ip && (k.Proto == parse.ProtoTCP || k.Proto == parse.ProtoUDP)
}

// follow shows a packet that counts in the flow to what follows it: once each
// packet, not its copies on other interfaces. What fragments hold is
// inspected when all of it has come, see gather.go.
func (sh *Shard) follow(f *flow, slot uint32, p *parse.Packet) {
	switch {
	case f.tag&isOther != 0:
		sh.other(f, slot, p)
	case p.L4 == 0:
	case f.tag&isTCP != 0:
		if f.tag&inspected != 0 && p.Status&parse.Fragment == 0 {
			sh.inspect(f, slot, p)
		}
		sh.conns.segment(slot, p, wayOf(p.Swapped))
	case p.Status&parse.Fragment == 0:
		sh.inspect(f, slot, p)
	}
}
