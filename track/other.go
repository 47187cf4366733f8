// Hot path: no allocation in the steady state.

package track

import (
	"encoding/binary"

	"sockeye/parse"
)

// other reads a packet of a flow that is neither TCP nor UDP. The state of such a
// flow is what its newest packet says. Packets that come from another shard are
// without their bytes; what is not there changes nothing.
func (sh *Shard) other(f *flow, slot uint32, p *parse.Packet) {
	if p.Status&parse.NoPorts != 0 {
		return // a later fragment: there is no header in it
	}
	if p.Status&(parse.ICMPError|parse.Stray) == parse.ICMPError {
		sh.report(p) // for strays that is done where their bytes are
	}
	sh.meet(p)
	next := StateNone
	switch f.key.Family {
	case parse.FamilyARP:
		next = arpStage(p)
	case parse.FamilyIPv4, parse.FamilyIPv6:
		switch f.key.Proto {
		case parse.ProtoICMP:
			next = icmp4Stage(p.ICMPType)
		case parse.ProtoICMPv6:
			next = icmp6Stage(p.ICMPType)
		case parse.ProtoIGMP:
			next = igmpStage(p)
		case parse.ProtoSCTP:
			sh.sctp(f, p)
		}
	}
	if next != StateNone && p.Time >= f.last {
		f.stage = next
	}
}

// arpStage tells a message by its operation (RFC 826).
func arpStage(p *parse.Packet) State {
	const operation = 6
	b := at(p, int(p.L3)+operation, 2)
	if b == nil {
		return StateNone
	}
	switch binary.BigEndian.Uint16(b) {
	case 1:
		return ARPRequest
	case 2:
		return ARPReply
	}
	return StateNone
}

// icmp4Stage names a type of ICMP (RFC 792).
func icmp4Stage(kind uint8) State {
	switch kind {
	case 0:
		return EchoReply
	case 3:
		return DestinationUnreachable
	case 8:
		return EchoRequest
	case 11:
		return TimeExceeded
	}
	return ICMPOther
}

// icmp6Stage names a type of ICMPv6 (RFC 4443).
func icmp6Stage(kind uint8) State {
	switch kind {
	case 1:
		return DestinationUnreachable
	case 3:
		return TimeExceeded
	case 128:
		return EchoRequest
	case 129:
		return EchoReply
	}
	return ICMPOther
}

// igmpStage tells an IGMP message by its type (RFC 1112, RFC 2236, RFC 9776).
func igmpStage(p *parse.Packet) State {
	b := at(p, int(p.L4), 1)
	if p.L4 == 0 || b == nil {
		return StateNone
	}
	switch b[0] {
	case 0x11:
		return IGMPQuery
	case 0x12, 0x16, 0x22: // versions 1, 2, 3
		return IGMPReport
	case 0x17:
		return IGMPLeave
	}
	return StateNone
}

// at returns n captured bytes of a packet from an offset on, nil where they are
// not there.
func at(p *parse.Packet, from, n int) []byte {
	if from+n > len(p.Data) {
		return nil
	}
	return p.Data[from : from+n : from+n]
}
